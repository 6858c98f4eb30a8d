"""Flag material that is known to be shared widely, so that its copies are seen for what they are."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb, require
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
    made = KnownViral.objects.create(case=root, because=because, actor=by.pseudonym, at=now)
    detail: dict[str, str | int] = {"because": because, "seen_in": str(case.pk)}
    record(event=Event.TRIAGE_VIRAL_FLAGGED, subject_kind="case", subject=root.pk, by=by, now=now, detail=detail)
    return made


@transaction.atomic
def take_back_viral(*, case: Case, by: Actor, now: datetime) -> None:
    """Afterwards neither the material of `case` nor what is like it carries the flag; that it once did stays on record. Raises NotPermitted."""
    require(by, Verb.CASE_DESCRIBE, organisation=case.organisation_id, stage=case.stage)
    root = queries.root_of(case)
    if KnownViral.objects.filter(case=root, taken_back_at=None).update(taken_back_at=now, taken_back_by=by.pseudonym):
        record(event=Event.TRIAGE_VIRAL_TAKEN_BACK, subject_kind="case", subject=root, by=by, now=now, detail={"seen_in": str(case.pk)})
