"""The desk's pages in a real browser: no barrier at any width in light or dark, and a whole review by keyboard alone."""

import os
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.contrib.sessions.backends.base import SessionBase
from django.test import Client
from django.urls import resolve
from django.utils.module_loading import import_string
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer
from tests.accounts.test_doors import GUARDED, filled
from tests.journeys.places import MISSING, places
from tests.support import acted_on, between_desks, governed
from tests.support.coded_twice import coded_twice
from tests.support.fetched_list import in_trouble
from tests.support.in_training import in_training
from tests.support.on_record import grouped, learn, may_search, with_a_tool_off
from tests.support.two_people import another

from cairndesk.accounts.models import Organisation, Person, RoleGrant
from cairndesk.accounts.rules import SYSTEM, Actor, FreshProof, Proof, Role
from cairndesk.cases.actions import ReportFacts, add_item, add_person, break_glass, glass_digest, open_case, record_depiction, seal_identity, seat
from cairndesk.cases.models import Case
from cairndesk.cases.rules.glass import GlassReason
from cairndesk.custody import access
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.directory.actions import load_samples, set_portal
from cairndesk.lib import clock
from cairndesk.review import actions
from cairndesk.review.rules import Look
from cairndesk.signals import jobs as signals
from cairndesk.signals import shelf
from cairndesk.signals.actions import import_list
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.engine.lists import Row
from cairndesk.signals.rules import Papers
from cairndesk.triage import jobs as triage
from cairndesk.triage.actions import take_in

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
WIDTHS = {"wide": (1280, 900), "middle": (768, 1024), "narrow": (360, 800)}
# What is well is only counted: to describe every part of a page that keeps every rule takes as long as to look at it.
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
SIDEWAYS = """direction => {
    const page = document.documentElement
    page.dir = direction
    return page.scrollWidth - page.clientWidth
}"""
ROLES = {"Ana": Role.ANALYST, "Sam": Role.SUPERVISOR, "Lia": Role.LIAISON, "Ada": Role.ADMINISTRATOR, "Aud": Role.AUDITOR}
ROLES |= {"Psy": Role.SPECIALIST, "Pro": Role.SPECIALIST}
SEVERE = Look(features={"shows_abuse": "yes", "authenticity": "undetermined"}, harms=("material_distribution",), severity="a")

SITE = 'frames = ["https://play.example"]\n[words.ar]\nwelcome = "أهلًا"\nlaw = "قانون"\nchecked_on = 2026-01-01'


class Desk:
    """Organisation One with Ana and Sam, and a case at every place of the path that review knows."""

    def __init__(self) -> None:
        now = clock.now()
        law = {"media_mode": "sealed", "media_basis": "made up for tests"}
        self.one = Organisation.objects.create(slug="one", name="Cairn Desk One", is_first=True, created_at=now, **law)
        self.two = Organisation.objects.create(slug="two", name="Cairn Desk Two", created_at=now)
        access.use(Keyring.create([self.one.pk]))
        self.people = {name: self._person(name, role) for name, role in ROLES.items()}
        load_samples(by=self.actor("Sam"), now=now)
        set_portal(text=SITE, by=self.actor("Sam"), now=now)
        may_search(self.actor("Sam"), now)
        self.burning = self.tell({"danger": ["happening_now", "can_reach"], "what": ["threatens", "touched"]}, ago=timedelta(minutes=40))
        self.waiting = [self.tell({"what": ["found"], "link": "https://pictures.example/a"}, ago=timedelta(days=2, hours=n)) for n in range(3)]
        self.held = actions.claim(
            case=self.tell({"what": ["shared_pictures"], "more": "It began last week.", "tell": ["no_school"]}), by=self.actor("Ana"), now=now
        )
        for name, function in (("Psy", "psychologist"), ("Pro", "prosecutor_liaison")):
            seat(case=self.held, person=self.people[name], function=function, by=self.actor("Sam"), now=now)
        self.item = add_item(case=self.held, kind="account", identifier="someone", facts={"service": "a-service"}, by=self.actor("Ana"), now=now)
        self.person = add_person(case=self.held, role="child", facts={"stated_age": "age_11_12"}, by=self.actor("Ana"), now=now)
        seal_identity(person=self.person, identity={"name": "Kim"}, by=self.actor("Ana"), now=now)
        record_depiction(item=self.item, child=self.person, by=self.actor("Ana"), now=now)
        self.much = self.tell({"what": ["threatens"], "link": "https://pictures.example/c"})
        self.child, self.account = learn(self.much, self.actor("Ana"), self.actor("Sam"))
        self.severe = self._classified(agrees=None)
        self.disputed = self._classified(agrees=False)
        self.done = self._classified(agrees=True)
        ana, sam = self.actor("Ana"), self.actor("Sam")
        self.list = governed.grown(self.one, by=sam)
        take_in(case=self.waiting[0], now=now)
        met = self.tell({"what": ["found"], "link": "https://pictures.example/x https://pictures.example/y"})
        self.decided = governed.said_of(self.list, actions.claim(case=met, by=ana, now=now), ana=ana, sam=sam)
        self.fetched = in_trouble(self.one.pk, sam, now)
        self.coded = coded_twice(self.tell, ana=ana, sam=sam)
        self.trained = in_training(self.one, ana=ana)
        self.met = self._met_later()
        self.passed_over = self._passed_over()
        self.files = governed.wished(self.one, (self.held, self.done, self.done), ana=ana, sam=sam)
        self.others = [actions.claim(case=self.tell({"what": ["found"]}), by=sam, now=now) for _ in range(2)]
        proof = FreshProof(ana.pseudonym, glass_digest(self.others[0], ana), ana.proof, now)
        break_glass(case=self.others[0], reason=GlassReason.NOBODY_THERE, why="The phone rings.", by=ana, fresh=proof, now=now)
        self.grouping = grouped(self.waiting, by=sam)
        self._acted()
        both = {"by": sam, "other": another(sam), "now": now}
        self.taken, self.returned = between_desks.everything(self.one, (self.waiting[1], self.waiting[2]), **both)

    def _acted(self) -> None:
        ana, sam, lia = (self.actor(name) for name in ("Ana", "Sam", "Lia"))
        self.acted = acted_on.acted_on(self._classified(agrees=True), ana=ana, sam=sam, lia=lia)
        self.answered = self._classified(agrees=True)
        Case.objects.filter(pk=self.answered.pk).update(stage="answered")
        self.back = acted_on.back_again(self.answered, self.met, now=clock.now())
        self.holds = acted_on.held(self.done, ana=ana, sam=sam)
        self.wishes = acted_on.asked_for(self.done, ana=ana, sam=sam)
        acted_on.schedule(by=sam)
        self.advice = self.tell({"more": "How do I talk with my child?"}, advice_only=True)
        self.original = acted_on.original_of(self.held)
        self.address = add_item(case=self.done, kind="url", identifier="https://galleries.example/a/1", by=ana, now=clock.now())

    def _person(self, name: str, role: Role) -> Person:
        now = clock.now()
        person = Person.objects.create(
            organisation=self.one, sign_in_name=name.lower(), name=name, created_at=now, credential_until=date(2099, 1, 1), is_demo=True
        )
        RoleGrant.objects.create(person=person, role=role, granted_at=now)
        return person

    def actor(self, name: str) -> Actor:
        return self.people[name].as_actor(Proof.DEMO, now=clock.now())

    def tell(self, answers: dict[str, Any], *, ago: timedelta = timedelta(minutes=5), advice_only: bool = False) -> Case:
        now = clock.now() - ago
        facts = ReportFacts(
            source="friend",
            channel="portal",
            path="friend",
            language="en",
            told={"answers": answers},
            is_emergency="happening_now" in answers.get("danger", []),
            advice_only=advice_only,
        )
        case = open_case(organisation=self.one, report=facts, by=SYSTEM, now=now)
        take_in(case=case, now=now)
        return case

    def _classified(self, *, agrees: bool | None) -> Case:
        now = clock.now()
        case = actions.claim(case=self.tell({"what": ["found"]}), by=self.actor("Ana"), now=now)
        actions.classify(case=case, look=SEVERE, by=self.actor("Ana"), now=now, note="Seen as told.")
        if agrees is not None:
            look = Look(features=SEVERE.features, harms=SEVERE.harms, severity="b")
            actions.give_second_look(case=case, look=look, agrees=agrees, by=self.actor("Sam"), now=now, note="I see it so.")
        return case

    def _met_later(self) -> Case:
        """A case that was decided before a list had what it is about."""
        now = clock.now()
        case = actions.claim(case=self.tell({"what": ["found"], "link": "https://galleries.example/d"}), by=self.actor("Ana"), now=now)
        actions.classify(case=case, look=SEVERE, by=self.actor("Ana"), now=now, note="Seen as told.")
        words = {"agreement": "A-7", "terms": "Matching only.", "provenance": "A sealed disk."}
        papers = Papers(name="Other list", owner="Desk Two", received_on=now.date(), expires_on=date(2100, 1, 1), **words)
        rows = [Row(1, recognise("https://galleries.example/d")[:1], label="", withdrawn=False)]
        import_list(organisation=self.one.pk, papers=papers, rows=rows, by=self.actor("Sam"), now=clock.now())
        signals.look_back()
        triage.assess()
        return case

    def _passed_over(self) -> Case:
        """A case that came while one tool was off."""
        with_a_tool_off(self.one, self.actor("Sam"), clock.now())
        return self.tell({"what": ["found"], "link": "https://galleries.example/e"})

    def cookie(self, name: str) -> str:
        session: SessionBase = import_string(f"{django_settings.SESSION_ENGINE}.SessionStore")()
        now = clock.now().isoformat()
        session.update({"person": str(self.people[name].pk), "proof": "demo", "seen": now, "started": now})
        session.save()
        return session.session_key or ""


@pytest.fixture
def desk(live_server: LiveServer, settings: Any) -> Iterator[Desk]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    desks = settings.CAIRNDESK.desks.model_copy(update={"sensitive_attributes": ["disability", "faith"]})
    its = settings.CAIRNDESK.desk.model_copy(update={"look_url": "http://look.localhost:8481"})
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"desks": desks, "desk": its})
    yield Desk()
    access.use(None)
    shelf.of.cache_clear()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def browser(desk: Desk) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield opened
        opened.close()


Enter = Callable[..., Page]


@pytest.fixture
def enter(desk: Desk, browser: Browser, live_server: LiveServer) -> Enter:
    """A page on which somebody is signed in."""

    def entering(name: str, **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": desk.cookie(name), "url": live_server.url}])
        context.set_default_timeout(15_000)
        return context.new_page()

    return entering


def browser_of(desk: Desk, name: str) -> Client:
    browser = Client()
    browser.cookies[django_settings.SESSION_COOKIE_NAME] = desk.cookie(name)
    return browser


def test_every_page_of_the_desk_is_looked_at(desk: Desk) -> None:
    """Whatever else somebody with every role may open is no page: it only takes what is sent, or is a file."""
    for who, where in places(desk).values():
        assert browser_of(desk, who).get(where).status_code == (404 if where == MISSING else 200), where
    looked_at = {f"/{resolve(where.partition('?')[0]).route}" for _, where in places(desk).values() if where != MISSING}
    everybody = desk.people["Ana"]
    RoleGrant.objects.bulk_create(RoleGrant(person=everybody, role=role, granted_at=clock.now()) for role in Role if role != Role.ANALYST)
    browser = browser_of(desk, "Ana")
    others = {route: browser.get(filled(route)).status_code for route in GUARDED if route not in looked_at}
    # The clear view leaves by itself after seconds; `test_clear_view.py` looks at it.
    # The band of what burns is a part of each page, which asks for it by itself.
    files = {"/numbers/<slug:table>.csv", "/poster/texts/", "/yourself/ledger.json", "/burning/"}
    clear = "/cases/<uuid:case_id>/media/<uuid:original_id>/clear/"
    assert {route for route, status in others.items() if status != 405} == files | {clear}


@pytest.mark.req("PRI-15")
@pytest.mark.parametrize(("width", "scheme"), [("wide", "light"), ("narrow", "dark")])
def test_no_page_of_the_desk_has_a_barrier_or_asks_anybody_else(desk: Desk, enter: Enter, live_server: LiveServer, width: str, scheme: str) -> None:
    across, down = WIDTHS[width]
    pages = {name: enter(name, viewport={"width": across, "height": down}, color_scheme=scheme) for name in desk.people}
    asked: list[str] = []
    for page in pages.values():
        page.on("request", lambda request: asked.append(request.url))
    for name, (who, where) in places(desk).items():
        page = pages[who]
        answer = page.goto(where)
        assert answer is not None
        assert answer.status == (404 if where == MISSING else 200), where
        found = Axe().run(page, options=WCAG)
        assert found.violations_count == 0, f"{where} at {width}, {scheme}: {found.generate_report()}"
        for sized in dict.fromkeys((width, "middle")):
            page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[sized], strict=True)))
            for direction in ("rtl", "ltr"):
                overflow = page.evaluate(SIDEWAYS, direction)
                assert overflow <= 0, f"{where} at {sized}, {direction}, scrolls sideways by {overflow} px"
                keep(page, f"{name}-{sized}-{scheme}-{direction}")
        page.set_viewport_size({"width": across, "height": down})
    assert {one for one in asked if not one.startswith(live_server.url)} == set()


def test_on_a_phone_the_first_screen_is_what_the_page_is_about_and_the_rest_is_one_tap_away(desk: Desk, enter: Enter) -> None:
    page = enter("Ana")
    page.set_viewport_size(dict(zip(("width", "height"), WIDTHS["narrow"], strict=True)))
    for direction in ("ltr", "rtl"):
        page.goto("/")
        page.evaluate(SIDEWAYS, direction)
        box = page.get_by_role("heading", level=1).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < WIDTHS["narrow"][1] / 2, box
        keep(page, f"phone-{direction}")
    page.get_by_role("heading", name="Places").click()
    keep(page, "phone-places")
    page.get_by_role("link", name="Known lists").click()
    page.wait_for_url("**/lists/")


def keep(page: Page, name: str) -> None:
    """A picture of the page, where somebody asks for pictures."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "scheme"), [("wide", "light"), ("narrow", "dark")])
def test_the_page_that_asks_for_a_proof_says_that_nothing_is_done_yet_and_has_no_barrier(desk: Desk, enter: Enter, width: str, scheme: str) -> None:
    Case.objects.filter(pk=desk.done.pk).update(stage="answered")
    across, down = WIDTHS[width]
    page = enter("Ana", viewport={"width": across, "height": down}, color_scheme=scheme)
    page.goto(f"/cases/{desk.done.pk}/close/")
    page.locator("#id_outcome").select_option(index=1)
    for why in page.locator("textarea").all():
        why.fill("الطفل في أمان لدى جدته.")
    page.get_by_role("button", name=f"Close case {desk.done.number}").click()
    page.get_by_text("Nothing is done yet.").wait_for()
    found = Axe().run(page, options=WCAG)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.get_by_role("link", name="Do nothing").click()
    assert Case.objects.get(pk=desk.done.pk).stage == "answered"


def test_what_is_known_is_recorded_without_script_and_moves_the_case(desk: Desk, enter: Enter) -> None:
    page = enter("Ana", java_script_enabled=False)
    case = desk.waiting[0]
    page.goto(f"/cases/{case.pk}/")
    page.get_by_role("link", name="What is known, and what to record").click()
    page.get_by_role("link", name="Threats").click()
    page.get_by_label("What is demanded?").select_option("money")
    page.get_by_label("Until when? (UTC)").fill((clock.now() + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("The words of the threat (kept sealed)").fill("Pay by tonight.")
    page.get_by_role("button", name="Record this threat").click()
    page.get_by_text("Recorded: a threat.").wait_for()
    assert page.get_by_text("Pay by tonight.").count() == 0
    page.get_by_role("button", name="Open its sealed words").click()
    page.get_by_text("Pay by tonight.").wait_for()
    page.get_by_role("link", name="Back to what is known").click()
    page.get_by_role("link", name="Addresses, accounts, hashes and wallets").click()
    page.get_by_label("One in each line").fill("https://pictures.example/b\n??")
    page.get_by_role("button", name="Record these items").click()
    page.get_by_text("Line 2 cannot be read").wait_for()
    page.get_by_label("One in each line").fill("https://pictures.example/b")
    page.get_by_role("button", name="Record these items").click()
    page.goto(f"/cases/{case.pk}/")
    assert page.get_by_text("deadline").count() >= 1
    case.refresh_from_db()
    assert case.priority < desk.waiting[1].priority


def test_a_person_is_corrected_and_a_role_is_refused_without_script(desk: Desk, enter: Enter) -> None:
    page = enter("Ana", java_script_enabled=False, viewport={"width": 360, "height": 800})
    page.goto(f"/cases/{desk.held.pk}/known/")
    fold = page.get_by_text("Add or correct").first
    fold.click()
    page.get_by_role("link", name="Change these answers").first.click()
    page.get_by_label("Age as told").select_option("age_13_15")
    page.get_by_role("button", name="Record this person").click()
    page.get_by_text("Person 1: Child; Age as told 13 to 15").first.wait_for()
    page.get_by_text("What stood here before").click()
    page.get_by_text("Age as told 11 to 12").wait_for()
    page.get_by_text("Add or correct").first.click()
    page.get_by_role("link", name="Give one more role").click()
    page.get_by_label("Role in this case").select_option("person_of_concern")
    page.get_by_role("button", name="Give this role").click()
    page.get_by_text("who is its victim and can hold no other role over it").wait_for()


def test_a_child_who_is_shown_is_refused_another_part_without_script(desk: Desk, enter: Enter) -> None:
    page = enter("Ana", java_script_enabled=False, viewport={"width": 360, "height": 800})
    page.goto(f"/cases/{desk.held.pk}/")
    page.get_by_role("link", name="Who is shown in account").click()
    page.get_by_label("Who", exact=True).select_option(index=1)
    page.get_by_label("Is shown in it, or did this with it").select_option("maker")
    page.get_by_role("button", name="Record", exact=True).click()
    assert page.get_by_text("Record the child as victim of this image").is_visible()
    assert page.get_by_label("Is shown in it, or did this with it").input_value() == "maker"


def test_style_and_script_keep_their_size_and_ask_nobody_else(desk: Desk, enter: Enter, live_server: LiveServer) -> None:
    static = Path(django_settings.BASE) / "static"
    assert (static / "desk.css").stat().st_size <= 8 * 1024
    assert (static / "desk.js").stat().st_size <= 20 * 1024
    page = enter("Ana")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/cases/{desk.held.pk}/")
    assert asked
    assert all(one.startswith(live_server.url) for one in asked)


@pytest.mark.slow
def test_what_burns_is_shown_on_a_page_that_stays_open_and_what_was_typed_stays(desk: Desk, enter: Enter, live_server: LiveServer) -> None:
    Case.objects.update(is_emergency=False)
    page = enter("Ana")
    page.clock.install()
    page.goto("/shift/")
    words = page.locator("textarea").first
    words.fill("Half a sen")
    assert page.locator(".band").count() == 0
    Case.objects.filter(pk=desk.held.pk).update(is_emergency=True, stage="queued", claimed_by="", lease_until=None)
    page.clock.fast_forward(10_000)
    page.get_by_role("alert").get_by_text("1 child may be in danger now.").wait_for()
    assert words.input_value() == "Half a sen"
    Case.objects.update(is_emergency=False)
    page.clock.fast_forward(10_000)
    page.locator(".band").wait_for(state="detached")
    assert words.input_value() == "Half a sen"
