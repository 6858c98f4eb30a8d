"""The blind second coding, and the third person who settles where the two differ."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.cases.actions import end_sample, must_not_be_off
from cairndesk.cases.errors import NotDrawn
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.review import errors, rules, scheme
from cairndesk.review.actions.classify import lay_down, sealed_note
from cairndesk.review.actions.publishing import end_with_verdict
from cairndesk.review.actions.recording import write_down
from cairndesk.review.models import BlindCoding, Classification
from cairndesk.review.queries import latest
from cairndesk.review.queries.coding import coded
from cairndesk.review.rules import Look
from cairndesk.review.rules.agreement import Coded, differing
from cairndesk.triage.actions import assess


@transaction.atomic
def code_blind(*, case: Case, look: Look, by: Actor, now: datetime, note: str = "") -> BlindCoding:
    """Afterwards the coding of `by` stands beside the first one, nobody is kept from either, and where they differ a third person settles it.

    The case itself goes on as it stands. Raises NotDrawn unless `by` has taken it, in time; NotThisFeature, NotPermitted, TakenOff.
    """
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    require(by, Verb.CODING_GIVE, organisation=held.organisation_id, stage=held.stage)
    must_not_be_off(case=held, by=by)
    graded = scheme.to_grade_by()
    look = rules.check_look(look, graded, scheme.used(now.date()))
    first = held.classifications.order_by("version").first()
    if first is None:
        # It was taken back in its first moments.
        raise NotDrawn
    end_sample(case=held, by=by, now=now)
    made = BlindCoding.objects.create(
        classification=first,
        first=first.actor,
        scheme=graded.name,
        scheme_version=graded.version,
        differs=list(differing(coded(first), Coded(look, graded.key))),
        **BlindCoding.columns(look, note=sealed_note(held, note, now), actor=by.pseudonym, at=now),
    )
    record(event=Event.REVIEW_CODING_GIVEN, subject_kind="case", subject=held.pk, by=by, now=now, detail={"differs": len(made.differs)})
    return made


@transaction.atomic
def settle_coding(*, case: Case, look: Look, why: str, by: Actor, now: datetime) -> Classification:
    """Afterwards the case carries one more version, which a third person chose between two codings, and both stay beside it.

    The stage stays; of a closed case the other records stay too. Raises SamePerson for either coder, NoteMissing, NothingToSettle,
    NotThisFeature, NotPermitted, TakenOff.
    """
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    require(by, Verb.CODING_SETTLE, organisation=held.organisation_id, stage=held.stage)
    must_not_be_off(case=held, by=by)
    blind = BlindCoding.objects.filter(classification__case=held, classification__case__erased_at=None, settled=None).exclude(differs=[]).first()
    if blind is None:
        raise errors.NothingToSettle
    rules.must_be_another(by, [blind.first, blind.actor])
    if not why.strip():
        raise errors.NoteMissing
    look, before = rules.check_look(look, scheme.in_force(), scheme.used(now.date())), latest(held)
    made = lay_down(held, look, note=why, settles_coding=blind, by=by, now=now)
    record(event=Event.REVIEW_CODING_SETTLED, subject_kind="case", subject=held.pk, by=by, now=now, detail={"version": made.version})
    end_with_verdict(made=made, by=by, now=now)
    if held.stage != Stage.CLOSED:
        write_down(case=held, look=look, before=before, by=by, now=now)
        assess(case=held, by=by, now=now)
    case.refresh_from_db()
    return made
