"""A case between two desks that share nothing: two installations with keys, databases and processes of their own, sent, carried, killed, and back."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.serve.conftest import free_port
from tests.support.served import Served, prepared
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.journey, pytest.mark.slow]
_TOLD = "He says he will show them to my class."
_LINK = "https://chat.harbour.example/room/77"
_STATES = """
import django, json, sys; django.setup()
from django.conf import settings
from cairndesk.response.models import Crossing, CrossingLetter
from cairndesk.custody.queries import verify_log
print(json.dumps({
    "crossings": [[one.side, one.state, one.case and one.case.stage] for one in Crossing.objects.order_by("pk")],
    "letters": [[one.side, one.paper, bool(one.done_at), len(one.sealed) > 0] for one in CrossingLetter.objects.order_by("pk")],
    "log": verify_log().ok,
}))
"""
_CASES = """
import django; django.setup()
from cairndesk.cases.models import Case
print(*Case.objects.values_list("pk", flat=True))
"""
_SHARED = r'Known to both desks as</dt><dd class="id">([0-9a-f-]{36})<'


@dataclass
class Pair:
    """The two desks, each with the address at which the other takes letters."""

    here: Served
    there: Served

    def person(self, desk: Served, name: str) -> Visitor:
        return Visitor(desk.desk, {}).signs_in(name)


@pytest.fixture
def pair() -> Iterator[Pair]:
    ports = free_port(), free_port()
    hosts = [{"CAIRNDESK_DESK__PORT": str(own), "CAIRNDESK_DESK__PUBLIC_URL": f"http://localhost:{own}"} for own in ports]
    with (
        prepared(**hosts[0], CAIRNDESK_PARTNERS__HOSTS=f"localhost:{ports[1]}") as here,
        prepared(**hosts[1], CAIRNDESK_PARTNERS__HOSTS=f"localhost:{ports[0]}") as there,
    ):
        here.desk, there.desk = (f"http://localhost:{port}" for port in ports)
        try:
            here.start()
            there.start()
            yield Pair(here, there)
        finally:
            here.stop()
            there.stop()


def enters(desk: Served, keys: tuple[str, str], name: str, address: str) -> None:
    """Sam enters the other desk, Ada confirms it."""
    today = datetime.now(UTC).date()
    days = {"valid_from": today.isoformat(), "valid_until": (today + timedelta(days=99)).isoformat()}
    about = {"name": name, "kind": "ngo", "country": "XB", "basis": "A memorandum of this year", "seals_to": keys[0], "signs_with": keys[1]}
    Visitor(desk.desk, {}).signs_in("Sam").opens("/desks/partners/").sends("/desks/partners/", **about, **days, address=address)
    ada = Visitor(desk.desk, {}).signs_in("Ada").opens("/desks/partners/")
    assert "In force" in ada.sends(ada.finds(r'action="(/desks/partners/[^"]+/)"'), act="confirm").page


def keys_of(desk: Served) -> tuple[str, str]:
    page = Visitor(desk.desk, {}).signs_in("Sam").opens("/desks/partners/").page
    found = re.findall(r"<code>([0-9a-f]{64})</code>", page)
    return found[0], found[1]


def told(desk: Served) -> str:
    """A call is written down; returns the address of its case once it waits in the queue."""
    cal = Visitor(desk.desk, {}).signs_in("Cal").opens("/call/")
    answers = {"path": "carer", "channel": "phone", "language": "en", "what": "threatens", "age": "10_12", "link": _LINK, "more": _TOLD}
    case = cal.sends("/call/", **answers).finds(r'href="(/cases/[^"]+/)">Go to the case')
    Visitor(desk.desk, {}).signs_in("Sam").waits_for(case, "waiting for review")
    return case


def lets_go(desk: Served, case: str) -> None:
    """Sam asks; the desk has one supervisor, so a named one of a partner organisation lets it go."""
    sam = Visitor(desk.desk, {}).signs_in("Sam").opens(f"{case}desk/")
    sam.sends(f"{case}desk/", to=sam.finds(r'name="to" value="([^"]+)"'), reason="The child lives there.")
    named = sam.opens(sam.finds(r'href="(/requests/[^"]+/)">What exactly')).address
    sam.sends(f"{named}approver/", person=sam.finds(r'value="([^"]+)">Ola'))
    ola = Visitor(desk.desk, {}).signs_in("Ola").opens(named)
    ola.sends(f"{named}decide/", act="approve", proof_digest=ola.finds(r'name="proof_digest" value="([^"]+)"'))


def state(desk: Served) -> dict[str, Any]:
    """What stands in the database of `desk`, read beside its processes."""
    done = subprocess.run([sys.executable, "-c", _STATES], env=desk.environment, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def until(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def accepts(desk: Served) -> str:
    """Sam of the other desk takes what is offered; returns the address of their case."""
    sam = Visitor(desk.desk, {}).signs_in("Sam")
    sam.waits_for("/desks/", "Accept the case")
    assert _TOLD not in sam.page
    assert "harbour" not in sam.page
    sam.sends(sam.finds(r'action="(/desks/offers/[^"]+/)"'), act="accept")
    case = sam.finds(r'href="(/cases/[^"]+/)desk/">Our case')
    sam.waits_for(case, "waiting for review")
    return case


def gives_back(desk: Served, case: str) -> None:
    sam = Visitor(desk.desk, {}).signs_in("Sam").opens(f"{case}desk/")
    sam.sends(sam.finds(r'action="(/desks/offers/[^"]+/)"'), act="back", why="The family moved back.", did="The school was not told.")


@pytest.mark.req("INT-34")
def test_a_case_is_offered_over_the_web_accepted_worked_on_and_handed_back(pair: Pair) -> None:
    here, there = pair.here, pair.there
    enters(here, keys_of(there), "Desk There", f"{there.desk}/api/v1/referrals")
    enters(there, keys_of(here), "Desk Here", f"{here.desk}/api/v1/referrals")
    case = told(here)
    # The other desk is away, and the process that sends is killed while it tries: nothing is lost, and nothing comes twice.
    there.stop()
    lets_go(here, case)
    Visitor(here.desk, {}).signs_in("Sam").waits_for("/desks/", r"tried 1×")
    os.kill(here.children()["work"], signal.SIGKILL)
    there.start()
    theirs = accepts(there)
    sam = Visitor(here.desk, {}).signs_in("Sam")
    sam.waits_for("/desks/", "They have it")
    gives_back(there, theirs)
    sam.waits_for("/desks/", "They handed it back")
    sam.waits_for(case, "waiting for review")
    sam.opens(f"{case}desk/")
    assert "The school was not told." in sam.sends(sam.finds(r'action="(/desks/offers/[^"]+/read/)"')).page
    until(lambda: state(there)["crossings"] == [["in", "returned", "answered"]])
    until(lambda: not [one for desk in (here, there) for one in state(desk)["letters"] if one[0] == "out" and not one[2]])
    assert state(here)["crossings"] == [["out", "returned", "queued"]]
    for desk in (here, there):
        assert state(desk)["log"]
        assert not [one for one in state(desk)["letters"] if one[3]]
        assert _TOLD not in desk.log.read_text("utf-8")


@pytest.mark.req("INT-34")
def test_a_case_is_carried_as_files_by_people_and_what_was_changed_on_the_way_is_not_taken(pair: Pair) -> None:
    here, there = pair.here, pair.there
    enters(here, keys_of(there), "Desk There", "")
    enters(there, keys_of(here), "Desk Here", "")
    case = told(here)
    lets_go(here, case)
    offer = taken_out(here)
    middle = len(offer) // 2
    with pytest.raises(AssertionError, match="letter_not_opened"):
        carried_to(there, offer[:middle] + ("B" if offer[middle] == "A" else "A") + offer[middle + 1 :])
    with pytest.raises(AssertionError, match="letter_not_opened"):
        carried_to(here, offer)
    carried_to(there, offer)
    with pytest.raises(AssertionError, match="taken_before"):
        carried_to(there, offer)
    theirs = accepts(there)
    carried_to(here, taken_out(there))
    gives_back(there, theirs)
    carried_to(here, taken_out(there, "return"))
    carried_to(there, taken_out(here))
    assert state(here)["crossings"] == [["out", "returned", "queued"]]
    assert state(there)["crossings"] == [["in", "returned", "answered"]]


def taken_out(desk: Served, paper: str = "") -> str:
    """Sam takes the letter that waits to be carried."""
    sam = Visitor(desk.desk, {}).signs_in("Sam").opens("/desks/")
    return sam.sends(sam.finds(rf'action="(/desks/letters/[^"]+/)">(?:(?!</form>).)*?aria-label="Take the {paper}')).page


def carried_to(desk: Served, letter: str) -> None:
    sam = Visitor(desk.desk, {}).signs_in("Sam").opens("/desks/")
    sam.hands_over("/desks/letters/", "letter", "letter.json", letter.encode())


@pytest.mark.req("INV-11")
def test_both_desks_know_the_case_by_one_id_and_what_came_of_it_comes_back_though_neither_reads_the_other(pair: Pair) -> None:
    here, there = pair.here, pair.there
    enters(here, keys_of(there), "Desk There", f"{there.desk}/api/v1/referrals")
    enters(there, keys_of(here), "Desk Here", f"{here.desk}/api/v1/referrals")
    case = told(here)
    lets_go(here, case)
    theirs = accepts(there)
    ours, other = (Visitor(desk.desk, {}).signs_in("Sam") for desk in (here, there))
    ours.waits_for(f"{case}desk/", "They opened it")
    assert "They have received it" in ours.page
    assert "What came of it there" not in ours.page
    shared = ours.finds(_SHARED)
    assert other.opens(f"{theirs}desk/").finds(_SHARED) == shared
    closes(there, theirs)
    ours.waits_for(f"{case}desk/", "help was arranged")
    assert "What came of it there: <b>help was arranged</b>" in ours.opens(f"{case}plan/").page
    # Each desk keeps one case of its own, under a number of its own, in a store of its own; of the other's it holds the number and the code alone.
    kept = {desk.data: cases_of(desk) for desk in (here, there)}
    assert [len(one) for one in kept.values()] == [1, 1]
    assert not set.intersection(*kept.values())
    assert cases_of(here) | cases_of(there) == {path.split("/")[2] for path in (case, theirs)}
    assert state(here)["log"]
    assert state(there)["log"]


def closes(desk: Served, case: str) -> None:
    """The case is classified there, nothing more has to be done, and it is closed."""
    ana = Visitor(desk.desk, {}).signs_in("Ana").opens("/")
    ana.sends("/review/next/")
    ana.opens(f"{case}classify/").sends(f"{case}classify/", severity="c", harms="threat_to_share", f_shows_abuse="yes", note="Read.")
    ana.waits_for(f"{case}plan/", 'name="act" value="skip"')
    while found := re.search(r'action="(/steps/[^"]+/decide/)"[^>]*>\s*<input[^>]*><label for="skip', ana.opens(f"{case}plan/").page):
        ana.sends(found[1], act="skip", words="The school has done it.")
    ana.opens(f"{case}close/")
    missing = dict.fromkeys(re.findall(r'name="(missing_\w+)"', ana.page), "Not asked.")
    ana.sends(f"{case}close/", outcome="help_arranged", words="The child is safe.", **missing)
    assert "Desk Here, which gave us the case: the outcome, as a code" in ana.page
    ana.sends(f"{case}close/")


def cases_of(desk: Served) -> set[str]:
    done = subprocess.run([sys.executable, "-c", _CASES], env=desk.environment, check=True, capture_output=True, text=True)
    return set(done.stdout.split())
