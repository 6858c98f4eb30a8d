"""Every page of the portal once, as a reporter meets it."""

import functools
import gzip
import logging
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path as Folder
from unittest import mock

from django.core.handlers.asgi import ASGIHandler
from django.test import override_settings
from tests.insight.public_tables import in_public
from tests.intake.portal.rae import FORM, Portal, Rae, build
from tests.intake.portal.wire import Wire, serving

from cairndesk.config import Desks
from cairndesk.intake.portal import asgi, pages, site
from cairndesk.intake.portal.first_aid_words import AIDS
from cairndesk.intake.portal.languages import all_languages
from cairndesk.intake.portal.state import Keyholder
from cairndesk.intake.portal.voices import VOICES
from cairndesk.intake.published import tables_file
from cairndesk.intake.rules import MILESTONES, Account, Answers, Mailbox, Message, Milestone, Path, Promise, SetAside, unknown
from cairndesk.intake.rules.mailbox import PROMISES
from cairndesk.lib.catalogues import SOURCE
from cairndesk.lib.edge import Edge, Limits
from cairndesk.lib.unknowns import Unknown

SIX = ("anchor", "apple", "acorn", "album", "amber", "apron")
_HOUR = datetime(2026, 5, 1, 12, tzinfo=UTC)
# They stand alone: what another site shows in a frame, and what "Leave now" leads to. Nothing of the frame of all other pages is on them.
APART = ("widget", "blank")
# The pages on which somebody tells something.
TOLD = re.compile("welcome|start again|nothing told|resumed|[a-z]+ [1-4]")
EVERYWHERE = [language.prefix + voice.prefix for language in all_languages() for voice in VOICES]
"""What stands before an address in each language and each voice."""


@dataclass(frozen=True)
class Walked:
    """Every page by its name, and what the answer with it weighed on the line: bytes with the headers."""

    pages: Mapping[str, str]
    weights: Mapping[str, int]


@functools.cache
def all_in(prefix: str) -> Walked:
    """Every page in the language and the voice of an address, walked once for all tests that only read them."""
    return walked(prefix)


@functools.cache
def pages_in(prefix: str) -> Mapping[str, str]:
    """The text of all but those that stand apart."""
    return {name: text for name, text in all_in(prefix).pages.items() if name not in APART}


@contextmanager
def a_portal() -> Iterator[tuple[Portal, int, Edge]]:
    """A portal on a folder of its own, the port at which a server answers for it, and its edge."""
    settings = override_settings(ROOT_URLCONF="cairndesk.urls.portal", MIDDLEWARE=["cairndesk.intake.portal.doors.Headers"])
    with tempfile.TemporaryDirectory() as folder, settings:
        made = build(Folder(folder))
        made.is_read_again_tomorrow()
        app = Edge(ASGIHandler(), scheme="http", page=pages.edge_page, limits=asgi.limits(), headers=pages.headers())
        with mock.patch.object(site, "current", return_value=made.site), serving(app) as port:
            yield made, port, app


def walked(prefix: str) -> Walked:
    """Every page, over a line as a phone has one."""
    with a_portal() as (made, port, app):
        wire = Wire(port)
        seen = every_page(Rae(made, wire), prefix) | pages_apart(Rae(made, wire), prefix)
        wire.post(f"{prefix}/next", "x" * (asgi.limits().body + 1), FORM)
        with mock.patch.object(app, "_limits", Limits(together=0)):
            wire.post(f"{prefix}/next", "x", FORM)
    return Walked(seen, {name: wire.weights[text] for name, text in seen.items()})


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
    code = next((one.code for one in all_languages() if language.startswith(f"/{one.address}")), SOURCE)
    rae.portal.publish(f"pages/{tables_file('one', code)}", in_public(code))
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
    seen["lost"] = rae.opens(f"{language}/nothing/here").text
    for status in (413, 503):
        seen[f"edge {status}"] = pages.edge_page(status, f"{language}/next").body.decode()
    _faults(rae, seen, language)
    return seen


def pages_apart(rae: Rae, language: str = "") -> dict[str, str]:
    """The text of those that stand apart."""
    return dict(zip(APART, (rae.opens(f"{language}/widget").text, rae.opens("/blank").text), strict=True))


def _faults(rae: Rae, seen: dict[str, str], language: str) -> None:
    """What a reporter is shown when something of ours broke, or is not ready."""
    here, numbers = rae.portal.site, f"{language}/numbers"
    silent = mock.patch.object(logging.getLogger("django.request"), "disabled", new=True)
    broken = mock.patch.object(here.published, "tables", side_effect=RuntimeError)
    with silent, broken, mock.patch.object(rae.client, "raise_request_exception", new=False):
        seen["sorry"] = rae.opens(numbers).text
    real = here.config.model_copy(update={"mode": "real", "desks": Desks(country="XA", unreviewed_languages=[one.code for one in all_languages()])})
    with silent, mock.patch.object(here, "config", real), mock.patch.object(here.published, "contacts", return_value=()):
        seen["not open"] = rae.opens(f"{language}/").text


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
