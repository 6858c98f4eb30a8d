"""Whoever was taken off a case, or has a part of it only, meets neither its number nor what it shares in any list, search or suggestion."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from tests.review.conftest import as_actor
from tests.review.test_pages import Enter, enter
from tests.review.test_search import held

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, GrantPurpose, Role
from cairndesk.cases.actions import add_item, give_grant, link_cases, seat, unseat, withdraw_grants
from cairndesk.cases.models import Case, Sample
from cairndesk.custody.actions import seal
from cairndesk.custody.rules import Purpose
from cairndesk.intake.models import Message
from cairndesk.lib import clock
from cairndesk.review import recall
from cairndesk.triage import queries as triage
from cairndesk.triage.models import Given, Stacked, Woken
from cairndesk.triage.rules.queues import BY_KEY, QUEUES

__all__ = ["enter", "held"]
pytestmark = pytest.mark.django_db
ADDRESS, WORD = "https://pictures.example/shared", "lanternfish"
HOUR = timedelta(hours=1)
Hide = Callable[[], None]


@pytest.fixture
def ana(enrol: Callable[..., Person], one: Organisation) -> Person:
    return enrol(one, "Ana", Role.ANALYST)


@pytest.fixture
def sam(enrol: Callable[..., Person], one: Organisation) -> Person:
    return enrol(one, "Sam", Role.SUPERVISOR)


@pytest.fixture
def anas(ana: Person, enter: Enter) -> Client:
    return enter(ana)


@pytest.fixture
def case(tell: Callable[..., Case]) -> Case:
    return sharing(tell({"what": ["found"], "more": WORD, "danger": ["happening_now"]}, at=clock.now() - 2 * HOUR))


@pytest.fixture
def other(tell: Callable[..., Case], case: Case) -> Case:
    """A case that has an address in common with `case`."""
    return sharing(tell({"what": ["found"]}, at=clock.now() - HOUR))


def sharing(case: Case) -> Case:
    add_item(case=case, kind="url", identifier=ADDRESS, by=SYSTEM, now=clock.now())
    return case


@pytest.fixture(params=["a part only", "taken off the team", "grants withdrawn"])
def hide(request: pytest.FixtureRequest, case: Case, ana: Person, sam: Person) -> Hide:
    """Takes `case` from Ana in one of the three ways that there are."""

    def hiding() -> None:
        now, by = clock.now(), as_actor(sam)
        if request.param == "grants withdrawn":
            give_grant(case=case, purpose=GrantPurpose.QUEUE, lasts=HOUR, by=as_actor(ana), now=now)
            withdraw_grants(case=case, holder=str(ana.pseudonym), by=by, now=now)
            return
        seat(case=case, person=ana, function="analyst" if "off" in request.param else "forensic", by=by, now=now)
        if "off" in request.param:
            unseat(case=case, holder=str(ana.pseudonym), by=by, now=now)

    return hiding


def stands_in(browser: Client, *urls: str, said: str = "") -> list[bool]:
    answers = [browser.post(url, {"said": said}) if said else browser.get(url) for url in urls]
    assert {answer.status_code for answer in answers} == {200}
    number = Case.objects.earliest("opened_at").number
    return [number in answer.content.decode() for answer in answers]


QUEUE_OF = {"danger": "queued", "waiting": "queued", "mine": "reviewing", "open": "classified"}


@pytest.mark.slow
def test_no_queue_shows_or_counts_it(
    case: Case, ana: Person, anas: Client, hide: Hide, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    pages = [reverse("triage:queue", args=[queue.key]) for queue in QUEUES]

    by = as_actor(ana)

    def seen() -> list[tuple[bool, int]]:
        found = []
        for queue, page in zip(QUEUES, pages, strict=True):
            stage = QUEUE_OF.get(queue.key, min(queue.stages))
            Case.objects.filter(pk=case.pk).update(stage=stage, claimed_by=str(ana.pseudonym), lease_until=clock.now() + HOUR)
            count = next(line.count for line in triage.rail(by=by) if line.queue == queue)
            found.append((stands_in(anas, page)[0], count))
        return found

    assert seen() == [(True, 1)] * len(QUEUES)
    with django_assert_max_num_queries(1):
        triage.rail(by=by)
    hide()
    assert seen() == [(False, 0)] * len(QUEUES)
    assert triage.burning(by=by).count == 0
    with django_assert_max_num_queries(2):
        triage.rail(by=by)


@pytest.mark.slow
def test_no_list_of_the_first_screen_and_no_figure_of_the_shift_names_it(case: Case, ana: Person, anas: Client, hide: Hide) -> None:
    now, by = clock.now(), as_actor(ana)
    text = seal(organisation=case.organisation_id, purpose=Purpose.MESSAGE, plain={"text": "Hello?"}, now=now)
    Message.objects.create(case=case, from_reporter=True, text=text, at=now)
    Woken.objects.create(case=case, because="list", at=now)
    Given.objects.create(case=case, to=by.pseudonym, actor=by.pseudonym, at=now, until=now + HOUR)
    Case.objects.filter(pk=case.pk).update(next_action_at=now - HOUR)

    def lists() -> list[list[Case]]:
        Case.objects.filter(pk=case.pk).update(stage="queued")
        found = [triage.cases_in(BY_KEY["danger"], by=by), triage.longest_waiting(by=by), triage.given_to(by=by, now=now)]
        found += [triage.overdue(by=by, now=now), triage.unread(by=by)]
        shown = [list(one) for one in found]
        Case.objects.filter(pk=case.pk).update(stage="closed")
        shown.append(list(triage.woken(by=by)))
        Case.objects.filter(pk=case.pk).update(stage="queued")
        return shown

    assert lists() == [[case]] * 6
    assert stands_in(anas, reverse("triage:first")) == [True]
    before = triage.since_last(by=by, now=now)
    assert (before.came, before.burning, before.waiting, before.late) == (1, 1, 1, 1)
    hide()
    assert lists() == [[]] * 6
    assert stands_in(anas, reverse("triage:first")) == [False]
    after = triage.since_last(by=by, now=now)
    assert (after.came, after.burning, after.waiting, after.late) == (0, 0, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["number", "equal", "words"])
def test_no_search_finds_it(what: str, case: Case, anas: Client, hide: Hide, held: recall.Recall) -> None:
    while held.take_in(now=clock.now()):
        pass
    said = {"number": case.number, "equal": ADDRESS, "words": WORD}[what]

    def rows() -> int:
        page = anas.post(reverse("review:search"), {"said": said}).content.decode()
        return len(re.findall(r'<ul class="rows">.*?</ul>', page, re.DOTALL)) and page.count(reverse("review:case", args=[case.pk]))

    assert rows() == 1
    hide()
    assert rows() == 0


@pytest.mark.slow
def test_no_graph_no_suggestion_and_no_table_of_what_is_shared_leads_to_it(case: Case, other: Case, sam: Person, anas: Client, hide: Hide) -> None:
    pages = [reverse(f"review:{name}", args=[other.pk]) for name in ("graph", "case", "alike")]
    pages.append(reverse("review:shared"))
    assert stands_in(anas, *pages)[:2] == [True, True]
    hide()
    assert stands_in(anas, *pages) == [False] * 4
    link_cases(one=case, other=other, kind="same_event", by=as_actor(sam), now=clock.now())
    assert stands_in(anas, *pages) == [False] * 4
    assert stands_in(anas, reverse("review:groupings")) == [False]


@pytest.mark.slow
def test_no_stack_lists_it_as_a_member_or_as_the_leading_case(case: Case, other: Case, anas: Client, hide: Hide) -> None:
    Stacked.objects.all().delete()
    Stacked.objects.create(case=case, lead=other, because=["url"], at=clock.now())
    assert stands_in(anas, reverse("review:stack", args=[other.pk])) == [True]
    hide()
    assert stands_in(anas, reverse("review:stack", args=[other.pk]), reverse("review:stacks")) == [False, False]
    Stacked.objects.all().delete()
    Stacked.objects.create(case=other, lead=case, because=["url"], at=clock.now())
    assert stands_in(anas, reverse("review:stacks")) == [False]


@pytest.mark.slow
def test_no_list_of_second_looks_or_blind_codings_shows_it_and_its_page_refuses_aloud(case: Case, anas: Client, hide: Hide) -> None:
    Case.objects.filter(pk=case.pk).update(stage="second_look")
    assert stands_in(anas, reverse("review:looks")) == [True]
    hide()
    assert stands_in(anas, reverse("review:looks")) == [False]
    Case.objects.filter(pk=case.pk).update(stage="acting", is_emergency=False)
    Sample.objects.create(case=case, drawn_at=clock.now())
    assert stands_in(anas, reverse("review:codings")) == [False]
    refused = anas.get(reverse("review:case", args=[case.pk]))
    assert refused.status_code == 403
    assert case.number not in refused.content.decode()


def test_whoever_answers_for_it_sees_the_row_and_nobody_else_loses_anything(
    case: Case, other: Case, ana: Person, sam: Person, enrol: Callable[..., Person], one: Organisation
) -> None:
    sue = enrol(one, "Sue", Role.SUPERVISOR)
    give_grant(case=case, purpose=GrantPurpose.SUPERVISE, lasts=HOUR, by=as_actor(sue), now=clock.now())
    withdraw_grants(case=case, holder=str(sue.pseudonym), by=as_actor(sam), now=clock.now())
    for person in (sue, sam, ana):
        assert set(triage.cases_in(BY_KEY["waiting"], by=as_actor(person))) == {case, other}
    # Seated anew as one who judges, Ana has the whole of it again.
    for function, shown in (("forensic", {other}), ("analyst", {case, other})):
        seat(case=case, person=ana, function=function, by=as_actor(sam), now=clock.now())
        assert set(triage.cases_in(BY_KEY["waiting"], by=as_actor(ana))) == shown
