"""Taking in one spool file: joining a draft, opening its case, keeping its receipt, adding a message."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM
from cairndesk.cases.actions import add_named, move, open_case, replace_told
from cairndesk.cases.models import Case, Report
from cairndesk.cases.rules import Stage
from cairndesk.custody.actions import record, seal
from cairndesk.custody.queries import unseal_fields
from cairndesk.custody.rules import Event, Purpose
from cairndesk.intake import rules
from cairndesk.intake.facts import facts_of, named_in
from cairndesk.intake.models import Alarm, Draft, Drained, Fragment, Message, Receipt, SpoolHealth


@transaction.atomic
def receive_fragment(*, spool_name: str, organisation: UUID, fragment: rules.Fragment, now: datetime, filed_at: datetime | None = None) -> None:
    """Afterwards what the spool file told is in the database exactly once, however often the file is drained.

    What was filed before its report was erased is dropped: `filed_at` is when the file was written, `now` where it is not known.
    """
    if not Drained.objects.get_or_create(name=spool_name, defaults={"at": now})[1]:
        return
    if fragment.kind == "message":
        _keep_message(fragment, now)
        return
    draft = _draft(organisation, fragment, now)
    if draft.erased_at is not None and (filed_at or now) <= draft.erased_at:
        return
    if draft.erased_at is not None:
        # Whoever goes on telling after that begins anew; dropping it would lose what was acknowledged.
        draft = _begun_anew(draft, f"{draft.pk}|{draft.erased_at.isoformat()}", now)
    if fragment.kind == "receipt":
        _keep_receipt(draft, fragment, now)
    else:
        _join(draft, spool_name, fragment, now)


@transaction.atomic
def drop_drained(*, before: datetime) -> int:
    """Afterwards names of files drained before `before` are forgotten; by then the files are long gone."""
    return Drained.objects.filter(at__lt=before).delete()[0]


def note_spool(*, put_off: int, aside: int, now: datetime) -> None:
    """Afterwards the desk knows how many files of the spool wait for a key and how many were set aside; unchanged counts write nothing."""
    if not SpoolHealth.objects.filter(put_off=put_off, aside=aside).exists():
        SpoolHealth.objects.update_or_create(id=1, defaults={"put_off": put_off, "aside": aside, "at": now})


def _draft(organisation: UUID, fragment: rules.Fragment, now: datetime) -> Draft:
    fields = {"organisation_id": organisation, "path": fragment.path, "language": fragment.language, "touched_at": now}
    draft, _ = Draft.objects.select_for_update().get_or_create(pk=fragment.draft, defaults=fields)
    if draft.organisation_id != organisation:
        # A draft id that turns up under another organisation is somebody's mistake or malice: it stays a draft of its own.
        return Draft.objects.get_or_create(pk=_own_id(f"{fragment.draft}|{organisation}"), defaults=fields)[0]
    return draft


def _begun_anew(draft: Draft, seed: str, now: datetime) -> Draft:
    fields = {"organisation_id": draft.organisation_id, "path": draft.path, "language": draft.language, "touched_at": now}
    return Draft.objects.get_or_create(pk=_own_id(seed), defaults=fields)[0]


def _own_id(seed: str) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()[:32]


def _join(draft: Draft, spool_name: str, fragment: rules.Fragment, now: datetime) -> None:
    """The newest of a step wins; danger now or a sent draft becomes a report at once, and later pages make it fuller."""
    held = Fragment.objects.filter(draft=draft, step=fragment.step).first()
    # Of two with the same number the one that was kept later is what the teller saw accepted last.
    if held is None or held.counter <= fragment.counter:
        _replace(draft, fragment, now)
    # An older copy of the page has rung as well: its alarm must lead to the case too, or nobody could answer it.
    Alarm.objects.filter(spool_name=spool_name).update(case=draft.report.case if draft.report else None)


def _replace(draft: Draft, fragment: rules.Fragment, now: datetime) -> None:
    sealed = seal(organisation=draft.organisation_id, purpose=Purpose.FRAGMENT, plain={"answers": dict(fragment.answers)}, now=now)
    for older in Fragment.objects.filter(draft=draft, step=fragment.step).select_related("answers"):
        draft.earlier.add(older.answers)
    Fragment.objects.update_or_create(draft=draft, step=fragment.step, defaults={"counter": fragment.counter, "answers": sealed})
    draft.is_done, draft.touched_at = draft.is_done or fragment.done, now
    draft.save(update_fields=["is_done", "touched_at"])
    if draft.report is not None:
        _make_fuller(draft, joined_answers(draft), now)
    elif draft.is_done or rules.is_happening_now(fragment.answers):
        state = Report.Completeness.DONE if draft.is_done else Report.Completeness.UNFINISHED
        make_report(draft=draft, told=joined_answers(draft), state=state, now=now)


def joined_answers(draft: Draft) -> dict[str, Any]:
    """The answers of all steps of `draft`, later steps over earlier ones."""
    told: dict[str, Any] = {}
    for fragment in draft.fragments.select_related("answers").order_by("step"):
        told.update(unseal_fields(fragment.answers)["answers"])
    return told


def make_report(*, draft: Draft, told: dict[str, Any], state: str, now: datetime) -> Case:
    """Open the case of `draft`; its receipts then lead to the case."""
    organisation = Organisation.objects.get(pk=draft.organisation_id)
    facts = facts_of(path=draft.path, language=draft.language, channel="portal", told=told, state=state)
    case = open_case(organisation=organisation, report=facts, by=SYSTEM, now=now)
    draft.report = case.reports.get()
    draft.save(update_fields=["report"])
    Receipt.objects.filter(draft=draft).update(case=case)
    return case


def _make_fuller(draft: Draft, told: dict[str, Any], now: datetime) -> None:
    report = draft.report
    if report is None:
        return
    state = Report.Completeness.DONE if draft.is_done else Report.Completeness.UNFINISHED
    replace_told(report=report, told={"answers": told}, state=state, by=SYSTEM, now=now)
    add_named(case=report.case, named=named_in(told), by=SYSTEM, now=now)


def _keep_receipt(draft: Draft, fragment: rules.Fragment, now: datetime) -> None:
    case = draft.report.case if draft.report else None
    fields = {"mailbox_public": bytes.fromhex(fragment.mailbox_public), "draft": draft, "case": case, "made_at": now}
    Receipt.objects.get_or_create(index=fragment.receipt_index, defaults=fields)


def _keep_message(fragment: rules.Fragment, now: datetime) -> None:
    """A message under a receipt that no report has is dropped: nothing may tell a guesser that there is no such receipt."""
    # Held, so that a message never comes into a case from which everything is just being erased.
    receipt = Receipt.objects.select_for_update(of=("self",)).select_related("case").filter(pk=fragment.receipt_index).first()
    case = receipt.case if receipt else None
    if case is None:
        return
    said = {"text": fragment.text} | ({"answers": dict(fragment.answers)} if fragment.answers else {})
    if _is_said_already(case, said):
        return
    text = seal(organisation=case.organisation_id, purpose=Purpose.MESSAGE, plain=said, now=now)
    Message.objects.create(case=case, from_reporter=True, text=text, at=now)
    add_named(case=case, named=named_in(fragment.answers), by=SYSTEM, now=now)
    # The reporter sees the own message too, so every mailbox of the case is laid out anew.
    Receipt.objects.filter(case=case).update(published_at=None)
    record(event=Event.INTAKE_MESSAGE_RECEIVED, subject_kind="case", subject=case.pk, by=SYSTEM, now=now)
    _bring_back(case, now)


def _is_said_already(case: Case, said: Mapping[str, Any]) -> bool:
    """Whether the last message is this one and waits unread: a page that was sent twice is one message."""
    last = case.messages.select_related("text").order_by("at", "pk").last()
    return last is not None and last.from_reporter and last.read_at is None and unseal_fields(last.text) == said


def _bring_back(case: Case, now: datetime) -> None:
    """A case that was answered or closed comes back to the queue: somebody has more to say."""
    if case.stage in {Stage.ANSWERED, Stage.CLOSED}:
        move(case=case, to=Stage.QUEUED, by=SYSTEM, now=now, reason="told_more", next_action_at=now)
    else:
        Case.objects.filter(pk=case.pk).update(next_action_at=now)
