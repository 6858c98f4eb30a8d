"""The analyst's screens: take a case, see its card, open what is sealed, classify, look a second time."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cairndesk.accounts import undo
from cairndesk.accounts.actions import withdraw_guest
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.queries import guests_on
from cairndesk.accounts.rules import Actor, Verb, may_somewhere, permits
from cairndesk.accounts.together import preload
from cairndesk.cases import taxonomy
from cairndesk.cases.errors import NotYourClaim
from cairndesk.cases.models import Case, Item
from cairndesk.cases.queries import aliases, case_for, is_held, is_shown, is_veiled, listed_items, seen_between
from cairndesk.cases.rules.stages import Stage
from cairndesk.intake.queries import corrections, objections, unread_messages, wants_to_know_again
from cairndesk.intake.told import asked_as
from cairndesk.lib import clock
from cairndesk.review import actions, errors, queries
from cairndesk.review.forms.looks import AdviceForm, ClassifyForm, InviteForm, MediaForm, SecondLookForm, fields_of
from cairndesk.review.models import Classification
from cairndesk.review.queries.names import item_names, items_to_choose
from cairndesk.review.rules.again import WORDS as AGAIN
from cairndesk.review.rules.second import WORDS as ASKS
from cairndesk.review.rules.second import Ask
from cairndesk.review.views.again import late, shown_woken
from cairndesk.review.views.asked import look_form
from cairndesk.review.views.common import around, offer_advice_back, offer_to_take_back, read_account, sharing_out, unstored
from cairndesk.signals.actions import decide_match
from cairndesk.signals.models import Match
from cairndesk.signals.queries import own_list, sightings_of
from cairndesk.signals.rules import REASONS, Reason, Standing
from cairndesk.signals.walled import is_strong_enough
from cairndesk.triage.queries import woken_in
from cairndesk.triage.rules.viral import WORDS as VIRAL
from cairndesk.triage.typed import said_on

# Items on one page of a case.
_ITEMS = 100
_SAID = {Standing.CONFIRMED: "Confirmed.", Standing.REJECTED: "Rejected. ", Standing.LEAD: "Taken back: the match is a lead again."}
_STILL_MET = "The same value is on the list, so it goes on being met: a supervisor can dispute the entry with its owner, on the page of the list."
# Shown where the response room lays out its panel; the second one stands in until it does.
PLAN_PANEL = ("response/plan_panel.html", "review/no_plan.html")


@requires(Verb.CASE_CLAIM)
@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Claim the next case and open it; where none waits, say so on the first screen."""
    try:
        taken = actions.claim_next(by=doer(request), now=clock.now())
    except errors.NothingWaits as nothing:
        request.session["said"] = " ".join((*filter(None, [request.session.get("said")]), nothing.remedy))
        return redirect("triage:first")
    return _claimed(request, taken)


@requires(Verb.CASE_READ)
@require_POST
def claim(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Claim this case."""
    actor = doer(request)
    return _claimed(request, actions.claim(case=case_for(actor, case_id), by=actor, now=clock.now()))


@requires(Verb.ADVICE_GIVE)
def advise(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Answer somebody who asked for advice only; an answer without words comes back with what is missing."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    form = AdviceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        offer_advice_back(request, actions.give_advice(case=shown, words=form.cleaned_data["words"], by=actor, now=clock.now()))
        request.session["said"] = "The answer is on its way behind the six words. The case can be closed."
        return redirect("review:case", case_id=case_id)
    context = around(shown, actor) | {"form": form, "reports": shown.reports.order_by("received_at"), "may_advise": actions.may_be_advised(shown)}
    return render(request, "review/advise.html", context, status=422 if form.errors else 200)


@requires(Verb.CASE_REOPEN)
@require_POST
def reopen(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Open a finished case again."""
    actor = doer(request)
    held = case_for(actor, case_id)
    case = actions.reopen(case=held, why=request.POST.get("why", ""), shown=shown_woken(request, held), by=actor, now=clock.now())
    request.session["said"] = f"Case {case.number} waits in the queue again."
    return redirect("review:case", case_id=case_id)


@requires(Verb.CASE_READ)
@require_POST
def put_back(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Put the case back into the queue; no reason is asked."""
    actor = doer(request)
    case = actions.put_back(case=case_for(actor, case_id), by=actor, now=clock.now())
    undo.withdraw(request.session, url=reverse("review:put-back", args=[case_id]))
    request.session["said"] = f"Case {case.number} is back in the queue."
    return redirect("triage:first")


@requires(Verb.CASE_READ)
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The case: card first, one time line, one panel for the next step; nothing sealed is opened."""
    actor, now = doer(request), clock.now()
    shown = case_for(actor, case_id, blind=True, guest=True)
    if is_veiled(actor, shown):
        return redirect("review:code", case_id=case_id)
    preload(shown, *queries.READ_AT_ONCE, "messages", "milestones", "woken", "choices", "set_aside")
    listed, seen = listed_items(shown), sightings_of(case=shown.pk)
    card, (seconds, blind) = queries.card(shown, actor, listed), queries.other_looks(shown)
    context = around(shown, actor, alike=True) | {
        "card": card,
        "story": queries.story(shown, seen, at_home=shown.organisation_id == actor.organisation),
        "reports": sorted(shown.reports.all(), key=lambda report: report.received_at),
        "items": Paginator(_items(listed, card), _ITEMS).get_page(request.GET.get("items")),
        "files": queries.files(shown, seen),
        "videos": queries.listed_videos(shown, [met.match for met in card.matches]),
        "views": queries.views_of(shown, seconds, blind),
        "verdicts": queries.answers(newest, on=now.date()) if (newest := queries.latest(shown)) else (),
        "asks": [ASKS[Ask(ask)] for ask in newest.asks if ask in set(Ask)] if newest else (),
        "disagreement": queries.open_disagreement(shown, seconds),
        "others": _others(shown, actor),
        **sharing_out(shown, actor),
        "held": is_held(shown),
        "may": _may(shown, actor),
        "told_alike": actions.told_alike(case=shown, by=actor, now=now),
        "glass": queries.glass_standing(shown, now=now),
        "unread": unread_messages(shown),
        "corrections": corrections(shown),
        "objections": objections(shown),
        # Nothing was promised to somebody who cannot read it.
        "late": late(shown, now.date()) if card.has_way_back else (),
        "woken": woken_in(shown),
        "wants_again": card.has_way_back and wants_to_know_again(shown),
        "has_way_back": card.has_way_back,
        "plan_panel": PLAN_PANEL,
        "may_advise": actions.may_be_advised(shown),
        "again": AGAIN,
        "reasons": REASONS,
        "link_kinds": taxonomy.family("link_kind").codes.values(),
    }
    return render(request, "review/case.html", context | {"beside": context["row"].alike, "viral_reasons": VIRAL})


@requires(Verb.CASE_READ)
@require_POST
def account(request: HttpRequest, case_id: UUID, report_id: UUID) -> HttpResponse:
    """What was told, on a page of its own; the log names the reader before it shows."""
    actor = doer(request)
    shown = case_for(actor, case_id, guest=True)
    report, answers, lines = read_account(shown, report_id, by=actor)
    hints = [(asked_as(one.hint.field), one) for one in queries.hints(shown, report.pk, answers, reader=actor.organisation)]
    prompts, at_home = queries.prompts(actor, shown.organisation_id, now=clock.now()), shown.organisation_id == actor.organisation
    context = {"report": report, "lines": lines, "hints": hints, "corrections": at_home and corrections(shown), "prompts": prompts}
    return unstored(render(request, "review/account.html", around(shown, actor) | context))


@requires(Verb.CASE_READ)
@require_POST
def item(request: HttpRequest, case_id: UUID, item_id: UUID) -> HttpResponse:
    """One identifier, defanged."""
    actor = doer(request)
    shown = case_for(actor, case_id, guest=True)
    wanted = queries.item_of(shown, item_id, taken_back=True)
    if wanted is None:
        raise errors.NoSuchAccount
    opened = actions.open_item(case=shown, item=wanted, by=actor, now=clock.now())
    matches = [one for one in queries.card(shown, actor).matches if one.match.item == wanted.pk]
    hints = [("", one) for one in queries.hints(shown, wanted.pk, {"identifier": opened}, reader=actor.organisation)]
    names = items_to_choose(shown)
    history = {"seen": seen_between(wanted), "aliases": [names[str(other.pk)] for other in aliases(wanted) if str(other.pk) in names]}
    context = around(shown, actor) | {"item": wanted, "opened": opened, "matches": matches, "hints": hints, **history}
    return unstored(render(request, "review/item.html", context))


@requires(Verb.CASE_READ)
@require_POST
def note(request: HttpRequest, case_id: UUID, note_id: UUID) -> HttpResponse:
    """What a colleague wrote beside a decision."""
    actor = doer(request)
    shown = case_for(actor, case_id, guest=True)
    words = actions.open_note(case=shown, note=note_id, by=actor, now=clock.now())
    return unstored(render(request, "review/note.html", around(shown, actor) | {"words": words}))


@requires(Verb.ITEM_CLASSIFY)
@require_POST
def match(request: HttpRequest, case_id: UUID, match_id: UUID) -> HttpResponse:
    """Confirm or reject a lead, or take that back."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    found = Match.objects.filter(pk=match_id, case=shown.pk).first()
    standing = request.POST.get("standing", "")
    if found is None or standing not in set(Standing):
        raise errors.NoSuchAccount
    told = request.POST.get("reason", "")
    reason = Reason(told) if told in set(Reason) else None
    decided = decide_match(match=found, standing=Standing(standing), stage=shown.stage, reason=reason, by=actor, now=clock.now())
    request.session["said"] = _SAID[Standing(decided.standing)]
    if decided.standing == Standing.REJECTED:
        request.session["said"] += "This thing meets the entry no more." if decided.is_met_no_more else _STILL_MET
    return redirect("review:case", case_id=case_id)


@requires(Verb.MEDIA_HAND_OVER)
def media(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Hand over a file, where the organisation may take one; elsewhere the page says why not."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    form = MediaForm(request.POST, request.FILES) if request.method == "POST" else MediaForm()
    if form.is_bound and form.is_valid():
        done = actions.hand_over(case=shown, data=form.cleaned_data["file"].read(), by=actor, now=clock.now())
        request.session["said"] = done.words
        return redirect("review:case", case_id=case_id)
    context = around(shown, actor) | {"form": form, "mode": shown.organisation.media_mode, "basis": shown.organisation.media_basis}
    context |= {"has_walls": is_strong_enough(), "may": _may(shown, actor), "mib": settings.CAIRNDESK.desk.media_limit // (1 << 20)}
    return render(request, "review/media.html", context, status=422 if form.errors else 200)


@requires(Verb.ITEM_CLASSIFY)
def classify(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The form in which features are recorded once."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    holds = shown.claimed_by == actor.pseudonym
    if not holds and request.method != "POST":
        # Said before somebody fills in a long form that could not be recorded.
        raise NotYourClaim
    preload(shown, "classifications")
    is_anew, offers = queries.latest(shown) is not None, _offers(shown, actor)
    form = look_form(ClassifyForm, request, shown, is_anew=is_anew, files=[one[:2] for one in offers])
    if form.is_bound and form.is_valid():
        publish = form.cleaned_data["publish"]
        with said_on(form):
            if not holds:
                raise NotYourClaim
            made = actions.classify(case=shown, look=form.look(), by=actor, now=clock.now(), note=form.cleaned_data["note"], publish=publish)
            return _classified(request, made, shown, has_asked=bool(publish))
    context = around(shown, actor) | fields_of(form) | {"is_anew": is_anew}
    context |= {"offers": offers, "chosen": form["publish"].value() or (), "may_take": may_somewhere(actor, Verb.CASE_CLAIM)}
    return render(request, "review/classify.html", context | {"disagreement": queries.open_disagreement(shown)}, status=422 if form.errors else 200)


@requires(Verb.SECOND_LOOK_GIVE)
def looks(request: HttpRequest) -> HttpResponse:
    """The cases that wait for this person's look, at home and as a guest."""
    waiting = queries.waiting_for_look(by=doer(request))
    return render(request, "review/looks.html", {"waiting": waiting, "now": clock.now(), "current": "second_look"})


@requires(Verb.SECOND_LOOK_GIVE)
def second_look(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Agree with the first person, or say what is seen differently."""
    actor = doer(request)
    shown = case_for(actor, case_id, guest=True)
    first = queries.latest(shown)
    waits = first is not None and shown.stage == Stage.SECOND_LOOK
    form = look_form(SecondLookForm, request, shown, is_second=True)
    if form.is_bound and form.is_valid():
        agrees, said = form.cleaned_data["answer"] == "agree", {"shown": form.cleaned_data["first"], "note": form.cleaned_data["note"]}
        with said_on(form):
            if not waits and Classification.everything.filter(case=shown, pk=said["shown"]).exists():  # It went on meanwhile.
                raise errors.NotForASecondLook
            actions.give_second_look(case=shown, look=form.look(), agrees=agrees, by=actor, now=clock.now(), **said)
            request.session["said"] = "Your look is recorded. The case goes on." if agrees else "Your look is recorded. A supervisor decides."
            return redirect("triage:first")
    if not form.errors and not waits:
        raise errors.NotForASecondLook
    is_own = first is not None and first.actor == actor.pseudonym
    context = around(shown, actor) | fields_of(form)
    context |= {
        "first": first,
        "views": queries.views_of(shown, *queries.other_looks(shown)),
        "is_own": is_own,
        "card": queries.card(shown, actor),
        "reports": shown.reports.all(),
    }
    return render(request, "review/second_look.html", context, status=422 if form.errors else 200)


@requires(Verb.GUEST_INVITE)
@require_POST
def invite(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Invite a named person of a partner organisation to look at this one case."""
    actor, now = doer(request), clock.now()
    shown = case_for(actor, case_id)
    form = InviteForm(request.POST, people=queries.partners_who_may_look(shown, now=now))
    if form.is_valid():
        actions.invite_second_look(case=shown, person=form.cleaned_data["person"], by=actor, now=now)
        request.session["said"] = f"{form.cleaned_data['person'].name} may look at this case for three days."
    return redirect("review:case", case_id=case_id)


@requires(Verb.GUEST_INVITE)
@require_POST
def withdraw_invitation(request: HttpRequest, case_id: UUID, grant_id: UUID) -> HttpResponse:
    """Take back an invitation before its look was given."""
    actor, now = doer(request), clock.now()
    shown = case_for(actor, case_id)
    guest = guests_on(shown.pk, now=now).filter(pk=grant_id).first()
    if guest is not None:
        withdraw_guest(grant=guest, stage=shown.stage, by=actor, now=now)
        request.session["said"] = f"{guest.person.name} may not look at this case any more."
    return redirect("review:case", case_id=case_id)


def _classified(request: HttpRequest, made: Classification, shown: Case, *, has_asked: bool) -> HttpResponse:
    said = f"Case {shown.number} is classified. " + ("Another person looks next." if shown.stage == Stage.SECOND_LOOK else "The plan is next.")
    request.session["said"] = said + (" Another supervisor can now publish the hashes." if has_asked else "")
    # Offered before and after: it stands also where the next case cannot be taken, and before the offer to put that back.
    offer_to_take_back(request, made)
    then = take_next(request) if "next" in request.POST else redirect("review:case", case_id=shown.pk)
    offer_to_take_back(request, made)
    return then


def _claimed(request: HttpRequest, taken: Case) -> HttpResponse:
    url = reverse("review:put-back", args=[taken.pk])
    undo.offer(request.session, said=f"You hold case {taken.number}.", label="Put it back", url=url, now=clock.now())
    return redirect("review:case", case_id=taken.pk)


def _may(shown: Case, actor: Actor) -> dict[str, bool]:
    """What the panel offers; the actions check again."""
    at_home = shown.organisation_id == actor.organisation
    verbs = {verb.name.lower(): at_home and permits(actor.roles, verb, shown.stage) for verb in _OFFERED}
    newest = queries.latest(shown)
    is_guest = any(right.case == shown.pk for right in actor.guest)
    looks_now = shown.stage == Stage.SECOND_LOOK and newest is not None and newest.actor != actor.pseudonym
    verbs["media_look"] = verbs["media_look"] and queries.are_looked_at(shown.organisation)
    return verbs | {"home": at_home, "holds": shown.claimed_by == actor.pseudonym, "look": looks_now and (is_guest or verbs["second_look_give"])}


_OFFERED = (
    Verb.CASE_CLAIM,
    Verb.HOLD_PLACE,
    Verb.ITEM_CLASSIFY,
    Verb.SECOND_LOOK_GIVE,
    Verb.PRIORITY_OVERRIDE,
    Verb.CASE_DESCRIBE,
    Verb.CASE_TRANSFER,
    Verb.CASE_CLOSE,
    Verb.CASE_REOPEN,
    Verb.MESSAGE_SEND,
    Verb.ERASURE_ASK,
    Verb.ADVICE_GIVE,
    Verb.MEDIA_HAND_OVER,
    Verb.MEDIA_LOOK,
    Verb.DESTRUCTION_ASK,
    Verb.PUBLICATION_ASK,
)


def _items(listed: Sequence[Item], card: queries.Card) -> list[dict[str, Any]]:
    """The items as buttons: what each is called and how many leads it has; what it says stays sealed."""
    counts = Counter(str(one.match.item) for one in card.matches)
    standing = {str(one.pk): one for one in listed if one.taken_back_at is None}
    kinds = {pk: one.kind for pk, one in standing.items() if one.kind in queries.PUBLISHABLE and one.same_file_as_id is None}
    names = item_names(one for one in listed if is_shown(one))
    return [{"pk": pk, "name": name.lower(), "matches": counts[pk], "publishes": kinds.get(pk)} for pk, name in names.items() if pk in standing]


def _offers(shown: Case, actor: Actor) -> list[queries.Offer]:
    """The files that can be published with the verdict, where there is a list for them and this person may ask for it."""
    may = permits(actor.roles, Verb.PUBLICATION_ASK, shown.stage) and own_list(organisation=shown.organisation_id) is not None
    return queries.offers(shown, now=clock.now()) if may else []


def _others(shown: Case, actor: Actor) -> dict[str, Any]:
    """Who could give the second look; partners are listed only for those who may invite them."""
    if shown.stage != Stage.SECOND_LOOK or shown.organisation_id != actor.organisation:
        return {}
    now = clock.now()
    at_home = list(queries.others_who_may_look(shown, now=now))
    may_invite = permits(actor.roles, Verb.GUEST_INVITE, shown.stage)
    partners = queries.partners_who_may_look(shown, now=now) if may_invite and not at_home else ()
    return {"at_home": at_home, "partners": list(partners), "guests": list(guests_on(shown.pk, now=now)) if may_invite else []}
