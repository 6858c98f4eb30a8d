"""What is known: the page that lists it, the forms that record it, and what takes back one fact."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Actor, Verb, permits, require
from cairndesk.cases import taxonomy
from cairndesk.cases.errors import (
    CasesError,
    DepictedChildIsVictim,
    IdentificationRefused,
    SomethingRestsOnIt,
    SwitchedOff,
    TheOnlyRole,
)
from cairndesk.cases.models import Case
from cairndesk.cases.queries import case_for
from cairndesk.cases.queries import known as recorded
from cairndesk.custody.errors import DeskLocked
from cairndesk.directory.rules import EXPERTISE
from cairndesk.lib import clock
from cairndesk.lib.ids import id_in, new_id
from cairndesk.review import actions, errors
from cairndesk.review.forms.known import Sheet, codes_of, guides
from cairndesk.review.forms.sheets import form_for
from cairndesk.review.queries import item_of, known, support_that_fits
from cairndesk.review.queries.listed import Page
from cairndesk.review.queries.names import items_to_choose, people_to_choose
from cairndesk.review.queries.state import About, State, state_of
from cairndesk.review.queries.wording import word_for_about
from cairndesk.review.rewording import reworded
from cairndesk.review.rules.asking import MAY_ASK
from cairndesk.review.rules.known import ABOUT, ASKED, IDENTITY_REASONS, OF_IDENTIFICATION, Kind, Subject, fingerprint
from cairndesk.review.views.common import around

# Lines of one kind on one page.
A_PAGE = 100


@requires(Verb.CASE_READ)
def facts(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Everything that was recorded about the case, in codes; nothing sealed is opened."""
    actor = doer(request)
    return _page(request, case_for(actor, case_id, guest=True), actor)


@requires(Verb.CASE_READ)
def identification(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """How identifying whoever was harmed stands, and the clues, in words alone; nothing sealed is opened, and no partner sees it."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    return _page(request, shown, actor, template="review/identification.html", kinds=OF_IDENTIFICATION)


@requires(Verb.CASE_DESCRIBE)
def record(request: HttpRequest, case_id: UUID, kind: str, about_id: UUID | None = None) -> HttpResponse:
    """The form of one kind; what is sent twice is recorded once, and a form that is refused comes back with all that was typed."""
    actor, shown = _at(request, case_id)
    about, of = _about(shown, kind, about_id), request.GET.get("of", "")
    if kind == Kind.EVIDENCE and of not in taxonomy.family("evidence_kind").codes:
        return render(request, "review/evidence.html", around(shown, actor) | {"asked": ASKED[Kind.EVIDENCE], "codes": codes_of("evidence_kind")})
    state = state_of(shown, Kind(kind), about)
    data = request.POST if request.method == "POST" else None
    filled = form_for(data, kind=Kind(kind), case=shown, about=about, state=state or _anew(request, shown, kind), of=of)
    form = reworded(filled, lambda: word_for_about(shown, about))
    if form.is_bound and form.is_valid() and _kept(request, shown, form, actor):
        request.session["said"] = f"Recorded: {_small(form.asked.heading)}."
        return redirect(_page_of(form.kind), case_id=case_id)
    # A form that comes back is a new one: what was recorded under its old number is not it.
    context = {"form": form, "asked": form.asked, "seen": fingerprint(state), "once": new_id(), "guides": guides(form), "may_ask": _may_ask(form)}
    context |= {"now_held": known.said(form.kind, state), "name": _name(shown, about), "of_words": of and taxonomy.label("evidence_kind", of)}
    return render(request, "review/record.html", around(shown, actor) | context, status=422 if form.errors else 200)


@requires(Verb.CASE_DESCRIBE)
@require_POST
def take_back(request: HttpRequest, case_id: UUID, kind: str, fact_id: UUID) -> HttpResponse:
    """Take back a fact that was recorded by mistake; where other records rest on it, the page says on which."""
    actor, shown = _at(request, case_id)
    fact = known.role_of(shown, fact_id, request.POST.get("role", "")) if kind == Kind.ROLE else known.fact_of(shown, kind, fact_id)
    if fact is None:
        raise errors.NoSuchAccount
    try:
        actions.take_back_fact(case=shown, fact=fact, by=actor, now=clock.now())
    except (SomethingRestsOnIt, TheOnlyRole) as refused:
        return _page(request, shown, actor, refused=refused)
    request.session["said"] = f"Taken back: {_small(ASKED[Kind(kind)].heading)}. It counts no more and stays readable."
    return redirect(_page_of(kind), case_id=case_id)


def _at(request: HttpRequest, case_id: UUID) -> tuple[Actor, Case]:
    """Who describes, and the case; a guest of a partner organisation reads and does not describe."""
    actor = doer(request)
    shown = case_for(actor, case_id)
    require(actor, Verb.CASE_DESCRIBE, organisation=shown.organisation_id, stage=shown.stage, case=shown.pk)
    return actor, shown


def _about(shown: Case, kind: str, about_id: UUID | None) -> About:
    """The person or the item that the form is about. Raises NoSuchAccount for one that is not here, SwitchedOff where nothing may be asked."""
    wanted = ABOUT.get(Kind(kind)) if kind in set(Kind) else None
    alone = wanted is None or kind == Kind.PERSON
    if kind not in set(Kind) or (not alone if about_id is None else wanted is None):
        raise errors.NoSuchAccount
    if kind == Kind.SENSITIVE and not settings.CAIRNDESK.desks.sensitive_attributes:
        raise SwitchedOff
    if about_id is None:
        return None
    found = shown.people.filter(pk=about_id).first() if wanted is Subject.PERSON else item_of(shown, about_id)
    if found is None:
        raise errors.NoSuchAccount
    return found


def _name(shown: Case, about: About) -> str:
    return {**people_to_choose(shown), **items_to_choose(shown)}.get(str(about.pk), "") if about else ""


def _anew(request: HttpRequest, shown: Case, kind: str) -> State:
    """The answers of a fact that was taken back, for who records it anew; its sealed words are not among them."""
    named = id_in(request.GET.get("from", ""))
    fact = known.fact_of(shown, kind, named) if named else None
    return known.answers_anew(fact, Kind(kind)) if fact is not None else {}


def _small(heading: str) -> str:
    return heading[0].lower() + heading[1:]


def _page_of(kind: str) -> str:
    return "review:identification" if kind in OF_IDENTIFICATION else "review:known"


def _page(
    request: HttpRequest,
    shown: Case,
    actor: Actor,
    *,
    refused: CasesError | None = None,
    template: str = "review/known.html",
    kinds: Collection[Kind] = frozenset(Kind),
) -> HttpResponse:
    may = _may(shown, actor)
    found = Page(recorded(shown), at_home=may["home"])
    groups = [group for group in found.groups() if group.kind in kinds]
    empty = [group for group in groups if not group.lines and group.can_add]
    # Each kind is gone through by itself: `?items=2` is the second page of the items.
    pages = [(group, Paginator(group.lines, A_PAGE).get_page(request.GET.get(group.kind))) for group in groups if group.lines]
    context = around(shown, actor) | {"groups": pages, "empty": empty}
    context |= {"reasons": IDENTITY_REASONS, "may": may, "asks_sensitive": bool(settings.CAIRNDESK.desks.sensitive_attributes), "refused": refused}
    context["fits"] = [EXPERTISE[one].lower() for one in support_that_fits(shown)] if may["home"] else []
    context |= {"told_themselves": found.told_themselves, "who_told_is_open": found.who_told_is_open(), "of_others": found.may_be_of_others()}
    return render(request, template, context, status=refused.status if refused else 200)


def _may_ask(form: Sheet) -> list[tuple[str, str]]:
    """The questions of the form that may be put to a child, each with its reason."""
    asked = MAY_ASK.get(form.kind, {})
    return [(str(field.label), asked[name]) for name, field in form.fields.items() if name in asked]


def _kept(request: HttpRequest, shown: Case, form: Sheet, actor: Actor) -> bool:
    """Record what the form says; False where it could not be recorded now, which the form then says beside all that was typed."""
    more = {"words": "", "of": form.of, "seen": request.POST.get("seen", ""), **form.cleaned_data}
    sent: dict[str, Any] = {"facts": form.facts(), "more": more, "once": id_in(request.POST.get("once", "")) or new_id(), "about": form.about}
    try:
        actions.record_fact(case=shown, kind=form.kind, by=actor, now=clock.now(), **sent)
    except (errors.WrittenMeanwhile, errors.SentBefore, DepictedChildIsVictim, IdentificationRefused, DeskLocked) as refused:
        form.add_error(None, refused.remedy)
        return False
    return True


def _may(shown: Case, actor: Actor) -> dict[str, bool]:
    at_home = shown.organisation_id == actor.organisation
    verbs = (Verb.CASE_DESCRIBE, Verb.IDENTITY_READ)
    return {"home": at_home, **{verb.name.lower(): at_home and permits(actor.roles, verb, shown.stage) for verb in verbs}}
