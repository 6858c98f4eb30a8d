"""Exact addresses that access providers are asked to block: which may be one, and the two files in which they are given.

A filter that reads a whole site, a folder or a word takes away what nobody judged: here an entry is one address and nothing below or beside it.
Both files are our own, as plain as a filter needs; whoever uses one asks for it again at least once a day.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import ada_url

from cairndesk.signals.engine import links
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.engine.listings import listed_as


@dataclass(frozen=True, slots=True)
class Blocked:
    """One address, as a browser asks for it: blocked from `listed_on` on, and from `expires_on` on no more."""

    address: str
    listed_on: date
    expires_on: date


@dataclass(frozen=True, slots=True)
class BlockList:
    """All that is to be blocked on one day, in the order of the addresses."""

    name: str
    owner: str
    terms: str
    entries: Sequence[Blocked]

    @property
    def version(self) -> str:
        """The same for the same entries, and another one as soon as one comes, goes, ends or is renewed."""
        said = "\n".join(f"{one.address} {one.expires_on}" for one in self.entries)
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    @property
    def expires_on(self) -> date | None:
        """The first day on which this file says too much; None for an empty one."""
        return min((one.expires_on for one in self.entries), default=None)


def hindrance(named: Identifier) -> str:
    """Why `named` is not one exact address that may be blocked; empty where it is one."""
    if named.kind is not Kind.URL:
        return "Only an exact address can be blocked: no domain, no folder, no word."
    url = ada_url.URL(named.value)
    if url.protocol not in {"http:", "https:"}:
        return "Only addresses of the web can be blocked."
    if "*" in named.value:
        return "A filter could read the asterisk as a placeholder, and block more than this address."
    if listed_as(named.value):
        return "This shows what a search engine or a store lists; ask them to delist it."
    # What only says where a click came from names no page: without it this may be the front door of the site.
    plain = ada_url.URL(links.same_page(named.value))
    return "" if plain.pathname.strip("/") or plain.search else "This is the front page of a site; blocking it blocks the site."


def as_text(listed: BlockList) -> bytes:
    """One address a line; what begins with `#` is said about the file."""
    said = [f"# {name}: {value}" for name, value in _head(listed).items()]
    rule = "# Block each address as a whole and alone: not its site, its folder or its words. Fetch this file again at least once a day."
    return "".join(f"{line}\n" for line in [*said, rule, *(one.address for one in listed.entries)]).encode()


def as_json_lines(listed: BlockList) -> bytes:
    """First what is said about the file, then `address`, `listed_on` and `expires_on` of each entry, an object a line."""
    rows = [{"address": one.address, "listed_on": str(one.listed_on), "expires_on": str(one.expires_on)} for one in listed.entries]
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in [_head(listed), *rows]).encode()


def _head(listed: BlockList) -> dict[str, str | int]:
    # The terms are somebody's words, and a line of them must not become an entry.
    told = {"list": listed.name, "owner": listed.owner, "terms": listed.terms}
    head: dict[str, str | int] = {name: " ".join(value.split()) for name, value in told.items()}
    return head | {"version": listed.version, "entries": len(listed.entries), "expires_on": str(listed.expires_on or "")}
