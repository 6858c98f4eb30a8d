"""What looks like something classified already, here or on a list whose papers say how near, is decided together without being shown."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from tests.review.test_pages import Enter, enter
from tests.review.test_stacks import Report, ana, carried, classified, decide, report
from tests.support.cast import NOON, actor

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Actor, Role
from cairndesk.cases.actions import Named, add_item, add_person
from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.review.models import Classification
from cairndesk.review.queries.stacks import weigh
from cairndesk.review.rules.stacks import Out
from cairndesk.signals import jobs as signals
from cairndesk.signals import shelf
from cairndesk.signals.actions import import_list
from cairndesk.signals.engine.identifiers import Kind, normalise
from cairndesk.signals.engine.lists import Row
from cairndesk.signals.errors import ListRefused
from cairndesk.signals.models import HashList, Match
from cairndesk.signals.rules import MayLeadTo, Papers, check_papers
from cairndesk.triage.actions import take_in
from cairndesk.triage.models import Stacked
from cairndesk.triage.queries import waiting_under, wholly_listed

__all__ = ["ana", "enter", "report"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
FIRST, SECOND, GRAVER = "5a" * 32, "c3" * 32, "69" * 32
PAPERS = Papers(
    name="Agreed list",
    owner="Two",
    agreement="A-7",
    terms="Two people agreed.",
    provenance="Disk.",
    received_on=date(2026, 1, 1),
    expires_on=date(2027, 1, 1),
    may_lead_to=MayLeadTo.BATCH,
    batch_within=8,
    batch_source="Measured by the owner, agreement A-7, annex 2",
)


def near(value: str, bits: int) -> str:
    """`value` with so many of its bits turned over."""
    return f"{int(value, 16) ^ ((1 << bits) - 1):064x}"


def picture(value: str, bits: int = 0) -> Named:
    return Named("media", near(value, bits), hash_kind="pdq")


@pytest.fixture
def take() -> Iterator[Callable[..., HashList]]:
    def taking(organisation: Organisation, **said: object) -> HashList:
        rows = [
            Row(place, (normalise(Kind.PDQ, one),), label=label)
            for place, (one, label) in enumerate(((FIRST, "A1"), (SECOND, "A1"), (GRAVER, "A2"), (near(GRAVER, 6), "A3")), start=1)
        ]
        by = actor(organisation, "Sam", Role.SUPERVISOR)
        papers = replace(PAPERS, **said)  # type: ignore[arg-type]
        import_list(organisation=organisation.pk, papers=papers, rows=rows, by=by, now=NOON - timedelta(days=1))
        return HashList.objects.get(organisation=organisation, name=papers.name)

    yield taking
    shelf.of.cache_clear()


@pytest.fixture
def seen(report: Report) -> Callable[..., Case]:
    """A case with a picture of which the desk has seen how plain it is."""

    def seeing(*named: Named, quality: int | None = 90) -> Case:
        case = report(*named)
        Match.objects.filter(case=case.pk).update(quality=quality)
        take_in(case=case, now=NOON)
        return case

    return seeing


def outs(lead: Case) -> list[Out | None]:
    return [one.out for one in weigh(list(waiting_under(lead, by=SYSTEM)), lead=lead, now=NOON)]


def test_what_looks_like_what_is_listed_is_decided_with_it_and_says_by_how_many_bits(
    take: Callable[..., HashList], seen: Callable[..., Case], ana: Actor, enter: Enter, enrol: Callable[..., Person], one: Organisation
) -> None:
    listed = take(one)
    lead = classified(seen(picture(FIRST, 2)), ana)
    case, edge, beyond = seen(picture(SECOND, 5)), seen(picture(SECOND, 8)), seen(picture(SECOND, 9))
    assert [(row.case, row.lead, row.because) for row in Stacked.objects.order_by("case__opened_at")] == [
        (case, lead, ["listed"]),
        (edge, lead, ["listed"]),
    ]
    held = wholly_listed([lead.pk, edge.pk, beyond.pk], on=NOON.date())
    assert held == {lead.pk: {(listed.pk, "A1"): 2}, edge.pk: {(listed.pk, "A1"): 8}, beyond.pk: {}}
    browser: Client = enter(enrol(one, "Bea", Role.ANALYST))
    page = browser.get(reverse("review:stack", args=[lead.pk])).content.decode()
    assert "calls both “A1”, by pictures that look like what is listed: up to 5 of 256 bits differ" in page
    assert "up to 8 of 256 bits differ" in page
    assert "a picture up to 8 of 256 bits apart, by: <bdi>Measured by the owner" in browser.get(reverse("signals:lists")).content.decode()
    assert carried(decide(lead=lead, by=ana, now=NOON).decision) == {case.number: "followed", edge.number: "followed"}
    made = Classification.objects.get(case=case)
    assert {name: code for name, code in made.features.items() if code != "not_asked"} == {"shows_abuse": "yes", "novelty": "known_variant"}
    assert (made.severity, list(made.harms)) == ("c", ["material_distribution"])


@pytest.mark.parametrize(
    ("said", "named", "quality"),
    [
        ({"batch_within": 0, "batch_source": ""}, picture(SECOND, 1), 90),
        ({}, picture(SECOND, 9), 90),
        ({}, picture(SECOND, 1), 49),
        ({}, picture(SECOND, 1), None),
        ({}, picture(GRAVER, 3), 90),
        ({}, picture(GRAVER, 0), 90),
    ],
    ids=["not in the papers", "further", "plain", "of unknown plainness", "between two labels", "as near to another label"],
)
def test_what_is_not_sure_to_be_what_is_listed_is_looked_at(
    said: dict[str, object], named: Named, quality: int | None, take: Callable[..., HashList], seen: Callable[..., Case], one: Organisation
) -> None:
    take(one, **said)
    seen(picture(FIRST), quality=90)
    case = seen(named, quality=quality)
    assert Match.objects.filter(case=case.pk).exists()
    assert wholly_listed([case.pk], on=NOON.date())[case.pk] == {}
    assert not Stacked.objects.exists()


def test_of_a_case_everything_must_be_listed_and_a_frame_of_a_video_says_nothing(
    take: Callable[..., HashList], seen: Callable[..., Case], one: Organisation
) -> None:
    take(one)
    seen(picture(FIRST, 1))
    both, more, frame = seen(picture(FIRST, 3), picture(SECOND, 4)), seen(picture(FIRST, 3), picture("00ff" * 16)), seen(picture(SECOND, 1))
    Match.objects.filter(case=frame.pk).update(frames=1, frames_of=4)
    take_in(case=frame, now=NOON)
    assert [bits for held in wholly_listed([both.pk], on=NOON.date()).values() for bits in held.values()] == [4]
    assert wholly_listed([more.pk, frame.pk], on=NOON.date()) == {more.pk: {}, frame.pk: {}}
    assert list(Stacked.objects.values_list("case", flat=True)) == [both.pk]


@pytest.mark.parametrize("what", ["narrower", "more shown", "child of concern", "child told", "danger"])
def test_what_changes_before_it_is_carried_out_holds_it_out(
    what: str, take: Callable[..., HashList], seen: Callable[..., Case], ana: Actor, one: Organisation
) -> None:
    take(one)
    lead = classified(seen(picture(FIRST, 2)), ana)
    case = seen(picture(SECOND, 5))
    assert outs(lead) == [None]
    done = decide(lead=lead, by=ana, now=NOON)
    if what == "narrower":
        HashList.objects.update(batch_within=4)
    elif what == "more shown":
        add_item(case=case, kind="url", identifier="https://pics.driftwood.example/1", by=SYSTEM, now=NOON)
    elif what == "child of concern":
        add_person(case=case, role="person_of_concern", facts={"actor_age": "child"}, by=SYSTEM, now=NOON)
    elif what == "child told":
        case.reports.update(source="child")
    else:
        Case.objects.filter(pk=case.pk).update(priority=1)
    [why] = carried(done.decision).values()
    assert why in {Out.NEW_SIGN, Out.UNREAD, Out.DANGER}
    case.refresh_from_db()
    assert case.stage == Stage.QUEUED


@pytest.mark.parametrize(
    "said",
    [{"batch_within": 12, "distance": 11}, {"batch_within": -1}, {"batch_source": " "}, {"may_lead_to": MayLeadTo.ACTION}],
)
def test_a_figure_without_a_source_or_beyond_the_list_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ListRefused, match="batch_within"):
        check_papers(replace(PAPERS, **said), today=NOON.date())  # type: ignore[arg-type]
    check_papers(PAPERS, today=NOON.date())
    check_papers(replace(PAPERS, batch_within=0, batch_source="", may_lead_to=MayLeadTo.LEAD), today=NOON.date())


def test_the_database_keeps_no_figure_without_a_source(take: Callable[..., HashList], one: Organisation) -> None:
    take(one)
    for wrong in ({"batch_source": ""}, {"batch_within": 32}, {"may_lead_to": MayLeadTo.LEAD}):
        with pytest.raises(IntegrityError), transaction.atomic():
            HashList.objects.update(**wrong)


@pytest.mark.parametrize("stage", [Stage.CLASSIFIED, Stage.CLOSED])
def test_a_new_case_that_looks_like_one_classified_or_closed_here_is_decided_with_it_and_not_shown(
    stage: Stage, report: Report, ana: Actor, enter: Enter, enrol: Callable[..., Person], one: Organisation
) -> None:
    lead = classified(report(picture(FIRST)), ana)
    if stage is Stage.CLOSED:
        Case.objects.filter(pk=lead.pk).update(stage=stage, closed_at=NOON)
    case = report(picture(FIRST, 7))
    signals.find_alike()
    take_in(case=case, now=NOON)
    held = Stacked.objects.get()
    assert (held.case, held.lead, held.because, held.distance) == (case, lead, ["picture"], 7)
    browser: Client = enter(enrol(one, "Bea", Role.ANALYST))
    listed = browser.get(reverse("review:stacks")).content.decode()
    assert listed.index("Decided already") < listed.index(lead.number) < listed.index("Not decided yet")
    assert carried(decide(lead=lead, by=ana, now=NOON).decision) == {case.number: "followed"}
    case.refresh_from_db()
    assert case.stage == Stage.CLASSIFIED
    made = Classification.objects.get(case=case)
    assert (made.taken_from.case, made.features["novelty"]) == (lead, "known_variant")
