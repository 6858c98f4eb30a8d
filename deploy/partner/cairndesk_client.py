# noqa: INP001 - one file that a partner puts beside their own code
"""Hand over reports from the pages of a platform to a Cairndesk desk: one file, nothing but Python (3.11 or newer).

    desk = Desk("https://desk.example", key=open("/run/secrets/desk-key").read().strip())
    receipt = desk.report("our-000451", description=words, items=[("url", address)])
    print(receipt.id, desk.status(receipt.id))

Run it on your server: the key belongs on no page. A report has a key of yours, such as its number in your own system: whatever goes wrong on the
way, hand it over again under that key, today or tomorrow, from this process or another, and it is taken once. Keep it until you have the receipt.
"""

import json
import random
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from itertools import islice
from typing import Any

_AGAIN = frozenset({429, 500, 502, 503, 504})
_MOST_LINES, _MOST_BYTES = 200, 4_000_000
_LONGEST = 60.0
_KEY = re.compile(r"[!-~][ -~]{6,78}[!-~]")
_TOO_LARGE = {"status": 413, "title": "Too large", "detail": "One report has at most 4 MB."}


@dataclass(frozen=True)
class Receipt:
    """What the desk took: the id to ask after, how far it has come, and whether it had been taken before."""

    id: str
    status: str
    received_at: str
    was_taken_before: bool = False


class DeskFailure(Exception):
    """The desk has not taken it."""


class Refused(DeskFailure):
    """It will not be taken as it is; `problem` is the desk's problem document (RFC 9457), whose `errors` name fields."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        self.problem = problem
        self.status, self.code = int(problem.get("status", 0)), str(problem.get("code", ""))
        super().__init__(f"{self.code or self.status}: {problem.get('detail', '')} {problem.get('errors', '')}".strip())


class NotReached(DeskFailure):
    """No answer that counts, as often as it was tried: keep it, and hand it over again later under the same key."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A report is for the desk alone, whoever answers in its place; and so is the key."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Desk:
    """The desk at `address`, which begins with https:// (on your own machine http:// will do).

    `tries`: how often the same thing is sent; `first_wait` seconds before the second time, twice as long before each after that. Raises ValueError
    for an address or a key that cannot be right.
    """

    def __init__(self, address: str, *, key: str, tries: int = 5, first_wait: float = 1.0, timeout: float = 60.0) -> None:
        parts = urllib.parse.urlsplit(address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}):
            raise ValueError("the address of a desk begins with https://")
        if not key or not key.isascii() or any(sign.isspace() for sign in key):
            raise ValueError("this is no key of a desk")
        self._address, self._key = address.rstrip("/"), key
        self._tries, self._first_wait, self._timeout = tries, first_wait, timeout
        self._open = urllib.request.build_opener(_NoRedirect).open

    def report(self, key: str, *, items: Iterable[tuple[str, str]] = (), **said: Any) -> Receipt:
        """Hand over one report: `items` as (kind, value), and `description`, `what`, `language`, `happening_now` as in the interface of the desk.

        Raises Refused, NotReached, and ValueError for a `key` that is not 8 to 80 printable ASCII characters.
        """
        if not _KEY.fullmatch(key):
            raise ValueError("the key of a report is 8 to 80 printable ASCII characters, such as its number")
        status, answer = self._send("/reports", _as_json(report_of(items=items, **said)), "application/json", {"Idempotency-Key": key})
        return _receipt(answer, status)

    def reports(self, reports: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[tuple[str, Receipt | DeskFailure]]:
        """Hand over many, as pairs of key and report (`report_of` makes one); yields each key with its receipt, or with why it was not taken.

        One that is refused holds up no other. Raises NotReached when a whole batch was not answered, and Refused when the desk takes nothing
        from you, as with a wrong key; what was yielded before is taken.
        """
        for batch in _batches(reports):
            key, line = batch[0]
            if len(line) > _MOST_BYTES:
                yield key, Refused(_TOO_LARGE)
            else:
                yield from self._batch(batch)

    def status(self, report: str) -> str:
        """How far a report of yours has come: received, in_review, acting, answered or closed. Raises Refused, NotReached."""
        return str(self._send(f"/reports/{urllib.parse.quote(report, safe='')}")[1]["status"])

    def _batch(self, batch: Sequence[tuple[str, bytes]]) -> Iterator[tuple[str, Receipt | DeskFailure]]:
        waiting = list(batch)
        for tried in range(self._tries):
            _, answer = self._send("/reports/batch", b"\n".join(line for _, line in waiting), "application/x-ndjson")
            later, unanswered = [], dict(enumerate(waiting, 1))
            for one in answer["lines"]:
                key, line = unanswered.pop(one["line"])
                if one["report"]:
                    yield key, _receipt(one["report"], one["status"])
                elif one["status"] in _AGAIN:
                    later.append((key, line))
                else:
                    yield key, Refused(one["problem"])
            waiting = [*later, *unanswered.values()]
            if not waiting:
                return
            if tried + 1 < self._tries:
                time.sleep(self._wait(tried))
        yield from ((key, NotReached("the desk could not take it now")) for key, _ in waiting)

    def _send(self, path: str, body: bytes | None = None, kind: str = "", headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
        """The status and the answer, read; the same is sent again, later each time, as long as there is no answer that counts."""
        sent = {"Authorization": f"Bearer {self._key}", "Accept": "application/json", **(headers or {})} | ({"Content-Type": kind} if kind else {})
        why = ""
        for tried in range(self._tries):
            wait = self._wait(tried)
            asked = urllib.request.Request(f"{self._address}/api/v1{path}", data=body, headers=sent)  # noqa: S310 - https, see __init__
            try:
                with self._open(asked, timeout=self._timeout) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as failure:
                with failure:
                    if failure.code not in _AGAIN:
                        raise Refused(_problem(failure)) from None
                    why, later = f"the desk answered {failure.code}", failure.headers.get("Retry-After", "")
                    wait = min(max(wait, float(later)), _LONGEST) if later.isdecimal() else wait
            except (OSError, HTTPException, ValueError) as failure:
                why = f"no answer: {type(failure).__name__}"
            if tried + 1 < self._tries:
                time.sleep(wait)
        raise NotReached(why)

    def _wait(self, tried: int) -> float:
        """Seconds; not the same for everybody, so that those who were cut off together do not come back together."""
        return min(self._first_wait * 2**tried, _LONGEST) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


def report_of(*, items: Iterable[tuple[str, str]] = (), **said: Any) -> dict[str, Any]:
    """A report as the desk reads it."""
    named = [{"kind": kind, "value": value} for kind, value in items]
    return {**said, "items": named} if named else said


def _batches(reports: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[list[tuple[str, bytes]]]:
    lines = ((key, _as_json({"key": key, "report": report})) for key, report in reports)
    while some := list(islice(lines, _MOST_LINES)):
        batch: list[tuple[str, bytes]] = []
        size = 0
        for key, line in some:
            if batch and size + len(line) > _MOST_BYTES:
                yield batch
                batch, size = [], 0
            batch.append((key, line))
            size += len(line) + 1
        yield batch


def _as_json(said: Mapping[str, Any]) -> bytes:
    """Letters of every script at their own length; half of one, as scripts cut it off at the end of a field, becomes a question mark."""
    return json.dumps(said, ensure_ascii=False).encode(errors="replace")


def _receipt(answer: Mapping[str, Any], status: int) -> Receipt:
    return Receipt(str(answer["id"]), str(answer["status"]), str(answer["received_at"]), was_taken_before=status == 200)


def _problem(failure: urllib.error.HTTPError) -> Mapping[str, Any]:
    """The problem document; where something else answers in the desk's place, the status alone."""
    try:
        found = json.load(failure)
    except (ValueError, OSError, HTTPException):
        found = None
    return found if isinstance(found, dict) else {"status": failure.code, "title": failure.reason}
