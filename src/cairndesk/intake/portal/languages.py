"""Which languages the portal speaks, and how much of each has been reviewed by people who speak it."""

import functools
import io
import tomllib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from gettext import GNUTranslations
from pathlib import Path

from django.conf import settings
from django.utils.translation import trans_real

from cairndesk.config import Config
from cairndesk.intake.portal import packs
from cairndesk.intake.portal.voices import VOICES, Voice
from cairndesk.lib.catalogues import BORROWED, SOURCE, Translation, packed, signed, translations

LOCALE = Path(__file__).parents[2] / "locale"
# The words of children's pages, and those of the public tables.
_PAGES, NUMBERS = "django", "numbers"
EVERY = "all"
"""In the setting: every language of the package."""


@dataclass(frozen=True)
class Language:
    """One language by its code (BCP 47): `name` in itself, how many of its texts two speakers have reviewed, how it writes a day and parts a list.

    `falls_back`: for a language pack, the code of the language that fills its gaps; `missing`: how many there are.
    """

    code: str
    name: str
    english: str
    is_rtl: bool
    texts: int = 0
    reviewed: int = 0
    dated: str = ""
    months: tuple[str, ...] = ()
    comma: str = ", "
    falls_back: str = ""
    missing: int = 0

    @property
    def is_pack(self) -> bool:
        """Whether it stands beside the package."""
        return bool(self.falls_back)

    @property
    def is_reviewed(self) -> bool:
        """Whether no text of it waits for a review; the source language needs none."""
        return self.reviewed == self.texts

    @property
    def address(self) -> str:
        """Its code as addresses spell it."""
        return self.code.lower()

    @property
    def prefix(self) -> str:
        """What stands before an address in this language; nothing for the source language."""
        return "" if self.code == SOURCE else f"/{self.address}"

    def day(self, day: date) -> str:
        """`day` as it is written in this language, in one piece; in digits alone where the language does not name its months."""
        if not self.months:
            return f"{day:%Y-%m-%d}".replace("-", "\u2011")
        return self.dated.format(day=day.day, month=self.months[day.month - 1], year=day.year).replace(" ", "\u00a0")


def catalogue_of(code: str, variant: str = "", domain: str = _PAGES) -> Path:
    """Where the texts of a language lie, or those that a voice says otherwise, or the words of the numbers."""
    return LOCALE / (code.replace("-", "_") + variant) / "LC_MESSAGES" / f"{domain}.po"


def catalogues_of(code: str) -> tuple[Path, ...]:
    """The catalogues of a language and of its voices."""
    locale = code.replace("-", "_")
    return tuple(path for path in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")) if path.parts[-3].partition("@")[0] == locale)


@functools.cache
def all_languages() -> tuple[Language, ...]:
    """Every language with a catalogue, the source first, and then those of the packs."""
    return (*_of_package(), *(_of_pack(one) for one in found_packs()[0]))


@functools.cache
def found_packs() -> tuple[list[packs.Pack], list[packs.PackRefused]]:
    """The language packs of this installation, and why others in their folder are none; read once, and kept in memory."""
    return packs.found(folder_of_packs(settings.CAIRNDESK), package())


def folder_of_packs(config: Config) -> Path:
    """Where language packs lie, one a folder."""
    return config.desks.language_packs or config.data / "languages"


@functools.cache
def package() -> packs.Package:
    """What language packs are held against."""
    rows = tomllib.loads((LOCALE / "languages.toml").read_text("utf-8"))
    codes = [code for code in rows if code == SOURCE or catalogue_of(code).exists()]
    # Each language of the package has every text.
    texts = {text: [text] for code in codes[1:2] for text in translations(catalogue_of(code).read_text("utf-8")) if text}
    for path in catalogues_of(SOURCE):
        for text, one in translations(path.read_text("utf-8")).items() if path.stem == _PAGES else ():
            texts.get(text, []).append(one.text)
    blame = LOCALE / "blame.toml"
    return packs.Package(codes, texts, tomllib.loads(blame.read_text("utf-8")) if blame.exists() else {})


def _of_package() -> Iterator[Language]:
    rows = tomllib.loads((LOCALE / "languages.toml").read_text("utf-8"))
    return (_language(code, row) for code, row in rows.items() if code == SOURCE or catalogue_of(code).exists())


def spoken(switched_on: Collection[str]) -> tuple[Language, ...]:
    """The languages to offer: of the package the reviewed ones, and those that the operator switched on by their codes, or all.

    A pack brings its own reviews, and is the operator's to vouch for: it is switched on by its code or not at all.
    """
    return tuple(one for one in all_languages() if one.code in switched_on or (not one.is_pack and (one.is_reviewed or EVERY in switched_on)))


def on_site(config: Config) -> tuple[Language, ...]:
    """The languages that a site offers; in the demo every one."""
    return all_languages() if config.mode == "demo" else spoken(config.desks.unreviewed_languages)


def offered(site: Iterable[Language], chosen: Iterable[str]) -> tuple[Language, ...]:
    """Of the languages of a site those that an organisation chose by their codes, in its order, or all.

    Whoever reads what nobody reviewed must have reviewed words one tap away, so the source follows where no other would be.
    """
    here = {one.code: one for one in site}
    held = [here[code] for code in chosen if code in here]
    if held and not any(one.is_reviewed for one in held):
        held.append(here[SOURCE])
    return tuple(held or here.values())


def _language(code: str, row: dict[str, str]) -> Language:
    held = [translations(path.read_text("utf-8")) for path in catalogues_of(code) if code != SOURCE]
    texts = [one for catalogue in held for key, one in catalogue.items() if key]
    reviewed = sum(one.is_reviewed for one in texts)
    months = tuple(row.get("months", "").split())
    is_rtl, comma = row.get("direction") == "rtl", row.get("comma", Language.comma)
    return Language(code, row["name"], row["english"], is_rtl, len(texts), reviewed, row.get("date", ""), months, comma)


def _of_pack(pack: packs.Pack) -> Language:
    """The language of a pack; afterwards pages can be drawn in it, in every voice."""
    about = pack.about
    for voice in VOICES:
        held = _borrowed(about.falls_back, voice) | {
            text: signed(one) for variant in dict.fromkeys(("", voice.variant)) for text, one in pack.said.get(variant, {}).items()
        }
        words = packed({"": "Content-Type: text/plain; charset=UTF-8\n", **held})
        trans_real.translation(voice.catalogue(about.tag)).merge(GNUTranslations(io.BytesIO(words)))
    said = [one for texts in pack.said.values() for one in texts.values()]
    return Language(
        about.tag,
        about.name,
        about.english,
        is_rtl=about.direction == "rtl",
        texts=len(said) + pack.missing,
        reviewed=sum(one.is_reviewed for one in said),
        dated=about.date or "",
        months=about.months,
        comma=about.comma,
        falls_back=about.falls_back,
        missing=pack.missing,
    )


def _borrowed(code: str, voice: Voice) -> dict[str, str]:
    """Every text as a language of the package says it in a voice, with the signs that it is lent."""
    held = dict.fromkeys(package().texts, "")
    for path in (catalogue_of(code), catalogue_of(code, f"@{voice.variant}" if voice.variant else "")):
        found: dict[str, Translation] = translations(path.read_text("utf-8")) if path.exists() else {}
        held |= {text: one.text if code == SOURCE else signed(one) for text, one in found.items() if text in held}
    return {text: f"{BORROWED[0]}{said or text}{BORROWED[1]}" for text, said in held.items()}
