"""Taking in what the spool holds of one draft: joining its pages, opening its case, keeping its receipt; or adding a message, or counting presses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from cairndesk.accounts.rules import SYSTEM
from cairndesk.cases.actions import add_named, keep_choices, move, open_case, replace_told
from cairndesk.cases.models import Case, Report
from cairndesk.cases.rules import Stage
from cairndesk.custody.actions import record, seal, seal_all
from cairndesk.custody.queries import unseal_fields
from cairndesk.custody.rules import Event, Purpose
from cairndesk.intake import rules
from cairndesk.intake.actions.helped import count_helped
from cairndesk.intake.actions.media import add_told_pictures
from cairndesk.intake.actions.tell import lay_out_anew
from cairndesk.intake.facts import facts_of, named_in
from cairndesk.intake.models import Alarm, Draft, Drained, FeltCount, Fragment, Message, Receipt, SpoolHealth


@dataclass(frozen=True)
class Filed:
    """A spool file, opened: its name, whose it is, what it tells, and when it was written, where that is known."""

    name: str
    organisation: UUID
    fragment: rules.Fragment
    at: datetime | None = None


@transaction.atomic
def receive_report(*, files: Sequence[Filed], now: datetime) -> None:
    """Afterwards what these files told is in the database exactly once, however often they are drained; all of it, or nothing.

    They are files of one draft, oldest first, one message, or presses under pages. What was filed before its report was erased is dropped.
    """
    if all(one.fragment.kind is rules.Kind.HELPED for one in files):
        count_helped(presses=[(one.organisation, one.fragment) for one in files])
        return
    fresh = _not_drained(files, now)
    if not fresh:
        return
    if fresh[0].fragment.kind is rules.Kind.MESSAGE:
        _keep_message(fresh[0].fragment, now)
        return
    draft, is_new = _draft(rules.draft_key(fresh[0].fragment.draft, fresh[0].organisation), fresh[0], now)
    if draft.erased_at is not None:
        fresh = [one for one in fresh if (one.at or now) > draft.erased_at]
        if not fresh:
            return
        # Whoever goes on telling after that begins anew; dropping it would lose what was acknowledged.
        draft, is_new = _draft(rules.digest_key(f"{draft.pk}|{draft.erased_at.isoformat()}"), fresh[0], now)
    held = [] if is_new else list(draft.fragments.select_related("answers"))
    _join(draft, held, [one for one in fresh if one.fragment.kind is rules.Kind.ANSWERS], now)
    _keep_receipts(draft, [one.fragment for one in fresh if one.fragment.kind is rules.Kind.RECEIPT], now)


@transaction.atomic
def drop_drained(*, before: datetime) -> int:
    """Afterwards names of files drained before `before` are forgotten; by then the files are long gone."""
    return Drained.objects.filter(at__lt=before).delete()[0]


def note_spool(*, put_off: int, aside: int, now: datetime) -> None:
    """Afterwards the desk knows how many files of the spool wait for a key and how many were set aside; unchanged counts write nothing."""
    if not SpoolHealth.objects.filter(put_off=put_off, aside=aside).exists():
        SpoolHealth.objects.update_or_create(id=1, defaults={"put_off": put_off, "aside": aside, "at": now})


def _not_drained(files: Sequence[Filed], now: datetime) -> list[Filed]:
    """Those of `files` that are taken in for the first time, and are marked so.

    Where two take in one file at the same moment, one of them fails here, and at its next turn finds it taken in.
    """
    known = set(Drained.objects.filter(name__in=[one.name for one in files]).values_list("name", flat=True))
    fresh = [one for one in files if one.name not in known]
    Drained.objects.bulk_create(Drained(name=one.name, at=now) for one in fresh)
    return fresh


def _draft(key: str, filed: Filed, now: datetime) -> tuple[Draft, bool]:
    """The draft `key`, held until the transaction ends, and whether it was begun by this, because there was none."""
    held = Draft.objects.select_for_update().filter(pk=key).first()
    if held is not None:
        return held, False
    fields = {"organisation_id": filed.organisation, "path": filed.fragment.path, "language": filed.fragment.language, "touched_at": now}
    return Draft.objects.create(pk=key, **fields), True


def _join(draft: Draft, held: Sequence[Fragment], pages: Sequence[Filed], now: datetime) -> None:
    """The newest of a step wins; danger now or a sent draft becomes a report at once, and later pages make it fuller."""
    accepted = _accepted({one.step: one.counter for one in held}, [one.fragment for one in pages])
    if accepted:
        _keep_pages(draft, held, accepted, now)
        draft.is_done, draft.touched_at = draft.is_done or any(page.done for page in accepted), now
        # Also where another page took its place since: danger that was named once is looked at.
        is_urgent = any(rules.is_happening_now(page.answers) for page in accepted)
        if draft.report is not None or draft.is_done or is_urgent:
            told = joined_answers(held, newer={page.step: page.answers for page in accepted})
            _tell(draft, told, is_urgent=is_urgent, now=now)
        else:
            draft.save(update_fields=["is_done", "touched_at"])
    if draft.report is not None:
        # An older copy of the page has rung as well: its alarm must lead to the case too, or nobody could answer it.
        # And it rings where that case is now, for it may have been handed over.
        case = draft.report.case
        Alarm.objects.filter(spool_name__in=[one.name for one in pages]).update(case=case, organisation=case.organisation_id)


def _accepted(counters: dict[int, int], pages: Sequence[rules.Fragment]) -> list[rules.Fragment]:
    """Those of `pages` that are no older than what is there; `counters` are of the steps that are held."""
    accepted = []
    for page in pages:
        # Of two with the same number the one that was kept later is what the teller saw accepted last.
        if page.counter >= counters.get(page.step, 0):
            counters[page.step] = page.counter
            accepted.append(page)
    return accepted


def _keep_pages(draft: Draft, held: Sequence[Fragment], pages: Sequence[rules.Fragment], now: datetime) -> None:
    """Every page is sealed; the newest of its step stands, and the others are kept behind it."""
    plains = [{"answers": dict(page.answers)} for page in pages]
    sealed = seal_all(organisation=draft.organisation_id, purpose=Purpose.FRAGMENT, plains=plains, now=now)
    kept = [Fragment(draft=draft, step=page.step, counter=page.counter, answers=item) for page, item in zip(pages, sealed, strict=True)]
    newest = {one.step: one for one in kept}
    draft.earlier.add(*(one.answers for one in (*held, *kept) if newest.get(one.step, one) is not one))
    Fragment.objects.bulk_create(newest.values(), update_conflicts=True, unique_fields=["draft", "step"], update_fields=["counter", "answers"])


def joined_answers(held: Iterable[Fragment], *, newer: Mapping[int, rules.Answers] | None = None) -> dict[str, Any]:
    """The answers of all steps, later steps over earlier ones; `newer` takes the place of what is held of its steps, which is not opened."""
    answers = dict(newer or {})
    answers |= {page.step: unseal_fields(page.answers)["answers"] for page in held if page.step not in answers}
    return {name: answer for step in sorted(answers) for name, answer in answers[step].items()}


def _tell(draft: Draft, told: dict[str, Any], *, is_urgent: bool, now: datetime) -> None:
    """Afterwards the report of `draft` says `told`."""
    state = Report.Completeness.DONE if draft.is_done else Report.Completeness.UNFINISHED
    if draft.report is None:
        make_report(draft=draft, told=told, state=state, is_urgent=is_urgent, now=now)
        return
    draft.save(update_fields=["is_done", "touched_at"])
    replace_told(report=draft.report, told={"answers": told}, state=state, by=SYSTEM, now=now)
    # What the reporter reads back is what stands now.
    lay_out_anew(case=draft.report.case)
    add_named(case=draft.report.case, named=named_in(told), by=SYSTEM, now=now)
    add_told_pictures(case=draft.report.case, told=told, now=now)


def make_report(*, draft: Draft, told: dict[str, Any], state: str, now: datetime, is_urgent: bool = False) -> Case:
    """Open the case of `draft`, which is saved; its receipts then lead to the case."""
    facts = facts_of(path=draft.path, language=draft.language, channel="portal", told=told, state=state)
    facts = replace(facts, is_emergency=facts.is_emergency or is_urgent)
    case = open_case(organisation=draft.organisation, report=facts, by=SYSTEM, now=now)
    draft.report = case.reports.get()
    draft.save(update_fields=["report", "is_done", "touched_at"])
    Receipt.objects.filter(draft=draft).update(case=case)
    add_told_pictures(case=case, told=told, now=now)
    return case


def _keep_receipts(draft: Draft, slips: Sequence[rules.Fragment], now: datetime) -> None:
    case = draft.report.case if draft.report else None
    Receipt.objects.bulk_create(
        (Receipt(index=slip.receipt_index, mailbox_public=bytes.fromhex(slip.mailbox_public), draft=draft, case=case, made_at=now) for slip in slips),
        ignore_conflicts=True,
    )


def _keep_message(fragment: rules.Fragment, now: datetime) -> None:
    """A message under a receipt that no report has is dropped: nothing may tell a guesser that there is no such receipt."""
    # Held, so that a message never comes into a case from which everything is just being erased.
    receipt = Receipt.objects.select_for_update(of=("self",)).select_related("case").filter(pk=fragment.receipt_index).first()
    case = receipt.case if receipt else None
    if case is None:
        return
    about = str(fragment.answers.get("about", ""))
    if about == "choices":
        if keep_choices(case=case, answers=fragment.answers, by=SYSTEM, now=now, restated=True):
            lay_out_anew(case=case)
            _bring_back(case, now)
        return
    beside = {name: answer for name, answer in fragment.answers.items() if name in {*rules.QUESTIONS, "felt"}}
    said = {"text": "" if fragment.text == rules.NO_WORDS else fragment.text} | ({"answers": beside} if beside else {})
    if _is_said_already(case, said, about):
        return
    text = seal(organisation=case.organisation_id, purpose=Purpose.MESSAGE, plain=said, now=now)
    if about == "felt":
        _count_felt(case, str(beside.get("felt", "")), now)
    waits = rules.asks_to_be_read(fragment.answers, fragment.text)
    Message.objects.create(case=case, from_reporter=True, text=text, at=now, about=about, read_at=None if waits else now)
    add_named(case=case, named=named_in(fragment.answers), by=SYSTEM, now=now)
    keep_choices(case=case, answers=fragment.answers, by=SYSTEM, now=now, restated=True)
    # The reporter sees the own message too, so every mailbox of the case is laid out anew.
    lay_out_anew(case=case)
    record(event=Event.INTAKE_MESSAGE_RECEIVED, subject_kind="case", subject=case.pk, by=SYSTEM, now=now)
    # An objection to what was finished is heard first, by somebody else; and who says that all is well, and no more, asks for nothing.
    if about != "objection" and waits:
        _bring_back(case, now)


def _count_felt(case: Case, felt: str, now: datetime) -> None:
    """Afterwards `felt` counts for this year, and what the same reporter said before counts no more: who says it twice is one."""
    counts = FeltCount.objects.filter(organisation=case.organisation_id)
    # What came along from another organisation was counted there.
    before = case.messages.filter(about="felt", at__gte=case.opened_at, text__erased_at=None).select_related("text").order_by("at", "pk").last()
    if before is not None:
        earlier = unseal_fields(before.text).get("answers", {}).get("felt", "")
        counts.filter(year=before.at.year, felt=earlier, count__gt=0).update(count=F("count") - 1)
    row, _ = counts.get_or_create(organisation_id=case.organisation_id, year=now.year, felt=felt)
    counts.filter(pk=row.pk).update(count=F("count") + 1)


def _is_said_already(case: Case, said: Mapping[str, Any], about: str) -> bool:
    """Whether the last message is this one and waits unread: a page that was sent twice is one message.

    The same words about something else, as an objection, are another: they ask for something else.
    """
    last = case.messages.select_related("text").order_by("at", "pk").last()
    if last is None or not last.from_reporter or last.about != about:
        return False
    # What waits for nobody was never read either.
    return last.read_at in {None, last.at} and unseal_fields(last.text) == said


def _bring_back(case: Case, now: datetime) -> None:
    """A case that was answered or closed comes back to the queue: somebody has more to say."""
    if case.stage in {Stage.ANSWERED, Stage.CLOSED}:
        move(case=case, to=Stage.QUEUED, by=SYSTEM, now=now, reason="told_more", next_action_at=now)
    else:
        Case.objects.filter(pk=case.pk).update(next_action_at=now)
