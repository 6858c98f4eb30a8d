"""One spelling for each identifier, so that the same address, number or wallet is found however it was written."""

import re
import unicodedata
from collections.abc import Callable, Mapping

import ada_url

from cairndesk.cases.errors import UnreadableIdentifier
from cairndesk.lib.text import clean, refang

_HASH_LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "pdq": 64}
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?[0-9]{4,20}")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def normalise(kind: str, raw: str, *, service: str = "", hash_kind: str = "") -> str:
    """The one spelling of `raw` as an identifier of `kind`. Raises UnreadableIdentifier when it has not the form of its kind.

    A handle is bound to its `service`, since the same handle elsewhere may be somebody else; a hash to its `hash_kind`.
    """
    text = _one_script(raw)
    if kind == "media":
        return _hash(text, hash_kind)
    shaped = _settled(_SHAPES.get(kind, _plain), text)
    if not shaped:
        raise UnreadableIdentifier(kind)
    return f"{service.casefold()}:{shaped}" if kind in _ON_A_SERVICE and service else shaped


def terms(kind: str, raw: str, *, service: str = "", hash_kind: str = "") -> frozenset[tuple[str, str]]:
    """The (kind, value) pairs under which an identifier is found: its own, and the site for an address. Raises like `normalise`."""
    own = normalise(kind, raw, service=service, hash_kind=hash_kind)
    found = {(hash_kind if kind == "media" else kind, own)}
    if kind in {"url", "web_page", "listing", "advert", "search_result"} and (site := _site(own)):
        found.add(("domain", site))
    return frozenset(found)


def as_told(kind: str, raw: str, *, service: str = "", hash_kind: str = "") -> tuple[str, frozenset[tuple[str, str]]]:
    """The kind under which to keep `raw`, with its terms: what has not the form of its kind is kept as text, for nothing told may be lost.

    Raises UnreadableIdentifier only for a hash, which a machine wrote, and for nothing at all.
    """
    try:
        return kind, terms(kind, raw, service=service, hash_kind=hash_kind)
    except UnreadableIdentifier:
        if kind == "media":
            raise
        return "text", terms("text", raw)


def _one_script(text: str) -> str:
    return unicodedata.normalize("NFKC", clean(text)).strip()


def _settled(shape: Callable[[str], str], text: str) -> str:
    """`text` in the form that `shape` gives and no longer changes: taking a blank away can join a letter and its accent."""
    for _ in range(8):
        before, text = text, _one_script(shape(text))
        if text == before:
            break
    return text


def _url(text: str) -> str:
    text = refang(text)
    parsed = _parse(text if _SCHEME.match(text) and "://" in text else f"https://{text}")
    # The part behind # never reaches a server: two addresses that differ in it are one page.
    parsed.hash = ""
    return str(parsed.href)


def _app(text: str) -> str:
    """An app by its page in a store, or by its name."""
    return _url(text) if "://" in text else _plain(text)


def _parse(text: str) -> ada_url.URL:
    try:
        return ada_url.URL(text)
    except ValueError:
        raise UnreadableIdentifier("url") from None


def _site(url: str) -> str:
    try:
        return _host(url)
    except UnreadableIdentifier:
        return ""


def _host(url: str) -> str:
    return str(_parse(url).hostname).rstrip(".")


def _domain(text: str) -> str:
    return _host(_url(text))


def _email(text: str) -> str:
    shaped = refang(text).casefold().removeprefix("mailto:")
    if not _EMAIL.fullmatch(shaped):
        raise UnreadableIdentifier("email")
    return shaped


def _phone(text: str) -> str:
    digits = re.sub(r"[\s().\-/\u00a0]", "", text.removeprefix("tel:"))
    shaped = f"+{digits[2:]}" if digits.startswith("00") else digits
    if not _PHONE.fullmatch(shaped):
        raise UnreadableIdentifier("phone")
    return shaped


def _handle(text: str) -> str:
    return text.casefold().lstrip("@")


def _hashtag(text: str) -> str:
    return text.casefold().lstrip("#")


def _wallet(text: str) -> str:
    """Case tells nothing in hexadecimal and bech32 addresses; in all others it does."""
    shaped = re.sub(r"\s", "", text)
    same_in_any_case = re.match(r"(0x[0-9a-f]{40}$|(bc|tb|ltc)1)", shaped, re.IGNORECASE)
    return shaped.lower() if same_in_any_case else shaped


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _hash(text: str, hash_kind: str) -> str:
    shaped = text.lower()
    if len(shaped) != _HASH_LENGTHS.get(hash_kind) or not re.fullmatch(r"[0-9a-f]+", shaped):
        raise UnreadableIdentifier(f"media by {hash_kind or 'an unnamed kind of hash'}")
    return shaped


_ON_A_SERVICE = {"account", "group", "payment_account"}
_SHAPES: Mapping[str, Callable[[str], str]] = {
    "url": _url,
    "web_page": _url,
    "listing": _url,
    "advert": _url,
    "search_result": _url,
    "app": _app,
    "domain": _domain,
    "email": _email,
    "phone": _phone,
    "account": _handle,
    "group": _handle,
    "payment_account": _handle,
    "hashtag": _hashtag,
    "wallet": _wallet,
}
