"""Whether everybody is treated alike: what the comparison finds when somebody is not, what it withholds, and what it says of itself."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests.insight.conftest import Hold
from tests.support.cast import NOON

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.actions import add_item, add_person, move
from cairndesk.cases.models import Case, Incident, Report, StageChange
from cairndesk.cases.rules import Stage
from cairndesk.insight import queries, words
from cairndesk.insight.queries import Compared
from cairndesk.triage.models import Override
from cairndesk.triage.rules.overriding import Why

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=3)
PROMISED = timedelta(hours=4)


def looked(cases: list[Case], *, after: timedelta) -> None:
    """Somebody took each of them this long after it came; four hours had been promised."""
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(due_at=NOON + PROMISED)
    StageChange.objects.bulk_create(StageChange(case=case, after=Stage.QUEUED, actor="work", at=NOON) for case in cases)
    StageChange.objects.bulk_create(StageChange(case=case, after=Stage.REVIEWING, actor="p", at=NOON + after) for case in cases)


def set_by_hand(cases: list[Case], *, seen: int, level: int) -> None:
    told = dict(Report.objects.filter(case__in=cases).values_list("case", "told"))
    made = {"seen": seen, "level": level, "why": Why.OTHER, "actor": "p", "at": NOON}
    Override.objects.bulk_create(Override(case=case, words_id=told[case.pk], **made) for case in cases)


def compare(one: Organisation, name: str) -> Compared:
    return next(found for found in queries.fairness(one.pk, now=LATER) if found.table.id == f"triage_by_{name}")


def part(one: Compared, split: str, code: str) -> dict[str, int | None]:
    held = next(found for found in one.table.splits if found.id == split)
    return {column: count for column, count in zip(held.columns, held.rows[code], strict=True) if count != 0}


@pytest.fixture
def biased(hold: Hold) -> None:
    """Whoever writes English is looked at in an hour; whoever writes Arabic waits a day and is set lower by hand."""
    english, arabic = hold(60), hold(60, language="ar", source="friend")
    looked(english, after=timedelta(hours=1))
    looked(arabic[:40], after=timedelta(hours=24))
    set_by_hand(arabic, seen=3, level=4)


@pytest.mark.req("PRI-05")
def test_a_group_that_waits_longer_and_is_set_lower_by_hand_stands_out(biased: None, one: Organisation) -> None:
    found = compare(one, "language")
    assert part(found, "first_look", "en") == {"in_time": 60}
    # Twenty that nobody has looked at are late as well: who is never looked at must not look quick.
    assert part(found, "first_look", "ar") == {"late": 60}
    assert (part(found, "by_hand", "en"), part(found, "by_hand", "ar")) == ({"not_changed": 60}, {"lowered": 60})
    assert (found.medians["en"], found.medians["ar"]) == (1.0, 24.0)


@pytest.mark.req("PRI-05", "PRI-13")
def test_a_small_group_is_not_named_and_nobody_can_reckon_it(biased: None, hold: Hold, one: Organisation, two: Organisation, aud: Client) -> None:
    hold(3, language="fil")
    hold(30, of=two, language="fr")
    found = compare(one, "language")
    assert {cell.code for cell in found.table.cells} == {"ar", "en", "others", "none_yet"}
    counts = {cell.code: cell.count for cell in found.table.cells}
    assert counts["others"] is None
    # One of the large groups is withheld with it, so that the total gives nothing away.
    assert [count for count in counts.values() if count] == [60]
    hidden = next(code for code in ("ar", "en") if counts[code] is None)
    assert found.medians[hidden] is found.medians["others"] is None
    page = aud.get(reverse("insight:fairness")).content.decode()
    assert "fil" not in page.lower().split()
    assert "French" not in page


@pytest.mark.req("PRI-05")
def test_cases_are_grouped_by_teller_and_by_the_country_and_gender_of_the_child(hold: Hold, one: Organisation) -> None:
    boys, girls = hold(20, gender="boy_or_man"), hold(20, gender="girl_or_woman", source="friend")
    for cases, country in ((boys, "DE"), (girls, "PH")):
        Incident.objects.bulk_create(Incident(case=case, described_at=NOON, country_child=country, taxonomy="2026.1") for case in cases)
    looked(boys, after=timedelta(hours=1))
    looked(girls, after=timedelta(hours=9))
    for name, first, second in (("source", "child", "friend"), ("country", "DE", "PH"), ("gender", "boy_or_man", "girl_or_woman")):
        found = compare(one, name)
        assert (part(found, "first_look", first), part(found, "first_look", second)) == ({"in_time": 20}, {"late": 20}), name
    assert {cell.code: cell.count for cell in compare(one, "channel").table.cells if cell.count} == {"portal": 40}


@pytest.mark.slow
@pytest.mark.req("PRI-05")
def test_cases_are_grouped_by_who_is_responsible_and_by_whether_the_material_is_real(hold: Hold, one: Organisation, sam: Actor) -> None:
    at_home, peers, unsaid = hold(20), hold(20), hold(20)
    for cases, relation, authenticity in ((at_home, "parent", "real"), (peers, "peer", "fully_synthetic")):
        for case in cases:
            add_person(case=case, role="person_of_concern", facts={"relation": relation}, by=SYSTEM, now=NOON)
            add_item(case=case, kind="url", identifier="https://pics.example/", facts={"authenticity": authenticity}, by=SYSTEM, now=NOON)
    looked([*at_home, *unsaid], after=timedelta(hours=1))
    looked(peers, after=timedelta(hours=9))
    for name, first, second in (("relation", "parent", "peer"), ("authenticity", "real", "fully_synthetic")):
        found = compare(one, name)
        assert (part(found, "first_look", first), part(found, "first_look", second)) == ({"in_time": 20}, {"late": 20}), name
        assert {cell.code: cell.count for cell in found.table.cells if cell.count} == {first: 20, second: 20, "not_known": 20}


@pytest.mark.slow
def test_a_priority_set_afterwards_makes_no_late_look_early(hold: Hold, one: Organisation, sam: Actor) -> None:
    cases = hold(20)
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(stage=Stage.QUEUED, due_at=NOON + PROMISED)
    for case in cases:
        move(case=case, to=Stage.REVIEWING, by=sam, now=NOON + timedelta(hours=9))
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(due_at=NOON + timedelta(days=2))
    assert part(compare(one, "language"), "first_look", "en") == {"late": 20}


@pytest.mark.slow
@pytest.mark.req("PRI-05")
def test_the_page_and_every_file_say_what_it_cannot_show(biased: None, aud: Client) -> None:
    page = aud.get(reverse("insight:fairness")).content.decode()
    assert all(f"<li>{limit}</li>" in page for limit in words.LIMITS)
    assert page.count("<caption>") == len(words.FAIRNESS)
    for name in words.FAIRNESS:
        rows = list(csv.reader(io.StringIO(aud.get(reverse("insight:export", args=[name])).content.decode())))
        assert rows[0][-1] == words.MEDIAN_LOOK
        assert {line[1] for line in rows if line[0] == "note"} >= set(words.LIMITS)
