"""The second look: another person, at home or named at a partner, agrees or says what they see differently."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.actions.guests import invite_guest
from cairndesk.accounts.models import GuestGrant, Person
from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.cases.actions import move, must_not_be_off
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.intake.actions import ring_again
from cairndesk.review import errors, rules, scheme
from cairndesk.review.actions.classify import ACT_WITHIN, sealed_note
from cairndesk.review.models import SecondLook
from cairndesk.review.queries import latest, others_who_may_look
from cairndesk.review.rules import Look

INVITED_FOR = timedelta(days=3)


@transaction.atomic
def give_second_look(*, case: Case, look: Look, agrees: bool, by: Actor, now: datetime, note: str = "", shown: UUID | None = None) -> SecondLook:
    """Afterwards another person's view stands beside the first: in agreement the case is *classified*, else back at *reviewing*, free.

    Where a child is in danger now an alarm rings anew then.

    `shown` is the classification that a page showed them: the look is about no other, or raises NotAsShown.
    Raises SamePerson for whoever classified it, whatever their roles; NoteMissing for a disagreement without words;
    NotForASecondLook, NotPermitted, TakenOff, NotThisFeature.
    """
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    require(by, Verb.SECOND_LOOK_GIVE, organisation=held.organisation_id, stage=held.stage, case=held.pk)
    must_not_be_off(case=held, by=by)
    first = latest(held)
    if by.organisation is None or first is None or SecondLook.objects.filter(classification=first).exists():
        raise errors.NotForASecondLook
    if shown is not None and shown != first.pk:
        raise errors.NotAsShown
    rules.must_be_another(by, [first.actor])
    if not agrees and not note.strip():
        raise errors.NoteMissing
    graded = scheme.to_grade_by()
    seen = first.look if agrees else rules.check_look(look, graded, scheme.used(now.date()))
    given = SecondLook.objects.create(
        classification=first,
        first=first.actor,
        scheme=first.scheme if agrees else graded.name,
        scheme_version=first.scheme_version if agrees else graded.version,
        agrees=agrees,
        organisation_id=by.organisation,
        **SecondLook.columns(seen, note=sealed_note(held, note, now), actor=by.pseudonym, at=now),
    )
    detail = {"version": first.version, "agrees": int(agrees), "as_guest": int(by.organisation != held.organisation_id)}
    record(event=Event.REVIEW_SECOND_LOOK_GIVEN, subject_kind="case", subject=held.pk, by=by, now=now, detail=detail)
    to = Stage.CLASSIFIED if agrees else Stage.REVIEWING
    move(case=held, to=to, by=by, now=now, reason="" if agrees else "disagreement", next_action_at=min(now + ACT_WITHIN, max(held.due_at, now)))
    if not agrees and held.is_emergency:
        # It is free again, and whoever decides between the two views must not come upon it by chance.
        ring_again(case=held, now=now)
    case.refresh_from_db()
    return given


@transaction.atomic
def invite_second_look(*, case: Case, person: Person, by: Actor, now: datetime) -> GuestGrant:
    """Afterwards `person` of a partner organisation may read this one case for three days and give it the second look.

    Raises SomebodyAtHome where a colleague could look, NotPermitted, NotPossible.
    """
    held = Case.objects.select_related("organisation").get(pk=case.pk)
    require(by, Verb.GUEST_INVITE, organisation=held.organisation_id, stage=held.stage)
    if others_who_may_look(held, now=now).exists():
        raise errors.SomebodyAtHome
    return invite_guest(person=person, case=held.pk, organisation=held.organisation, stage=held.stage, until=now + INVITED_FOR, by=by, now=now)
