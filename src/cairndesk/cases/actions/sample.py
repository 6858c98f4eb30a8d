"""Drawing a case for a blind second coding, taking it, choosing to see its coding instead, and giving it up."""

from datetime import datetime, timedelta

from django.db import transaction

from cairndesk.accounts.rules import Actor, GrantPurpose, Verb
from cairndesk.accounts.rules.grants import LASTS
from cairndesk.cases import errors
from cairndesk.cases.actions.coding import allow, note
from cairndesk.cases.actions.grants import give_grant
from cairndesk.cases.models import Case, Sample
from cairndesk.cases.queries import is_veiled
from cairndesk.custody.rules import Event

# As long as a claim: afterwards somebody else may take it.
_TAKEN_FOR = timedelta(hours=4)


def draw(*, case: Case, by: Actor, now: datetime) -> Sample:
    """Afterwards `case` waits for a second person who codes it without knowing the first coding, in the caller's transaction."""
    made = Sample.objects.create(case=case, drawn_at=now)
    note(Event.CASES_CODING_DRAWN, case, by=by, now=now)
    return made


@transaction.atomic
def take_sample(*, case: Case, by: Actor, now: datetime) -> Sample:
    """Afterwards `by` codes `case` within four hours and may open what was told in it. Raises NotPermitted, NotDrawn, TakenOff.

    Whoever has worked on the case, or was shown its coding, cannot take it: the log tells.
    """
    allow(by, case, Verb.CODING_GIVE)
    held = Sample.objects.select_for_update().filter(case=case).first()
    if held is None or not held.is_free(by.pseudonym, now) or not is_veiled(by, Case.objects.select_related("sample").get(pk=case.pk)):
        raise errors.NotDrawn
    held.taken_by, held.taken_until = by.pseudonym, now + _TAKEN_FOR
    held.save(update_fields=["taken_by", "taken_until"])
    note(Event.CASES_CODING_TAKEN, case, by=by, now=now)
    give_grant(case=case, purpose=GrantPurpose.CODING, lasts=LASTS[GrantPurpose.CODING], by=by, now=now)
    return held


@transaction.atomic
def see_coding(*, case: Case, by: Actor, now: datetime) -> None:
    """Afterwards `by` sees the case with its coding and can no more code it blind; the log says so. Raises NotPermitted, NotDrawn."""
    allow(by, case, Verb.CASE_READ)
    held = Sample.objects.select_for_update().filter(case=case, done_at=None).first()
    if held is None:
        raise errors.NotDrawn
    if held.taken_by == by.pseudonym:
        held.taken_by, held.taken_until = "", None
        held.save(update_fields=["taken_by", "taken_until"])
    note(Event.CASES_CODING_SEEN, case, by=by, now=now)


def end_sample(*, case: Case, by: Actor, now: datetime) -> None:
    """Afterwards `case` waits for no coding any more, in the caller's transaction. Raises NotDrawn unless `by` has taken it, in time."""
    held = Sample.objects.select_for_update().filter(case=case, done_at=None, taken_by=by.pseudonym, taken_until__gt=now).first()
    if held is None:
        raise errors.NotDrawn
    held.done_at = now
    held.save(update_fields=["done_at"])


def give_up_sample(*, case: Case, by: Actor, now: datetime) -> None:
    """Afterwards nobody can code `case` blind any more, in the caller's transaction, and the log says so; a coding that was given stays."""
    if Sample.objects.filter(case=case, done_at=None).update(done_at=now):
        note(Event.CASES_CODING_GIVEN_UP, case, by=by, now=now)
