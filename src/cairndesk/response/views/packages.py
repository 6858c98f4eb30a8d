"""Authority packages: built on a page, taken as files, followed to an outcome."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts import answer, confirm
from cairndesk.accounts.errors import FreshProofNeeded
from cairndesk.accounts.policy import requires
from cairndesk.accounts.queries import open_request
from cairndesk.accounts.rules import Kind, Verb
from cairndesk.directory.models import Authority
from cairndesk.directory.queries import evidence_asked
from cairndesk.lib import clock
from cairndesk.response import actions, queries
from cairndesk.response.errors import NoSuchThing
from cairndesk.response.forms import OutcomeForm, PackageForm
from cairndesk.response.models import PlanStep
from cairndesk.response.rules import AuthorityOutcome
from cairndesk.response.views.common import PROOF, actor_of, filled, is_confirmed, shown_digest, wanted


@requires(Verb.STEP_APPROVE)
def build(request: HttpRequest, step_id: UUID) -> HttpResponse:
    """To whom and on which ground; then what each would get; with the proof on exactly that, the packages are closed."""
    actor = actor_of(request)
    step = queries.step_for(actor, step_id)
    known, form = _asked(request, step)
    if request.method != "POST" or "change" in request.POST or not form.is_valid():
        return _ask(request, step, known, form)
    given, now = form.cleaned_data, clock.now()
    grounds = actions.Grounds(given["legal_basis"], given["purpose"], given["names_people"], form.checks())
    authorities = [known[one] for one in given["authority"]]
    if not is_confirmed(request):
        return _preview(request, step, authorities, grounds)
    fresh = confirm.given(request, shown_digest(request), now=now)
    try:
        made = actions.build_authority_packages(step=step, authorities=authorities, grounds=grounds, by=actor, fresh=fresh, now=now)
    except FreshProofNeeded:
        return _preview(request, step, authorities, grounds, has_changed=True)
    return redirect("response:package", made[0].pk) if len(made) == 1 else redirect("response:plan", step.case_id)


def _preview(
    request: HttpRequest, step: PlanStep, authorities: Sequence[Authority], grounds: actions.Grounds, *, has_changed: bool = False
) -> HttpResponse:
    """What each would get and what is left out of it, with the proof on exactly this; the log names the reader first."""
    found = actions.read_before_closing(step=step, authorities=authorities, grounds=grounds, by=actor_of(request), now=clock.now())
    sent = [(name, value) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken" for value in values if name not in PROOF]
    shown: dict[str, Any] = {
        "step": step,
        "case": step.case,
        "previews": found,
        "sent": sent,
        "grounds": grounds,
        "never": queries.NEVER,
        "has_changed": has_changed,
    }
    if not any(one.is_refused for one in found):
        digest = actions.building_digest(step, [(one.authority, one.going) for one in found], grounds)
        shown["proof"] = confirm.ask(request, digest)
    answer = render(request, "response/preview.html", shown, status=409 if has_changed else 200)
    answer["Cache-Control"] = "no-store"
    return answer


def _asked(request: HttpRequest, step: PlanStep) -> tuple[dict[str, Authority], PackageForm]:
    known = {str(one.id): one for one in queries.authorities_for_step(step)}
    choices = [(key, queries.authority_words(one)) for key, one in known.items()]
    asked = {key: found for key, one in known.items() if (found := evidence_asked(one.country, clock.now().date()))}
    return known, PackageForm(request.POST or None, authorities=choices, asked=asked, initial={"purpose": queries.purpose_for_step(step)})


def _ask(request: HttpRequest, step: PlanStep, known: dict[str, Authority], form: PackageForm) -> HttpResponse:
    shown = {"step": step, "case": step.case, "form": form, "known": known, "connections": queries.connections(step.case)}
    return render(request, "response/build.html", shown, status=422 if form.errors else 200)


@requires(Verb.CASE_READ)
def package(request: HttpRequest, package_id: UUID) -> HttpResponse:
    """One package: what it is, where it stands, and its files to take."""
    held = queries.package_for(actor_of(request), package_id)
    digest, now = actions.taking_digest(held), clock.now()
    asked = open_request(Kind.EXPORT, held.pk, now=now)
    shown = {
        "package": held,
        "case": held.case,
        "size": len(bytes(held.sealed)),
        "outcome_form": OutcomeForm(),
        "proof": confirm.ask(request, digest) if queries.is_released(held, digest) else None,
        "one": answer.look(request, asked, now=now) if asked else None,
    }
    return render(request, "response/package.html", shown)


@requires(Verb.STEP_APPROVE)
@require_POST
def release(request: HttpRequest, package_id: UUID) -> HttpResponse:
    """Ask that the closed package may leave the desk."""
    actor = actor_of(request)
    held = queries.package_for(actor, package_id)
    actions.ask_release(package=held, by=actor, now=clock.now())
    return redirect("response:package", held.pk)


@requires(Verb.STEP_APPROVE)
@require_POST
def take(request: HttpRequest, package_id: UUID, part: str) -> HttpResponse:
    """The closed package, its signature or the key that checks it; the log says who took it."""
    actor = actor_of(request)
    held = queries.package_for(actor, package_id)
    name = str(held.pk)
    files = {
        "package": (f"{name}.tar.age", held.sealed),
        "signature": (f"{name}.tar.age.sig", held.signature),
        "key": ("desk-key.pem", queries.export_key()),
    }
    if part not in files:
        raise NoSuchThing
    now = clock.now()
    actions.take_package(package=held, by=actor, fresh=confirm.given(request, actions.taking_digest(held), now=now), now=now)
    file_name, content = files[part]
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "no-store"}
    return HttpResponse(bytes(content), content_type="application/octet-stream", headers=headers)


@requires(Verb.STEP_RECORD)
@require_POST
def follow(request: HttpRequest, package_id: UUID) -> HttpResponse:
    """It was handed over; the authority said something."""
    actor, now = actor_of(request), clock.now()
    held = queries.package_for(actor, package_id)

    def answer() -> object:
        code = filled(OutcomeForm(request.POST))["outcome"]
        outcome = AuthorityOutcome(code) if code not in {"", "accepted"} else None
        return actions.record_authority_answer(package=held, is_accepted=code == "accepted", outcome=outcome, by=actor, now=now)

    wanted({"handed_over": lambda: actions.hand_over(package=held, by=actor, now=now), "answer": answer}, request.POST.get("act", ""))
    return redirect("response:package", held.pk)
