"""Recognise what a person or a list wrote: hashes, links, domains, accounts, addresses, numbers; defanged or not."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from cairndesk.lib.text import refang
from cairndesk.signals.engine import accounts, links, phones, wallets
from cairndesk.signals.engine.digests import Digests
from cairndesk.signals.engine.kinds import HASH_DIGITS, Kind
from cairndesk.signals.errors import NotAnIdentifier

__all__ = ["HASH_DIGITS", "MAX_LENGTH", "MAX_NORMAL", "Identifier", "Kind", "account", "normalise", "profile_in", "recognise"]


@dataclass(frozen=True, slots=True)
class Identifier:
    """One thing to match: its kind, the normal form that is compared, and the text as it was handed over.

    `file`: the SHA-256 of the file that it was worked out from, where there was one; it says which thing is asked about, not what is compared.
    """

    kind: Kind
    value: str
    raw: str = ""
    form: str = "identity"
    quality: int | None = None
    file: str = field(default="", compare=False)


MAX_LENGTH = 4096
# What PostgreSQL can keep in one index row, with room for its neighbours.
MAX_NORMAL = 2000

_HEX = re.compile(r"[0-9a-f]+")
# Half of a pair of code units, which JSON can bring and no text holds.
_SURROGATE = re.compile("[\ud800-\udfff]")
_EMAIL = re.compile(r"[^\s@\"<>()\[\],;:/\\]{1,64}@[^\s@/\\]{3,253}")
_COIN = re.compile(rf"(?i:{'|'.join(wallets.Chain)}):.*", re.DOTALL)
# What a text looks like -> its kind, the first that fits; anything else may be a domain.
_LOOKS = (
    (_COIN, Kind.WALLET),
    (wallets.SHAPE, Kind.WALLET),
    (re.compile(r".*/\*", re.DOTALL), Kind.URL_PREFIX),
    (re.compile(r"//.*|.*://.*", re.DOTALL), Kind.URL),
    (_EMAIL, Kind.EMAIL),
    (re.compile(r"(?!\d+(?:\.\d+){3}$)(?:\+[\d\s().-]*|[\d\s().-]{6,24})"), Kind.PHONE),
    (re.compile(r".*[/?].*", re.DOTALL), Kind.URL),
)
# What people write before an identifier -> its kind.
_PREFIXES = {**{kind.value: kind for kind in Kind}, "mailto": Kind.EMAIL, "tel": Kind.PHONE}


def recognise(text: str) -> tuple[Identifier, ...]:
    """Every reading of `text`, most telling first: 64 hex digits are a SHA-256 *and* a PDQ, a profile's link is an account as well.

    A prefix (`pdq:`, `sha256:`, `url:`, `account:` …) decides it. Raises NotAnIdentifier with what is wrong.
    """
    plain = _bounded(text)
    prefix, mark, rest = plain.partition(":")
    if mark and (kind := _PREFIXES.get(re.sub(r"-(?=\d)", "", prefix.strip().lower()).replace("-", "_"))) is not None:
        return (replace(normalise(kind, rest), raw=text),)
    kinds = _hash_kinds(plain) or [_guess(plain)]
    found = tuple(replace(normalise(kind, plain), raw=text) for kind in kinds)
    return (*found, *(profile for one in found if (profile := profile_in(one))))


def of_digests(held: Digests) -> tuple[Identifier, ...]:
    """What to look for of a file, whatever is in it."""
    return tuple(Identifier(kind, value) for kind, value in ((Kind.MD5, held.md5), (Kind.SHA1, held.sha1), (Kind.SHA256, held.sha256)))


def normalise(kind: Kind, text: str) -> Identifier:
    """`text` in the normal form of `kind`, with the raw text kept; raises NotAnIdentifier with what is wrong."""
    if len(text) == HASH_DIGITS.get(kind) and _HEX.fullmatch(text):
        # Most of what machines ask about, as it shall be.
        return Identifier(kind, text, raw=text)
    value = _NORMAL[kind](_bounded(text))
    if "\0" in value or _SURROGATE.search(value):
        raise NotAnIdentifier("The text holds a character that no text can hold.")
    if len(value.encode()) > MAX_NORMAL:
        raise NotAnIdentifier(f"In its normal form the text is longer than {MAX_NORMAL} bytes.")
    return Identifier(kind, value, raw=text)


def account(platform: str, handle: str) -> Identifier:
    """The account `handle`, or the profile at that address, on `platform`; the same handle elsewhere is another identifier."""
    return normalise(Kind.ACCOUNT, f"{platform.strip()}/{refang(handle)}")


def profile_in(link: Identifier) -> Identifier | None:
    """The account whose profile the link shows; None for everything else."""
    found = accounts.of_profile(link.value) if link.kind is Kind.URL else None
    return Identifier(Kind.ACCOUNT, found, raw=link.raw) if found else None


def _bounded(text: str) -> str:
    plain = refang(text)
    if not plain:
        raise NotAnIdentifier("The field is empty.")
    if len(plain) > MAX_LENGTH:
        raise NotAnIdentifier(f"The text has {len(plain)} characters; at most {MAX_LENGTH} can be matched.")
    return plain


def _hash_kinds(plain: str) -> list[Kind]:
    digits = plain.lower()
    if not _HEX.fullmatch(digits) or len(digits) < 24:
        return []
    kinds = [kind for kind, length in HASH_DIGITS.items() if length == len(digits)]
    if not kinds:
        raise NotAnIdentifier(f"{len(digits)} hexadecimal digits: MD5 has 32, SHA-1 has 40, SHA-256 and PDQ have 64.")
    return kinds


def _guess(plain: str) -> Kind:
    return next((kind for shape, kind in _LOOKS if shape.fullmatch(plain)), Kind.DOMAIN)


def _hash(kind: Kind) -> Callable[[str], str]:
    def normal(plain: str) -> str:
        digits = plain.lower().removeprefix("0x").replace(" ", "")
        if not _HEX.fullmatch(digits):
            raise NotAnIdentifier(f"A {kind.value} hash is written with the digits 0-9 and a-f only.")
        if len(digits) != HASH_DIGITS[kind]:
            raise NotAnIdentifier(f"A {kind.value} hash has {HASH_DIGITS[kind]} digits, this text has {len(digits)}.")
        return digits

    return normal


def _email(plain: str) -> str:
    address = plain.removeprefix("mailto:")
    if not _EMAIL.fullmatch(address):
        raise NotAnIdentifier("This is not written like an e-mail address.")
    local, _, host = address.rpartition("@")
    return f"{local.casefold()}@{links.normal_domain(host)}"


_NORMAL: dict[Kind, Callable[[str], str]] = {
    **{kind: _hash(kind) for kind in HASH_DIGITS},
    Kind.URL: links.normal,
    Kind.DOMAIN: links.normal_domain,
    Kind.ACCOUNT: accounts.normal,
    Kind.EMAIL: _email,
    Kind.PHONE: phones.normal,
    Kind.WALLET: lambda plain: str(wallets.read(plain)),
    Kind.URL_PREFIX: links.normal_prefix,
}
