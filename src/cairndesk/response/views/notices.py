"""Notices: drafting them from the directory, reading them, and everything that comes back."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cairndesk.accounts import confirm, undo
from cairndesk.accounts.policy import requires
from cairndesk.accounts.rules import Verb
from cairndesk.accounts.rules.handling import Step
from cairndesk.directory.models import Provider
from cairndesk.exchange.formats import letter
from cairndesk.lib import clock
from cairndesk.response import actions, queries
from cairndesk.response.errors import IncompleteAct, NoSuchThing
from cairndesk.response.forms import DraftForm, ObjectionForm, ProviderAnswerForm, WordsForm
from cairndesk.response.models import Delivery
from cairndesk.response.rules import NoticeKind, NoticeState
from cairndesk.response.views.common import actor_of, filled, is_confirmed, to_confirm, uuid_of, wanted


@requires(Verb.STEP_APPROVE)
def draft(request: HttpRequest, step_id: UUID) -> HttpResponse:
    """Notices as the directory would have them: one for each provider that is chosen, with the ground they share."""
    actor = actor_of(request)
    step = queries.step_for(actor, step_id)
    found = actions.open_addresses(step=step, by=actor, now=clock.now())
    kind = queries.kept_by(found) if step.kind == "preserve" else ""
    form = DraftForm(request.POST or None, initial={"kind": kind, "finding": queries.suggested_finding(step.case)})
    if request.method != "POST" or not form.is_valid():
        shown = {"step": step, "case": step.case, "form": form, "found": found}
        return render(request, "response/draft.html", shown, status=422 if request.method == "POST" else 200)
    ids = request.POST.getlist("provider")
    drafts = [_draft(one.provider, one, form.cleaned_data) for one in found if one.provider and one.key in ids]
    if not drafts:
        raise IncompleteAct("choose at least one provider")
    actions.draft_notices(step=step, drafts=drafts, by=actor, now=clock.now())
    return redirect("response:approve", step.pk) if step.state == "proposed" and step.kind == "remove" else redirect("response:plan", step.case_id)


@requires(Verb.CASE_READ)
def notice(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """One notice: its letter as people read it, its state, and what may happen next."""
    actor = actor_of(request)
    held = queries.notice_for(actor, notice_id)
    shown = {
        "notice": held,
        "case": held.case,
        "letter": actions.read_letter(notice=held, by=actor, now=clock.now()),
        "next": queries.next_states(held),
        "answer_form": ProviderAnswerForm(),
        "objection_form": ObjectionForm(),
        "objections": held.counter_notices.order_by("received_at"),
        "deliveries": held.deliveries.order_by("queued_at"),
        "may_take_back": queries.unsent().filter(notice=held).exists(),
        "now": clock.now(),
        "proof": confirm.ask(request, actions.retrying_digest(held) if held.state == NoticeState.UNDELIVERED else actions.sending_digest(held)),
    }
    return render(request, "response/notice.html", shown)


@requires(Verb.STEP_APPROVE)
@require_POST
def send(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """Send one notice of an approved step, or drop it."""
    actor, now = actor_of(request), clock.now()
    held = queries.notice_for(actor, notice_id)

    def send_it() -> object:
        fresh = confirm.given(request, actions.sending_digest(held), now=now)
        return _offer_back(request, actions.send_notice(notice=held, by=actor, fresh=fresh, now=now))

    acts = {
        "send": send_it,
        "drop": lambda: actions.drop_notice(notice=held, by=actor, now=now),
    }
    wanted(acts, request.POST.get("act", ""))
    return redirect("response:notice", held.pk)


@requires(Verb.STEP_RECORD)
@require_POST
def follow(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """What came back: an answer, a check by eye, an objection."""
    actor, now = actor_of(request), clock.now()
    held = queries.notice_for(actor, notice_id)

    def answer() -> object:
        given = filled(ProviderAnswerForm(request.POST))
        return actions.record_answer(notice=held, answer=NoticeState(given["answer"]), account_action=given["account_action"], by=actor, now=now)

    def object_to_it() -> object:
        given = filled(ObjectionForm(request.POST))
        return actions.record_counter_notice(notice=held, from_whom=given["from_whom"], words=given["words"], by=actor, now=now)

    acts = {
        "answer": answer,
        "objection": object_to_it,
        "still_gone": lambda: actions.record_recheck(notice=held, is_gone=True, by=actor, now=now),
        "back_again": lambda: actions.record_recheck(notice=held, is_gone=False, by=actor, now=now),
    }
    wanted(acts, request.POST.get("act", ""))
    return redirect("response:notice", held.pk)


@requires(Verb.STEP_RECORD)
@require_POST
def take_back(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """The newest letter about the notice does not leave; unless more was recorded since, the notice stands where it stood before."""
    actor = actor_of(request)
    held = queries.notice_for(actor, notice_id)
    undo.withdraw(request.session)
    actions.take_back_letter(notice=held, by=actor, now=clock.now())
    request.session["said"] = "The letter has not left."
    return redirect("response:notice", held.pk)


_LETTERS = {
    "remind": (letter.Kind.REMINDER, actions.send_reminder, "Send the reminder"),
    "escalate": (letter.Kind.ESCALATION, actions.escalate, "Send the escalation"),
    "renew": (letter.Kind.PRESERVATION_RENEWAL, actions.ask_to_renew, "Send the request"),
}


@requires(Verb.STEP_RECORD)
@require_POST
def write_again(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """First the page with the further letter as it would go; with the proof on it, a reminder, an escalation, a renewal is on its way."""
    actor, now = actor_of(request), clock.now()
    held = queries.notice_for(actor, notice_id)
    if request.POST.get("act") not in _LETTERS:
        raise NoSuchThing
    kind, act, button = _LETTERS[request.POST["act"]]
    digest = actions.following_digest(held, kind)
    if not is_confirmed(request):
        facts = [("The letter", actions.read_letter(notice=held, kind=kind, by=actor, now=now))]
        return to_confirm(
            request, digest, step=Step.SEND, heading=f"Write again to {held.provider.name}", facts=facts, button=button, back=_page_of(held.pk)
        )
    _offer_back(request, act(notice=held, by=actor, fresh=confirm.given(request, digest, now=now), now=now))
    return redirect("response:notice", held.pk)


@requires(Verb.STEP_RECORD)
@require_POST
def try_again(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """With a proof, the letters that were given up are tried again."""
    actor, now = actor_of(request), clock.now()
    held = queries.notice_for(actor, notice_id)
    fresh = confirm.given(request, actions.retrying_digest(held), now=now)
    actions.try_again(notice=held, by=actor, fresh=fresh, now=now)
    return redirect("response:notice", held.pk)


@requires(Verb.STEP_REVIEW)
@require_POST
def decide_objection(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """First the page that says what the decision does; with the proof on it, the notice stands, or it is withdrawn."""
    actor, now = actor_of(request), clock.now()
    objection = queries.objection_for(actor, uuid_of(request.POST.get("objection", "")))
    why = filled(WordsForm(request.POST))["words"]
    if request.POST.get("act") not in {"uphold", "withdraw"}:
        raise NoSuchThing
    is_right = request.POST["act"] == "withdraw"
    digest = actions.deciding_digest(objection, is_right=is_right, why=why)
    if not is_confirmed(request):
        facts, button = [("Why", why), ("Afterwards", "the notice goes on from where it stood")], "Let the notice stand"
        if is_right:
            text = actions.read_letter(notice=objection.notice, kind=letter.Kind.REVERSAL, legality=why, by=actor, now=now)
            facts, button = [("The letter", text)], "Withdraw the notice and send this letter"
        heading = f"Decide the objection by {objection.from_whom}"
        return to_confirm(request, digest, step=Step.SEND, heading=heading, facts=facts, button=button, back=_page_of(notice_id))
    fresh = confirm.given(request, digest, now=now)
    actions.decide_counter_notice(objection=objection, is_right=is_right, why=why, by=actor, fresh=fresh, now=now)
    return redirect("response:notice", notice_id)


def _offer_back(request: HttpRequest, letter: Delivery) -> Delivery:
    said = f"The letter to {letter.notice.provider.name} leaves in {undo.in_words()}."
    url = reverse("response:take-back", args=[letter.notice_id])
    undo.offer(request.session, said=said, label="Take it back", url=url, now=letter.queued_at)
    return letter


def _page_of(notice_id: UUID) -> str:
    return reverse("response:notice", args=[notice_id])


def _draft(provider: Provider, one: queries.Prefilled, given: dict[str, Any]) -> actions.Draft:
    kind = NoticeKind(given["kind"] or one.kind)
    return actions.Draft(
        provider=provider,
        kind=kind,
        targets=queries.as_booked(one.targets) if kind is NoticeKind.BOOKING else one.targets,
        legality=given["legality"],
        finding=given["finding"],
        preserve=given["preserve"],
        expression_checked=given["expression_checked"],
    )
