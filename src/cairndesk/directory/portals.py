"""What an organisation says of itself on its public site: its languages, its words, the law where it is, and who works with it.

One sheet in TOML for each organisation; the newest counts. What it says about law is the operator's, dated, and never ours.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from cairndesk.directory.errors import SheetUnreadable
from cairndesk.lib.text import clean

# UTF-8 bytes in one language, so that the page that shows them stays below 14 KiB in every script.
MOST: Mapping[str, int] = {"name": 200, "welcome": 300, "law": 3000, "limits": 2000}
MOST_PARTNERS, MOST_WHAT = 10, 300
ANYBODY = "*"
# Codes of the taxonomy's family `preferred_term`; a word of one's own is a person's, never an organisation's.
WORDINGS = ("victim_survivor", "victim", "survivor")
SHARED, OWN = "shared", "own"
"""Whom a public site names to call: whoever the directory has for all organisations as well, or this organisation's own entries alone."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
_HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z0-9-]{2,63}")
_ONION = re.compile(r"http://[a-z2-7]{56}\.onion")
# A page on plain http could be changed on its way; only an onion address and one's own machine need no TLS.
_ORIGIN = re.compile(rf"(https://{_HOST.pattern}|{_ONION.pattern}|http://(localhost|127\.0\.0\.1))(:[0-9]{{1,5}})?")


@dataclass(frozen=True, slots=True)
class Words:
    """What an organisation says in one language; each line may be empty. `law` and `limits` were held against the law on `checked_on`."""

    name: str = ""
    welcome: str = ""
    law: str = ""
    limits: str = ""
    checked_on: date | None = None


@dataclass(frozen=True, slots=True)
class Partner:
    """Who works with an organisation, by the name in the directory, and what for, by language."""

    name: str
    what: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The public site of one organisation. No `languages`: all that the site offers. `frames`: the origins that may show the small page.

    `contacts`: SHARED or OWN. `wording`: how its desk calls people who were harmed, where they have not chosen for themselves. `zone`: by whose
    clock the site says when somebody reads; without it the site says nothing of that.
    """

    languages: tuple[str, ...] = ()
    host: str = ""
    onion: str = ""
    frames: tuple[str, ...] = ()
    words: Mapping[str, Words] = field(default_factory=dict)
    partners: tuple[Partner, ...] = ()
    wording: str = WORDINGS[0]
    zone: str = ""
    contacts: str = SHARED

    def name_in(self, language: str) -> str:
        """The name that the organisation gave itself in a language; it may be empty."""
        said = self.words.get(language)
        return said.name if said else ""

    @property
    def law(self) -> Mapping[str, Words]:
        """The words of those languages in which something about law is said."""
        return {language: said for language, said in self.words.items() if said.law or said.limits}


def is_origin(text: str) -> bool:
    """Whether `text` is an origin that may stand in a policy: it ends nothing there and allows nothing else."""
    return text == ANYBODY or _ORIGIN.fullmatch(text) is not None


def clock_of(zone: str) -> ZoneInfo | None:
    """The time zone of that name (IANA), as far as this machine knows it."""
    try:
        return ZoneInfo(zone)
    except (ValueError, KeyError, OSError):
        return None


def template() -> str:
    """A sheet to start from, as TOML; it names nobody and states no law."""
    return files("cairndesk.directory").joinpath("minimum", "portal.toml").read_text("utf-8")


def read_sheet(text: str, *, today: date) -> Sheet:
    """The sheet of a TOML text. Raises SheetUnreadable, which names what is wrong."""
    try:
        held = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SheetUnreadable(str(error)) from error
    _refuse_strange("the sheet", held, ("languages", "host", "onion", "frames", "words", "partner", "wording", "zone", "contacts"))
    sheet = Sheet(
        languages=tuple(_language(one) for one in _list("languages", held)),
        host=_shaped("host", held.get("host", ""), _HOST, "a host name such as `help.example`"),
        onion=_shaped("onion", held.get("onion", ""), _ONION, "`http://`, 56 letters and digits, `.onion`"),
        frames=tuple(_origin(one) for one in _list("frames", held)),
        words={_language(code): _words(code, said, today) for code, said in _table("words", held).items()},
        partners=tuple(_partner(row) for row in _list("partner", held)),
        wording=held.get("wording", WORDINGS[0]),
        zone=_zone(held.get("zone", "")),
        contacts=held.get("contacts", SHARED),
    )
    if sheet.contacts not in {SHARED, OWN}:
        raise SheetUnreadable(f"contacts: write `{SHARED}` or `{OWN}`")
    if sheet.wording not in WORDINGS:
        raise SheetUnreadable(f"wording: write one of {', '.join(WORDINGS)}")
    if len(set(sheet.languages)) < len(sheet.languages) or len(sheet.partners) > MOST_PARTNERS:
        raise SheetUnreadable(f"name each language once, and at most {MOST_PARTNERS} partners")
    return sheet


def as_row(sheet: Sheet) -> dict[str, Any]:
    """`sheet` in values that JSON knows."""
    days = {code: {"checked_on": said.checked_on.isoformat() if said.checked_on else None} for code, said in sheet.words.items()}
    return asdict(sheet) | {"words": {code: asdict(said) | days[code] for code, said in sheet.words.items()}}


def from_row(row: Mapping[str, Any]) -> Sheet:
    """The sheet that `as_row` laid out. Raises KeyError, TypeError or ValueError for anything else."""
    words = {
        code: Words(**{**said, "checked_on": date.fromisoformat(day) if (day := said["checked_on"]) else None}) for code, said in row["words"].items()
    }
    return Sheet(
        languages=tuple(row["languages"]),
        host=row["host"],
        onion=row["onion"],
        # What stands here goes into a policy, whoever wrote the row.
        frames=tuple(filter(is_origin, row["frames"])),
        words=words,
        partners=tuple(Partner(one["name"], one["what"]) for one in row["partners"]),
        wording=row.get("wording", WORDINGS[0]),
        zone=row.get("zone", ""),
        contacts=row.get("contacts", SHARED),
    )


def _words(code: str, said: Any, today: date) -> Words:
    if not isinstance(said, dict):
        raise SheetUnreadable(f"words.{code}: it must be a table")
    _refuse_strange(f"words.{code}", said, (*MOST, "checked_on"))
    lines = {name: _text(f"words.{code}.{name}", said.get(name, ""), most) for name, most in MOST.items()}
    checked_on = said.get("checked_on")
    about_law = bool(lines["law"] or lines["limits"])
    if about_law and (type(checked_on) is not date or checked_on > today):
        raise SheetUnreadable(f"words.{code}: what is said about law needs `checked_on`, the day on which somebody held it against the law")
    return Words(**lines, checked_on=checked_on if about_law else None)


def _partner(row: Any) -> Partner:
    if not isinstance(row, dict) or not isinstance(row.get("what"), dict):
        raise SheetUnreadable("each partner needs `name` and `what` by language")
    _refuse_strange("partner", row, ("name", "what"))
    name = _text("partner.name", row.get("name", ""), MOST["name"])
    what = {_language(code): _text(f"partner.what.{code}", said, MOST_WHAT) for code, said in row["what"].items()}
    if not name or not what or not all(what.values()):
        raise SheetUnreadable("each partner needs `name` and `what` by language")
    return Partner(name, what)


def _text(name: str, value: Any, most: int) -> str:
    if not isinstance(value, str):
        raise SheetUnreadable(f"{name}: it must be a text")
    plain = clean(value).strip()
    if len(plain.encode()) > most:
        raise SheetUnreadable(f"{name}: {len(plain.encode())} bytes are more than {most}")
    return plain


def _list(name: str, held: Mapping[str, Any]) -> list[Any]:
    if not isinstance(found := held.get(name, []), list):
        raise SheetUnreadable(f"`{name}` must be a list")
    return found


def _table(name: str, held: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(found := held.get(name, {}), dict):
        raise SheetUnreadable(f"`{name}` must be a table")
    return found


def _language(code: Any) -> str:
    return _shaped("languages", code, _LANGUAGE, "tags such as `en`, `pt-BR` or `zh-Hans`", may_be_empty=False)


def _origin(text: Any) -> str:
    if not isinstance(text, str) or not is_origin(text):
        raise SheetUnreadable(f"frames: {text!r} is no origin such as `https://play.example`, and not `*`")
    return text


def _zone(name: Any) -> str:
    if name != "" and (not isinstance(name, str) or clock_of(name) is None):
        raise SheetUnreadable("zone: write the name of a time zone such as `Africa/Nairobi`")
    return str(name)


def _shaped(name: str, value: Any, shape: re.Pattern[str], words: str, *, may_be_empty: bool = True) -> str:
    if not isinstance(value, str) or not ((may_be_empty and not value) or shape.fullmatch(value)):
        raise SheetUnreadable(f"{name}: write {words}")
    return value


def _refuse_strange(where: str, held: Iterable[str], known: tuple[str, ...]) -> None:
    if strange := sorted(set(held) - set(known)):
        raise SheetUnreadable(f"{where}: {', '.join(strange)} is none of {', '.join(known)}")
