"""The desk's own list: what people here have confirmed."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime

from django.db import transaction

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.signals import rules
from cairndesk.signals.actions.lists import Imported, import_list
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.engine.lists import Row
from cairndesk.signals.errors import ListHeld, ListRefused
from cairndesk.signals.models import Block, HashList, ListEntry, ListVersion
from cairndesk.signals.rules import MayLeadTo, Papers, SeenBy

NAME = "Confirmed here"


@transaction.atomic
def make_own_list(
    *,
    organisation: Organisation,
    terms: str,
    expires_on: date,
    by: Actor,
    now: datetime,
    seen_by: SeenBy = SeenBy.STAFF,
    may_share: bool = False,
) -> HashList:
    """Afterwards the organisation has an empty list of its own, told to whom `seen_by` names.

    Raises ListRefused where it has one, or for papers that are not complete.
    """
    require(by, Verb.LIST_IMPORT, organisation=organisation.pk)
    papers = Papers(
        name=NAME,
        owner=organisation.name,
        agreement="Our own findings",
        terms=terms.strip(),
        provenance="Confirmed by two people in review",
        received_on=now.date(),
        expires_on=expires_on,
        may_lead_to=MayLeadTo.PRIORITY,
        seen_by=seen_by,
        may_share=may_share,
    )
    rules.check_papers(papers, today=now.date())
    Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    if (
        HashList.objects.filter(organisation=organisation, is_own=True).exists()
        or HashList.objects.filter(organisation=organisation, name=NAME).exists()
    ):
        raise ListRefused("There is one already.")
    columns = {one.name: getattr(papers, one.name) for one in fields(papers)}
    made = HashList.objects.create(organisation=organisation, is_own=True, version=1, **columns)
    ListVersion.objects.create(list=made, number=1, made_at=now, made_by=by.pseudonym, added=0, removed=0, refused=0)
    record(event=Event.SIGNALS_OWN_LIST_MADE, subject_kind="list", subject=made.pk, by=by, now=now)
    return made


@transaction.atomic
def publish_own(*, listed: HashList, named: Sequence[Identifier], label: str, by: Actor, now: datetime) -> Imported:
    """Afterwards `named` is on the desk's own list and counts in every process at its next question.

    Raises NotPermitted; ListRefused where the list has expired or is off, ListHeld where a change of it waits.
    """
    held = HashList.objects.get(pk=listed.pk, is_own=True)
    if not held.is_on:
        raise ListRefused("Our own list is off: switch it on first.")
    return _changed(held, Row(1, tuple(named), label=label), by, now, confirmed=True)


@transaction.atomic
def withdraw_own(*, listed: HashList, named: Sequence[Identifier], by: Actor, now: datetime) -> Imported:
    """Afterwards `named` is on the desk's own list no more, in no process, and partners are told at their next question that it went.

    Raises NotPermitted, ListHeld where a change of the list waits or this one would, ListRefused where it has expired.
    """
    held = HashList.objects.get(pk=listed.pk, is_own=True)
    return _changed(held, Row(1, tuple(named), withdrawn=True), by, now)


@transaction.atomic
def take_back_own(*, listed: HashList, version: int, at: datetime, by: Actor, now: datetime) -> None:
    """Afterwards what `version` put on the desk's own list, `at` this moment, is on it no more; no partner is ever given it, or asked to block it.

    Who calls has asked whether `by` may, and whether it still can be taken back. Raises ListHeld, ListRefused as `withdraw_own`.
    """
    held = HashList.objects.get(pk=listed.pk, is_own=True)
    # An address that was on the list before stays there, as it was.
    Block.objects.filter(entry__list=held, listed_at=at).exclude(entry__since=version).delete()
    named = [
        Identifier(Kind(kind), value) for kind, value in ListEntry.objects.filter(list=held, since=version, until=None).values_list("kind", "value")
    ]
    if named:
        _changed(held, Row(1, tuple(named), withdrawn=True), by, now, is_asked=True)


def _changed(held: HashList, row: Row, by: Actor, now: datetime, *, confirmed: bool = False, is_asked: bool = False) -> Imported:
    papers = Papers(**{one.name: getattr(held, one.name) for one in fields(Papers)})
    done = import_list(organisation=held.organisation_id, papers=papers, rows=[row], by=by, now=now, confirmed=confirmed, is_asked=is_asked)
    if done.is_held:
        # Too much within a day to count by itself: what people decided must not lie in a change that waits while it is called done.
        raise ListHeld
    return done
