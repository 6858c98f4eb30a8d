"""The demonstration as a newcomer meets it: one command on a fresh folder, what it prints, and what is behind each printed line."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from tests.journeys.portal.conftest import FLAGS
from tests.serve.conftest import free_port
from tests.support.served import ROLES, Served, folder_of
from tests.support.terminal import BAR, Screen, terminal

from cairndesk.cases.rules.stages import Stage
from cairndesk.cli.common import Exit
from cairndesk.demo.cast import TROUPES

pytestmark = [pytest.mark.journey, pytest.mark.slow]
_PATIENCE = 600.0
# Who is new is led to the training, and whoever answers for it sees who went through one.
SHOWN_FIRST = {"Noa": "Your next step is the training.", "Sam": "1 person went through the training"}


@dataclass(frozen=True)
class Printed:
    """What the command said once it was ready, after how many seconds."""

    text: str
    seconds: float

    def after(self, words: str) -> str:
        found = re.search(rf"^{words} +(.+)$", self.text, re.MULTILINE)
        assert found, self.text
        return found[1]

    @property
    def people(self) -> dict[tuple[str, str, str], str]:
        """The printed link of each (organisation, name, roles)."""
        held, desk = dict[tuple[str, str, str], str](), ""
        for line in self.text.partition("One click signs in as\n")[2].partition("\n\n")[0].splitlines():
            if person := re.fullmatch(r"    (\S+)  (\w+), (.+)", line):
                held[desk, person[2], person[3]] = person[1]
            desk = desk if person else line.strip()
        return held


@dataclass
class Demo:
    """A folder for the demonstration, and an environment in which little is configured: free ports, and receipts that are cheap to make."""

    data: Path
    environment: dict[str, str]

    def broken_off(self) -> int:
        """How it ends when somebody presses Ctrl-C while it is being prepared."""
        with terminal() as screen, self._showing(screen, BAR) as process:
            process.send_signal(signal.SIGINT)
            return process.wait(10)

    @contextmanager
    def started(self) -> Iterator[Printed]:
        """`cairndesk demo` at a terminal, from its start until Ctrl-C, after which nothing of it is left."""
        begun = time.monotonic()
        with terminal() as screen, self._showing(screen, "Ctrl-C") as process:
            running = Served(self.data, "", "", self.environment, process)
            try:
                yield Printed(screen.text.replace("\r\n", "\n"), time.monotonic() - begun)
                children = running.children()
                assert set(children) == set(ROLES)
            finally:
                running.stop()
        assert process.returncode == 0
        assert [role for role, number in children.items() if Path(f"/proc/{number}").exists()] == []

    @contextmanager
    def _showing(self, screen: Screen, words: str) -> Iterator[subprocess.Popen[bytes]]:
        """The command once these words are on the screen."""
        command, begun = [sys.executable, "-m", "cairndesk", "demo", "--data", str(self.data)], time.monotonic()
        with subprocess.Popen(command, env=self.environment, stdout=screen.handle, stderr=screen.handle) as process:
            try:
                while words not in screen.text:
                    assert process.poll() is None, screen.text
                    assert time.monotonic() - begun < _PATIENCE, screen.text
                    time.sleep(0.1)
                yield process
            finally:
                process.kill()


@pytest.fixture
def demo() -> Iterator[Demo]:
    folder = folder_of("cairndesk-demo-")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CAIRNDESK_", "DJANGO_"))}
    ports = {f"CAIRNDESK_{site}__PORT": str(free_port()) for site in ("PORTAL", "DESK")}
    cheap = {"CAIRNDESK_RECEIPTS__MEMORY_KIB": "64", "CAIRNDESK_RECEIPTS__PASSES": "1"}
    try:
        yield Demo(folder / "data", kept | ports | cheap | {"TERM": "xterm"})
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield launched
        launched.close()


@pytest.mark.req("CAP-03")
def test_one_command_prints_whom_to_be_and_a_receipt_and_the_next_one_is_ready_at_once(demo: Demo, browser: Browser) -> None:
    assert demo.broken_off() == Exit.STOPPED
    with demo.started() as first:
        assert BAR in first.text
        looks_at_the_portal(browser, first)
        signs_in_as_everybody(browser, first)
        comes_back(browser, first)
    assert stages(demo) == set(Stage) - {Stage.RECEIVED}
    with demo.started() as second:
        assert (second.after("A receipt to try"), second.people) == (first.after("A receipt to try"), first.people)
    assert second.seconds < first.seconds / 2


def looks_at_the_portal(browser: Browser, printed: Printed) -> None:
    """Each of the three organisations has its own public page, and each runs without script."""
    page = browser.new_context(java_script_enabled=False).new_page()
    for troupe in TROUPES:
        page.goto(printed.after("A child reports here") + ("" if troupe is TROUPES[0] else f"o/{troupe.slug}/"))
        expect(page.get_by_text("You are not in trouble", exact=False).first).to_be_visible()
    for at, land in (("", "Demoland"), ("o/two/", "Sampleland")):
        page.goto(printed.after("A child reports here") + at + "law")
        expect(page.get_by_text("It states the law of no real country.")).to_be_visible()
        expect(page.get_by_text(f"In {land}").first).to_be_visible()


def signs_in_as_everybody(browser: Browser, printed: Printed) -> None:
    """One click on each printed link signs in whom it names; the first screen is never empty-handed."""
    cast = {(troupe.name, one.name, ", ".join(role.replace("_", " ") for role in one.roles)) for troupe in TROUPES for one in troupe.people}
    assert set(printed.people) == cast
    for (_, name, _), link in printed.people.items():
        page = browser.new_context().new_page()
        page.goto(link)
        assert page.url == printed.after("The staff work here")
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
        if name in SHOWN_FIRST:
            expect(page.get_by_text(SHOWN_FIRST[name])).to_be_visible()


def comes_back(browser: Browser, printed: Printed) -> None:
    """The printed receipt opens a whole path and an outcome."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(printed.after("A child reports here") + "back")
    page.get_by_role("textbox").fill(printed.after("A receipt to try"))
    page.locator("main button").first.click()
    expect(page.get_by_role("heading", name="It is good that you are back")).to_be_visible()
    expect(page.locator("p.note")).to_be_visible()
    assert page.locator(".stones li.there").count() == page.locator(".stones li").count()


def stages(demo: Demo) -> set[str]:
    """The stages at which a case stands. At the first of them none stays: the belt reads a report within seconds."""
    with closing(sqlite3.connect(demo.data / "db" / "desk.sqlite3")) as database:
        return {stage for [stage] in database.execute("SELECT DISTINCT stage FROM cases_case")}
