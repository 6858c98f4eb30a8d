"""Opening a case from what somebody told, and adding to it: further reports, fuller accounts, and the items that they name."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases import taxonomy
from cairndesk.cases.actions.coding import STAMPS, allow, coded, same_case
from cairndesk.cases.errors import UnreadableIdentifier
from cairndesk.cases.models import Case, IndexTerm, Item, Report, StageChange
from cairndesk.cases.rules.identifiers import as_told
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody import access
from cairndesk.custody.actions import record, seal
from cairndesk.custody.queries import unseal_text
from cairndesk.custody.rules import Event, Purpose

ITEM_FACTS = frozenset(column.name for column in Item._meta.concrete_fields) - STAMPS - {"id", "case", "identifier", "kind", "added_at"}
# Until triage has set the clock, nobody may wait longer than this for a first look.
FIRST_LOOK = timedelta(hours=24)
# Letters and digits that cannot be taken for one another when read out on the phone.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class Named:
    """An identifier that somebody named: `kind` is an item kind of the taxonomy, `hash_kind` says which hash a medium is named by."""

    kind: str
    identifier: str
    hash_kind: str = ""


@dataclass(frozen=True)
class ReportFacts:
    """What came in: codes in clear; `told`, the answers, and the identifiers `named` in them, that will be sealed."""

    source: str
    channel: str
    path: str
    language: str
    told: Mapping[str, Any]
    state: str = Report.Completeness.DONE
    is_emergency: bool = False
    advice_only: bool = False
    named: Sequence[Named] = ()


@transaction.atomic
def open_case(*, organisation: Organisation, report: ReportFacts, by: Actor, now: datetime) -> Case:
    """Afterwards there is a case at stage *received* with this one report, the items it names, its stage change and its log entries."""
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
    record(event=Event.CASES_CASE_OPENED, subject_kind="case", subject=case.pk, by=by, now=now, detail={"source": report.source})
    add_report(case=case, report=report, by=by, now=now)
    return case


@transaction.atomic
def add_report(*, case: Case, report: ReportFacts, by: Actor, now: datetime) -> Report:
    """Afterwards `case` holds this further report and the items it names; what was told is sealed."""
    told = seal(organisation=case.organisation_id, purpose=Purpose.TOLD, plain=report.told, now=now)
    row = Report.objects.create(
        case=case,
        source=report.source,
        taxonomy=taxonomy.in_force(now.date()),
        channel=report.channel,
        path=report.path,
        language=report.language,
        state=report.state,
        told=told,
        received_at=now,
        told_at=now,
    )
    record(event=Event.CASES_REPORT_ADDED, subject_kind="case", subject=case.pk, by=by, now=now, detail={"channel": report.channel})
    add_named(case=case, named=report.named, by=by, now=now)
    return row


def _number() -> str:
    """A case number to say aloud; random, so that it tells neither order nor amount."""
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"


@transaction.atomic
def replace_told(*, report: Report, told: Mapping[str, Any], state: str, by: Actor, now: datetime) -> Report:
    """Afterwards `report` holds the fuller account `told`; the earlier one stays beside it, sealed, and is erased with it."""
    report.earlier.add(report.told)
    report.told = seal(organisation=report.case.organisation_id, purpose=Purpose.TOLD, plain=told, now=now)
    report.state, report.told_at = state, now
    report.save(update_fields=["told", "state", "told_at"])
    record(event=Event.CASES_REPORT_ADDED, subject_kind="case", subject=report.case_id, by=by, now=now, detail={"channel": report.channel})
    return report


@transaction.atomic
def add_item(*, case: Case, kind: str, identifier: str, by: Actor, now: datetime, facts: Mapping[str, Any] | None = None) -> Item:
    """Afterwards `case` holds this item, its identifier sealed and found by equality alone (names of facts: ITEM_FACTS).

    What has not the form of `kind` is kept as text; only for a hash that raises UnreadableIdentifier. What belongs to a
    child who is a person of concern is not indexed: it is never matched.
    """
    allow(by, case)
    item, found = _item(case, kind, identifier, facts or {}, by, now)
    _keep(item, identifier, found, by, now)
    return item


@transaction.atomic
def add_named(*, case: Case, named: Sequence[Named], by: Actor, now: datetime) -> None:
    """Afterwards each of `named` is an item of `case`, and one that was named before is not added twice.

    What cannot be read as its kind, a hash as well, is kept as text, because it was told.
    """
    if not named:
        return
    # Also what somebody at the desk took back: telling more must not bring it in again.
    held = {(item.kind, unseal_text(item.identifier)) for item in Item.everything.filter(case=case).select_related("identifier")}
    for one in named:
        try:
            item, found = _item(case, one.kind, one.identifier, {"hash_kind": one.hash_kind} if one.hash_kind else {}, by, now)
        except UnreadableIdentifier:
            item, found = _item(case, "text", one.identifier, {}, by, now)
        if (item.kind, one.identifier) not in held:
            held.add((item.kind, one.identifier))
            _keep(item, one.identifier, found, by, now)


def _item(case: Case, kind: str, identifier: str, facts: Mapping[str, Any], by: Actor, now: datetime) -> tuple[Item, Collection[tuple[str, str]]]:
    """The item, not yet saved, and the terms under which it is to be found. Raises UnreadableIdentifier, UnknownFact, UnknownCode."""
    item = coded(Item(case=case, added_at=now), {"kind": kind, **facts}, allowed=ITEM_FACTS | {"kind"}, by=by, now=now)
    same_case(case.pk, item.incident, item.holder, item.same_file_as)
    item.kind, found = as_told(kind, identifier, service=item.service, hash_kind=item.hash_kind)
    return item, () if item.holder is not None and item.holder.actor_age == "child" else found


def _keep(item: Item, identifier: str, found: Collection[tuple[str, str]], by: Actor, now: datetime) -> None:
    organisation = item.case.organisation_id
    item.identifier = seal(organisation=organisation, purpose=Purpose.IDENTIFIER, plain=identifier, now=now)
    item.save(force_insert=True)
    IndexTerm.objects.bulk_create(
        IndexTerm(item=item, organisation_id=organisation, kind=kind, digest=access.keys().blind_index(organisation, kind, value))
        for kind, value in found
    )
    record(event=Event.CASES_ITEM_ADDED, subject_kind="case", subject=item.case_id, by=by, now=now, detail={"kind": item.kind})
