"""Groups, campaigns and patterns hold cases together: by people alone, for a reason that stays, and never about a child."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.review.conftest import as_actor
from tests.review.test_pages import Enter, enter
from tests.review.test_stacks import Report, report
from tests.support.cast import NOON

from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Actor, Proof, Role
from cairndesk.cases import actions
from cairndesk.cases.errors import ChildStaysUnlisted, NoGrant, NotOfThisOrganisation
from cairndesk.cases.models import Case, CasePerson, GroupedCase, Grouping
from cairndesk.cases.queries import groupings_of, suggested_groupings
from cairndesk.cases.rules.erasing import Ground
from cairndesk.cases.rules.groupings import _FIRST, _SECOND, GONE, KINDS, STATES, WHY, Gone, GroupingKind, GroupingState, Why, joined, name_of
from cairndesk.cases.rules.holding import HoldGround
from cairndesk.custody.actions import erase
from cairndesk.custody.queries import entries_about
from cairndesk.response.queries import extent_of
from cairndesk.retention.queries.extent import sealed_of

__all__ = ["enter", "report"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
WORDS = "The same script, and payment by the same wallet. سلام"


@pytest.fixture
def sam(enrol: Callable[..., Person], one: Organisation) -> Actor:
    return as_actor(enrol(one, "Sam", Role.SUPERVISOR))


@pytest.fixture
def sams(sam: Actor, enter: Enter) -> Client:
    return enter(Person.objects.get(pk=sam.id))


def make(*cases: Case, by: Actor, kind: GroupingKind = GroupingKind.CAMPAIGN) -> Grouping:
    return actions.make_grouping(cases=cases, kind=kind, why=Why.SCRIPT, by=by, now=NOON)


def link(one: Case, other: Case, by: Actor) -> None:
    actions.link_cases(one=one, other=other, kind="same_pattern", by=by, now=NOON)


def events(case: Case) -> list[str]:
    return [entry.event for entry in entries_about(case.pk) if "grouped" in entry.event]


def page_of(browser: Client, name: str, *args: object) -> str:
    answer = browser.get(reverse(f"review:{name}", args=args))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.req("INV-18")
def test_a_person_makes_a_group_a_campaign_or_a_pattern_of_what_people_linked_and_reads_it_as_a_table(
    report: Report, sam: Actor, sams: Client, django_assert_max_num_queries: Any
) -> None:
    first, second, third, alone = report(), report(), report(), report()
    assert suggested_groupings(sam) == [], "cases that share an address are suggested to nobody before a person has linked them"
    link(first, second, sam)
    link(second, third, sam)
    assert [{one.pk for one in some} for some in suggested_groupings(sam)] == [{first.pk, second.pk, third.pk}]
    assert f"?case={first.pk}" in page_of(sams, "case", first.pk)
    assert f"?case={first.pk}" in page_of(sams, "graph", first.pk)
    with django_assert_max_num_queries(30):
        listed = sams.get(reverse("review:groupings") + f"?case={first.pk}").content.decode()
    assert set(re.findall(r'name="cases" value="([0-9a-f-]{36})"', listed)) == {str(one.pk) for one in (first, second, third)}
    assert not Grouping.objects.exists(), "nothing is made by looking"
    made = sams.post(reverse("review:make-grouping"), {"cases": [first.pk, second.pk, third.pk], "kind": "campaign", "why": "link"})
    kept = Grouping.objects.get()
    assert made["Location"] == reverse("review:grouping", args=[kept.pk])
    assert suggested_groupings(sam) == [], "what a record holds is suggested no more"
    change = {"kind": "pattern", "state": "quiet", "first_seen": "2026-01-02", "last_seen": "2026-02-03"}
    sams.post(reverse("review:change-grouping", args=[kept.pk]), change)
    sams.post(reverse("review:group-case", args=[kept.pk]), {"number": alone.number.lower(), "why": "payment"})
    sams.post(reverse("review:ungroup", args=[kept.pk]), {"case": second.pk, "gone": "other"})
    with django_assert_max_num_queries(30):
        page = page_of(sams, "grouping", kept.pk)
    table = page[page.index("<tbody>") : page.index("</tbody>")]
    assert re.findall(r'class="id" href="[^"]+">(\S+)</a>', table) == [first.number, third.number, alone.number]
    assert WHY[Why.PAYMENT] in table
    assert all(words in page for words in ("Pattern", STATES[GroupingState.QUIET], "2026-01-02 to 2026-02-03", "3, of them 3 open", GONE[Gone.OTHER]))
    kept.refresh_from_db()
    assert (kept.kind, kept.state, kept.first_seen, kept.last_seen) == ("pattern", "quiet", date(2026, 1, 2), date(2026, 2, 3))
    assert [(one.cases, one.open_cases) for one in groupings_of(sam.home)] == [(3, 3)]
    assert events(second) == ["cases.case.grouped", "cases.case.ungrouped"]
    assert [entry.actor for entry in entries_about(second.pk) if entry.event == "cases.case.grouped"] == [sam.pseudonym]
    out = GroupedCase.objects.get(case=second)
    assert (out.removed_by, out.gone, out.why) == (sam.pseudonym, "other", "link"), "who put it in, who took it out and why stays"
    with django_assert_max_num_queries(30):
        page_of(sams, "groupings")


@pytest.mark.req("INV-18")
def test_where_somebody_of_concern_is_or_may_be_a_child_the_case_is_in_no_record_and_leaves_every_one(
    report: Report, sam: Actor, sams: Client
) -> None:
    first, second, third, spared = report(), report(), report(), report()
    adult = actions.add_person(case=third, role="person_of_concern", facts={"actor_age": "adult"}, by=sam, now=NOON)
    actions.add_person(case=spared, role="person_of_concern", facts={"actor_age": "child"}, by=sam, now=NOON)
    for one, other in ((first, spared), (spared, second)):
        link(one, other, sam)
    assert suggested_groupings(sam) == [], "it joins nothing either"
    with pytest.raises(ChildStaysUnlisted):
        make(first, spared, by=sam)
    assert sams.post(reverse("review:make-grouping"), {"cases": [spared.pk], "kind": "group", "why": "link"}).status_code == ChildStaysUnlisted.status
    assert not Grouping.objects.exists()
    kept = make(first, second, third, by=sam)
    actions.describe_grouping(grouping=kept, words=WORDS, by=sam, now=NOON)
    actions.amend_person(person=adult, facts={"actor_age": "mixed_group"}, by=sam, now=NOON)
    assert {one.case_id for one in kept.members.filter(removed_at=None)} == {first.pk, second.pk}
    assert GroupedCase.objects.get(case=third).gone == Gone.CHILD
    assert actions.open_grouping(grouping=kept, by=sam, now=NOON) == "", "what was written when it was in it opens no more"
    assert events(third)[-1] == "cases.case.ungrouped"
    actions.add_person(case=second, role="person_of_concern", facts={"actor_age": "child"}, by=sam, now=NOON)
    assert {one.case_id for one in kept.members.filter(removed_at=None)} == {first.pk}
    names = {field.name for model in (Grouping, GroupedCase) for field in model._meta.get_fields() if field.related_model is CasePerson}
    assert names == set(), "a record names no people"


@pytest.mark.req("INV-18")
def test_no_machine_makes_one_and_nobody_of_another_organisation_sees_it(
    report: Report, sam: Actor, enrol: Callable[..., Person], one: Organisation, two: Organisation, enter: Enter
) -> None:
    first, second, elsewhere = report(), report(), report(to=two)
    for machine in (SYSTEM, Actor(None, "0" * 8, sam.organisation, sam.roles, Proof.API, "a key")):
        with pytest.raises((NotPermitted, OtherOrganisation)):
            make(first, by=machine)
    with pytest.raises(NotPermitted):
        make(first, by=as_actor(enrol(one, "Cal", Role.CALL_TAKER)))
    with pytest.raises((NotOfThisOrganisation, OtherOrganisation)):
        make(first, elsewhere, by=sam)
    kept = make(first, second, by=sam)
    others = enter(enrol(two, "Ola", Role.SUPERVISOR))
    assert others.get(reverse("review:grouping", args=[kept.pk])).status_code == 404
    assert kept.name not in others.get(reverse("review:groupings")).content.decode().lower()
    assert others.post(reverse("review:grouping-words", args=[kept.pk])).status_code == 404
    assert Client().get(reverse("review:groupings")).status_code == 302
    calls = enter(Person.objects.get(name="Cal"))
    assert "<select" not in calls.get(reverse("review:grouping", args=[kept.pk])).content.decode()
    assert calls.post(reverse("review:ungroup", args=[kept.pk]), {"case": first.pk, "gone": "other"}).status_code == 403


@pytest.mark.req("INV-18")
def test_the_description_is_sealed_opens_to_who_is_on_a_case_and_goes_with_the_first_case_that_is_erased(
    report: Report, sam: Actor, sams: Client, enrol: Callable[..., Person], one: Organisation
) -> None:
    first, second = report(), report()
    kept = make(first, second, by=sam)
    sams.post(reverse("review:describe-grouping", args=[kept.pk]), {"words": "An earlier wording."})
    earlier = kept.members.first()
    assert earlier is not None
    sams.post(reverse("review:describe-grouping", args=[kept.pk]), {"words": WORDS})
    assert WORDS not in page_of(sams, "grouping", kept.pk)
    assert WORDS in sams.post(reverse("review:grouping-words", args=[kept.pk])).content.decode()
    assert "cases.grouping.opened" in {entry.event for entry in entries_about(first.pk)}
    outsider = as_actor(enrol(one, "Lia", Role.LIAISON))
    with pytest.raises(NoGrant):
        actions.open_grouping(grouping=kept, by=outsider, now=NOON)
    held = set(kept.members.values_list("words", flat=True))
    assert len(held) == 1
    assert earlier.words_id not in held
    # Whichever case is erased, by a wish or by the schedule, takes it along.
    assert all(held <= set(extent_of(case).sealed) for case in (first, second))
    assert all(held <= set().union(*sealed_of(case).values()) for case in (first, second))
    erase(items=[pk for pk in extent_of(second).sealed if pk in held], now=NOON)
    assert actions.open_grouping(grouping=kept, by=sam, now=NOON) == ""
    assert "or it was erased" in page_of(sams, "grouping", kept.pk)
    assert kept.members.filter(removed_at=None).count() == 2, "that they are in it stays, in codes"
    actions.describe_grouping(grouping=kept, words="Written anew.", by=sam, now=NOON)
    assert actions.open_grouping(grouping=kept, by=sam, now=NOON) == "Written anew."


def test_days_out_of_order_and_a_number_that_is_none_come_back_with_what_is_wrong(report: Report, sam: Actor, sams: Client) -> None:
    kept = make(report(), by=sam)
    wrong = {"kind": "group", "state": "ended", "first_seen": "2026-02-03", "last_seen": "2026-01-02"}
    answer = sams.post(reverse("review:change-grouping", args=[kept.pk]), wrong)
    assert (answer.status_code, "Put the two days in order" in answer.content.decode()) == (422, True)
    answer = sams.post(reverse("review:group-case", args=[kept.pk]), {"number": "NONE-0000", "why": "link"})
    assert (answer.status_code, "has that number" in answer.content.decode()) == (422, True)
    assert sams.post(reverse("review:make-grouping"), {"kind": "group", "why": "link"}).status_code == 302
    assert sams.post(reverse("review:ungroup", args=[kept.pk]), {"case": kept.pk, "gone": "other"}).status_code == 404
    assert Grouping.objects.count() == 1


def test_a_case_is_put_into_a_record_from_its_own_page_once(report: Report, sam: Actor, sams: Client) -> None:
    kept, other = make(report(), by=sam), report()
    page = sams.get(reverse("review:groupings") + f"?case={other.pk}").content.decode()
    assert f'value="{kept.pk}"' in page
    for _ in range(2):
        sams.post(reverse("review:join-grouping", args=[other.pk]), {"grouping": kept.pk, "why": "method"})
    assert kept.members.filter(case=other).count() == 1
    assert kept.name.capitalize() in sams.get(reverse("review:groupings") + f"?case={other.pk}").content.decode()


def test_names_are_neutral_words_that_nobody_types_and_no_two_are_the_same() -> None:
    many = len(_FIRST) * len(_SECOND)
    drawn = [name_of(number) for number in range(many + 40)]
    assert len(set(drawn)) == len(drawn)
    assert all(set(name.split()) <= {*_FIRST, *_SECOND, "2"} for name in drawn)
    assert set(KINDS) == set(GroupingKind)


def test_what_is_joined_through_others_is_one_set() -> None:
    assert joined([(1, 2), (3, 4), (2, 5), (5, 6)]) == [{1, 2, 5, 6}, {3, 4}]
    assert joined([(1, 2), (3, 4), (2, 3)]) == [{1, 2, 3, 4}]
    assert joined([]) == []


@pytest.mark.req("INV-18")
def test_the_description_stays_while_another_of_its_cases_is_on_hold_and_goes_once_that_is_lifted(report: Report, sam: Actor) -> None:
    first, second, third = report(), report(), report()
    kept = make(first, second, third, by=sam)
    actions.describe_grouping(grouping=kept, words=WORDS, by=sam, now=NOON)
    words = {pk for pk in kept.members.values_list("words", flat=True) if pk}
    on = (NOON + timedelta(days=30)).date()
    holds = [
        actions.place_hold(case=case, ground=HoldGround.AUTHORITY, why="An authority asked.", review_on=on, by=sam, now=NOON)
        for case in (second, third)
    ]
    assert not words & set(extent_of(first).sealed)
    assert not words & set().union(*sealed_of(first).values())
    # Its own hold is asked about before anything of a case goes.
    actions.lift_hold(hold=holds[1], by=sam, now=NOON)
    assert words <= set(extent_of(second).sealed)
    Case.objects.filter(pk=first.pk).update(erased_at=NOON, erased_because=Ground.ASKED_IN_WRITING)
    assert actions.open_grouping(grouping=kept, by=sam, now=NOON) == WORDS
    actions.lift_hold(hold=holds[0], by=sam, now=NOON)
    assert actions.open_grouping(grouping=kept, by=sam, now=NOON) == ""
