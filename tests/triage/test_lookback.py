"""A case that came in before meets what is new on a list, is weighed again, and says that it was met later."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from tests.support.cast import NOON

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.actions import Named, ReportFacts, add_item, add_person, open_case
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.lib import clock
from cairndesk.signals import jobs as signals
from cairndesk.signals import shelf
from cairndesk.signals.actions import import_list
from cairndesk.signals.engine.lists import Format, parse
from cairndesk.signals.models import Match, MetLater, Seen, SeenBatch
from cairndesk.signals.rules import MayLeadTo, Papers, Standing
from cairndesk.triage import jobs
from cairndesk.triage.actions import assess
from cairndesk.triage.queries import matched_later, to_assess

PAPERS = {
    "name": "Partner list", "owner": "Cairn Desk Two", "agreement": "A-7", "terms": "Matching only.", "provenance": "Sealed disk.",
    "received_on": date(2026, 1, 1), "expires_on": date(2027, 1, 1), "may_lead_to": MayLeadTo.PRIORITY,
}  # fmt: skip
LINK, DIGEST = "https://pics.example/one", "d" * 32
Listing = Callable[..., None]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"data": tmp_path})
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=2))
    yield
    shelf.of.cache_clear()


@pytest.fixture
def put_on_list(one: Organisation, sam: Actor) -> Listing:
    def putting(*values: str) -> None:
        rows = parse(BytesIO("\n".join(["value", *values]).encode()), Format.CSV, {"value": "value"})
        import_list(organisation=one.pk, papers=Papers(**PAPERS), rows=rows, by=sam, now=NOON + timedelta(hours=1))

    return putting


def opened(one: Organisation, *named: Named, words: str = "") -> Case:
    told = {"answers": {"what": ["found"], "more": words}}
    facts = ReportFacts(source="platform", channel="api", path="friend", language="en", told=told, named=named)
    case = open_case(organisation=one, report=facts, by=SYSTEM, now=NOON)
    assert jobs.assess() == 1
    case.refresh_from_db()
    return case


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("listed", [LINK, "pics.example", "https://pics.example/*", "md5:" + DIGEST])
def test_a_new_entry_finds_what_came_in_before_and_makes_it_more_urgent(ring: object, one: Organisation, put_on_list: Listing, listed: str) -> None:
    case = opened(one, Named("url", LINK), Named("media", DIGEST, hash_kind="md5"))
    other = opened(one, Named("url", "https://other.example/"))
    before = case.priority
    put_on_list(listed)
    assert to_assess(now=clock.now(), most=9) == []
    signals.look_back()
    assert jobs.assess() == 1
    case.refresh_from_db()
    assert [match.case for match in Match.objects.all()] == [case.pk]
    assert case.priority < before
    assert "listed" in case.assessments.last().reasons
    assert not Match.objects.filter(case=other.pk)
    # Looked at once is enough, and doing it all again doubles nothing.
    assert (jobs.assess(), signals.look_back(), MetLater.objects.count(), Match.objects.count()) == (0, 0, 0, 1)


@pytest.mark.django_db
def test_what_stands_in_the_words_alone_is_found_too(ring: object, one: Organisation, put_on_list: Listing) -> None:
    case = opened(one, words=f"I saw it at {LINK} and told my teacher.")
    assert not case.items.exists()
    put_on_list(LINK)
    signals.look_back()
    jobs.assess()
    assert case.items.count() == Match.objects.filter(case=case.pk).count() == 1


@pytest.mark.django_db
def test_who_tells_something_now_does_not_wait_for_cases_that_a_list_meets(ring: object, one: Organisation, put_on_list: Listing) -> None:
    old = [opened(one, Named("url", LINK)) for _ in range(2)]
    put_on_list(LINK)
    signals.look_back()
    facts = ReportFacts(source="friend", channel="portal", path="friend", language="en", told={"answers": {}})
    new = open_case(organisation=one, report=facts, by=SYSTEM, now=NOON)
    first, second = to_assess(now=clock.now(), most=2)
    assert first.pk == new.pk
    assert second.pk in {case.pk for case in old}


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("stage", [Stage.CLASSIFIED, Stage.CLOSED])
def test_a_case_that_was_decided_before_stands_on_the_first_screen_until_somebody_decides_again(
    ring: object, one: Organisation, ana: Actor, ola: Actor, put_on_list: Listing, stage: Stage
) -> None:
    case, waiting = opened(one, Named("url", LINK)), opened(one, Named("url", LINK))
    Case.objects.filter(pk=case.pk).update(stage=stage, stage_since=NOON + timedelta(minutes=1))
    put_on_list(LINK)
    signals.look_back()
    jobs.assess()
    assert Match.objects.filter(case=waiting.pk).exists()
    assert [found.pk for found in matched_later(by=ana)] == [case.pk]
    assert list(matched_later(by=ola)) == []
    case.refresh_from_db()
    assert case.stage == stage
    Match.objects.update(standing=Standing.CONFIRMED)
    assert list(matched_later(by=ana)) == []


@pytest.mark.slow
@pytest.mark.django_db
def test_cases_that_no_look_back_knows_are_remembered_anew(ring: object, one: Organisation, put_on_list: Listing) -> None:
    case = opened(one, Named("url", LINK))
    # As before this version, or after a batch was damaged.
    SeenBatch.objects.all().delete()
    put_on_list(DIGEST)
    signals.look_back()
    assert (jobs.remember(), jobs.remember()) == (1, 0)
    put_on_list(LINK)
    signals.look_back()
    jobs.assess()
    assert Match.objects.filter(case=case.pk).count() == 1


@pytest.mark.slow
@pytest.mark.django_db
def test_what_is_added_to_a_case_is_known_to_a_look_back_as_well(ring: object, one: Organisation, sam: Actor, put_on_list: Listing) -> None:
    case = opened(one, Named("url", LINK))
    add_item(case=case, kind="url", identifier="https://later.example/", by=SYSTEM, now=NOON)
    Seen.objects.filter(case=case.pk).delete()
    jobs.remember()
    put_on_list("https://later.example/")
    signals.look_back()
    jobs.assess()
    assert Match.objects.filter(case=case.pk).count() == 1


@pytest.mark.slow
@pytest.mark.django_db
def test_what_is_that_of_a_child_who_may_have_harmed_another_is_asked_of_no_list(ring: object, one: Organisation, put_on_list: Listing) -> None:
    """Neither now nor later, neither what was named nor what stands in the words; what was seen of others goes on being met."""
    phone, written = "+4915550100", "+4915550101"
    case = opened(one, Named("url", LINK), Named("phone", phone), words=f"Their other number is {written}.")
    put_on_list(LINK, "phone:" + written)
    add_person(case=case, role="person_of_concern", facts={"actor_age": "child"}, by=SYSTEM, now=NOON)
    assess(case=case, by=SYSTEM, now=clock.now())
    put_on_list("phone:" + phone)
    signals.look_back()
    jobs.assess()
    assert [match.entry.kind for match in Match.objects.filter(case=case.pk)] == ["url"]
    assert {item.kind for item in case.items.all()} == {"url", "phone"}
    [kept] = Seen.objects.filter(case=case.pk)
    assert kept.batch is not None
    # Nothing of it stays in a batch either: that of before was sealed anew without it.
    assert SeenBatch.objects.filter(organisation=one).count() == 1
