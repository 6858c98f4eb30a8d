"""Links and domains: read as a browser reads them (WHATWG, by ada), and the looser readings by which lists may meet them."""

import re
import string
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources

import ada_url
from publicsuffixlist import PublicSuffixList

from cairndesk.signals.errors import NotAnIdentifier

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+")
# Handed to a browser these run code or carry their content inside: they are no address of anything.
_NOT_ADDRESSES = {"javascript:", "data:", "vbscript:", "about:", "blob:", "file:"}
DEEPEST = 64
"""How many segments of a path a listed place may have: so that nobody who sends a link of slashes makes us look for thousands of them."""
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")
# RFC 3986, 2.3: escaping these says nothing else than writing them.
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")


def normal(plain: str) -> str:
    """The link in `plain` as a browser would ask for it: no fragment, no name and password. Raises NotAnIdentifier."""
    return str(_parsed(plain).href)


def normal_prefix(plain: str) -> str:
    """The place in `plain` that stands for everything below it, ending in a slash; a `*` at the end may say so. Raises NotAnIdentifier."""
    url = _parsed(plain.removesuffix("*"))
    if url.search:
        raise NotAnIdentifier("What stands for everything below it ends before the question mark.")
    path = f"{_plainly(url.pathname).rstrip('/')}/"
    if path.count("/") > DEEPEST:
        raise NotAnIdentifier(f"A place lies at most {DEEPEST - 1} folders below its site.")
    return _place(url, path)


def normal_domain(plain: str) -> str:
    """The domain in `plain` in ASCII and small letters. Raises NotAnIdentifier, for a bare public suffix as well."""
    try:
        host = str(ada_url.URL(f"https://{plain.removeprefix('*.')}/").hostname).rstrip(".")
    except ValueError:
        raise NotAnIdentifier("This is not written like a domain.") from None
    if not _HOST.fullmatch(host):
        raise NotAnIdentifier("This is none of: hash, link, domain, account, e-mail address, phone number, wallet address.")
    if not host.endswith(".onion") and registrable_domain(host) is None:
        raise NotAnIdentifier("This is a public suffix under which anybody may register; name the domain itself.")
    return host


def registrable_domain(host: str) -> str | None:
    """The part of `host` that somebody registered (example.co.uk of a.b.example.co.uk); None for a bare suffix."""
    found: str | None = _suffixes(accept_unknown=True).privatesuffix(host)
    return found


def has_known_suffix(host: str) -> bool:
    """Whether `host` ends in a suffix that the list knows: in running text most words with a dot do not."""
    return _suffixes(accept_unknown=False).privatesuffix(host) is not None


def host_of(url: str) -> str:
    """The host of a normal link in lower-case ASCII, or an empty text."""
    return str(ada_url.URL(url).hostname).strip("[]").rstrip(".")


def other_scheme(url: str) -> str | None:
    """The same place under the other of http and https."""
    scheme, mark, rest = url.partition("://")
    other = {"http": "https", "https": "http"}.get(scheme)
    return f"{other}{mark}{rest}" if other else None


def same_page(url: str) -> str:
    """A normal link in the form by which links to one page are compared, never shown and never kept.

    Without what only says where a click came from, without needless escapes, without the dot that ends a full host name.
    """
    if not {"?", "%"} & set(url) and "./" not in url:
        return url
    parsed = ada_url.URL(url)
    host, path, query = parsed.hostname.rstrip("."), _plainly(parsed.pathname), _plainly(parsed.search.removeprefix("?"))
    kept = "&".join(part for part in query.split("&") if part and not _is_tracking(host, part.partition("=")[0]))
    return _place(parsed, path) + (f"?{kept}" if kept else "")


def places_above(url: str) -> Iterator[str]:
    """Every prefix that may be listed and below which a normal link lies, by whole segments of its path, the longest first, in both schemes."""
    parsed = ada_url.URL(same_page(url))
    path = parsed.pathname if parsed.pathname.endswith("/") else f"{parsed.pathname}/"
    ends = [at + 1 for at, letter in enumerate(path) if letter == "/"]
    for end in reversed(ends[:DEEPEST]):
        place = _place(parsed, path[:end])
        yield place
        if other := other_scheme(place):
            yield other


def _parsed(plain: str) -> ada_url.URL:
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
    return url


def _place(url: ada_url.URL, path: str) -> str:
    port = f":{url.port}" if url.port else ""
    return f"{url.protocol}//{url.hostname.rstrip('.')}{port}{path}"


def _plainly(text: str) -> str:
    def one(escape: re.Match[str]) -> str:
        letter = chr(int(escape[1], 16))
        return letter if letter in _UNRESERVED else escape[0].upper()

    return _ESCAPED.sub(one, text)


def _is_tracking(host: str, name: str) -> bool:
    # Kept by the services that have rules of their own, never by the host: that was told by somebody, and may have to be forgotten.
    whole, begins = _marks(tuple(owner for owner in _rules()[1] if host == owner or host.endswith(f".{owner}")))
    small = name.lower()
    return small in whole or small.startswith(begins)


@cache
def _marks(owners: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """What tells of a click at a host of `owners`: names, and what names begin with."""
    everywhere, by_host = _rules()
    names = everywhere.union(*(by_host[owner] for owner in owners))
    return frozenset(one for one in names if not one.endswith("*")), tuple(one.removesuffix("*") for one in names if one.endswith("*"))


@cache
def _rules() -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    held = tomllib.loads(resources.files(__package__).joinpath("data", "tracking.toml").read_text("utf-8"))
    everywhere = frozenset(name for rule in held["rule"] if "hosts" not in rule for name in rule["names"])
    return everywhere, {host: frozenset(rule["names"]) for rule in held["rule"] for host in rule.get("hosts", ())}


@cache
def _suffixes(*, accept_unknown: bool) -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=accept_unknown)
