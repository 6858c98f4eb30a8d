"""Desks of several countries work one matter: neither reads the case of the other, both know both numbers, and what became of it is told back."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from jsonschema import Draft202012Validator
from tests.response.crossed import TOLD, Desks, desks, letter_of, told
from tests.response.test_pages import SignIn, sign_in
from tests.support.cast import NOON, cal, lou

from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.accounts.rules import Role
from cairndesk.cases.actions import move
from cairndesk.cases.models import Case
from cairndesk.cases.queries import case_for
from cairndesk.cases.rules import Stage
from cairndesk.custody import access
from cairndesk.custody.queries import unseal_fields, unseal_text
from cairndesk.exchange.formats import referral
from cairndesk.response import actions, queries
from cairndesk.response.errors import NoSuchThing

__all__ = ["cal", "desks", "lou", "sign_in", "told"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.mark.req("INV-07")
def test_a_partner_of_the_directory_is_asked_in_a_published_format_by_a_day_and_what_it_answers_is_followed(
    desks: Desks, told: Case, sign_in: SignIn
) -> None:
    supervisor = sign_in(desks.one, "Sup", Role.SUPERVISOR)

    def page(name: str, *args: object) -> str:
        return supervisor.get(reverse(f"response:{name}", args=args)).content.decode()

    # Who is there to ask, where, until when, and on which basis.
    assert all(words in page("partners") for words in (desks.to_two.name, desks.to_two.country, desks.to_two.basis, str(desks.to_two.valid_until)))
    ours, theirs = desks.offer(told)
    # Closed and opened, what went over is of the published form.
    letter, schema = letter_of(ours, "offer"), referral.schema()
    opened, _ = referral.open_letter(referral.read_letter(letter), lambda blob, context: access.keys().unseal(desks.two.pk, blob, context))
    said = json.loads(referral.write(opened))
    assert (said["kind"], said["reference"]) == ("offer", told.number)
    for document in (json.loads(letter), said):
        Draft202012Validator(schema).validate(document)
    assert not Draft202012Validator(schema).is_valid({**said, "answer_by": None})
    # The day by which it answers stands on both desks, and passes aloud on both.
    assert ours.answer_by == theirs.answer_by > NOON
    late = ours.answer_by + timedelta(minutes=1)
    for desk, what in ((desks.one, "offer_unanswered"), (desks.two, "offer_to_answer")):
        assert what not in [one.what for one in queries.due(desk.pk, NOON)]
        assert what in [one.what for one in queries.due(desk.pk, late)]
    # Each answer is followed: taken, handed back with the reason and what was done there, and that it is here again.
    new = actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    desks.to_our_desk(letter_of(theirs, "acceptance"))
    ours.refresh_from_db()
    assert (ours.state, ours.theirs) == ("accepted", new.number)
    assert not [one for one in queries.due(desks.one.pk, late) if one.what == "offer_unanswered"]
    move(case=new, to=Stage.QUEUED, by=desks.lee, now=NOON)
    actions.give_back(crossing=theirs, why="The family moved back.", did="The school was told.", by=desks.lee, now=NOON)
    desks.to_our_desk(letter_of(theirs, "return"))
    ours.refresh_from_db()
    assert ours.state == "returned"
    assert unseal_text(ours.why) == "The family moved back.\n\nThe school was told."
    shown = page("crossing", told.pk)
    assert desks.to_two.name in shown
    assert new.number in shown


def test_two_desks_share_the_numbers_of_a_case_and_what_became_of_it_and_neither_reads_that_of_the_other(desks: Desks, told: Case) -> None:
    ours, theirs = desks.offer(told)
    new = actions.accept_from_desk(crossing=theirs, by=desks.lou, now=NOON)
    desks.to_our_desk(letter_of(theirs, "acceptance"))
    ours.refresh_from_db()
    theirs.refresh_from_db()
    # Each knows how the other calls it.
    assert (ours.theirs, theirs.theirs) == (new.number, told.number)
    assert new.number != told.number
    # Two cases in two hands: neither desk reads that of the other, and nothing is sealed to a key of both.
    for by, case in ((desks.sam, new), (desks.lee, told)):
        with pytest.raises((NotPermitted, OtherOrganisation, NoSuchThing)):
            case_for(by, case.pk)
    assert {new.reports.get().told.organisation, told.reports.get().told.organisation} == {desks.one.pk, desks.two.pk}
    assert unseal_fields(new.reports.get().told)["answers"] == TOLD
    # What one of them changes afterwards is not in the other; what became of it comes by letter.
    move(case=new, to=Stage.QUEUED, by=desks.lee, now=NOON)
    told.refresh_from_db()
    assert (told.stage, told.outcome) == (Stage.ANSWERED, "passed_on")
    actions.give_back(crossing=theirs, why="Safe with an aunt.", did="Child protection has visited.", by=desks.lee, now=NOON)
    told.refresh_from_db()
    assert told.stage == Stage.ANSWERED
    desks.to_our_desk(letter_of(theirs, "return"))
    ours.refresh_from_db()
    told.refresh_from_db()
    assert told.stage == Stage.QUEUED
    assert "Child protection has visited." in unseal_text(ours.why)
