"""Find what can be matched in a text that somebody handed over: links, e-mail addresses, phone and wallet addresses, accounts.

Only whole things are found, each with its place. Nothing is fetched, and nothing is read that was not handed over.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher, format_number

from cairndesk.lib.text import refang
from cairndesk.signals.engine import accounts, links, wallets
from cairndesk.signals.engine.identifiers import Identifier, Kind, account, normalise, profile_in
from cairndesk.signals.errors import NotAnIdentifier


@dataclass(frozen=True, slots=True)
class Found:
    """One thing in the text, from character `start` to before `end`, with its readings, most telling first."""

    start: int
    end: int
    identifiers: tuple[Identifier, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A place that has the form of a wallet address and is none; the reason is for a person to read."""

    start: int
    end: int
    reason: str


_Place = tuple[int, int]
_Read = Callable[[re.Match[str]], tuple[Identifier, ...]]

_DOT = r"(?:\.|[\[({] ?(?:\.|dot) ?[\])}])"
_AT = r"(?:@|[\[({] ?(?:@|at) ?[\])}])"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = rf"{_LABEL}(?:{_DOT}{_LABEL})+"
# Most languages, and most people, put these around or behind a link without meaning them.
_REST = r"[^\s<>\"“”„«»`|\\]"
_BEHIND = ".,;:!?…'’*_"
_PAIRS = {")": "(", "]": "[", "}": "{"}
# Nobody tells so many numbers; a text made to keep us busy does.
_MOST_NUMBERS = 5_000

_LINK = re.compile(rf"(?<!\w)h(?:tt|xx|\*\*|__)ps?(?:://|\[:\]//|\[://\]|:\[//\]){_REST}+", re.IGNORECASE)
_EMAIL = re.compile(rf"(?<![\w.+-])[\w.+-]{{1,64}}{_AT}{_HOST}", re.IGNORECASE)
_BARE = re.compile(rf"(?<![\w.@/-]){_HOST}(?::[0-9]{{1,5}})?(?:/{_REST}*)?(?![\w@])", re.IGNORECASE)
_WALLET = re.compile(rf"(?<![0-9A-Za-z])(?:(?i:{'|'.join(wallets.Chain)}):)?(?:{wallets.SHAPE.pattern})(?![0-9A-Za-z])")
# Chance rarely begins a word so; what does and is no address was mistyped, and is worth a word.
_MEANT = re.compile(r"(?:0x|(?i:bc1|ltc1)|[13LMT48](?=.*[0-9])(?=.*[A-Z])(?=.*[a-z])).*")


def find(text: str, *, country: str | None = None) -> tuple[list[Found], list[Refused]]:
    """What stands in `text`, in its order and without overlap, and the wallet addresses that were mistyped.

    `country` (ISO 3166-1) says whose phone numbers may be written without their country code; without it none may.
    """
    taken = bytearray(len(text))
    found: list[Found] = []
    refused: list[Refused] = []
    for pattern, read in _PATTERNS:
        for match in pattern.finditer(text):
            place = _trimmed(text, *match.span())
            if _is_free(place, taken):
                _keep(match, place, read, found, refused, taken)
    found.extend(_phones(text, country, taken))
    return sorted(found, key=lambda one: one.start), sorted(refused, key=lambda one: one.start)


def _keep(match: re.Match[str], place: _Place, read: _Read, found: list[Found], refused: list[Refused], taken: bytearray) -> None:
    try:
        identifiers = read(match)
    except NotAnIdentifier as problem:
        if read is _wallet and _MEANT.fullmatch(match[0].rpartition(":")[2]):
            refused.append(Refused(*place, problem.detail))
            _take(place, taken)
        return
    if identifiers:
        found.append(Found(*place, identifiers))
        _take(place, taken)


def _trimmed(text: str, start: int, end: int) -> _Place:
    """The place without what stands behind it: full stops, and brackets that were opened before it."""
    unopened = {close: text.count(close, start, end) - text.count(opened, start, end) for close, opened in _PAIRS.items()}
    while end > start and (text[end - 1] in _BEHIND or unopened.get(text[end - 1], 0) > 0):
        end -= 1
        if text[end] in unopened:
            unopened[text[end]] -= 1
    return start, end


def _is_free(place: _Place, taken: bytearray) -> bool:
    return place[0] < place[1] and taken.find(1, *place) < 0


def _take(place: _Place, taken: bytearray) -> None:
    taken[place[0] : place[1]] = b"\1" * (place[1] - place[0])


def _raw(match: re.Match[str]) -> str:
    start, end = _trimmed(match.string, *match.span())
    return match.string[start:end]


def _link(match: re.Match[str]) -> tuple[Identifier, ...]:
    link = normalise(Kind.URL, _raw(match))
    return tuple(filter(None, (link, profile_in(link))))


def _email(match: re.Match[str]) -> tuple[Identifier, ...]:
    return (normalise(Kind.EMAIL, _raw(match)),)


def _wallet(match: re.Match[str]) -> tuple[Identifier, ...]:
    return (normalise(Kind.WALLET, match[0]),)


def _bare(match: re.Match[str]) -> tuple[Identifier, ...]:
    """A host, or a link without its scheme; most words with a dot in them are neither."""
    raw = _raw(match)
    plain = refang(raw)
    link = normalise(Kind.URL, plain)
    host = links.host_of(link.value)
    if plain == raw and not host.startswith("www.") and not host.endswith(".onion") and not _is_written_as_one(plain, host):
        return ()
    if "/" not in plain and ":" not in plain:
        return (normalise(Kind.DOMAIN, raw),)
    return tuple(filter(None, (Identifier(Kind.URL, link.value, raw=raw), profile_in(link))))


def _is_written_as_one(plain: str, host: str) -> bool:
    """Whether this ends as sites do, and not as a sentence does before one.That lost its blank."""
    return links.has_known_suffix(host) and not re.match(r"[^/:]*\.[A-Z][a-z]*(?:[/:]|$)", plain)


def _spoken() -> str:
    """Every word that names a platform and is no everyday word."""
    words = [word for platform in accounts.platforms() for word in platform.words if word not in platform.silent]
    return "|".join(sorted(words, key=len, reverse=True))


def _account(match: re.Match[str]) -> tuple[Identifier, ...]:
    platform, handle = accounts.by_word()[match["platform"].lower()], match["handle"].rstrip(_BEHIND)
    return (account(platform.name, handle),) if platform.handle.fullmatch(handle) else ()


def _phones(text: str, country: str | None, taken: bytearray) -> Iterator[Found]:
    for match in PhoneNumberMatcher(text, country, leniency=Leniency.VALID, max_tries=_MOST_NUMBERS):
        if _is_free((match.start, match.end), taken):
            number = normalise(Kind.PHONE, format_number(match.number, PhoneNumberFormat.E164))
            yield Found(match.start, match.end, (replace(number, raw=match.raw_string),))


_HANDLE = r"(?P<handle>[^\s,;:!?\"'<>()\[\]/@]{2,64})"
_NOUN = r"(?:account|handle|id|name|profile|user ?name|user)"
_MARK = r"(?::|=|(?=@))"
_BEFORE = rf"(?<!\w)(?P<platform>{_spoken()})(?:\s+{_NOUN}\s*(?:{_MARK}|-|is\b)|\s*{_MARK})\s*@?{_HANDLE}"
_AFTER = rf"(?<![\w.])@{_HANDLE}\s+\(?(?:\w{{1,4}}\s+)?(?P<platform>{_spoken()})(?!\w)"
# In this order: what is inside of a link is no wallet, and what is inside of an e-mail address no account.
_PATTERNS: tuple[tuple[re.Pattern[str], _Read], ...] = (
    (_LINK, _link),
    (_EMAIL, _email),
    (_WALLET, _wallet),
    (re.compile(_BEFORE, re.IGNORECASE), _account),
    (re.compile(_AFTER, re.IGNORECASE), _account),
    (_BARE, _bare),
)
