"""Accounts: on which platform, under which handle, and how a platform that we know writes it. What is known stands in a data file."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from urllib.parse import unquote

import ada_url

from cairndesk.signals.errors import NotAnIdentifier

_PLATFORM = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_HANDLE = re.compile(r"[^\s/@]{1,128}")


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform; `name` is kept with its accounts. `profiles` are (host, path) patterns whose group is the handle."""

    name: str
    words: tuple[str, ...]
    silent: frozenset[str]
    profiles: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]
    handle: re.Pattern[str]
    exact: re.Pattern[str] | None
    reserved: frozenset[str]


def normal(plain: str) -> str:
    """`platform/handle` in one spelling; `plain` is written so, or is `platform/` and the address of a profile, or that alone.

    Capitals are dropped only where the platform itself ignores them. Raises NotAnIdentifier.
    """
    named, mark, handle = (part.strip() for part in plain.partition("/"))
    named, handle = named.lower(), handle.removeprefix("@")
    for address in (plain, handle):
        if "/" in address and (found := of_profile(address if "://" in address else f"https://{address}")):
            return found
    if not mark or not _PLATFORM.fullmatch(named):
        raise NotAnIdentifier("Name the platform first: platform/handle.")
    if not _HANDLE.fullmatch(handle):
        raise NotAnIdentifier("A handle has no spaces, slashes or at signs and at most 128 characters.")
    platform = by_word().get(named)
    return f"{named}/{handle}" if platform is None else f"{platform.name}/{_spelt(platform, handle)}"


def of_profile(url: str) -> str | None:
    """The account whose profile the link `url` shows, as `platform/handle`; None where it shows none that is known."""
    try:
        parsed = ada_url.URL(url)
    except ValueError:
        return None
    host = parsed.hostname.rstrip(".")
    place = unquote(f"{parsed.pathname.rstrip('/') or '/'}{parsed.search}")
    for platform in platforms():
        for on, below in platform.profiles:
            at, found = on.fullmatch(host), below.fullmatch(place)
            handle = at and found and {**at.groupdict(), **found.groupdict()}["handle"]
            if handle and _is_handle(platform, handle):
                return f"{platform.name}/{_spelt(platform, handle)}"
    return None


def platform_in(text: str) -> str | None:
    """The platform that `text` names; None where it names none that is known, or several. An everyday word counts only by itself."""
    whole = text.strip().lower()
    named = {word: by_word()[word] for word in re.findall(r"\w+", whole) if word in by_word()}
    found = {platform.name for word, platform in named.items() if word == whole or word not in platform.silent}
    return found.pop() if len(found) == 1 else None


def in_any_case(value: str) -> str:
    """A normal account without its capitals: by this another may be met whose platform's rule about them is not known."""
    return value.casefold()


@cache
def platforms() -> tuple[Platform, ...]:
    """Every platform of the data file."""
    held = tomllib.loads(resources.files(__package__).joinpath("data", "platforms.toml").read_text("utf-8"))
    return tuple(_platform(entry) for entry in held["platform"])


@cache
def by_word() -> Mapping[str, Platform]:
    """Every word that names a platform, with its platform."""
    return {word: platform for platform in platforms() for word in platform.words}


def _platform(entry: Mapping[str, list[str] | str]) -> Platform:
    words = tuple(entry["words"])
    exact = entry.get("exact")
    return Platform(
        name=words[0],
        words=words,
        silent=frozenset(entry.get("silent", ())),
        profiles=tuple(_pattern(profile) for profile in entry.get("profiles", ())),
        handle=re.compile(str(entry["handle"]), re.IGNORECASE),
        exact=re.compile(exact) if isinstance(exact, str) else None,
        reserved=frozenset(entry.get("reserved", ())),
    )


def _pattern(profile: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """(host, path) of an address in the data file; a host may have `www.` or another part before it."""
    host, _, path = profile.partition("/")
    spots = [re.escape(part).replace(r"\{\}", r"(?P<handle>[^/?&]+)") for part in (host, f"/{path}")]
    own = "" if "{}" in host else r"(?:[a-z0-9-]+\.)?"
    query = "(?:[&].*)?" if "?" in path else r"(?:\?.*)?"
    return re.compile(own + spots[0]), re.compile(spots[1] + query, re.DOTALL)


def _is_handle(platform: Platform, handle: str) -> bool:
    if handle.lower() in platform.reserved:
        return False
    return bool(platform.handle.fullmatch(handle) or (platform.exact and platform.exact.fullmatch(handle)))


def _spelt(platform: Platform, handle: str) -> str:
    """As the platform compares it; what has not the form that is known here stays as it was written."""
    if platform.exact and platform.exact.fullmatch(handle):
        return handle
    return handle.casefold().lstrip("+") if platform.handle.fullmatch(handle) else handle
