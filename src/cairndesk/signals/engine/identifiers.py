"""Recognise what a person or a list wrote: hashes, links, domains, accounts, addresses, numbers; defanged or not."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

import ada_url
from publicsuffixlist import PublicSuffixList

from cairndesk.signals.errors import NotAnIdentifier


class Kind(StrEnum):
    """What can be matched. The values are stored and exchanged: never rename one."""

    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    PDQ = "pdq"
    URL = "url"
    DOMAIN = "domain"
    ACCOUNT = "account"
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Identifier:
    """One thing to match: its kind, the normal form that is compared, and the text as it was handed over."""

    kind: Kind
    value: str
    raw: str = ""
    form: str = "identity"
    quality: int | None = None


HASH_DIGITS = {Kind.MD5: 32, Kind.SHA1: 40, Kind.SHA256: 64, Kind.PDQ: 64}
MAX_LENGTH = 4096
# What PostgreSQL can keep in one index row, with room for its neighbours.
MAX_NORMAL = 2000

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_DEFANGED = (
    (re.compile(r"\[\s*:\s*//\s*\]|\[://\]", re.IGNORECASE), "://"),
    (re.compile(r"[\[({]\s*(?:\.|dot)\s*[\])}]", re.IGNORECASE), "."),
    (re.compile(r"[\[({]\s*(?:@|at)\s*[\])}]", re.IGNORECASE), "@"),
    (re.compile(r"[\[({]\s*:\s*[\])}]"), ":"),
    (re.compile(r"[\[({]\s*/\s*[\])}]"), "/"),
)
_SCHEME = re.compile(r"^\s*h(?:xx|tt|\*\*|__)p(s?)(?=:)", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]+")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+")
_EMAIL = re.compile(r"[^\s@\"<>()\[\],;:/\\]{1,64}@[^\s@/\\]{3,253}")
_PLATFORM = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_HANDLE = re.compile(r"[^\s/@]{1,128}")
# Handed to a browser these run code or carry their content inside: they are no address of anything.
_NOT_ADDRESSES = {"javascript:", "data:", "vbscript:", "about:", "blob:", "file:"}


def refang(text: str) -> str:
    """`text` as it was before somebody made it unclickable: hxxp becomes http, [.] a dot, [at] an at sign."""
    plain = text.translate(_INVISIBLE).strip()
    for pattern, mark in _DEFANGED:
        plain = pattern.sub(mark, plain)
    return _SCHEME.sub(r"http\1", plain)


def recognise(text: str) -> tuple[Identifier, ...]:
    """Every reading of `text`, most telling first; 64 hex digits are read as SHA-256 *and* as PDQ.

    A prefix (`pdq:`, `sha256:`, `url:`, `account:` …) decides it. Raises NotAnIdentifier with what is wrong.
    """
    plain = _bounded(text)
    prefix, mark, rest = plain.partition(":")
    if mark and (kind := _prefix(prefix)) is not None:
        return (replace(normalise(kind, rest), raw=text),)
    kinds = _hash_kinds(plain) or [_guess(plain)]
    return tuple(replace(normalise(kind, plain), raw=text) for kind in kinds)


def normalise(kind: Kind, text: str) -> Identifier:
    """`text` in the normal form of `kind`, with the raw text kept; raises NotAnIdentifier with what is wrong."""
    value = _NORMAL[kind](_bounded(text))
    if len(value.encode()) > MAX_NORMAL:
        raise NotAnIdentifier(f"In its normal form the text is longer than {MAX_NORMAL} bytes.")
    return Identifier(kind, value, raw=text)


def account(platform: str, handle: str) -> Identifier:
    """The account `handle` on `platform`; the same handle on another platform is another identifier."""
    return normalise(Kind.ACCOUNT, f"{platform.strip()}/{handle.strip()}")


def registrable_domain(host: str) -> str | None:
    """The part of `host` that somebody registered (example.co.uk of a.b.example.co.uk); None for a bare suffix."""
    return _suffixes().privatesuffix(host)


def host_of(url: str) -> str:
    """The host of a normal URL in lower-case ASCII, or an empty text."""
    return ada_url.URL(url).hostname.strip("[]").rstrip(".")


def _bounded(text: str) -> str:
    plain = refang(text)
    if not plain:
        raise NotAnIdentifier("The field is empty.")
    if len(plain) > MAX_LENGTH:
        raise NotAnIdentifier(f"The text has {len(plain)} characters; at most {MAX_LENGTH} can be matched.")
    return plain


def _prefix(word: str) -> Kind | None:
    name = word.strip().lower().replace("-", "")
    name = {"mailto": "email", "tel": "phone"}.get(name, name)
    return Kind(name) if name in set(Kind) else None


def _hash_kinds(plain: str) -> list[Kind]:
    digits = plain.lower()
    if not _HEX.fullmatch(digits) or len(digits) < 24:
        return []
    kinds = [kind for kind, length in HASH_DIGITS.items() if length == len(digits)]
    if not kinds:
        raise NotAnIdentifier(f"{len(digits)} hexadecimal digits: MD5 has 32, SHA-1 has 40, SHA-256 and PDQ have 64.")
    return kinds


def _guess(plain: str) -> Kind:
    if "://" in plain or plain.startswith("//"):
        return Kind.URL
    if _EMAIL.fullmatch(plain):
        return Kind.EMAIL
    if re.fullmatch(r"\+[\d\s().-]*|[\d\s().-]{6,24}", plain) and not re.fullmatch(r"\d+(\.\d+){3}", plain):
        return Kind.PHONE
    if "/" in plain or "?" in plain:
        return Kind.URL
    return Kind.DOMAIN


def _hash(kind: Kind) -> Callable[[str], str]:
    def normal(plain: str) -> str:
        digits = plain.lower().removeprefix("0x").replace(" ", "")
        if not _HEX.fullmatch(digits):
            raise NotAnIdentifier(f"A {kind.value} hash is written with the digits 0-9 and a-f only.")
        if len(digits) != HASH_DIGITS[kind]:
            raise NotAnIdentifier(f"A {kind.value} hash has {HASH_DIGITS[kind]} digits, this text has {len(digits)}.")
        return digits

    return normal


def _url(plain: str) -> str:
    text = "https:" + plain if plain.startswith("//") else plain if "://" in plain else f"https://{plain}"
    try:
        url = ada_url.URL(text)
    except ValueError:
        raise NotAnIdentifier("A browser could not read this as a link.") from None
    if url.protocol in _NOT_ADDRESSES or not url.hostname:
        raise NotAnIdentifier("This link names no site.")
    if "." not in url.hostname and not url.hostname.startswith("["):
        raise NotAnIdentifier("The site in this link has no ending such as .example.")
    # The fragment never reaches the site, and a name and password in a link must not be spread further.
    url.hash, url.username, url.password = "", "", ""
    return str(url.href)


def _domain(plain: str) -> str:
    try:
        host = str(ada_url.URL(f"https://{plain.removeprefix('*.')}/").hostname).rstrip(".")
    except ValueError:
        raise NotAnIdentifier("This is not written like a domain.") from None
    if not _HOST.fullmatch(host):
        raise NotAnIdentifier("This is none of: hash, link, domain, account, e-mail address, phone number.")
    if not host.endswith(".onion") and registrable_domain(host) is None:
        raise NotAnIdentifier("This is a public suffix under which anybody may register; name the domain itself.")
    return host


def _account(plain: str) -> str:
    platform, mark, handle = plain.partition("/")
    platform, handle = platform.strip().lower(), handle.strip().removeprefix("@")
    if not mark or not _PLATFORM.fullmatch(platform):
        raise NotAnIdentifier("Name the platform first: platform/handle.")
    if not _HANDLE.fullmatch(handle):
        raise NotAnIdentifier("A handle has no spaces, slashes or at signs and at most 128 characters.")
    return f"{platform}/{handle.casefold()}"


def _email(plain: str) -> str:
    address = plain.removeprefix("mailto:")
    if not _EMAIL.fullmatch(address):
        raise NotAnIdentifier("This is not written like an e-mail address.")
    local, _, host = address.rpartition("@")
    return f"{local.casefold()}@{_domain(host)}"


def _phone(plain: str) -> str:
    number = re.sub(r"[\s().\-/]", "", plain.removeprefix("tel:"))
    if number.startswith("00"):
        number = f"+{number[2:]}"
    if not number.startswith("+"):
        raise NotAnIdentifier("Write the number with its country code, such as +1 555 0100.")
    # ITU-T E.164: at most 15 digits, none of the country codes begins with 0.
    if not re.fullmatch(r"\+[1-9]\d{6,14}", number, re.ASCII):
        raise NotAnIdentifier("A phone number with its country code has 7 to 15 digits.")
    return number


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=True)


_NORMAL: dict[Kind, Callable[[str], str]] = {
    **{kind: _hash(kind) for kind in HASH_DIGITS},
    Kind.URL: _url,
    Kind.DOMAIN: _domain,
    Kind.ACCOUNT: _account,
    Kind.EMAIL: _email,
    Kind.PHONE: _phone,
}
