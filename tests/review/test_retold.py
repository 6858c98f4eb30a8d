"""Cases told in nearly the same words: suggested to whoever could open both accounts, decided by a person, kept nowhere."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.review.conftest import as_actor
from tests.review.test_known import anas, enter
from tests.review.test_likeness import SAME_STORY, SCRIPT
from tests.review.test_search import LATER, Tell, all_in, held
from tests.support.cast import NOON

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Actor, GrantPurpose, Role
from cairndesk.cases import actions as cases
from cairndesk.cases.models import Case, CaseLink
from cairndesk.cases.rules.erasing import Ground
from cairndesk.custody import access
from cairndesk.review import actions, recall
from cairndesk.signals.models import AlikeCase
from cairndesk.triage.models import Stacked

__all__ = ["anas", "enter", "held"]
OTHER_WORDS = SCRIPT.replace("eight", "nine").replace("game card", "gift card")


def alike(case: Case, by: Actor) -> list[str]:
    return [one.case.number for one in actions.told_alike(case=case, by=by, now=LATER).shown]


@pytest.fixture
def pair(tell: Tell, held: recall.Recall) -> tuple[Case, Case]:
    first = tell({"what": ["money"], "more": SCRIPT})
    second = tell({"what": ["money"], "more": OTHER_WORDS}, at=NOON + timedelta(minutes=1))
    tell({"what": ["money"], "more": SAME_STORY}, at=NOON + timedelta(minutes=2))
    all_in(held)
    return first, second


@pytest.mark.slow
@pytest.mark.req("DET-16")
def test_two_accounts_in_nearly_the_same_words_are_suggested_to_staff_and_a_person_decides(pair: tuple[Case, Case], anas: Client) -> None:
    first, second = pair
    page = anas.get(f"/cases/{second.pk}/").content.decode()
    told = page.partition("Cases told in nearly the same words")[2].partition("</section>")[0]
    assert f"{first.number}</a> told in nearly the same words" in told
    assert '<option value="same_pattern" selected>' in told
    assert "gift card" not in page
    assert "game card" not in page
    # Nothing follows by itself.
    assert not CaseLink.objects.exists()
    assert not Stacked.objects.exists()
    anas.post(f"/cases/{second.pk}/link/{first.pk}/", {"kind": "same_pattern"})
    page = anas.get(f"/cases/{second.pk}/").content.decode()
    assert "Cases told in nearly the same words" not in page
    assert "same pattern" in page


@pytest.mark.slow
def test_of_more_than_are_shown_the_page_says_how_many_and_the_database_is_asked_of_so_many(
    pair: tuple[Case, Case], tell: Tell, held: recall.Recall, ana: Actor, anas: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for minutes in range(3, 10):
        tell({"what": ["money"], "more": OTHER_WORDS}, at=NOON + timedelta(minutes=minutes))
    all_in(held)
    case = pair[0]
    found = actions.told_alike(case=case, by=ana, now=LATER)
    assert (len(found.shown), found.more, found.is_all) == (5, 3, True)
    page = anas.get(f"/cases/{case.pk}/").content.decode()
    assert "And 3 more, less alike." in page
    # Of more than were weighed nobody knows who may read them: then it says so.
    monkeypatch.setattr("cairndesk.review.actions.retold.MOST_WEIGHED", 6)
    with CaptureQueriesContext(connection) as queries:
        found = actions.told_alike(case=case, by=ana, now=LATER)
    assert (len(found.shown), found.more, found.is_all) == (5, 1, False)
    assert "And at least 1 more, less alike." in anas.get(f"/cases/{case.pk}/").content.decode()
    assert len(queries) < 10
    actions.say_apart(one=case, other=found.shown[0].case, by=ana, now=NOON)
    assert found.shown[0].case.number not in alike(case, ana)


def test_what_a_person_keeps_apart_is_suggested_no_more(pair: tuple[Case, Case], ana: Actor) -> None:
    first, second = pair
    assert (alike(first, ana), alike(second, ana)) == ([second.number], [first.number])
    actions.say_apart(one=first, other=second, by=ana, now=NOON)
    assert alike(first, ana) == alike(second, ana) == []


@pytest.mark.slow
def test_nothing_of_another_house_and_nothing_that_the_reader_could_not_open(
    pair: tuple[Case, Case], tell: Tell, two: Organisation, ana: Actor, sam: Actor, lia: Actor, ola: Actor, held: recall.Recall
) -> None:
    first, second = pair
    theirs = tell({"what": ["money"], "more": SCRIPT}, to=two)
    all_in(held)
    assert alike(theirs, ola) == []
    assert alike(first, ola) == alike(first, lia) == []
    assert alike(first, ana) == [second.number]
    # What somebody else works on, that one reads alone; and whoever may not open this account learns nothing of the other.
    actions.claim(case=second, by=sam, now=NOON)
    assert alike(first, ana) == alike(second, ana) == []
    assert alike(first, sam) == [second.number]
    Case.objects.filter(pk=second.pk).update(stage="queued", claimed_by="", lease_until=None)
    assert alike(first, ana) == [second.number]
    cases.give_grant(case=second, purpose=GrantPurpose.QUEUE, lasts=timedelta(hours=1), by=ana, now=NOON)
    cases.withdraw_grants(case=second, holder=ana.pseudonym, by=sam, now=NOON)
    assert alike(first, ana) == alike(second, ana) == []


@pytest.mark.slow
@pytest.mark.parametrize("age", ["child", "mixed_group"])
@pytest.mark.parametrize("place", [0, 1])
def test_no_case_in_which_a_child_is_or_may_be_a_person_of_concern_is_compared(age: str, place: int, pair: tuple[Case, Case], ana: Actor) -> None:
    cases.add_person(case=pair[place], role="person_of_concern", facts={"actor_age": age}, by=ana, now=NOON)
    assert [alike(case, ana) for case in pair] == [[], []]


@pytest.mark.slow
def test_what_is_erased_is_suggested_no_more_at_once_and_a_locked_desk_suggests_nothing(
    pair: tuple[Case, Case], ana: Actor, sam: Actor, held: recall.Recall, anas: Client
) -> None:
    first, second = pair
    keys = access.keys()
    access.use(None)
    assert alike(second, ana) == []
    assert not held._likeness._sketches
    assert "in nearly the same words" not in anas.get(f"/cases/{second.pk}/").content.decode()
    access.use(keys)
    all_in(held)
    assert alike(second, ana) == [first.number]
    told = first.reports.get().told
    told.erased_at = LATER
    told.save(update_fields=["erased_at"])
    assert alike(second, ana) == []
    told.erased_at = None
    told.save(update_fields=["erased_at"])
    cases.erase_told(case=first, sealed=[told.pk], ground=Ground.ASKED_IN_WRITING, by=sam, now=LATER)
    assert alike(second, ana) == []
    all_in(held, LATER + timedelta(minutes=1))
    assert not held._likeness.near(held._numbers[second.reports.get().told_id])


@pytest.mark.slow
def test_the_page_asks_twice_more_for_it_and_never_over_thirty_times(
    pair: tuple[Case, Case], tell: Tell, enter: Callable[[Person], Client], enrol: Callable[..., Person], one: Organisation, held: recall.Recall
) -> None:
    person = enrol(one, "Ida", Role.ANALYST, Role.SUPERVISOR)
    browser, ida, case = enter(person), as_actor(person), pair[1]
    cases.link_cases(one=case, other=tell(at=NOON + timedelta(minutes=5)), kind="same_event", by=ida, now=NOON)
    for shares in (tell(at=NOON + timedelta(minutes=6)), case):
        cases.add_item(case=shares, kind="url", identifier="https://pictures.example/a", by=ida, now=NOON)
    looks = tell(at=NOON + timedelta(minutes=7))
    AlikeCase.objects.create(organisation_id=one.pk, case=case.pk, other=looks.pk, distance=7, found_at=NOON)
    asked = []
    for has in (True, False):
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(f"/cases/{case.pk}/").content.decode()
        assert ("in nearly the same words" in page) is has
        assert "7 of 256 bits differ" in page
        assert "shares: " in page
        asked.append(len(queries))
        held.lock()
    assert asked[0] == asked[1] + 2
    assert max(asked) <= 30, asked
