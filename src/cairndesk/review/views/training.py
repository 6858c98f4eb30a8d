"""Training on invented cases: the orientation, the cases one by one, the sign-off, and for supervisors the set and how all answer it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Actor, Verb, may_somewhere
from cairndesk.directory.models import FIRST_OWN
from cairndesk.lib import clock
from cairndesk.review import actions, errors
from cairndesk.review.actions.training import LONGEST
from cairndesk.review.forms.training import AnswerForm, SetForm, SignOffForm
from cairndesk.review.models import Training
from cairndesk.review.queries import training as queries
from cairndesk.review.rules.agreement import FEWEST
from cairndesk.review.rules.calibration import shipped, shipped_text
from cairndesk.review.rules.orientation import ORIENTATION
from cairndesk.triage.queries import names_of

_DIGITS = 5


@requires(Verb.TRAINING_TAKE)
def training(request: HttpRequest) -> HttpResponse:
    """Where somebody is: what to read, which invented case comes next, and when a sign-off may be asked for."""
    actor, now = doer(request), clock.now()
    held = queries.training_of(actor.person)
    state = queries.state_of(held) if held else None
    context = {
        "training": held if state and not state.is_old else None,
        "state": state,
        "in_force": queries.set_in_force(actor.home),
        "orientation": ORIENTATION,
        "trained": actor.has_credential,
        "may_lead": may_somewhere(actor, Verb.TRAINING_LEAD),
        "now": now,
    }
    return render(request, "review/training.html", context)


@requires(Verb.TRAINING_TAKE)
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Begin, or begin anew."""
    actions.begin_training(by=doer(request), now=clock.now())
    return redirect("review:training")


@requires(Verb.TRAINING_TAKE)
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Keep which parts of the orientation are ticked."""
    actions.read_orientation(sections=request.POST.getlist("read"), by=doer(request), now=clock.now())
    request.session["said"] = "What you ticked is kept."
    return redirect("review:training")


@requires(Verb.TRAINING_TAKE)
def example(request: HttpRequest, code: str) -> HttpResponse:
    """One invented case: the questions, and after the answer what supervisors agreed on and why."""
    actor, now = doer(request), clock.now()
    held = queries.training_of(actor.person)
    state = queries.state_of(held) if held else None
    wanted = state.held.case(code) if state and not state.is_old else None
    if state is None or wanted is None:
        raise errors.NoSuchTraining
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        actions.answer_example(case=code, answer=form.answer(), by=actor, now=now)
        return redirect("review:invented-case", code=code)
    said = state.answers.get(code)
    context = {
        "example": wanted,
        "place": state.held.cases.index(wanted) + 1,
        "many": len(state.held.cases),
        "form": form,
        "answered": queries.in_words(wanted, said) if said else None,
        "next": state.next,
    }
    return render(request, "review/invented_case.html", context, status=422 if form.errors else 200)


@requires(Verb.TRAINING_TAKE)
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask to be signed off."""
    actions.ask_sign_off(by=doer(request), now=clock.now())
    request.session["said"] = "Supervisors see that you are through. One of them signs it off."
    return redirect("review:training")


@requires(Verb.TRAINING_LEAD)
def overview(request: HttpRequest) -> HttpResponse:
    """Who is how far, how all agreed with the set in force or one before it (`set` in the address), and which sets there were."""
    actor, asked = doer(request), request.GET.get("set", "")
    in_force, texts = queries.set_in_force(actor.home), queries.sets_of(actor.home)
    shown = queries.set_of(actor.home, int(asked)) if asked.isdecimal() and len(asked) <= _DIGITS else in_force
    names = names_of([one.actor for one in texts])
    context = {
        "in_force": in_force,
        "shown": shown,
        "first_own": FIRST_OWN,
        "came": shipped().version,
        "sets": [(one, names.get(one.actor, "")) for one in texts],
        "rows": queries.trained(by=actor),
        "table": queries.calibration_table(by=actor, held=shown),
        "fewest": FEWEST,
    }
    return render(request, "review/trainings.html", context)


@requires(Verb.TRAINING_TAKE)
def one(request: HttpRequest, training_id: UUID) -> HttpResponse:
    """What somebody answered, shown to themselves and to supervisors, with the sign-off where that is due."""
    actor = doer(request)
    return _one(request, actor, queries.training_for(actor, training_id), None)


@requires(Verb.TRAINING_LEAD)
@require_POST
def sign_off(request: HttpRequest, training_id: UUID) -> HttpResponse:
    """Sign it off; a day that does not fit comes back with why."""
    actor, now = doer(request), clock.now()
    held = queries.training_for(actor, training_id)
    form = SignOffForm(request.POST, today=now.date(), longest=LONGEST, present=held.person.credential_until)
    if not form.is_valid():
        return _one(request, actor, held, form)
    made = actions.sign_off(training=held.pk, until=form.cleaned_data["until"], by=actor, now=now)
    request.session["said"] = f"Signed off: {held.person.name} may judge cases until {made.until:%Y-%m-%d}."
    return redirect("review:trainings")


@requires(Verb.TRAINING_LEAD)
@require_POST
def send_back(request: HttpRequest, training_id: UUID) -> HttpResponse:
    """Ask them to go through it once more."""
    actor = doer(request)
    actions.send_back(training=training_id, by=actor, now=clock.now())
    request.session["said"] = "Sent back: they begin anew when they are ready. Tell them why."
    return redirect("review:trainings")


@requires(Verb.TRAINING_LEAD)
def write_set(request: HttpRequest) -> HttpResponse:
    """Change a copy of the set in force; a mistake is named with its line, and then nothing changes."""
    actor, now = doer(request), clock.now()
    begins = shipped_text() if "shipped" in request.GET else queries.text_in_force(actor.home)
    form = SetForm(request.POST if request.method == "POST" else None, initial={"text": begins})
    if form.is_bound and form.is_valid():
        try:
            actions.write_calibration(text=form.cleaned_data["text"], by=actor, now=now)
        except errors.CalibrationBroken as broken:
            form.add_error("text", f"{broken.detail}. The set in force stays as it is.")
        else:
            request.session["said"] = "The desk trains with this set from now on. Answers to the one before count no longer."
            return redirect("review:trainings")
    return render(request, "review/write_calibration.html", {"form": form}, status=422 if form.errors else 200)


def _one(request: HttpRequest, actor: Actor, held: Training, form: SignOffForm | None) -> HttpResponse:
    state = queries.state_of(held)
    is_mine = held.person_id == actor.id
    waits = may_somewhere(actor, Verb.TRAINING_LEAD) and not is_mine and held.asked_at and not held.ended_at
    empty = SignOffForm(today=clock.now().date(), longest=LONGEST, present=held.person.credential_until)
    context: dict[str, Any] = {
        "training": held,
        "state": state,
        "cases": queries.answered(state),
        "is_mine": is_mine,
        "form": (form or empty) if waits and state.is_ready else None,
        "waits": waits,
    }
    return render(request, "review/training_one.html", context, status=422 if form else 200)
