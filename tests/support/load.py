"""Reporters and a platform that file without pause, insist as people do, and remember exactly what they were told is kept."""

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from tests.intake.portal.rae import _Page

T = TypeVar("T")
_FORM = "application/x-www-form-urlencoded"
# Seconds until somebody gives up, in front of one page that does not come and in all. To give up is a failure, never a next try:
# the desk stalled. A process that was killed answers as soon as it was started again.
_PATIENCE, _PAUSE = 60.0, 0.2
_UNKNOWN = {"unknown": "unknown"}


class _NotNow(Exception):
    """The site answered that it cannot at the moment."""


@dataclass(frozen=True)
class Kept:
    """A report of which we said that we have it: what was told, and how to come back to it (six words, or the id for a platform)."""

    answers: Mapping[str, Any]
    link: str
    words: tuple[str, ...] = ()
    report: str = ""


@dataclass
class Crowd:
    """All who file at the same time; `kept` is what they were promised, `met` what they met instead of an answer.

    `waits` tells per site how many seconds each answer took, from the first try on.
    """

    portal: str
    desk: str
    key: str
    kept: list[Kept] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    waits: dict[str, list[float]] = field(default_factory=lambda: {"portal": [], "desk": []})
    failures: list[BaseException] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, reporters: int, platforms: int) -> None:
        """Let them come, each in a thread of its own."""
        files = [self._reports] * reporters + [self._hands_over] * platforms
        self._threads = [threading.Thread(target=self._until_told, args=(name, file)) for name, file in enumerate(files)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let each finish what was begun, and nothing more; raises what went wrong with one of them."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if self.failures:
            raise self.failures[0]

    def _until_told(self, name: int, file: Callable[[str], Kept]) -> None:
        try:
            for number in itertools.count():
                if self._stop.is_set():
                    return
                self.kept.append(file(f"marker-{name}-{number}"))
                # A pause, as between visitors: without one two cores would only ever file, and nothing would be taken in.
                self._stop.wait(0.1)
        except BaseException as failure:  # noqa: BLE001 - a thread has nobody to raise to
            self.failures.append(failure)

    def _reports(self, marker: str) -> Kept:
        """A whole report through the public pages; every tenth teller is in danger at this moment."""
        danger = "happening_now" if marker.endswith("0") else "not_now"
        link = f"https://site.example/{marker}"
        page = self._page({"path": "child"}, "danger")
        page = self._page(page.hidden | {"danger": danger}, "what")
        page = self._page(page.hidden | {"what": "threatens", "link": link}, "setting")
        page = self._page(page.hidden | {"setting": "online"}, "more")
        hidden, tries = page.hidden, itertools.count(1)
        said = ""

        def last() -> dict[str, str]:
            # Who has to send a page again adds a word to it: what counts is what was said when we answered that we have it.
            nonlocal said
            said = f"{marker}, said for the {next(tries)}. time"
            return hidden | {"more": said, "age": "13_15"}

        page = self._insist(last, lambda page: len(page.parts) == 6)
        answers = {"danger": [danger], "what": ["threatens"], "link": link, "setting": "online", "more": said, "age": "13_15"}
        return Kept(answers | dict.fromkeys(("service", "handle", "tell", "wish"), _UNKNOWN), link, words=tuple(page.parts))

    def _page(self, fields: Mapping[str, str], asks: str) -> _Page:
        """The page that comes after sending `fields`; it asks `asks`."""
        return self._insist(lambda: fields, lambda page: any(held.get("name") == asks for _, held in page.tags))

    def _insist(self, fields: Callable[[], Mapping[str, str]], is_next: Callable[[_Page], bool]) -> _Page:
        """Send until the page that follows is there, with the same hidden fields each time, as a browser's own button does."""

        def send() -> _Page:
            status, body = _post(self.portal, "/next", urlencode({**fields(), "go": "next"}), {"Content-Type": _FORM})
            if status >= 500:
                raise _NotNow(status)
            page = _Page(body)
            assert is_next(page), (status, page.heading)
            return page

        return self._until_answered("portal", send)

    def _hands_over(self, marker: str) -> Kept:
        """A report by machine: the same body under the same key until it is answered."""
        link = f"https://site.example/{marker}"
        body = json.dumps({"what": ["sent_pictures"], "description": marker, "items": [{"kind": "url", "value": link}]})
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}", "Idempotency-Key": marker}

        def send() -> str:
            status, answer = _post(self.desk, "/api/v1/reports", body, headers)
            if status >= 500:
                raise _NotNow(status)
            assert status in {200, 201}, (status, answer)
            return str(json.loads(answer)["id"])

        return Kept({"what": ["sent_pictures"], "more": marker}, link, report=self._until_answered("desk", send))

    def _until_answered(self, site: str, send: Callable[[], T]) -> T:
        begun = time.monotonic()
        while True:
            try:
                answer = send()
            except TimeoutError as stall:
                raise TimeoutError(f"{site} took the call and said nothing for {_PATIENCE:.0f} s") from stall
            except (OSError, http.client.HTTPException, _NotNow) as refusal:
                self.met[f"{site}: {refusal if isinstance(refusal, _NotNow) else type(refusal).__name__}"] += 1
            else:
                self.waits[site].append(time.monotonic() - begun)
                return answer
            if time.monotonic() - begun > _PATIENCE:
                raise TimeoutError(f"{site} gave no answer for {_PATIENCE:.0f} s")
            time.sleep(_PAUSE)


def comes_back(portal: str, words: tuple[str, ...]) -> str:
    """The heading of what six words open."""
    return _Page(_post(portal, "/back", urlencode({"words": " ".join(words)}), {"Content-Type": _FORM})[1]).heading


def _post(site: str, path: str, body: str, headers: Mapping[str, str]) -> tuple[int, str]:
    host = urlsplit(site)
    line = http.client.HTTPConnection("127.0.0.1", host.port or 80, timeout=_PATIENCE)
    try:
        line.request("POST", path, body, {"Host": host.netloc, "Connection": "close", **headers})
        answer = line.getresponse()
        return answer.status, answer.read().decode()
    finally:
        line.close()
