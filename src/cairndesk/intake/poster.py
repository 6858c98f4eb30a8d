"""The poster of an organisation: the words "You can tell us" and a square code that leads to its public site, for a wall or a pocket."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import segno
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from cairndesk.directory.portals import Sheet as PublicSheet
from cairndesk.intake.portal.languages import Language
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


def sites_of(slug: str, sheet: PublicSheet, *, public: str) -> list[tuple[str, str]]:
    """Where the site of an organisation begins, by name (`public`, or its own) and at its onion service, with what stands behind the language.

    `slug` is empty for the first organisation, which needs none.
    """
    end = f"/o/{slug}" if slug and not sheet.host else ""
    own = f"{urlsplit(public).scheme}://{sheet.host}" if sheet.host else public
    return [(start, end) for start in (own, sheet.onion) if start]


def poster(*, name: str, own: PublicSheet, sites: Sequence[tuple[str, str]], languages: Iterable[Language], size: str) -> str:
    """The poster of the organisation `name` as an HTML page of its own: one sheet a language, each with the code and the address of every site.

    `own`: what the organisation says of itself, which may name it otherwise in a language; `sites`: where each begins and what
    stands behind the language in its addresses; `size`: one of SIZES. Nothing in it is fetched from anywhere.
    """
    sheets = [_drawn(Sheet(one, own.name_in(one.code) or name, _ways(sites, one))) for one in languages]
    wide, high = SIZES[size]
    return render_to_string("intake/poster.html", {"name": name, "sheets": sheets, "wide": wide, "high": high, "edge": wide // 15})


def way(address: str) -> Way:
    """The address without what a browser adds by itself, and the code of the whole. Level M: a seventh of it may be dirty or torn."""
    typed = address.removeprefix("https://") if urlsplit(address).scheme == "https" else address
    drawing = segno.make(address, error="m", micro=False).svg_inline(omitsize=True, border=4, dark="#000", light="#fff")
    return Way(typed.rstrip("/"), mark_safe(drawing))  # noqa: S308 - drawn by segno of nothing but squares


def _ways(sites: Iterable[tuple[str, str]], language: Language) -> list[Way]:
    return [way(f"{start.rstrip('/')}{language.prefix}{end}/") for start, end in sites]


def _drawn(sheet: Sheet) -> str:
    with translation.override(sheet.language.code):
        return mark_safe(render_to_string("intake/poster_sheet.html", {"sheet": sheet}).replace(DRAFTED, ""))  # noqa: S308 - a template
