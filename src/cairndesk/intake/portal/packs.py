"""Language packs: languages that an operator, or a community, adds beside the package, each a folder with a manifest and its catalogues.

A pack is text from outside. What of it cannot be read is refused with its line; what could change a page, send a child elsewhere or put
blame on them is left out, text by text, and the language that the pack names fills the gap. Neither stops another pack or the portal.
"""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from cairndesk.intake.portal.neutral import gendered, rules, shown
from cairndesk.lib.catalogues import SOURCE, Translation, lines_of, misread, translations
from cairndesk.lib.text import clean
from cairndesk.lib.translating import SIGN

MANIFEST = "pack.toml"
TEXTS: Mapping[str, str] = {"": "texts.po", "young": "young.po", "older": "older.po"}
"""The catalogue of a pack, and those of the voices that say something in other words, by the name of the voice's variant."""
TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
"""A tag of BCP 47 with its language, and where it needs them its script and its region."""
_MOST_BYTES = 2 * 1024 * 1024
_FIELD = re.compile(r"%\(\w+\)s")
_DIGITS = re.compile(r"\d+")
_DAY = re.compile(r"\{(day|month|year)\}")
# Whom to call, and where to go, comes from the operator's directory alone. Names of hosts are typed with the stops of Asia as well.
_ADDRESS = re.compile(r"(?<!\.)\.\w|\s\.(?!\.)|[a-z0-9][。｡][a-z]|[:/]\s*/|\bwww\b|@[a-z0-9_]|[a-z0-9_]@", re.IGNORECASE)
_HAN_RUN = 3
"""So many signs of Chinese numbers on end are a number; one or two stand in many words."""
_TAKEN = frozenset({"go", "law"})
"""Doors of the portal whose word could be a tag."""


class PackRefused(ValueError):
    """A pack as a whole cannot be used: which file of it, which line (0 where none is meant), and why."""

    def __init__(self, place: str, line: int, says: str) -> None:
        self.place, self.line, self.says = place, line, says
        super().__init__(str(Fault(place, line, says)))


@dataclass(frozen=True)
class Fault:
    """What is wrong with one text of a pack, which is not shown for it, or with a mark in it, which does not count."""

    place: str
    line: int
    says: str

    def __str__(self) -> str:
        return f"{self.place}{f', line {self.line}' if self.line else ''}: {self.says}"


def _plain(text: str) -> str:
    if not text.strip() or text != clean(text) or set('<>&"%\n\t') & set(text):
        raise ValueError("it takes plain words on one line")
    return text


def _here(text: str) -> str:
    if leads_elsewhere(text):
        raise ValueError("it takes no number, no address, and no dot before a letter")
    return text


def _day(pattern: str) -> str:
    if sorted(_DAY.findall(pattern)) != ["day", "month", "year"] or set("{}") & set(_plain(_DAY.sub("", pattern) + "-")):
        raise ValueError("it holds {day}, {month} and {year} once each, and no other braces")
    _here(_DAY.sub("_", pattern))
    return pattern


def _months(names: tuple[str, ...]) -> tuple[str, ...]:
    # Some languages call a month by its number.
    if any(leads_elsewhere(name, [str(number)]) for number, name in enumerate(names, 1)):
        raise ValueError("a month takes no number but its own, no address, and no dot before a letter")
    return names


def _between(text: str) -> str:
    if set("./:@") & set(_here(_plain(text))):
        raise ValueError("it takes what parts words, and nothing of which an address is made")
    return text


Plain = Annotated[str, AfterValidator(_plain), Field(max_length=60)]
Name = Annotated[str, AfterValidator(_plain), AfterValidator(_here), Field(max_length=40)]


class About(BaseModel):
    """The manifest of a pack."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tag: str
    name: Name
    english: Name
    falls_back: str
    direction: Literal["ltr", "rtl"] = "ltr"
    voices: tuple[Literal["young", "older"], ...] = ()
    date: Annotated[str, AfterValidator(_day), Field(max_length=60)] | None = None
    months: Annotated[tuple[Plain, ...], AfterValidator(_months)] = ()
    comma: Annotated[str, AfterValidator(_between), Field(max_length=3)] = ", "
    blame: tuple[str, ...] = ()
    reviewers: Mapping[str, Plain] = Field(default_factory=dict)


@dataclass(frozen=True)
class Pack:
    """A language beside the package: what it says by voice and text, how many texts it has none for, and what of it was left out."""

    about: About
    said: Mapping[str, Mapping[str, Translation]]
    missing: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Package:
    """What packs are held against: the codes of the package's languages, its texts, and words of blame by code (`blame.toml`).

    Beside each text stands all that English says for it, in whatever voice.
    """

    codes: Collection[str]
    texts: Mapping[str, Collection[str]]
    listed: Mapping[str, Mapping[str, object]]


def found(folder: Path, package: Package) -> tuple[list[Pack], list[PackRefused]]:
    """The packs in `folder`, one a folder, and why others are none; no packs where there is no such folder."""
    packs: list[Pack] = []
    refused: list[PackRefused] = []
    try:
        places = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        return [], []
    except OSError as error:
        return [], [PackRefused(folder.name, 0, error.strerror or "it cannot be read")]
    for place in places:
        try:
            if place.is_dir():
                packs.append(read(place, package))
        except PackRefused as error:
            refused.append(error)
        except Exception as error:  # noqa: BLE001 - every process reads them as it starts, and none may fall over a text from outside
            refused.append(PackRefused(place.name, 0, f"it cannot be read ({type(error).__name__})"))
    return packs, refused


def read(place: Path, package: Package) -> Pack:
    """The pack in the folder `place`. Raises PackRefused."""
    about = _about(place, package.codes)
    said: dict[str, dict[str, Translation]] = {}
    faults: list[Fault] = []
    signs: set[str] = set()
    for variant in ("", *about.voices):
        name = f"{place.name}/{TEXTS[variant]}"
        text = _text(place / TEXTS[variant], name)
        if wrong := misread(text):
            raise PackRefused(name, *wrong)
        lines = lines_of(text)
        for key, one in translations(text).items():
            signs |= one.readers
            wrongs = list(_wrongs(key, one, package, about)) if key else []
            faults += (Fault(name, lines.get(key, 0), says) for says in wrongs)
            if key and not wrongs:
                said.setdefault(variant, {})[key] = Translation(_normal(one.text), one.readers & set(about.reviewers))
    manifest = f"{place.name}/{MANIFEST}"
    faults += (
        Fault(manifest, 0, f"`{sign}` has read texts and is none of `reviewers`, so it does not count") for sign in signs - set(about.reviewers)
    )
    return Pack(about, said, len(set(package.texts) - set(said.get("", {}))), tuple(faults))


def _about(place: Path, codes: Collection[str]) -> About:
    name = f"{place.name}/{MANIFEST}"
    text = _text(place / MANIFEST, name)
    try:
        about = About.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise PackRefused(name, int(line[1]) if line else 0, str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0])
        raise PackRefused(name, _line_of(key, text), f"{key}: {first['msg'].removeprefix('Value error, ')}") from error
    except (ValueError, RecursionError) as error:
        raise PackRefused(name, 0, "it holds a number that is too long, or too many brackets in each other") from error
    for key, says in _unfit(about, place.name, codes):
        raise PackRefused(name, _line_of(key, text), f"{key}: {says}")
    return about


def _unfit(about: About, folder: str, codes: Collection[str]) -> Iterator[tuple[str, str]]:
    if about.tag != folder or not TAG.fullmatch(about.tag):
        yield "tag", "it is a tag of BCP 47 such as `quz` or `shi-Tfng`, and the name of the folder"
    if about.tag in codes:
        yield "tag", "this language is in the package; a pack adds one that is not, and changes none that is"
    if about.tag in _TAKEN:
        yield "tag", "a page of the portal has this word for its address; write it with a script or a region, such as `law-Latn`"
    if about.falls_back not in codes:
        yield "falls_back", f"it names a language of the package: {', '.join(codes)}"
    if len(about.months) not in {0, 12} or bool(about.months) != bool(about.date):
        yield "months", "twelve of them, and `date` with them, or neither"
    if strange := [sign for sign in about.reviewers if not SIGN.fullmatch(sign)]:
        yield "reviewers", f"`{strange[0]}` is no sign of two to twelve small letters"


def _line_of(key: str, text: str) -> int:
    return next((number for number, line in enumerate(text.splitlines(), 1) if re.match(rf"\s*\[?{re.escape(key)}\b", line)), 0)


def _text(path: Path, name: str) -> str:
    try:
        # A pipe would be waited for without end.
        if path.exists() and not path.is_file():
            raise PackRefused(name, 0, "it is no file")
        with path.open("rb") as file:
            held = file.read(_MOST_BYTES + 1)
        if len(held) > _MOST_BYTES:
            raise PackRefused(name, 0, f"it is larger than {_MOST_BYTES // 1024} KiB")
        return held.decode("utf-8")
    except OSError as error:
        raise PackRefused(name, 0, error.strerror or "it cannot be read") from error
    except UnicodeDecodeError as error:
        raise PackRefused(name, error.object[: error.start].count(b"\n") + 1, "it is not written in UTF-8") from error


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _wrongs(key: str, one: Translation, package: Package, about: About) -> Iterator[str]:
    said = _normal(one.text)
    if key not in package.texts:
        yield "the portal has no such text; it may be of another version"
        return
    if sorted(_FIELD.findall(key)) != sorted(_FIELD.findall(said)) or "%" in _FIELD.sub("", said):
        yield f"what is filled in must stay as it is: {', '.join(_FIELD.findall(key)) or 'nothing, and no percent sign'}"
    if set('<>&"') & set(said):
        yield 'it brings one of the marks < > & ", with which a page is built'
    if clean(said) != said or "\n" in said or "\t" in said:
        yield "it holds characters that control, reorder or stand for nothing"
    if led := leads_elsewhere(said, package.texts[key]):
        yield f"it names an address or a number of its own: {led}; whom to reach comes from the directory"
    if len(said) > 4 * len(key) + 80:
        yield "it is more than four times as long as the English"
    if word := next(_blaming(said, package.listed, about), ""):
        yield f"“{word}” blames, or is a word that the field has left"
    if word := next(_not_neutral(key, said, about), ""):
        yield f"“{word}” takes somebody for a girl or a boy, shows too much, or says which answer is wanted"


def leads_elsewhere(said: str, english: Collection[str] = ()) -> str:
    """Why `said` may send somebody to a place or a number that no text of `english` names, or nothing. Numbers in words are not found."""
    said, english = _bare(said), [_bare(one) for one in english]
    if any(unicodedata.category(one) in {"Nl", "No"} for one in said) or "1" * _HAN_RUN in "".join(_han(one) for one in said if one.isalpha()):
        return "a number is written in digits"
    own = Counter(_DIGITS.findall(said))
    if any(count > max((_DIGITS.findall(one).count(number) for one in english), default=0) for number, count in own.items()):
        return "the English holds no such number, or not as often"
    if said.count("@") > max((one.count("@") for one in english), default=0):
        return "the English holds no @"
    return "a dot before a letter, or other marks of an address" if _ADDRESS.search(said) else ""


def _bare(text: str) -> str:
    """`text` in the plainest signs, without marks that join to others, and its digits as 0 to 9."""
    plain = (one for one in unicodedata.normalize("NFKC", text) if unicodedata.category(one) not in {"Cf", "Mn"})
    return "".join(str(unicodedata.digit(one)) if one.isdecimal() else one for one in plain)


def _han(one: str) -> str:
    return "0" if unicodedata.numeric(one, None) is None else "1"


def _not_neutral(key: str, said: str, about: About) -> Iterator[str]:
    """Words of `said` that the rules of the package forbid in the same language elsewhere, where the English names nobody's gender itself."""
    if not gendered(SOURCE, key):
        for code in (code for code in rules() if code.split("-")[0] == about.tag.split("-")[0]):
            yield from (*gendered(code, said), *shown(code, said))


def _blaming(said: str, listed: Mapping[str, Mapping[str, object]], about: About) -> Iterator[str]:
    """Words of `said` that a pack's own list has, and those of the package's list where it has one for the same language elsewhere."""
    yield from (word for word in about.blame if word.strip() and word.casefold() in said.casefold())
    same = (held for code, held in listed.items() if code.split("-")[0] == about.tag.split("-")[0])
    for pattern in (held[name] for held in same for name in ("blame", "terms") if name in held):
        yield from (match[0] for match in re.finditer(str(pattern), said, re.IGNORECASE))
