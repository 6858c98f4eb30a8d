"""The disk is full while a whole desk runs: reports are turned away in plain words, staff can still sign in and out, and nothing is restarted."""

import http.cookiejar
import json
import re
import shutil
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.disk.watching import Watched
from tests.intake.portal.rae import _Page
from tests.support.acknowledged import KEY_FILE, PREPARE, look
from tests.support.served import Served, prepared

pytestmark = pytest.mark.slow
PLENTY, NOTHING = 1024 * 1024 * 1024, 0


class Person:
    """Somebody with a browser."""

    def __init__(self, site: str, headers: Mapping[str, str] | None = None) -> None:
        self._site, self._headers = site, dict(headers or {})
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def sees(self, path: str, fields: Mapping[str, str] | bytes | None = None) -> tuple[int, str]:
        """The status of the page at the end of the way, and what stands on it; with `fields` something is sent."""
        sent = fields if isinstance(fields, bytes) or fields is None else urlencode(fields).encode()
        request = urllib.request.Request(self._site + path, sent, self._headers)  # noqa: S310 - our own address
        try:
            with self._browser.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()


@pytest.fixture
def place() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="cairndesk-full-", dir="/var/tmp"))
    yield folder
    shutil.rmtree(folder)


def test_on_a_full_disk_reports_wait_outside_and_a_sign_out_still_works(place: Path) -> None:
    with prepared(prepare=PREPARE) as desk:
        watched = Watched.begin(desk.data, place)
        watched.room = PLENTY
        desk.environment |= watched.environment
        try:
            desk.start()
            until((desk.data / "db" / "reserve").exists)
            living = desk.children()
            filled_and_emptied(desk, watched)
            assert desk.children() == living, "somebody was started again"
        finally:
            desk.stop()
        found = look(desk, [])
        assert sorted(report["answers"]["more"] for report in found["reports"]) == ["after", "before"]
        assert (found["log"]["ok"], found["database"]) == (True, "ok")


def filled_and_emptied(desk: Served, watched: Watched) -> None:
    reporter, staff, platform = Person(desk.portal), Person(desk.desk), platform_of(desk)
    first = _Page(reporter.sees("/next", {"path": "child"})[1])
    page = {**first.hidden, "danger": "not_now", "go": "next"}
    assert hand_over(platform, "before")[0] == 201

    watched.room = NOTHING
    status, text = reporter.sees("/next", page)
    assert (status, "We have not received this page." in text) == (503, True)
    status, text = hand_over(platform, "after")
    assert (status, json.loads(text)["code"]) == (503, "intake.no_room")
    # Both are written down, in the log too.
    assert sign_in(staff) == 200
    assert not (desk.data / "db" / "reserve").exists(), "what was kept back was not needed"
    assert sign_out(staff)
    assert hand_over(platform, "after")[0] == 503, "what was kept back for staff went to somebody else"

    watched.room = PLENTY
    until((desk.data / "db" / "reserve").exists)
    assert reporter.sees("/next", page)[0] == 200
    assert hand_over(platform, "after")[0] == 201


def platform_of(desk: Served) -> Person:
    return Person(desk.desk, {"Authorization": f"Bearer {(desk.data / KEY_FILE).read_text()}", "Content-Type": "application/json"})


def hand_over(platform: Person, marker: str) -> tuple[int, str]:
    platform._headers["Idempotency-Key"] = f"report-{marker}"
    return platform.sees("/api/v1/reports", json.dumps({"description": marker}).encode())


def sign_in(staff: Person) -> int:
    """The status of the first screen, once one of the people of the demonstration has signed in."""
    page = staff.sees("/sign-in/")[1]
    [person, *_] = re.findall(r'name="person" value="([^"]+)"', page)
    return staff.sees("/sign-in/demo/", {"csrfmiddlewaretoken": token(page), "person": person})[0]


def sign_out(staff: Person) -> bool:
    """Whether the first screen is shut afterwards."""
    staff.sees("/sign-out/", {"csrfmiddlewaretoken": token(staff.sees("/")[1])})
    return "csrfmiddlewaretoken" in staff.sees("/")[1] and 'name="person"' in staff.sees("/")[1]


def token(page: str) -> str:
    return re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[0]


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)
