"""Victim identification: how it stands, and clues in words. Nothing is sent, and no picture is opened, by any of it."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor
from cairndesk.cases import errors
from cairndesk.cases.actions.coding import allow, coded, note, same_case
from cairndesk.cases.models import Case, CasePerson, Clue, Identification, Item
from cairndesk.cases.queries.identification import is_being_identified, self_told, tellers
from cairndesk.cases.rules.identification import UNIT_ERASED, WITH_UNIT, is_clear_of, why_not
from cairndesk.custody.actions import seal
from cairndesk.custody.rules import Event, Purpose


@transaction.atomic
def record_identification(*, person: CasePerson, status: str, by: Actor, now: datetime, unit: str = "", told_none: bool = False) -> Identification:
    """Afterwards the track of `person` stands so; what stood before stays readable. `unit` is the authorised unit that does the image work.

    `told_none`: `by` says that none of the accounts by somebody to whom it happened is of `person`; of one that comes later that says nothing.

    Raises NotPermitted, UnknownCode; IdentificationRefused for whoever told or is of concern, and for a status with a unit that names none.
    """
    allow(by, person.case)
    accounts, told = self_told(person.case), tellers(person.case)
    told_none_of = accounts if told_none else 0
    is_clear = is_clear_of(accounts, tellers=told, told_none_of=told_none_of)
    roles = set(person.roles.values_list("role", flat=True))
    if why := why_not(roles, person.actor_age, who_told_is_open=accounts > 0 and not told, is_clear=is_clear):
        raise errors.IdentificationRefused(why)
    unit = unit.strip()
    if status == WITH_UNIT and not unit:
        raise errors.IdentificationRefused("it is with a unit that is not named")
    new = Identification(person=person, told_none_of=told_none_of)
    row = coded(new, {"status": status, "unit": unit}, allowed={"status", "unit"}, by=by, now=now)
    row.save(force_insert=True)
    note(Event.CASES_IDENTIFICATION_RECORDED, person.case, by=by, now=now, status=status)
    return row


def forget_units(*, case: Case) -> None:
    """Afterwards no unit is named where identifying somebody of `case` is with one; how it stood stays, as codes do."""
    Identification.everything.filter(person__case=case).exclude(unit="").update(unit=UNIT_ERASED)


@transaction.atomic
def record_clue(*, case: Case, kind: str, words: str, by: Actor, now: datetime, item: Item | None = None) -> Clue:
    """Afterwards this clue is on record, its words sealed. `item`: from which it is.

    Raises NotPermitted, UnknownCode; IdentificationRefused where no track of the case runs, or nothing is written.
    """
    allow(by, case)
    same_case(case.pk, item)
    if not words.strip():
        raise errors.IdentificationRefused("a clue is words, and none are written")
    if not is_being_identified(case):
        raise errors.IdentificationRefused("nobody of this case is being identified")
    row = coded(Clue(case=case, item=item), {"kind": kind}, allowed={"kind"}, by=by, now=now)
    row.words = seal(organisation=case.organisation_id, purpose=Purpose.EVIDENCE, plain=words.strip(), now=now)
    row.save(force_insert=True)
    note(Event.CASES_CLUE_RECORDED, case, by=by, now=now, kind=kind)
    return row
