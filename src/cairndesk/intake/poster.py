"""The poster of an organisation: the words "You can tell us" and a square code that leads to its public site, for a wall or a pocket."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import segno
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from cairndesk.accounts.models import Organisation
from cairndesk.config import Config
from cairndesk.directory.portals import Sheet as PublicSheet
from cairndesk.directory.sites import portal_of
from cairndesk.intake.portal.borrowed import told_apart
from cairndesk.intake.portal.languages import Language, offered, on_site
from cairndesk.intake.portal.voices import VOICES, Voice
from cairndesk.lib.catalogues import DRAFTED

# Paper of ISO 216, millimetres across and down.
SIZES = {"a4": (210, 297), "a6": (105, 148)}


@dataclass(frozen=True)
class Way:
    """One address as it is typed, and its square code as a drawing."""

    typed: str
    code: SafeString


@dataclass(frozen=True)
class Sheet:
    """One sheet of paper in one language, as drawn by `poster.html`."""

    language: Language
    name: str
    ways: Sequence[Way]


@dataclass(frozen=True)
class Site:
    """The public site of an organisation: its name, what it says of itself, where it begins (`sites_of`), and the languages it offers, by code."""

    name: str
    own: PublicSheet
    starts: Sequence[tuple[str, str]]
    languages: Mapping[str, Language]


def site_of(desk: Organisation, config: Config) -> Site:
    """The public site of `desk`. A sheet in a language that it does not offer would lead to a page that is not there."""
    own = portal_of(desk.pk)
    here = {one.code: one for one in offered(on_site(config), own.languages)}
    return Site(desk.name, own, sites_of("" if desk.is_first else desk.slug, own, public=config.portal.public_url), here)


def sites_of(slug: str, sheet: PublicSheet, *, public: str) -> list[tuple[str, str]]:
    """Where the site of an organisation begins, by name (`public`, or its own) and at its onion service, with what stands behind the language.

    `slug` is empty for the first organisation, which needs none.
    """
    end = f"/o/{slug}" if slug and not sheet.host else ""
    own = f"{urlsplit(public).scheme}://{sheet.host}" if sheet.host else public
    return [(start, end) for start in (own, sheet.onion) if start]


def poster(site: Site, *, languages: Iterable[Language], size: str, voice: Voice = VOICES[1]) -> str:
    """The poster of `site` as an HTML page of its own: one sheet a language, each with the code and the address of every place where it begins.

    `size`: one of SIZES; `voice`: whom it speaks to and leads. Nothing in it is fetched from anywhere.
    """
    sheets = [_drawn(Sheet(one, site.own.name_in(one.code) or site.name, _ways(site.starts, one, voice)), voice) for one in languages]
    wide, high = SIZES[size]
    return render_to_string("intake/poster.html", {"name": site.name, "sheets": sheets, "wide": wide, "high": high})


def way(address: str) -> Way:
    """The address without what a browser adds by itself, and the code of the whole. Level M: a seventh of it may be dirty or torn."""
    typed = address.removeprefix("https://") if urlsplit(address).scheme == "https" else address
    drawing = segno.make(address, error="m", micro=False).svg_inline(omitsize=True, border=4, dark="#000", light="#fff")
    return Way(typed.rstrip("/"), mark_safe(drawing))  # noqa: S308 - drawn by segno of nothing but squares


def addresses(starts: Iterable[tuple[str, str]], language: Language, voice: Voice) -> list[str]:
    """Where a site begins (`sites_of`) in a language and a voice, by name first."""
    return [f"{start.rstrip('/')}{language.prefix}{voice.prefix}{end}/" for start, end in starts]


def _ways(starts: Iterable[tuple[str, str]], language: Language, voice: Voice) -> list[Way]:
    return [way(address) for address in addresses(starts, language, voice)]


def _drawn(sheet: Sheet, voice: Voice) -> str:
    with translation.override(voice.catalogue(sheet.language.code)):
        drawn = render_to_string("intake/poster_sheet.html", {"sheet": sheet}).replace(DRAFTED, "")
    return mark_safe(told_apart(drawn, sheet.language))  # noqa: S308 - a template
