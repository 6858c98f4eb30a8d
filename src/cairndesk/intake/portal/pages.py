"""Drawing a page: language, style, contacts and the headers that every answer carries."""

import base64
import functools
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cairndesk.intake.portal import site
from cairndesk.intake.portal.borrowed import told_apart
from cairndesk.intake.portal.contacts import Help, help_for
from cairndesk.intake.portal.languages import Language, all_languages, offered
from cairndesk.intake.portal.voices import VOICES, Voice, voice_of
from cairndesk.intake.published import Desk, NothingPublished
from cairndesk.intake.rules import EXPLAINING
from cairndesk.intake.rules.hours import Reading
from cairndesk.lib import clock
from cairndesk.lib.catalogues import BORROWED, DRAFTED, SOURCE
from cairndesk.lib.edge import Page

_SHEET = Path(__file__).parent / "portal.css"
_COMMENT, _BLANKS, _TIGHT = re.compile(r"/\*.*?\*/", re.DOTALL), re.compile(r"\s+"), re.compile(r" ?([{};,>]) ?")
# Pages behind a receipt are filled to these steps, so that their size does not tell how much was written.
STEP = 4096
# Between these, in a page being drawn, stand the line that says that some of its text is not reviewed, and the one that some is in another language.
_LINE, _OTHER = ("\ufdd1", "\ufdd2"), ("\ufdd5", "\ufdd6")


@functools.cache
def sheet() -> str:
    """The one inline sheet."""
    return tight(_SHEET)


def tight(file: Path) -> str:
    """A sheet without comments and spare blanks."""
    return _TIGHT.sub(r"\1", _BLANKS.sub(" ", _COMMENT.sub("", file.read_text("utf-8")))).replace(";}", "}").strip()


def policy(style: str, ancestors: str = "'none'") -> str:
    """What a page with the one inline sheet `style` may do, and who may show it in a frame: nobody, but for the small page."""
    return f"default-src 'none'; style-src {source_of(style)}; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"


def source_of(text: str) -> str:
    """What a policy calls a sheet or a script that stands in the page itself."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@functools.cache
def headers() -> Mapping[str, str]:
    """What every answer of the portal carries, also those that the edge gives."""
    return {
        "Content-Security-Policy": policy(sheet()),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }


@dataclass(frozen=True)
class Place:
    """Where a page belongs: the organisation asked, the language and the voice chosen, and the addresses of its doors."""

    desk: Desk | None
    language: Language
    prefix: str = ""
    voice: Voice = VOICES[1]

    def door(self, name: str) -> str:
        """The address of a door at this organisation, in this language and voice."""
        return f"{self.language.prefix}{self.voice.prefix}{self.prefix}/{name}"

    def elsewhere(self, name: str) -> tuple[tuple[Language, str], ...]:
        """The same door in the other languages."""
        return tuple((one, replace(self, language=one).door(name)) for one in offered_at(self.desk) if one != self.language)

    def checked(self, name: str) -> tuple[tuple[Language, str], ...]:
        """The same door in one language whose words were all reviewed: the source where it is offered, and where no organisation is known."""
        others = self.elsewhere(name) if self.desk else ((all_languages()[0], replace(self, language=all_languages()[0]).door(name)),)
        reviewed = [(one, address) for one, address in others if one.is_reviewed and one != self.language]
        return tuple(sorted(reviewed, key=lambda pair: pair[0].code != SOURCE)[:1])

    def otherwise(self, name: str) -> tuple[tuple[Voice, str], ...]:
        """The same door in the other voices."""
        return tuple((one, replace(self, voice=one).door(name)) for one in VOICES if one != self.voice)

    @property
    def who(self) -> SafeString:
        """The name of the organisation, kept apart from the sentence that it is filled into."""
        return format_html("<bdi>{}</bdi>", self.desk.name if self.desk else "")

    @property
    def welcome(self) -> str:
        """The line with which the organisation greets in this language; it may be empty."""
        said = self.desk.sheet.words.get(self.language.code) if self.desk else None
        return said.welcome if said else ""


def place_of(language: str, slug: str, voice: str = "", *, host: str = "") -> Place | None:
    """The place of an address; None when there is no such language or organisation here.

    Who comes by an organisation's own host name meets that one alone. Where it does not offer the language, its first one is spoken:
    a page that is sent must be kept, whatever was changed meanwhile.
    """
    published, languages = site.current().published, site.current().languages
    # The name of the installation belongs to all, whatever an organisation says.
    own = published.desk_on(host) if host != urlsplit(site.current().config.portal.public_url).hostname else None
    desk = published.desk(slug or (own.slug if own else ""))
    if desk is None or (own and desk != own) or language not in {one.address for one in languages}:
        return None
    here = offered_at(desk)
    spoken = next((one for one in here if one.address == language), here[0])
    return Place(desk.in_language(spoken.code), spoken, f"/o/{slug}" if slug and not own else "", voice_of(voice))


def offered_at(desk: Desk | None) -> tuple[Language, ...]:
    """The languages in which an organisation is met here, in its order."""
    return offered(site.current().languages, desk.sheet.languages if desk else ())


def draw(place: Place, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200, door: str = "", stay: str = "") -> HttpResponse:
    """The page `template` at `place`; `door` is where it stands, for the same page in other languages and voices.

    `stay` is what its form says there to be shown again as it was filled in; a page without it holds nothing that could be lost.
    """
    return HttpResponse(_text(place, template, context or {}, door, stay), status=status)


class Filled(HttpResponse):
    """An answer whose size tells nothing; it goes over the wire as it is, for pressed together it would tell again."""


def filled(response: HttpResponse) -> Filled:
    """`response` filled with blanks to the next step of 4 KiB."""
    return Filled(response.content + b" " * (-len(response.content) % STEP), status=response.status_code)


def place_at(path: str, *, host: str = "") -> Place:
    """Where an address belongs that leads nowhere or broke: what it names of language, voice and organisation, where there is such a one."""
    rest = path.strip("/").split("/")
    language = next((one for one in site.current().languages if one.address == rest[0]), all_languages()[0])
    rest = rest[rest[0] == language.address :] or [""]
    voice = voice_of(rest[0])
    named = rest[bool(voice.sign) :]
    slug = named[1] if named[:1] == ["o"] and len(named) > 1 else ""
    try:
        found = place_of(language.address, slug, voice.sign, host=host) or place_of(language.address, "", voice.sign, host=host)
    except NothingPublished:
        found = None
    return found or Place(None, language, voice=voice)


def edge_page(status: int, path: str) -> Page:
    """The kind words for what the edge turns away, in the language and the voice of the address."""
    template = "portal/too_big.html" if status == 413 else "portal/try_again.html"
    place = place_at(path)
    # Without a desk it names no other language: what was sent would not go along. Whom to call is the desk's all the same.
    context = {"help": helpers(place).at_the_foot()}
    return Page("text/html; charset=utf-8", _text(replace(place, desk=None), template, context).encode())


def _text(place: Place, template: str, context: Mapping[str, Any] | None = None, door: str = "", stay: str = "") -> str:
    held = {
        "place": place,
        "line": (*_LINE, *_OTHER),
        "sheet": sheet(),
        "help": helpers(place).at_the_foot(),
        "home": place.door(""),
        "way_back": place.door("back"),
        "leave": place.door("go"),
        "privacy": place.door("privacy"),
        "aid": place.door("help"),
        "law": place.door("law") if place.desk and place.desk.sheet.law else "",
        "partners": place.door("partners") if place.desk and place.desk.sheet.partners else "",
        "to_call": place.door("help/call"),
        "quiet": place.door("quiet"),
        "elsewhere": place.elsewhere(door) if place.desk else (),
        "checked": place.checked(door),
        "otherwise": place.otherwise(door) if place.desk else (),
        "stay": stay,
        "reading": _reading(place),
        "judged": place.door(door) if door in EXPLAINING else "",
    }
    with translation.override(place.voice.catalogue(place.language.code)):
        page = render_to_string(f"portal/{template.removeprefix('portal/')}", held | dict(context or {}))
    return told_apart(_honest(page), place.language)


def _reading(place: Place) -> Reading | None:
    held = site.current().published.hours(place.desk.slug) if place.desk else None
    return held.reading(clock.now()) if held else None


def _honest(text: str) -> str:
    """The page `text` with the lines about reviews and other languages where it holds such a text, and without them elsewhere."""
    for (opens, closes), sign in ((_OTHER, BORROWED[0]), (_LINE, DRAFTED)):
        before, _, rest = text.partition(opens)
        line, _, after = rest.partition(closes)
        text = before + (line if sign in before or sign in after else "") + after
    return text.replace(DRAFTED, "")


def helpers(place: Place, *, own_thoughts: bool = False) -> Help:
    """All contacts, as the reader needs them; a page that tells about a fault is shown without them rather than not at all."""
    here = site.current()
    try:
        contacts = here.published.contacts(place.desk)
    except NothingPublished:
        contacts = ()
    return help_for(contacts, here.country_of(place.desk), place.language.code, own_thoughts=own_thoughts)


def blank() -> str:
    """A page with nothing on it; no style, no contacts, nothing to tell where it came from."""
    return render_to_string("portal/blank.html")
