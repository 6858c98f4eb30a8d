"""The plan of a case: its steps with reasons and times, and one act each."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cairndesk.accounts import confirm, undo
from cairndesk.accounts.policy import requires
from cairndesk.accounts.rules import Verb, permits, require
from cairndesk.accounts.rules.handling import Step
from cairndesk.accounts.together import preload
from cairndesk.cases.queries import case_for
from cairndesk.directory.checklists import FACTS
from cairndesk.directory.queries import providers
from cairndesk.intake.queries import spool_health
from cairndesk.lib import clock
from cairndesk.response import actions, queries
from cairndesk.response.forms import CallBackForm, CloseForm, ComplaintForm, PreserveForm, WordsForm
from cairndesk.response.models import Complaint
from cairndesk.response.rules import CalledBack, Choice, ComplaintAnswer, Sent, StepState
from cairndesk.response.views.common import actor_of, filled, is_confirmed, to_confirm, uuid_of, wanted
from cairndesk.response.views.holds import holds_shown


@requires(Verb.CASE_READ)
def plan(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The steps of one case."""
    actor = actor_of(request)
    case = case_for(actor, case_id)
    preload(case, "choices", "set_aside")
    shown = {"case": case, "steps": queries.cards_of(case, actor), "preservations": queries.preserved(case), "now": clock.now()}
    may_call_back = permits(actor.roles, Verb.CALL_BACK_RECORD, case.stage) and case.organisation_id == actor.organisation
    shown |= {"to_call_back": queries.to_call_back(case), "call_back": CallBackForm(), "may_call_back": may_call_back}
    shown |= {"complaints": Complaint.objects.filter(case=case).select_related("provider"), "complaint": _complaint_form()}
    shown["crossings"] = case.crossings.select_related("partner").order_by("offered_at") if case.organisation_id == actor.organisation else ()
    shown["may_describe"] = permits(actor.roles, Verb.CASE_DESCRIBE, case.stage) and case.organisation_id == actor.organisation
    shown |= holds_shown(case, actor)
    return render(request, "response/plan.html", shown)


@requires(Verb.CASE_DESCRIBE)
@require_POST
def complaint(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """That a provider was told before the desk was, and did not act."""
    actor = actor_of(request)
    case = case_for(actor, case_id)
    given = filled(_complaint_form(request.POST))
    provider = next(one for one in providers() if str(one.pk) == given["provider"])
    days = {"told_on": given["told_on"], "answered_on": given["answered_on"]}
    actions.record_complaint(case=case, provider=provider, answer=ComplaintAnswer(given["answer"]), **days, by=actor, now=clock.now())
    return redirect("response:plan", case.pk)


def _complaint_form(posted: QueryDict | None = None) -> ComplaintForm:
    return ComplaintForm(posted, providers=[(str(one.pk), one.name) for one in providers()])


@requires(Verb.CALL_BACK_RECORD)
@require_POST
def call_back(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What came of calling back something that went out before they chose otherwise."""
    actor = actor_of(request)
    case = case_for(actor, case_id)
    given = filled(CallBackForm(request.POST))
    said = {"what": Sent(given["what"]), "outcome": CalledBack(given["outcome"]), "words": given["words"]}
    actions.record_call_back(case=case, thing=given["thing"], **said, by=actor, now=clock.now())
    return redirect("response:plan", case.pk)


@requires(Verb.STEP_APPROVE)
def approve(request: HttpRequest, step_id: UUID) -> HttpResponse:
    """What approving will do, to be read before it is done; then the approval."""
    actor = actor_of(request)
    step = queries.step_for(actor, step_id)
    digest = actions.approval_digest(step)
    if request.method != "POST":
        card, letters = queries.card_of(step, actor), actions.read_letters(step=step, by=actor, now=clock.now())
        shown = {"step": step, "case": step.case, "card": card, "letters": letters, "proof": confirm.ask(request, digest)}
        return render(request, "response/approve.html", shown)
    now = clock.now()
    approved = actions.approve_step(step=step, by=actor, fresh=confirm.given(request, digest, now=now), now=now)
    if going := queries.unsent().filter(notice__step=approved, queued_at=now).count():
        leaves = f"{'1 letter leaves' if going == 1 else f'{going} letters leave'} in {undo.in_words()}."
        undo.offer(request.session, said=leaves, label=_take_back(going), url=reverse("response:take-back-step", args=[step.pk]), now=now)
    return redirect("response:plan", step.case_id)


def _take_back(letters: int) -> str:
    return "Take it back" if letters == 1 else "Take them back"


@requires(Verb.STEP_APPROVE)
@require_POST
def take_back(request: HttpRequest, step_id: UUID) -> HttpResponse:
    """What approving the step let go does not leave; the step is a proposal again."""
    actor = actor_of(request)
    step = queries.step_for(actor, step_id)
    undo.withdraw(request.session)
    stopped = actions.take_back_step(step=step, by=actor, now=clock.now())
    step.refresh_from_db()
    left = "" if step.state == StepState.PROPOSED else " The others have gone."
    request.session["said"] = ("The letter has not left." if stopped == 1 else f"{stopped} letters have not left.") + left
    return redirect("response:plan", step.case_id)


@requires(Verb.CASE_READ)
@require_POST
def take_back_classification(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The case is being reviewed again by whoever classified it, and nothing follows from that."""
    actor = actor_of(request)
    case = case_for(actor, case_id)
    undo.withdraw(request.session, url=request.path)
    actions.take_back_classification(case=case, by=actor, now=clock.now())
    request.session["said"] = f"The classification of case {case.number} is taken back. You hold the case again."
    return redirect("review:case", case.pk)


@requires(Verb.STEP_APPROVE)
@require_POST
def decide(request: HttpRequest, step_id: UUID) -> HttpResponse:
    """Skip a step with a reason, propose it again, or finish it."""
    actor, now = actor_of(request), clock.now()
    step = queries.step_for(actor, step_id)
    acts = {
        "skip": lambda: actions.skip_step(step=step, why=filled(WordsForm(request.POST))["words"], by=actor, now=now),
        "again": lambda: actions.propose_again(step=step, by=actor, now=now),
        "finish": lambda: actions.finish_step(step=step, outcome="done", by=actor, now=now),
    }
    wanted(acts, request.POST.get("act", ""))
    return redirect("response:plan", step.case_id)


@requires(Verb.STEP_REVIEW)
@require_POST
def look(request: HttpRequest, step_id: UUID) -> HttpResponse:
    """The second person: lift a hold, sign a step off, review what could not wait."""
    actor, now = actor_of(request), clock.now()
    step = queries.step_for(actor, step_id)
    acts = {
        "lift": lambda: actions.lift_hold(step=step, why=filled(WordsForm(request.POST))["words"], by=actor, now=now),
        "sign_off": lambda: actions.sign_off_step(step=step, by=actor, now=now),
        "review": lambda: actions.review_step(step=step, by=actor, now=now),
    }
    wanted(acts, request.POST.get("act", ""))
    return redirect("response:plan", step.case_id)


@requires(Verb.STEP_APPROVE)
def preserve(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The preservation choice, before anything is taken down."""
    actor = actor_of(request)
    case = case_for(actor, case_id)
    known = {str(one.id): one for one in providers()}
    form = PreserveForm(request.POST or None, providers=[(key, one.name) for key, one in known.items()])
    if request.method != "POST" or not form.is_valid():
        return render(request, "response/preserve.html", {"case": case, "form": form}, status=422 if request.method == "POST" else 200)
    given = form.cleaned_data
    provider = known.get(given["provider"])
    actions.record_preservation(case=case, choice=Choice(given["choice"]), why=given["words"], provider=provider, by=actor, now=clock.now())
    return redirect("response:plan", case.pk)


@requires(Verb.STEP_RECORD)
@require_POST
def renew(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The provider goes on keeping records."""
    actor = actor_of(request)
    case = case_for(actor, case_id)
    kept = queries.preservation_for(actor, uuid_of(request.POST.get("preservation", "")))
    actions.renew_preservation(preservation=kept, by=actor, now=clock.now())
    return redirect("response:plan", case.pk)


@requires(Verb.CASE_CLOSE)
def close(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Why the case is closed, and what the reporter will read."""
    actor = actor_of(request)
    case = case_for(actor, case_id)
    # Said before somebody writes down why, or confirms what could not be done.
    require(actor, Verb.CASE_CLOSE, organisation=case.organisation_id, stage=case.stage)
    now = clock.now()
    lines = queries.record_of(case, now)
    form = CloseForm(request.POST or None, missing=[line for line in lines if line.is_missing])
    if request.method != "POST" or not form.is_valid():
        return render(request, "response/close.html", {"case": case, "form": form, "lines": lines}, status=422 if request.method == "POST" else 200)
    why, outcome, reasons = form.cleaned_data["words"], form.cleaned_data["outcome"], form.reasons()
    digest = actions.closing_digest(case, best_interests=why, outcome=outcome, reasons=reasons)
    if not is_confirmed(request):
        facts = [("What came of it", dict(form.fields["outcome"].choices)[outcome]), ("Best for the child", why)]  # type: ignore[attr-defined]
        facts += [(f"Missing: {FACTS[fact].lower()}", words) for fact, words in reasons.items()]
        facts += [("Afterwards", "the reporter finds the outcome behind the six words")]
        facts += [("Also told", f"{one.partner.name}, which gave us the case: the outcome, as a code") for one in queries.given_by(case)]
        heading, back = f"Close case {case.number}", reverse("response:plan", args=[case.pk])
        return to_confirm(request, digest, step=Step.CLOSE, heading=heading, facts=facts, button=f"Close case {case.number} for good", back=back)
    fresh = confirm.given(request, digest, now=now)
    actions.close_case(case=case, best_interests=why, outcome=outcome, reasons=reasons, by=actor, fresh=fresh, now=now)
    return redirect("response:plan", case.pk)


@requires(Verb.STEP_RECORD)
def waiting(request: HttpRequest) -> HttpResponse:
    """Everything outside the desk that somebody waits for, and how letters stand."""
    actor, now = actor_of(request), clock.now()
    shown = {"due": queries.due_for(actor, now) if actor.organisation else [], "health": queries.health_now()}
    shown |= {"now": now, "spool": spool_health()}
    return render(request, "response/waiting.html", shown)
