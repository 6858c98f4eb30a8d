"""Lets each write of a report's life fail once, and sees that nobody is promised anything then, and that the next try succeeds without a restart.

`python -m tests.disk.failing ALL`, under the environment of a prepared desk and of a `Watched` disk with stacks. With ALL 0 each call site fails
once: of writes that come from the same place in the code, to the same kind of file in the same act, only the first. Tells as JSON what went wrong.
"""

import errno
import gc
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlencode

from django.conf import settings
from django.db import connections
from django.test import Client, override_settings
from tests.disk.watching import Op, Watched, read
from tests.intake.portal.rae import _Page
from tests.support import inspect_desk
from tests.support.acknowledged import KEY_FILE
from tests.support.life import Life, link_of

from cairndesk.custody.queries import verifier_key
from cairndesk.custody.shred import store_of
from cairndesk.intake.portal import site
from cairndesk.lib import logs
from cairndesk.urls import desk as _desk
from cairndesk.urls import portal as _portal_urls

# Read here, so that not each of the lives that are forked reads them anew.
ADDRESSES = (_desk.urlpatterns, _portal_urls.urlpatterns)
Act = tuple[str, Callable[[], None]]
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_DIGITS = re.compile(r"[0-9a-f]{16,}")


class Refused(Exception):
    """The answer was: not received, keep this page."""


class Desk:
    """One desk in one process, with everything that is written between the first page and the answer laid out for its reporter."""

    def __init__(self, key: str) -> None:
        self.life, self.key = Life.begin(), key
        self.site = site.open_site(settings.CAIRNDESK, verifier=verifier_key())
        self.page = _Page("")
        self.words: list[str] = []

    def acts(self) -> list[Act]:
        """Named, in their order; each may be repeated until it succeeds."""
        return [
            ("first page", lambda: self._send({"path": "child"}, "danger")),
            ("danger", lambda: self._send({"danger": "not_now"}, "what")),
            ("what", lambda: self._send({"what": "threatens", "link": link_of("told")}, "setting")),
            ("setting", lambda: self._send({"setting": "online"}, "more")),
            ("last page", self._last),
            ("handing over", self._hand_over),
            ("keeping a file", lambda: bool(self.life.keep_file(3000)) and None),
            ("taking in", self.life.take_in),
            ("laying out", self.life.lay_out),
            ("signing", self.life.sign),
            ("closing", connections.close_all),
        ]

    def _send(self, fields: dict[str, str], asks: str) -> None:
        page = self._post(fields)
        assert any(held.get("name") == asks for _, held in page.tags), page.heading
        self.page = page

    def _last(self) -> None:
        page = self._post({"more": "told", "age": "13_15"})
        assert len(page.parts) == 6, page.heading
        self.words = page.parts

    def _post(self, fields: dict[str, str]) -> _Page:
        """The next page; raises Refused where the page that was sent is shown again, with the same fields and without a receipt."""
        with _portal(self.site):
            answer = Client(raise_request_exception=False).post("/next", urlencode(self.page.hidden | fields | {"go": "next"}), content_type=_FORM)
        page, text = _Page(answer.content.decode()), answer.content.decode()
        if answer.status_code == 503:
            assert "We have not received this page" in text or "What you told us is kept" in text, page.heading
            assert not page.parts, "a receipt for what is not kept"
            self.page.hidden = page.hidden
            raise Refused
        assert answer.status_code == 200, answer.status_code
        return page

    def _hand_over(self) -> None:
        body = json.dumps({"what": ["threatens"], "description": "handed", "items": [{"kind": "url", "value": link_of("handed")}]})
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": "handed-over"}
        answer = Client(raise_request_exception=False).post("/api/v1/reports", body, content_type=_JSON, headers=headers)
        if answer.status_code == 503:
            assert answer.json()["code"] in {"desk.not_received", "intake.no_room", "custody.shred_store_away"}, answer.content
            raise Refused
        assert answer.status_code in {200, 201}, (answer.status_code, answer.content)


@contextmanager
def _portal(here: site.Site) -> Iterator[None]:
    """Requests go to the portal's pages."""
    doors = ["cairndesk.intake.portal.doors.Headers"]
    with override_settings(ROOT_URLCONF="cairndesk.urls.portal", MIDDLEWARE=doors), mock.patch.object(site, "current", return_value=here):
        yield


def main(watched: Watched, *, every: bool) -> dict[str, Any]:
    """What was not as it must be at which site, and how many sites there were and failed."""
    data, kept = Path(settings.DATA), Path(settings.DATA).with_name("kept")
    connections.close_all()
    shutil.copytree(data, kept)
    # By a process that has done nothing yet: what Python has learnt of its code changes its stacks, by which call sites are told apart.
    counted = _forked(lambda: _live(watched, 0, 0))
    sites = _sites(watched, every=every)
    _lay_down(kept, data)
    # What is read or built once has been by then, and not again by each of the lives that are forked.
    warmed = _live(watched, 0, 0)
    connections.close_all()
    store_of(data).close()
    # None of them is to look for garbage in what all of them share.
    gc.freeze()
    wrong = [f"without a failure: {one}" for one in (*counted["wrong"], *warmed["wrong"])]
    tried = 0
    for number, is_python in sites:
        for error in (errno.ENOSPC, errno.EIO, errno.EDQUOT)[: 3 if is_python else 2]:
            _lay_down(kept, data)
            told = _forked(lambda number=number, error=error: _live(watched, number, error))
            wrong += [f"site {number}, {errno.errorcode[error]}: {one}" for one in told["wrong"]]
            tried += 1
    return {"sites": counted["sites"], "chosen": len(sites), "tried": tried, "wrong": wrong}


def _lay_down(kept: Path, data: Path) -> None:
    shutil.rmtree(data)
    shutil.copytree(kept, data)


def _sites(watched: Watched, *, every: bool) -> list[tuple[int, bool]]:
    """The numbers of the sites to fail, and which of them are Python's own: SQLite gives a full quota the same answer as a broken disk."""
    seen, chosen, act, number = set(), [], "", 0
    for record in read(watched.trace):
        if record.op is Op.NOTE:
            act = json.loads(record.data)["act"]
            continue
        number += 1
        kind = (act, record.op, _DIGITS.sub("*", record.path), record.stack)
        if every or kind not in seen:
            chosen.append((number, not record.path.startswith(("db/desk", "shred/"))))
        seen.add(kind)
    return chosen


def _live(watched: Watched, number: int, error: int) -> dict[str, Any]:
    """A whole life in which the site with this number fails once."""
    desk, wrong = Desk((settings.DATA / KEY_FILE).read_text()), []
    watched.fail(number, error)
    for name, act in desk.acts():
        if not number:
            watched.note({"act": name})
        wrong += _until_done(name, act)
    sites = watched.sites
    watched.fail(0)
    desk.life.sweep()
    return {"wrong": [*wrong, *_broken(desk)], "sites": sites}


def _until_done(name: str, act: Callable[[], None]) -> Iterator[str]:
    """Try, and try once more; what is wrong with the answers."""
    for attempt in (1, 2):
        try:
            act()
        except AssertionError as failure:
            yield f"{name}, try {attempt}: {failure}"
        except Exception as failure:  # noqa: BLE001 - `work` goes on with its next lane, whatever one of them raises
            if attempt == 2:
                yield f"{name} did not succeed at the second try: {type(failure).__name__} {failure}"
        else:
            return


def _broken(desk: Desk) -> Iterator[str]:
    """What the desk lacks of the two reports, and what it has too much."""
    found = inspect_desk.main([desk.words] if desk.words else [])
    told = sorted((" ".join(report["items"]), report["answers"]["more"], report["state"]) for report in found["reports"])
    if told != [(link_of("handed"), "handed", "done"), (link_of("told"), "told", "done")]:
        yield f"the reports are {told}"
    if not all(found["boxes"]) or len(set(found["receipts"])) != 1:
        yield f"the receipt leads to {found['receipts']}, {found['boxes']}"
    yield from (f"{count} {what}" for what, count in found["left over"].items() if count)
    yield from (f"{what}: {found[what]}" for what in ("log", "vault") if not found[what]["ok"])
    yield from (f"{what}: {found[what]}" for what, well in {"database": "ok", "spool": []}.items() if found[what] != well)


def _forked(live: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        with os.fdopen(writing, "w") as told:
            try:
                found = live()
            except BaseException as failure:  # noqa: BLE001 - told to the parent
                found = {"wrong": [f"it ended: {type(failure).__name__} {failure}"], "sites": 0}
            json.dump(found, told)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        heard: dict[str, Any] = json.load(told)
    os.waitpid(child, 0)
    return heard


if __name__ == "__main__":
    logs.configure("work", quiet=True)
    sys.stdout.write(json.dumps(main(Watched.of_this_process(), every=sys.argv[1] != "0")))
