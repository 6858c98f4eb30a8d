"""Destroying what the schedule ends: announced in the log, done, and said to be done. Broken off anywhere, it goes on where it was.

Nothing here asks anybody: two people put the schedule in force. What it says is asked again, under the lock of the case, at the moment of
destroying, so that a hold that came meanwhile wins.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction

from cairndesk.accounts.models import Request
from cairndesk.accounts.rules import Kind
from cairndesk.cases.actions import forget_units
from cairndesk.cases.models import Case, IndexTerm, SensitiveAttribute, StatedChoice
from cairndesk.cases.rules.erasing import Ground
from cairndesk.cases.rules.facts import CHILD_ACTOR
from cairndesk.custody.actions import destroy_object, erase, forget_openings, record
from cairndesk.custody.models import SealedObject
from cairndesk.custody.retention import RecordClass
from cairndesk.custody.rules import DESK, Event
from cairndesk.directory.queries import schedule_for, terms_of
from cairndesk.intake.actions import forget_reporter, lay_out_anew
from cairndesk.response.models import AuthorityPackage
from cairndesk.response.queries import extent_of
from cairndesk.retention import queries
from cairndesk.retention.models import Destruction
from cairndesk.review.actions import forget_stacks
from cairndesk.signals.actions import forget_case


@transaction.atomic
def announce(*, due: queries.Due, now: datetime) -> Destruction:
    """Afterwards the log says, once, that these records are going to be destroyed; nothing is yet."""
    about = {"organisation": due.case.organisation, "why": due.why, "schedule": due.schedule, "due_at": due.at, "intended_at": now}
    # The lane and the command may both be first.
    made, is_new = Destruction.objects.get_or_create(case=due.case, record_class=due.kind, done_at=None, dropped_at=None, defaults=about)
    if is_new:
        record(event=Event.RETENTION_DESTRUCTION_INTENDED, subject_kind="destruction", subject=made.pk, by=DESK, now=now, detail=_detail(made))
    return made


@transaction.atomic
def carry_out(*, destruction: Destruction, now: datetime) -> Destruction:
    """Afterwards what was announced is destroyed, or dropped because it is not due any more; doing it again changes nothing."""
    held = Destruction.objects.select_for_update(of=("self",)).get(pk=destruction.pk)
    if held.done_at is not None or held.dropped_at is not None:
        return held
    case = Case.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=held.case_id)
    kind = RecordClass(held.record_class)
    if not _is_due(case, kind, now):
        held.dropped_at = now
        event = Event.RETENTION_DESTRUCTION_DROPPED
    else:
        held.things, held.done_at = _take(case, kind, now), now
        event = Event.RETENTION_DESTRUCTION_DONE
    held.save()
    record(event=event, subject_kind="destruction", subject=held.pk, by=DESK, now=now, detail=_detail(held) | {"things": held.things})
    return held


def _is_due(case: Case, kind: RecordClass, now: datetime) -> bool:
    schedule = schedule_for(case.organisation.country, now.date())
    fate = queries.fates(case, terms_of(schedule)).get(kind)
    is_last = kind is not RecordClass.LOG_DETAIL or queries.left_of(case) == [kind]
    return fate is not None and fate.is_due(now) and is_last


def _take(case: Case, kind: RecordClass, now: datetime) -> int:
    """Everything of `kind` goes; returns how many sealed things, originals and openings those were."""
    gone = erase(items=queries.sealed_of(case)[kind], now=now)
    further = _FURTHER.get(kind)
    return gone + (further(case, now) if further else 0)


def _identities(case: Case, _now: datetime) -> int:
    SensitiveAttribute.objects.filter(person__case=case).exclude(person__actor_age__in=CHILD_ACTOR).delete()
    forget_units(case=case)
    return 0


def _child_actors(case: Case, _now: datetime) -> int:
    SensitiveAttribute.objects.filter(person__case=case, person__actor_age__in=CHILD_ACTOR).delete()
    return 0


def _messages(case: Case, now: datetime) -> int:
    forget_reporter(case=case, now=now)
    return 0


def _originals(case: Case, now: datetime) -> int:
    kept = SealedObject.objects.filter(pk__in=extent_of(case).originals)
    return len([destroy_object(sealed=one, by=DESK, now=now) for one in kept])


def _hashes(case: Case, now: datetime) -> int:
    # Decisions about matches speak of rows that go now; later nobody could find them any more.
    forgotten = forget_openings(subjects=queries.matched_in(case))
    forget_case(case=case.pk, now=now)
    Request.objects.filter(case=case.pk, kind=Kind.PUBLISH).update(digest=b"")
    return forgotten


def _identifiers(case: Case, now: datetime) -> int:
    IndexTerm.objects.filter(item__case=case).delete()
    return _hashes(case, now)


def _notices(case: Case, _now: datetime) -> int:
    return AuthorityPackage.objects.filter(case=case).exclude(sealed=b"").update(sealed=b"")


def _account(case: Case, now: datetime) -> int:
    if case.erased_at is None:
        case.erased_at, case.erased_because = now, Ground.OUT_OF_TIME
        case.save(update_fields=["erased_at", "erased_because"])
    # What somebody chose is part of what they told, although it stands in codes.
    StatedChoice.objects.filter(case=case).delete()
    forget_stacks(case=case)
    # Where the way back is kept for longer than the account, nobody reads there what is gone here.
    lay_out_anew(case=case)
    return 0


def _log(case: Case, _now: datetime) -> int:
    return forget_openings(subjects=queries.subjects_of(case))


_FURTHER: Mapping[RecordClass, Callable[[Case, datetime], int]] = {
    RecordClass.CHILD_ACTOR: _child_actors,
    RecordClass.IDENTITY: _identities,
    RecordClass.MESSAGE: _messages,
    RecordClass.ORIGINAL: _originals,
    RecordClass.HASHES: _hashes,
    RecordClass.IDENTIFIER: _identifiers,
    RecordClass.NOTICE: _notices,
    RecordClass.ACCOUNT: _account,
    RecordClass.LOG_DETAIL: _log,
}


def _detail(held: Destruction) -> dict[str, str | int]:
    return {"class": held.record_class, "why": held.why}
