"""Opening a case from what somebody told, and adding to it: further reports, fuller accounts, and the items that they name."""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Proof
from cairndesk.cases import taxonomy
from cairndesk.cases.actions.coding import STAMPS, allow, coded, same_case
from cairndesk.cases.actions.lease import go_on
from cairndesk.cases.errors import NoMandate, UnreadableIdentifier
from cairndesk.cases.models import Case, IndexTerm, Item, Report, SearchMandate, StageChange, StatedChoice
from cairndesk.cases.queries.mandates import mandate_on
from cairndesk.cases.rules.choices import stated
from cairndesk.cases.rules.facts import CHILD_ACTOR
from cairndesk.cases.rules.identifiers import as_told
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody import access
from cairndesk.custody.actions import record_all, seal, seal_all
from cairndesk.custody.queries import unseal_fields, unseal_text
from cairndesk.custody.rules import Event, Purpose

ITEM_FACTS = (
    frozenset(column.name for column in Item._meta.concrete_fields) - STAMPS - {"id", "case", "identifier", "kind", "names_account", "added_at"}
)
# What is an item itself, and no finding about it.
_CARRIED = ("service", "media_type", "hash_kind")
# Until triage has set the clock, nobody may wait longer than this for a first look.
FIRST_LOOK = timedelta(hours=24)
# Letters and digits that cannot be taken for one another when read out on the phone.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
# An entry of the log about a case, and its detail.
_Entry = tuple[Event, Mapping[str, str | int]]


@dataclass(frozen=True)
class Named:
    """An identifier that somebody named: `kind` is an item kind of the taxonomy, `hash_kind` says which hash a medium is named by.

    `service` is a short name that the desk knows, never what somebody wrote.
    """

    kind: str
    identifier: str
    hash_kind: str = ""
    service: str = ""


@dataclass(frozen=True)
class ReportFacts:
    """What came in: codes in clear; `told`, the answers, and the identifiers `named` in them, that will be sealed.

    `is_found`: nobody told it, somebody found it by searching, which takes a mandate.
    """

    source: str
    channel: str
    path: str
    language: str
    told: Mapping[str, Any]
    state: str = Report.Completeness.DONE
    is_emergency: bool = False
    advice_only: bool = False
    named: Sequence[Named] = ()
    is_found: bool = False


@transaction.atomic(savepoint=False)
def open_case(*, organisation: Organisation, report: ReportFacts, by: Actor, now: datetime) -> Case:
    """Afterwards there is a case at stage *received* with this one report, the items it names, its stage change and its log entries.

    Raises NoMandate for a find without one.
    """
    case = Case.objects.create(
        number=_number(),
        organisation=organisation,
        is_emergency=report.is_emergency,
        priority=1 if report.is_emergency else 3,
        advice_only=report.advice_only,
        opened_at=now,
        stage_since=now,
        due_at=now + FIRST_LOOK,
        next_action_at=now + FIRST_LOOK,
    )
    StageChange.objects.create(case=case, after=Stage.RECEIVED, actor=by.pseudonym, at=now)
    _report(case, report, by, now)
    keep_choices(case=case, answers=report.told.get("answers", {}), by=by, now=now)
    named = _keep(case, _shaped(case, report.named, by, now), now)
    _log(case, [(Event.CASES_CASE_OPENED, {"source": report.source}), _added(report), *named], by, now)
    return case


@transaction.atomic(savepoint=False)
def add_report(*, case: Case, report: ReportFacts, by: Actor, now: datetime) -> Report:
    """Afterwards `case` holds this further report and the items it names; what was told is sealed."""
    row = _report(case, report, by, now)
    keep_choices(case=case, answers=report.told.get("answers", {}), by=by, now=now)
    _log(case, [_added(report)], by, now)
    add_named(case=case, named=report.named, by=by, now=now)
    return row


@transaction.atomic(savepoint=False)
def replace_told(*, report: Report, told: Mapping[str, Any], state: str, by: Actor, now: datetime) -> Report:
    """Afterwards `report` holds the fuller account `told`; the earlier one stays beside it, sealed, and is erased with it."""
    answers = _open_to_change(report, told.get("answers", {}))
    report.earlier.add(report.told)
    report.told = seal(organisation=report.case.organisation_id, purpose=Purpose.TOLD, plain=told, now=now)
    report.state, report.told_at = state, now
    report.save(update_fields=["told", "state", "told_at"])
    _log(report.case, [_added(report)], by, now)
    keep_choices(case=report.case, answers=answers, by=by, now=now)
    return report


def _open_to_change(report: Report, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `answers` whose question still stands as `report` told it: a page that comes late undoes nothing that was chosen since."""
    said = stated(answers)
    standing = {row.question: row.codes for row in StatedChoice.objects.filter(case=report.case)} if said else {}
    if all(codes == standing.get(name, []) for name, codes in said.items()):
        return {}
    before = stated(unseal_fields(report.told).get("answers", {}))
    return {name: answers[name] for name in said if standing.get(name, []) == before.get(name, [])}


@transaction.atomic(savepoint=False)
def keep_choices(*, case: Case, answers: Mapping[str, Any], by: Actor, now: datetime, restated: bool = False) -> bool:
    """Afterwards what `answers` choose stands, with its time; what was chosen before stays readable. Returns whether anything was kept.

    `restated`: somebody said it now. Then also what they chose before counts from now: it was followed or set aside meanwhile, and is heard anew.
    """
    said = stated(answers)
    # Most people choose nothing, and then nothing is asked of the tables.
    if not said:
        return False
    before = {row.question: row.codes for row in StatedChoice.objects.filter(case=case)}
    fresh = [name for name, codes in said.items() if codes != before.get(name, []) or (restated and codes)]
    StatedChoice.objects.bulk_create(StatedChoice(case=case, question=name, codes=said[name], at=now) for name in fresh)
    _log(case, [(Event.CASES_CHOICE_STATED, {"question": name}) for name in fresh], by, now)
    return bool(fresh)


@transaction.atomic
def add_item(*, case: Case, kind: str, identifier: str, by: Actor, now: datetime, facts: Mapping[str, Any] | None = None) -> Item:
    """Afterwards `case` holds this item, its identifier sealed and found by equality alone (names of facts: ITEM_FACTS).

    What has not the form of `kind` is kept as text; only for a hash that raises UnreadableIdentifier. What belongs to a
    child who is a person of concern is not indexed: it is never matched.
    """
    allow(by, case)
    one = _item(case, kind, identifier, facts or {}, by, now)
    _log(case, _keep(case, [one], now), by, now)
    go_on(case=case, by=by, now=now)
    return one.item


@transaction.atomic(savepoint=False)
def add_named(*, case: Case, named: Sequence[Named], by: Actor, now: datetime) -> None:
    """Afterwards each of `named` is an item of `case`, and one that was named before is not added twice.

    What cannot be read as its kind, a hash as well, is kept as text, because it was told.
    """
    if named:
        # Also what somebody at the desk took back: telling more must not bring it in again.
        kept = Item.everything.filter(case=case, identifier__erased_at=None).select_related("identifier")
        held = {_same(item, unseal_text(item.identifier)) for item in kept}
        new = [one for one in _shaped(case, named, by, now) if _same(one.item, one.identifier) not in held]
        _log(case, _keep(case, new, now), by, now)


@transaction.atomic(savepoint=False)
def carry_items(*, old: Case, new: Case, goes: Callable[[Item], bool], by: Actor, now: datetime) -> None:
    """Afterwards each item of `old` that `goes` is one of `new`, sealed to its organisation; what people here coded of it does not go along."""
    carried: dict[UUID, _New] = {}
    first_hashes_first = F("same_file_as").asc(nulls_first=True)
    for item in old.items.filter(identifier__erased_at=None).select_related("identifier", "holder").order_by(first_hashes_first, "pk"):
        if not goes(item):
            continue
        facts = {name: getattr(item, name) for name in _CARRIED}
        one = _item(new, item.kind, unseal_text(item.identifier), facts, by, now)
        if item.same_file_as_id in carried:
            one.item.same_file_as = carried[item.same_file_as_id].item
        # Whose it is stays behind, and still nobody may find a child by it.
        carried[item.pk] = replace(one, found=()) if item.holder is not None and item.holder.actor_age in CHILD_ACTOR else one
    _log(new, _keep(new, list(carried.values()), now), by, now)


@dataclass(frozen=True)
class _New:
    """An item that is not kept yet: its identifier, and the terms under which it is to be found."""

    item: Item
    identifier: str
    found: Collection[tuple[str, str]]


def _report(case: Case, report: ReportFacts, by: Actor, now: datetime) -> Report:
    return Report.objects.create(
        case=case,
        source=report.source,
        taxonomy=taxonomy.in_force(now.date()),
        channel=report.channel,
        path=report.path,
        language=report.language,
        state=report.state,
        told=seal(organisation=case.organisation_id, purpose=Purpose.TOLD, plain=report.told, now=now),
        received_at=now,
        told_at=now,
        mandate=_mandate(case, by, now) if report.is_found else None,
    )


def _mandate(case: Case, by: Actor, now: datetime) -> SearchMandate:
    """By what law `by`, one of our own people or a machine of a partner, may have searched; raises NoMandate."""
    held = mandate_on(case.organisation_id, now.date(), sender=UUID(by.pseudonym) if by.proof is Proof.API else None)
    if held is None:
        raise NoMandate
    return held


def _shaped(case: Case, named: Sequence[Named], by: Actor, now: datetime) -> list[_New]:
    """Each of `named` once, as an item."""
    new: dict[tuple[str, str, str], _New] = {}
    for one in named:
        facts = {name: getattr(one, name) for name in ("hash_kind", "service") if getattr(one, name)}
        try:
            item = _item(case, one.kind, one.identifier, facts, by, now)
        except UnreadableIdentifier:
            item = _item(case, "text", one.identifier, {}, by, now)
        new.setdefault(_same(item.item, one.identifier), item)
    return list(new.values())


def _same(item: Item, identifier: str) -> tuple[str, str, str]:
    """Equal for what was named twice."""
    return item.kind, item.hash_kind, identifier


def _item(case: Case, kind: str, identifier: str, facts: Mapping[str, Any], by: Actor, now: datetime) -> _New:
    """Raises UnreadableIdentifier, UnknownFact, UnknownCode, NotOfThisCase."""
    item = coded(Item(case=case, added_at=now), {"kind": kind, **facts}, allowed=ITEM_FACTS | {"kind"}, by=by, now=now)
    same_case(case.pk, item.incident, item.holder, item.same_file_as, item.made_with)
    item.kind, found = as_told(kind, identifier, service=item.service, hash_kind=item.hash_kind)
    return _New(item, identifier, () if item.holder is not None and item.holder.actor_age in CHILD_ACTOR else found)


def _keep(case: Case, new: Sequence[_New], now: datetime) -> list[_Entry]:
    """Afterwards these items are there, sealed and found by equality; returns what the log is to say of each."""
    if not new:
        return []
    organisation, keys = case.organisation_id, access.keys()
    sealed = seal_all(organisation=organisation, purpose=Purpose.IDENTIFIER, plains=[one.identifier for one in new], now=now)
    for one, identifier in zip(new, sealed, strict=True):
        one.item.identifier = identifier
    Item.objects.bulk_create(one.item for one in new)
    IndexTerm.objects.bulk_create(
        IndexTerm(item=one.item, organisation_id=organisation, kind=kind, digest=keys.blind_index(organisation, kind, value))
        for one in new
        for kind, value in one.found
    )
    return [(Event.CASES_ITEM_ADDED, {"kind": one.item.kind}) for one in new]


def _added(report: ReportFacts | Report) -> _Entry:
    return Event.CASES_REPORT_ADDED, {"channel": report.channel}


def _log(case: Case, events: Sequence[_Entry], by: Actor, now: datetime) -> None:
    record_all(events=events, subject_kind="case", subject=case.pk, by=by, now=now)


def _number() -> str:
    """A case number to say aloud; random, so that it tells neither order nor amount."""
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"
