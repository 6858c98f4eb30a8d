"""Flag material that is known to be shared widely, so that its copies are seen for what they are."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.rules import SYSTEM, Actor, Verb, require
from cairndesk.cases.models import Case
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.triage import errors, queries
from cairndesk.triage.models import KnownViral
from cairndesk.triage.rules.viral import Viral


@transaction.atomic
def flag_viral(*, case: Case, because: str, by: Actor, now: datetime) -> KnownViral:
    """Afterwards the material of `case` is flagged where it stands first, and all that is like it carries the flag. Nothing gets less urgent by it.

    Flagging it again changes nothing. Raises NoReason, NotPermitted.
    """
    require(by, Verb.CASE_DESCRIBE, organisation=case.organisation_id, stage=case.stage)
    if because not in set(Viral):
        raise errors.NoReason
    root = Case.objects.select_for_update(of=("self",)).get(pk=queries.root_of(case))
    held = KnownViral.objects.filter(case=root, taken_back_at=None).first()
    if held is not None:
        return held
    made = KnownViral.objects.create(case=root, said_of=case, because=because, actor=by.pseudonym, at=now)
    detail: dict[str, str | int] = {"because": because, "seen_in": str(case.pk)}
    record(event=Event.TRIAGE_VIRAL_FLAGGED, subject_kind="case", subject=root.pk, by=by, now=now, detail=detail)
    return made


def carry_viral(*, case: Case, root: UUID, now: datetime) -> None:
    """Afterwards what was said of the material of `case` stands at `root`, in the caller's transaction: nobody said it of the case it stood at.

    Where it is said of `root` already, once is enough.
    """
    said: dict[str, Any]
    for held in KnownViral.objects.filter(said_of=case, taken_back_at=None).exclude(case=root):
        if KnownViral.objects.filter(case=root, taken_back_at=None).exists():
            event, said = Event.TRIAGE_VIRAL_TAKEN_BACK, {"taken_back_at": now, "taken_back_by": SYSTEM.pseudonym}
        else:
            event, said = Event.TRIAGE_VIRAL_FLAGGED, {"case": root}
        KnownViral.objects.filter(pk=held.pk).update(**said)
        record(event=event, subject_kind="case", subject=root, by=SYSTEM, now=now, detail={"because": held.because, "seen_in": str(case.pk)})


@transaction.atomic
def take_back_viral(*, case: Case, by: Actor, now: datetime) -> None:
    """Afterwards neither the material of `case` nor what is like it carries the flag; that it once did stays on record. Raises NotPermitted."""
    require(by, Verb.CASE_DESCRIBE, organisation=case.organisation_id, stage=case.stage)
    root = queries.root_of(case)
    if KnownViral.objects.filter(case=root, taken_back_at=None).update(taken_back_at=now, taken_back_by=by.pseudonym):
        record(event=Event.TRIAGE_VIRAL_TAKEN_BACK, subject_kind="case", subject=root, by=by, now=now, detail={"seen_in": str(case.pk)})
