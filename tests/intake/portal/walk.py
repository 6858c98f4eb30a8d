"""Every page of the portal once, as a reporter meets it."""

import functools
import gzip
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path as Folder

import pytest
from django.test import override_settings
from tests.intake.portal.rae import Rae, build

from cairndesk.intake.portal import pages, site
from cairndesk.intake.portal.first_aid_words import AIDS
from cairndesk.intake.portal.state import Keyholder
from cairndesk.intake.rules import MILESTONES, Account, Answers, Mailbox, Message, Milestone, Path, Promise, SetAside, unknown
from cairndesk.intake.rules.mailbox import PROMISES
from cairndesk.lib.unknowns import Unknown

SIX = ("anchor", "apple", "acorn", "album", "amber", "apron")
TABLE = {
    "title": "Reports",
    "unit": "report",
    "caveats": ["A report is one telling."],
    "headers": ["Path", "Count"],
    "rows": [["child", 12], ["friend", None]],
}
_HOUR = datetime(2026, 5, 1, 12, tzinfo=UTC)


@functools.cache
def pages_in(prefix: str) -> Mapping[str, str]:
    """Every page in the language of an address, walked once for all tests that only read them."""
    return walked(prefix)


def walked(prefix: str) -> dict[str, str]:
    """Every page, walked at a portal of its own."""
    portal = override_settings(ROOT_URLCONF="cairndesk.urls.portal", MIDDLEWARE=["cairndesk.intake.portal.doors.Headers"])
    # A browser's event loop may occupy this thread, and the views want one of their own.
    with tempfile.TemporaryDirectory() as folder, portal, pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as apart:
        made = build(Folder(folder))
        patch.setattr(site, "current", lambda: made.site)
        return apart.submit(lambda: every_page(Rae(made), prefix)).result(60)


def weight(text: str) -> int:
    """Bytes of a page as it goes over the wire: pressed together, but for those that are filled up so that their size tells nothing."""
    raw = text.encode()
    return len(raw) if text.endswith("  ") else len(gzip.compress(raw))


def every_page(rae: Rae, language: str = "") -> dict[str, str]:
    """The text of every page in one language, by name."""
    seen: dict[str, str] = {"welcome": rae.opens(f"{language}/").text}
    for path in Path:
        _walk(rae, path, seen, language)
    rae.starts("child", language).says("decline", language)
    seen["nothing told"] = rae.says(at=language).text
    seen["picture"] = rae.posts(f"{language}/picture", **rae.hidden, what="gifts", go="stay").text
    rae.starts("child", language).says("decline", language)
    rae.portal.site.keyholder = Keyholder()
    seen["resumed"] = rae.says(at=language, what="gifts").text
    seen["start again"] = rae.posts(f"{language}/next", s="x").text
    _way_back(rae, seen, language)
    rae.portal.publish("pages/one.json", [TABLE])
    seen["numbers"] = rae.opens(f"{language}/numbers").text
    seen["privacy"] = rae.opens(f"{language}/privacy").text
    seen["first aid"] = rae.opens(f"{language}/help").text
    for number in AIDS:
        seen[f"first aid {number}"] = rae.opens(f"{language}/help/{number}").text
    seen["to call"] = rae.opens(f"{language}/help/call").text
    seen["quiet"] = rae.opens(f"{language}/quiet").text
    rae.starts("child", language)
    seen["to call in between"] = rae.posts(f"{language}/help/call", **rae.hidden, go="stay").text
    seen["first aid in between"] = rae.posts(f"{language}/help", **rae.hidden, go="stay").text
    seen["first aid 1 in between"] = rae.posts(f"{language}/help/1", **rae.hidden, go="stay").text
    seen["thanks in between"] = rae.posts(f"{language}/help/1/n", **rae.hidden, go="stay").text
    seen["thanks"] = rae.posts(f"{language}/help/1/y", go="").text
    seen["law"] = rae.opens(f"{language}/law").text
    seen["partners"] = rae.opens(f"{language}/partners").text
    seen["lost"] = rae.opens("/nothing/here").text
    for status in (413, 503):
        seen[f"edge {status}"] = pages.edge_page(status, f"{language}/next").body.decode()
    return seen


def _walk(rae: Rae, path: Path, seen: dict[str, str], language: str) -> None:
    rae.starts(path, language)
    seen[f"{path} 1"] = rae.text
    seen[f"{path} 2"] = rae.says(danger=["happening_now", "self_harm"], at=language).text
    if path is not Path.ADVICE:
        seen[f"{path} 3"] = rae.says(what="gifts", link="https://site.example/1", at=language).text
        seen[f"{path} 4"] = rae.says(setting="online", at=language).text
    seen[f"{path} receipt"] = rae.says(more="Please help.", at=language).text


def _way_back(rae: Rae, seen: dict[str, str], language: str) -> None:
    messages = (Message("you", "Please help.", _HOUR), Message("desk", "We saw it.", _HOUR), Message("you", "It was a Monday.", _HOUR, about="told"))
    answers: Answers = {"danger": ["not_now"], "what": ["gifts", "secrets"], "age": unknown(Unknown.DECLINED), "more": "He asks.\nI say no."}
    aside = (SetAside("no_police", "danger", _HOUR),)
    late = tuple(Promise(code, _HOUR.date()) for code in PROMISES)
    told = Account("child", answers, _HOUR)
    rae.portal.answer(
        SIX,
        Mailbox(
            tuple(Milestone(code, _HOUR) for code in (*MILESTONES[:3], "seen_again")), "removed", messages, told, {"tell": ["no_police"]}, aside, late
        ),
    )
    back = f"{language}/back"
    seen["back"] = rae.opens(back).text
    seen["odd word"] = rae.posts(back, words="anchor aple").text
    seen["no such"] = rae.posts(back, words=" ".join(SIX[::-1])).text
    seen["mailbox"] = rae.posts(back, words=" ".join(SIX)).text
    hidden = rae.hidden
    seen["told"] = rae.posts(back, **hidden, go="told").text
    seen["choices"] = rae.posts(back, **hidden, go="choices").text
    seen["chosen"] = rae.posts(back, **hidden, go="choose", tell="no_school").text
    seen["feeling"] = rae.posts(back, **hidden, go="felt").text
    seen["felt worse"] = rae.posts(back, **hidden, go="felt-worse", text="Look: data:image/png;base64,AAAA -----BEGIN PRIVATE KEY-----").text
    seen["objecting"] = rae.posts(back, **hidden, go="objection").text
    seen["objected"] = rae.posts(back, **hidden, go="object").text
    rae.posts(back, **hidden, go="told")
    seen["privacy of who came back"] = rae.posts(f"{language}/privacy", **rae.hidden, go="told", text="There is more.").text
    seen["empty message"] = rae.posts(back, **hidden, go="write").text
    seen["message kept"] = rae.posts(back, **hidden, go="write", text="There is more.").text
