"""Holding several cases together as a group, a campaign or a pattern: always by a person, and never about a child."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Matter, Verb, require
from cairndesk.cases import errors, queries
from cairndesk.cases.actions.coding import note
from cairndesk.cases.actions.grants import admit, those_on
from cairndesk.cases.models import Case, GroupedCase, Grouping
from cairndesk.cases.rules.groupings import Gone, GroupingKind, GroupingState, Why, name_of
from cairndesk.custody.actions import erase, record, seal
from cairndesk.custody.queries import unseal_text
from cairndesk.custody.rules import Event, Purpose


@transaction.atomic
def make_grouping(*, cases: Collection[Case], kind: GroupingKind, why: Why, by: Actor, now: datetime) -> Grouping:
    """Afterwards a new record with a name of its own holds `cases`. Raises NotPermitted, NotOfThisOrganisation, ChildStaysUnlisted."""
    require(by, Verb.GROUPING_KEEP, organisation=by.home)
    if not cases:
        raise errors.NotOfThisOrganisation
    # Two that are made at once must not draw the same name.
    organisation = Organisation.objects.select_for_update().get(pk=by.home)
    name = name_of(Grouping.objects.filter(organisation=organisation).count())
    made = Grouping.objects.create(organisation=organisation, name=name, kind=kind, made_by=by.pseudonym, made_at=now)
    record(event=Event.CASES_GROUPING_MADE, subject_kind="grouping", subject=made.pk, by=by, now=now, detail={"kind": kind.value})
    for case in cases:
        group_case(grouping=made, case=case, why=why, by=by, now=now)
    return made


@transaction.atomic
def change_grouping(
    *, grouping: Grouping, kind: GroupingKind, state: GroupingState, seen: tuple[date | None, date | None], by: Actor, now: datetime
) -> Grouping:
    """Afterwards it is of this kind, stands like this, and was `seen` first and last on these days. Raises NotPermitted."""
    require(by, Verb.GROUPING_KEEP, organisation=grouping.organisation_id)
    grouping.kind, grouping.state = kind, state
    grouping.first_seen, grouping.last_seen = seen
    grouping.save(update_fields=["kind", "state", "first_seen", "last_seen"])
    detail: dict[str, str | int] = {"kind": kind.value, "state": state.value}
    record(event=Event.CASES_GROUPING_CHANGED, subject_kind="grouping", subject=grouping.pk, by=by, now=now, detail=detail)
    return grouping


@transaction.atomic
def group_case(*, grouping: Grouping, case: Case, why: Why, by: Actor, now: datetime) -> GroupedCase:
    """Afterwards `case` is in the record; putting it in again changes nothing.

    Raises NotPermitted, NotOfThisOrganisation, and ChildStaysUnlisted where a person of concern in it is or may be a child.
    """
    require(by, Verb.GROUPING_KEEP, organisation=grouping.organisation_id)
    require(by, Verb.CASE_READ, organisation=grouping.organisation_id, stage=case.stage)
    # Whoever records meanwhile that somebody in it is a child waits here, or is waited for.
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if held.organisation_id != grouping.organisation_id:
        raise errors.NotOfThisOrganisation
    if queries.with_child_actor([held.pk]):
        raise errors.ChildStaysUnlisted
    standing, is_put_in = GroupedCase.objects.get_or_create(
        grouping=grouping, case=held, removed_at=None, defaults={"why": why, "added_by": by.pseudonym, "added_at": now}
    )
    if is_put_in:
        note(Event.CASES_CASE_GROUPED, held, by=by, now=now, why=why.value, kind=grouping.kind)
    return standing


@transaction.atomic
def ungroup_case(*, grouping: Grouping, case: Case, gone: Gone, by: Actor, now: datetime) -> None:
    """Afterwards `case` is in the record no more; that it was, and who took it out, stays readable. Raises NotPermitted."""
    require(by, Verb.GROUPING_KEEP, organisation=grouping.organisation_id)
    _take_out(case, list(grouping.members.filter(case=case, removed_at=None)), gone, by, now)


def leave_groupings(*, case: Case, by: Actor, now: datetime) -> None:
    """Afterwards no record holds `case`, in the caller's transaction, and no description that was written with it opens any more.

    For the moment in which a person of concern in it turns out to be, or may be, a child.
    """
    Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    erase(items=[pk for pk in case.groupings.values_list("words", flat=True) if pk], now=now)
    _take_out(case, list(case.groupings.filter(removed_at=None)), Gone.CHILD, by, now)


@transaction.atomic
def describe_grouping(*, grouping: Grouping, words: str, by: Actor, now: datetime) -> None:
    """Afterwards the record is described by `words`, sealed with every case that is in it; what was written before opens no more.

    Raises NotPermitted, and NotOfThisCase where no case is in it.
    """
    require(by, Verb.GROUPING_KEEP, organisation=grouping.organisation_id)
    standing = grouping.members.filter(removed_at=None)
    if not standing.exists():
        raise errors.NotOfThisCase
    erase(items=[pk for pk in grouping.members.values_list("words", flat=True).distinct() if pk], now=now)
    sealed = seal(organisation=grouping.organisation_id, purpose=Purpose.NOTE, plain=words, now=now)
    grouping.members.update(words=None)
    standing.update(words=sealed)
    record(event=Event.CASES_GROUPING_DESCRIBED, subject_kind="grouping", subject=grouping.pk, by=by, now=now)


def open_grouping(*, grouping: Grouping, by: Actor, now: datetime) -> str:
    """The description, for somebody who is on one of its cases; the log names the reader on that case first. Empty where there is none.

    Raises NotPermitted, NoGrant.
    """
    held = list(grouping.members.filter(words__erased_at=None).exclude(words=None).select_related("case", "words").order_by("added_at", "pk"))
    if not held:
        return ""
    mine = those_on(cases=[one.case for one in held if one.removed_at is None], by=by, now=now)
    if not mine:
        raise errors.NoGrant
    admit(case=mine[0], matter=Matter.NOTE, event=Event.CASES_GROUPING_OPENED, by=by, now=now)
    sealed = held[0].words
    return unseal_text(sealed) if sealed else ""


def _take_out(case: Case, members: Collection[GroupedCase], gone: Gone, by: Actor, now: datetime) -> None:
    for member in members:
        member.removed_by, member.removed_at, member.gone = by.pseudonym, now, gone
        member.save(update_fields=["removed_by", "removed_at", "gone"])
        note(Event.CASES_CASE_UNGROUPED, case, by=by, now=now, gone=gone.value)
