"""What somebody searches for: a case number, something that is found by being equal, or words as they are held in memory."""

import re
from collections.abc import Collection

from cairndesk.cases.errors import UnreadableIdentifier
from cairndesk.cases.rules.identifiers import terms
from cairndesk.lib.text import refang

MOST_LETTERS = 2000
"""As long as what is searched for may be."""
MOST_WORDS = 20
"""Different words of it that are searched for, at most: the first ones."""
FORGIVEN = 4
"""From how many letters on one slip is forgiven."""
_NUMBER = re.compile(r"([2-9A-HJ-NP-Z]{4})[\s-]*([2-9A-HJ-NP-Z]{4})")
_NAMED_SERVICE = re.compile(r"([a-z0-9][a-z0-9_-]{0,59}):\s*(?!//)(\S.*)", re.IGNORECASE)
_KINDS = ("url", "web_page", "listing", "advert", "search_result", "app", "domain", "email", "phone", "hashtag", "wallet", "disclosure", "text")
_ON_A_SERVICE = ("account", "group", "payment_account")
_HASHES = ("md5", "sha1", "sha256", "pdq")


def case_number(said: str) -> str:
    """The case number that `said` is, however it was written; empty where it is none."""
    found = _NUMBER.fullmatch(said.strip().upper())
    return f"{found[1]}-{found[2]}" if found else ""


def equal_terms(said: str, services: Collection[str]) -> frozenset[tuple[str, str]]:
    """Every (kind, value) under which an identifier would be found that was written like this.

    An account is asked for with each of `services`, with none, and with the one that stands before it: "a-service: someone".
    """
    named = _NAMED_SERVICE.fullmatch(said.strip())
    # A whole site is asked for by its name alone, never by one address on it: thousands of cases may share a large service.
    tried: list[tuple[str, str, dict[str, str]]] = [(kind, said, {}) for kind in _KINDS if kind != "domain" or "/" not in refang(said)]
    tried += [(kind, said, {"service": service}) for kind in _ON_A_SERVICE for service in ("", *services)]
    tried += [(kind, named[2], {"service": named[1]}) for kind in _ON_A_SERVICE if named]
    tried += [("media", said, {"hash_kind": kind}) for kind in _HASHES]
    found: set[tuple[str, str]] = set()
    for kind, raw, how in tried:
        try:
            found |= {one for one in terms(kind, raw, **how) if one[0] == kind or kind == "media"}
        except UnreadableIdentifier:
            continue
    return frozenset(found)


def is_one_slip(one: str, other: str) -> bool:
    """Whether one letter more, less, other or changed with its neighbour makes `other` of `one`."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    at = next((place for place, letter in enumerate(short) if letter != long[place]), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    return short[at + 1 :] == long[at + 1 :] or (short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :])
