"""The analyst's pages through Django's own client: everything works without script."""

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from tests.review.conftest import CLEAR, SEVERE, as_actor

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Role
from cairndesk.cases.actions import add_item, move
from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.custody.queries import entries_about
from cairndesk.lib import clock
from cairndesk.review import actions
from cairndesk.signals.actions import import_list
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.engine.lists import Row
from cairndesk.signals.queries import matches_of
from cairndesk.signals.rules import MayLeadTo, Papers
from cairndesk.triage.actions import assess

pytestmark = pytest.mark.django_db
Tell = Callable[..., Case]
Enter = Callable[[Person], Client]
FORM = {"severity": "c", "f_shows_abuse": "yes", "f_authenticity": "real", "harms": ["material_distribution"], "note": "Seen as told."}


@pytest.fixture
def enter() -> Enter:
    """A browser in which a person is signed in."""

    def entering(person: Person) -> Client:
        client = Client()
        now = clock.now()
        session = client.session
        session.update({"person": str(person.pk), "proof": "demo", "seen": now.isoformat(), "started": now.isoformat()})
        session.save()
        return client

    return entering


@pytest.fixture
def at() -> datetime:
    return clock.now()


@pytest.fixture
def anas(enrol: Callable[..., Person], one: Organisation, enter: Enter) -> Client:
    return enter(enrol(one, "Ana", Role.ANALYST))


def url(name: str, case: Case, *more: object) -> str:
    return reverse(f"review:{name}", args=[case.pk, *more])


@pytest.mark.req("TRG-30")
def test_the_first_screen_says_what_burns_what_waits_longest_and_what_is_mine(tell: Tell, anas: Client, at: datetime) -> None:
    old, burning = tell(at=at.replace(year=at.year - 1)), tell({"danger": ["happening_now"]}, at=at)
    page = anas.get("/").content.decode()
    assert "1 child may be in danger now." in page
    assert page.index("What burns") < page.index(burning.number, page.index("What burns"))
    assert page.index("What waits longest") < page.index(old.number, page.index("What waits longest"))
    assert "You hold none." in page
    longest = page[page.index("Longest waiting") : page.index("Next step overdue")]
    assert "365 d" in longest or "366 d" in longest
    assert old.number in longest
    ages = page[page.index("Cases that nobody has taken, by age") :]
    assert '<th scope="row">over 3 d</th><td class="number">1</td>' in ages
    assert '<th scope="row">under 1 h</th><td class="number">1</td>' in ages


def test_the_first_screen_shows_who_holds_what(tell: Tell, anas: Client, at: datetime) -> None:
    tell(at=at)
    anas.post(reverse("review:next"))
    page = anas.get("/").content.decode()
    assert '<tr><th scope="row">Ana</th><td class="number">1</td>' in page


def test_the_emergency_band_stays_until_the_case_is_claimed(tell: Tell, anas: Client, at: datetime) -> None:
    case = tell({"danger": ["happening_now"]}, at=at)
    assert 'class="band"' in anas.get(reverse("triage:queue", args=["mine"])).content.decode()
    anas.post(url("claim", case))
    assert 'class="band"' not in anas.get("/").content.decode()


def test_taking_the_next_case_opens_it_and_can_be_undone(tell: Tell, anas: Client, at: datetime) -> None:
    case = tell(at=at)
    page = anas.post(reverse("review:next"), follow=True).content.decode()
    assert f"You hold case {case.number}." in page
    assert "Put it back" in page
    anas.post(url("put-back", case))
    case.refresh_from_db()
    assert case.stage == Stage.QUEUED


def test_with_nothing_waiting_it_says_so(anas: Client, ring: object) -> None:
    assert "Nothing waits that you would be handed." in anas.post(reverse("review:next"), follow=True).content.decode()


@pytest.mark.slow
@pytest.mark.req("UXQ-10")
def test_nobody_comes_upon_an_account_without_having_been_warned(
    tell: Tell, anas: Client, enrol: Callable[..., Person], one: Organisation, enter: Enter, at: datetime
) -> None:
    case = tell({"danger": ["not_now"], "more": "My own words."}, at=at)
    anas.post(url("claim", case))
    shown = anas.get(url("case", case)).content.decode()
    anas.post(url("classify", case), FORM | {"severity": "a"})
    look = enter(enrol(one, "Sam", Role.SUPERVISOR)).get(url("second-look", case)).content.decode()
    for page in (shown, look):
        assert page.index("Accounts may be distressing. Nothing opens by itself") < page.index("Open the account of")
        assert "My own words." not in page
    assert "Nobody should have to tell it again because of you." in shown


def test_a_case_shows_its_card_and_nothing_that_was_told(tell: Tell, anas: Client, at: datetime) -> None:
    case = tell({"danger": ["meeting_soon"], "more": "My own secret words.", "handle": "someone.else"}, at=at)
    page = anas.get(url("case", case)).content.decode()
    assert "A meeting in person is planned" in page
    assert "secret words" not in page
    assert "someone" not in page
    assert "<img" not in page.replace('<img src="/static/cairn.svg"', "")


def test_at_most_three_reasons_show_and_the_rest_fold(tell: Tell, anas: Client, at: datetime) -> None:
    case = tell({"danger": ["happening_now", "self_harm", "can_reach"], "what": ["threatens", "touched"]}, at=at)
    page = anas.get(url("case", case)).content.decode()
    before, after = page.split("2 more reasons")
    assert before.count("<li>A child is in danger now</li>") == 1
    assert "Somebody threatens the child" in after


def test_opening_an_account_shows_it_defanged_and_names_the_reader_in_the_log(tell: Tell, anas: Client, at: datetime) -> None:
    answers = {"link": "https://pictures.example/a", "more": "It began last week.", "age": {"unknown": "declined"}}
    case = tell(answers, at=at)
    response = anas.post(url("account", case, case.reports.get().pk))
    page = response.content.decode()
    assert "hxxps://pictures[.]example/a" in page
    assert "https://pictures.example" not in page
    assert "It began last week." in page
    assert "would rather not say" in page
    assert response["Cache-Control"] == "no-store"
    assert [line.event for line in entries_about(case.pk)].count("review.account.opened") == 1
    assert anas.get(url("account", case, case.reports.get().pk)).status_code == 405


def test_an_item_is_opened_by_itself_and_defanged(tell: Tell, enrol: Callable[..., Person], one: Organisation, enter: Enter, at: datetime) -> None:
    ana = enrol(one, "Ana", Role.ANALYST)
    case = tell(at=at)
    item = add_item(case=case, kind="url", identifier="https://pictures.example/b", by=as_actor(ana), now=at)
    browser = enter(ana)
    assert "pictures" not in browser.get(url("case", case)).content.decode()
    assert "hxxps://pictures[.]example/b" in browser.post(url("item", case, item.pk)).content.decode()
    assert "cases.item.opened" in [line.event for line in entries_about(case.pk)]


def test_a_case_is_classified_by_form_and_the_page_says_what_is_next(tell: Tell, anas: Client, at: datetime) -> None:
    case = tell(at=at)
    anas.post(url("claim", case))
    page = anas.post(url("classify", case), FORM, follow=True).content.decode()
    assert "is classified. The plan is next." in page
    assert "Distribution of child sexual abuse material" in page


def test_the_form_folds_the_harms_by_what_one_looks_for_and_opens_those_that_are_chosen(tell: Tell, anas: Client, at: datetime) -> None:
    case = tell(at=at)
    anas.post(url("claim", case))
    page = anas.get(url("classify", case)).content.decode()
    assert page.count("<details><summary>Material") == 1
    page = anas.post(url("classify", case), {"harms": ["material_access"]}).content.decode()
    assert '<details open><summary>Material <span class="quiet">(1 of 9)' in page
    assert page[page.index("<main") :].count("<details open>") == 1


@pytest.mark.slow
def test_a_decision_and_the_next_card_cost_few_statements(
    tell: Tell, anas: Client, at: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    cases = [tell(at=at - timedelta(minutes=minutes)) for minutes in (9, 6, 3)]
    anas.post(url("claim", cases[0]))
    for case in cases[:2]:
        with django_assert_max_num_queries(95):
            page = anas.post(url("classify", case), FORM | {"next": "yes"}, follow=True)
        assert page.status_code == HTTPStatus.OK
    assert page.context["case"] == cases[2]


def test_recording_it_can_go_on_to_the_next_case_or_say_that_none_waits(tell: Tell, anas: Client, at: datetime) -> None:
    first, second = tell(at=at), tell(at=at + timedelta(minutes=1))
    anas.post(url("claim", first))
    page = anas.post(url("classify", first), FORM | {"next": "yes"}, follow=True).content.decode()
    assert f"Case {first.number} is classified." in page
    # The act that could be wrong is offered back; the next case has a button of its own to put it back.
    assert f"You classified case {first.number}." in page
    assert url("put-back", second) in page
    page = anas.post(url("classify", second), FORM | {"next": "yes"}, follow=True).content.decode()
    assert f"Case {second.number} is classified. The plan is next. Nothing waits that you would be handed." in page


def test_an_empty_form_says_what_is_missing_and_records_nothing(tell: Tell, anas: Client, at: datetime) -> None:
    case = tell(at=at)
    anas.post(url("claim", case))
    response = anas.post(url("classify", case), {})
    assert response.status_code == 422
    assert "Something is missing." in response.content.decode()
    assert not case.classifications.exists()


@pytest.mark.slow
def test_the_second_look_is_offered_to_another_person_only(
    tell: Tell, enrol: Callable[..., Person], one: Organisation, enter: Enter, at: datetime
) -> None:
    ana, sam = enrol(one, "Ana", Role.ANALYST, Role.SUPERVISOR), enrol(one, "Sam", Role.SUPERVISOR)
    case = actions.claim(case=tell(at=at), by=as_actor(ana), now=at)
    first = {"first": str(actions.classify(case=case, look=SEVERE, by=as_actor(ana), now=at).pk)}
    assert "It waits for another person: Sam." in enter(ana).get(url("case", case)).content.decode()
    assert "You classified this case." in enter(ana).get(url("second-look", case)).content.decode()
    refused = enter(ana).post(url("second-look", case), {"answer": "agree"} | first)
    assert refused.status_code == 403
    assert "Ask another person" in refused.content.decode()
    browser = enter(sam)
    assert case.number in browser.get(reverse("review:looks")).content.decode()
    assert browser.post(url("second-look", case), {"answer": "differ"} | first).status_code == 422
    assert "The case goes on." in browser.post(url("second-look", case), {"answer": "agree"} | first, follow=True).content.decode()


@pytest.mark.slow
def test_a_disagreement_shows_both_views_and_a_note_opens_by_itself(
    tell: Tell, enrol: Callable[..., Person], one: Organisation, enter: Enter, at: datetime
) -> None:
    ana, sam = enrol(one, "Ana", Role.ANALYST), enrol(one, "Sam", Role.SUPERVISOR)
    case = actions.claim(case=tell(at=at), by=as_actor(ana), now=at)
    made = actions.classify(case=case, look=SEVERE, by=as_actor(ana), now=at)
    browser = enter(sam)
    browser.post(url("second-look", case), {**FORM, "answer": "differ", "first": str(made.pk), "note": "I see a lesser form."})
    page = browser.get(url("case", case)).content.decode()
    assert "Two people see this differently." in page
    assert "Classification 1, Ana" in page
    assert "Second look: sees it differently, Sam" in page
    assert "lesser form" not in page
    note = case.classifications.get().second_look.note_id
    assert "I see a lesser form." in browser.post(url("note", case, note)).content.decode()
    other = case.reports.get().told_id
    assert browser.post(url("note", case, other)).status_code == 404


@pytest.mark.slow
def test_a_supervisor_invites_a_named_person_where_nobody_else_may_look(
    tell: Tell, enrol: Callable[..., Person], one: Organisation, two: Organisation, enter: Enter, at: datetime
) -> None:
    sam, ola = enrol(one, "Sam", Role.SUPERVISOR), enrol(two, "Ola", Role.ANALYST)
    case = actions.claim(case=tell(at=at), by=as_actor(sam), now=at)
    made = actions.classify(case=case, look=SEVERE, by=as_actor(sam), now=at)
    guest = enter(ola)
    assert guest.get(url("second-look", case)).status_code == 404
    browser = enter(sam)
    assert "Ola, Cairn Desk Two" in browser.get(url("case", case)).content.decode()
    assert "may look at this case" in browser.post(url("invite", case), {"person": str(ola.pk)}, follow=True).content.decode()
    assert "as a guest" in guest.get(reverse("review:looks")).content.decode()
    assert guest.post(url("second-look", case), {"answer": "agree", "first": str(made.pk)}).status_code == 302
    assert guest.get(url("case", case)).status_code == 404


def test_setting_a_priority_by_hand_keeps_both_in_view(tell: Tell, anas: Client, at: datetime) -> None:
    case = tell(at=at)
    place = reverse("triage:set-priority", args=[case.pk])
    assert anas.post(place, {"level": "1", "why": "danger_seen", "words": "no"}).status_code == 422
    seen = anas.get(place).context["seen"]
    page = anas.post(place, {"level": "1", "why": "danger_seen", "words": "A child called us about it.", "seen": seen}, follow=True).content.decode()
    assert "A person set priority 1" in page
    assert "the rules said 4 then" in page


@pytest.mark.parametrize("name", ["case", "classify", "second-look"])
def test_another_organisation_finds_nothing_there(
    tell: Tell, enrol: Callable[..., Person], one: Organisation, two: Organisation, enter: Enter, at: datetime, name: str
) -> None:
    ana, ola = enrol(one, "Ana", Role.ANALYST), enrol(two, "Ola", Role.ANALYST)
    case = actions.claim(case=tell(at=at), by=as_actor(ana), now=at)
    actions.classify(case=case, look=CLEAR, by=as_actor(ana), now=at)
    response = enter(ola).get(url(name, case))
    assert response.status_code == 404
    assert case.number not in response.content.decode()


def test_an_error_says_what_to_do(anas: Client, ring: object) -> None:
    page = anas.get("/no-such-door/")
    assert page.status_code == 404
    assert "start from the first screen" in page.content.decode()
    assert "desk.no_such_page" in page.content.decode()


def test_the_form_opens_only_for_the_person_who_holds_the_case(
    tell: Tell, enrol: Callable[..., Person], one: Organisation, enter: Enter, at: datetime
) -> None:
    ana, sam = enrol(one, "Ana", Role.ANALYST), enrol(one, "Sam", Role.SUPERVISOR)
    case = actions.claim(case=tell(at=at), by=as_actor(ana), now=at)
    response = enter(sam).get(url("classify", case))
    assert response.status_code == 409
    assert "Claim the case first" in response.content.decode()


@pytest.mark.slow
def test_a_match_is_a_lead_until_a_person_decides(tell: Tell, enrol: Callable[..., Person], one: Organisation, enter: Enter, at: datetime) -> None:
    sam = enrol(one, "Sam", Role.SUPERVISOR)
    papers = Papers(
        name="Known addresses",
        owner="An owner",
        agreement="signed",
        terms="for matching",
        provenance="made for this test",
        received_on=at.date(),
        expires_on=at.date() + timedelta(days=30),
        may_lead_to=MayLeadTo.PRIORITY,
    )
    rows = [Row(1, recognise("https://pictures.example/listed")[:1])]
    import_list(organisation=one.pk, papers=papers, rows=rows, by=as_actor(sam), now=at)
    case = tell(at=at)
    item = add_item(case=case, kind="url", identifier="https://pictures.example/listed", by=as_actor(sam), now=at)
    assess(case=case, by=as_actor(sam), now=at)
    browser = enter(sam)
    browser.post(url("claim", case))
    page = browser.get(url("case", case)).content.decode()
    assert "<bdi>Known addresses</bdi></a> of <bdi>An owner</bdi>" in page
    assert "It is a lead; a person decides." in page
    assert "<li>It meets a known list</li>" in page
    (found,) = matches_of(case=case.pk)
    assert found.item == item.pk
    browser.post(url("match", case, found.pk), {"standing": "confirmed"})
    found.refresh_from_db()
    assert found.standing == "confirmed"
    assert browser.post(url("match", case, found.pk), {"standing": "perhaps"}).status_code == 404


@pytest.mark.slow
def test_the_panel_leads_on_at_every_stage_after_review(
    tell: Tell, enrol: Callable[..., Person], one: Organisation, enter: Enter, at: datetime
) -> None:
    ana = enrol(one, "Ana", Role.ANALYST)
    case = actions.claim(case=tell(at=at), by=as_actor(ana), now=at)
    actions.classify(case=case, look=CLEAR, by=as_actor(ana), now=at)
    browser = enter(ana)
    assert "Open the plan" in browser.get(url("case", case)).content.decode()
    move(case=case, to=Stage.ACTING, by=as_actor(ana), now=at)
    assert "See where the steps stand" in browser.get(url("case", case)).content.decode()
    move(case=case, to=Stage.ANSWERED, by=as_actor(ana), now=at)
    assert "Close this case" in browser.get(url("case", case)).content.decode()


@pytest.mark.slow
def test_cases_that_share_an_identifier_are_suggested_and_a_person_links_them(
    tell: Tell, enrol: Callable[..., Person], one: Organisation, two: Organisation, enter: Enter, at: datetime
) -> None:
    ana, ola = enrol(one, "Ana", Role.ANALYST), enrol(two, "Ola", Role.ANALYST)
    case, twin, foreign = tell(at=at), tell(at=at), tell(to=two, at=at)
    for other, person in ((case, ana), (twin, ana), (foreign, ola)):
        add_item(case=other, kind="url", identifier="https://pictures.example/same", by=as_actor(person), now=at)
    browser = enter(ana)
    page = browser.get(url("case", case)).content.decode()
    assert f"Link with {twin.number}" in page
    assert foreign.number not in page
    assert browser.post(url("link", case, foreign.pk), {"kind": "same_identifier"}).status_code == 404
    page = browser.post(url("link", case, twin.pk), {"kind": "same_identifier"}, follow=True).content.decode()
    assert f"Linked with case {twin.number}." in page
    assert f"Link with {twin.number}" not in page
    assert "same identifier <form" in page
