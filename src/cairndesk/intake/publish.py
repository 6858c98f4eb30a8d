"""Laying out what the portal shows: texts of the directory, public tables, and one sealed mailbox per receipt.

Only `work` writes here; the portal reads the folder and can change nothing in it.
"""

import contextlib
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from cairndesk.accounts import duty, undo
from cairndesk.accounts.models import Organisation
from cairndesk.cases.models import Case, SetAside
from cairndesk.cases.queries import choices_of
from cairndesk.custody import access
from cairndesk.custody.errors import CannotOpen, CustodyError, Erased
from cairndesk.custody.models import IntakeKey
from cairndesk.custody.queries import intake_keys, unseal_fields
from cairndesk.custody.sealing import hpke
from cairndesk.directory import queries as directory
from cairndesk.directory.portals import as_row, clock_of
from cairndesk.directory.sites import portal_of
from cairndesk.intake import receipt, rules
from cairndesk.intake.known import Known, known_of
from cairndesk.intake.models import Message, Receipt, Withdrawal
from cairndesk.intake.patience import Patience
from cairndesk.intake.published import CONTACTS, HOURS, MAILBOXES, ORGANISATIONS, SALT, SHUT, TOLD_OF
from cairndesk.intake.queries import promises_of
from cairndesk.intake.rules import hours
from cairndesk.lib.clock import to_hour
from cairndesk.lib.errors import DeskError
from cairndesk.lib.files import make_folder, opened, replace_durably

log = structlog.get_logger()
# One turn ends soon, and what was erased meanwhile is taken down at the next.
_A_TURN = 200
# What is wrong with one mailbox alone. A locked desk, a shred store or a disk that is away stops them all, and the belt says so.
_OF_THIS_ONE = (Erased, CannotOpen, ValueError, TypeError, KeyError)
_later = Patience(timedelta(minutes=10))


def publish_changes(*, now: datetime) -> int:
    """Afterwards the folder shows organisations, contacts, hours and every mailbox as they are now; returns how many files changed."""
    folder = settings.DATA / "published"
    changed = write_bytes(folder, SALT, ensure_salt())
    changed += write_changed(folder, ORGANISATIONS, [_shown(row, now) for row in Organisation.objects.order_by("-is_first", "slug")])
    changed += write_changed(folder, CONTACTS, [asdict(one) for one in directory.public_contacts()])
    changed += write_changed(folder, HOURS, _hours(now))
    return changed + _publish_mailboxes(folder / MAILBOXES, now)


def _hours(now: datetime) -> Mapping[str, Any]:
    """When somebody reads, of each organisation that keeps a roster and has it shown by its clock; nothing while its keys are not at hand.

    Whoever is there then can open no report.
    """
    shown: dict[str, Any] = {}
    for one in Organisation.objects.order_by("slug"):
        zone, spans = clock_of(portal_of(one.pk).zone), duty.hours(one.pk, now=now)
        if zone and spans and _can_read(one.pk):
            # The hour says how old it is; by the minute this file would change all day long.
            shown[one.slug] = hours.as_row(to_hour(now), [(begins.astimezone(zone), ends.astimezone(zone)) for begins, ends in spans])
    return shown


def _can_read(organisation: UUID) -> bool:
    """Whether what was told to `organisation` can be opened now: whether the desk is unlocked, and knows us."""
    try:
        return bool(access.keys().own_public(organisation))
    except CustodyError:
        return False


def show_whether_shut(*, is_shut: bool) -> None:
    """Afterwards the portal knows whether it may tell anybody that something is kept."""
    if is_shut:
        write_bytes(settings.DATA / "published", SHUT, b"")
    else:
        (settings.DATA / "published" / SHUT).unlink(missing_ok=True)


def write_changed(folder: Path, name: str, content: Mapping[str, Any] | Sequence[Any]) -> int:
    """Write `content` as JSON if it differs from what lies there; returns 1 if it did."""
    return write_bytes(folder, name, json.dumps(content, ensure_ascii=False, sort_keys=True, default=str).encode())


def write_bytes(folder: Path, name: str, data: bytes) -> int:
    """Write `data` durably under `name` if it differs; returns 1 if it did."""
    path = folder / name
    if path.exists() and path.read_bytes() == data:
        return 0
    make_folder(folder)
    replace_durably(path, [data])
    return 1


def ensure_salt() -> bytes:
    """The public salt of this installation's receipts (16 bytes), made on first use and never changed: old receipts need it.

    It lies beside the database, which desk and work share; the published copy is for the portal alone.
    """
    path = settings.DATA / "db" / SALT
    if not path.exists():
        drawn = f".{secrets.token_hex(8)}.salt"
        write_bytes(path.parent, drawn, secrets.token_bytes(receipt.SALT_LENGTH))
        # Desk and work may both be first; a link is made by exactly one of them.
        with contextlib.suppress(FileExistsError):
            os.link(path.parent / drawn, path)
        (path.parent / drawn).unlink()
        # Were this name lost with the power, the next one would be another, and no receipt that was given out would open anything.
        with opened(path.parent) as folder:
            os.fsync(folder)
    return path.read_bytes()


def _shown(organisation: Organisation, now: datetime) -> dict[str, Any]:
    terms = directory.terms_of(directory.schedule_for(organisation.country, now.date()))
    return {
        "id": str(organisation.pk),
        "slug": organisation.slug,
        "name": organisation.name,
        "is_first": organisation.is_first,
        "country": organisation.country,
        "kept": {kind.value: [terms[kind].minimum, terms[kind].maximum] for kind in TOLD_OF if kind in terms},
        "keys": [_key(one) for one in intake_keys(organisation.pk)],
        "sheet": as_row(portal_of(organisation.pk)),
    }


def _key(one: IntakeKey) -> dict[str, Any]:
    opens = int(one.opens_at.timestamp())
    return {"number": one.number, "opens": opens, "public": bytes(one.public).hex(), "signature": bytes(one.signature).hex()}


def _publish_mailboxes(folder: Path, now: datetime) -> int:
    # What must go, goes first: nothing that fails behind it may leave an erased mailbox where it is.
    taken = _take_down(folder, now)
    published = OuterRef("published_at")
    aside = SetAside.objects.filter(Q(at__gte=published, at__lte=now) | Q(reviewed_at__gte=published, reviewed_at__lte=now), case=OuterRef("case"))
    moved = Q(published_at__lt=F("case__stage_since"), case__stage_since__lte=now)
    # One that was laid out while the clock ran ahead would wait until then.
    jumped = Q(published_at__gt=now + undo.window())
    stale = Q(published_at=None) | moved | jumped | Q(again_at__lte=now) | Exists(aside)
    rows = Receipt.objects.filter(stale).exclude(case=None).exclude(_expired(now)).values_list("index", "case_id")
    due = [row for row in rows[: _A_TURN + _later.waiting] if _later.is_due(row[0], now)]
    return taken + sum(_try_to_lay_out(folder, index, case, now) for index, case in due[:_A_TURN])


def _try_to_lay_out(folder: Path, index: str, case: UUID, now: datetime) -> int:
    """Lay out one mailbox; one that holds what does not open keeps its last answer, is tried again later and holds up no other."""
    try:
        laid_out = _lay_out(folder, index, now)
    except _OF_THIS_ONE as failure:
        again = _later.put_off(index, now)
        code = failure.code if isinstance(failure, DeskError) else type(failure).__name__
        log.warning("mailbox_not_laid_out", case=str(case), code=code, seconds=int(again.total_seconds()))
        return 0
    _later.forget(index)
    return laid_out


def _expired(now: datetime) -> Q:
    """Receipts whose case was closed so long ago that their answer is that of a receipt that never was."""
    return Q(case__closed_at__lt=now - timedelta(days=settings.CAIRNDESK.receipts.keep_days))


@transaction.atomic
def _lay_out(folder: Path, index: str, now: datetime) -> int:
    # Under the lock of the row: a message that is written meanwhile marks it as due again afterwards, and is never passed over.
    row = Receipt.objects.select_for_update().filter(pk=index).first()
    if row is None:
        return 0  # erased since it was listed
    case = Case.objects.prefetch_related("stage_changes", "milestones").get(receipts=index)
    known = known_of(case, now)
    sealed = hpke.seal(bytes(row.mailbox_public), mailbox_of(case, row, known).to_json(), rules.mailbox_context(index))
    row.published_at, row.again_at = now, known.again_at
    row.save(update_fields=["published_at", "again_at"])
    if first := [one.pk for one in known.messages if not one.from_reporter and one.laid_out_at is None]:
        Message.objects.filter(pk__in=first).update(laid_out_at=now)
    return write_bytes(folder, index, sealed)


def _take_down(folder: Path, now: datetime) -> int:
    withdrawn = list(Withdrawal.objects.values_list("index", flat=True))
    old = [*Receipt.objects.filter(_expired(now)).values_list("index", flat=True), *withdrawn]
    taken = [index for index in old if (folder / index).exists()]
    for index in taken:
        (folder / index).unlink()
    # Only once the file is gone: a turn that fails in between is made again.
    Withdrawal.objects.filter(pk__in=withdrawn).delete()
    return len(taken)


def mailbox_of(case: Case, slip: Receipt, known: Known) -> rules.Mailbox:
    """What who holds the receipt `slip` may see of `case`: milestones and outcome as codes with hours, the conversation, their account."""
    stages = [(rules.STAGE_MILESTONES[move.after], move.at) for move in known.moves if move.after in rules.STAGE_MILESTONES]
    told = [(milestone.code, milestone.at) for milestone in known.told]
    reached: dict[str, datetime] = {}
    for code, at in sorted(stages + told, key=lambda pair: pair[1]):
        reached.setdefault(code, to_hour(at))
    for ahead in rules.AHEAD.get(known.stage, rules.STONES[-2:]):
        reached.pop(ahead, None)
    return rules.Mailbox(
        milestones=tuple(rules.Milestone(code, hour) for code, hour in reached.items()),
        outcome=known.outcome,
        messages=tuple(
            rules.Message("you" if row.from_reporter else "desk", words, to_hour(row.at), row.about if row.from_reporter else "", _name_of(row, case))
            for row in known.messages
            if (words := unseal_fields(row.text)["text"])
        ),
        told=_account_of(case, slip),
        chosen=_chosen_in(case),
        set_aside=tuple(rules.SetAside(one.limit, one.ground, to_hour(one.at)) for one in known.aside),
        promises=promises_of(case, known),
        holder=_holder_of(case) if "handed_over" in reached else "",
    )


def _holder_of(case: Case) -> str:
    """Who has the report since it was handed over: a desk of another installation, or whose case it is here."""
    return next(filter(None, (one.holder for one in case.milestones.all())), case.organisation.name)


def _name_of(message: Message, case: Case) -> str:
    """Whose desk wrote `message`; nothing where nobody knows it any more, because it came along before that was kept."""
    if message.from_reporter or (message.wrote is None and message.at < case.opened_at):
        return ""
    return (message.wrote or case.organisation).name


def _chosen_in(case: Case) -> rules.Answers:
    """What stands of the choices, in the shape of answers, so that the page that changes them shows it."""
    held = {name: row.codes for name, row in choices_of(case).items() if row.codes and name in rules.CHOICES}
    return {name: codes if rules.QUESTIONS[name].form is rules.Form.MANY else codes[0] for name, codes in held.items()}


def _account_of(case: Case, slip: Receipt) -> rules.Account | None:
    """What was told under `slip`, word for word; None where it was erased, or where it is not certain whose account it is."""
    reports = list(case.reports.select_related("told"))
    # One that somebody called in has no draft.
    own = [one for one in reports if slip.draft is not None and one.pk == slip.draft.report_id] or reports
    if len(own) != 1 or own[0].told.erased_at is not None or own[0].path not in set(rules.Path):
        return None
    answers = unseal_fields(own[0].told).get("answers", {})
    return rules.Account(own[0].path, {name: answer for name, answer in answers.items() if name in rules.QUESTIONS}, to_hour(own[0].told_at))
