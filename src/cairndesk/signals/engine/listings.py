"""Links that show no content of their own host but what it lists: results of a search engine, apps of a store (DET-21)."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from urllib.parse import parse_qs

import ada_url

from cairndesk.lib.text import refang


@dataclass(frozen=True, slots=True)
class Listing:
    """Where something is listed; `kind` is a code of the family of kinds of items."""

    kind: str
    host: re.Pattern[str]
    path: re.Pattern[str]
    asks: str


def listed_as(link: str) -> str:
    """`search_result` or `app` where `link`, as it was told, shows a result or an app in a known place; empty anywhere else."""
    try:
        parsed = ada_url.URL(refang(link))
    except ValueError:
        return ""
    host, asked = parsed.hostname.rstrip("."), parse_qs(parsed.search.removeprefix("?"))
    found = (one.kind for one in listings() if one.host.fullmatch(host) and one.path.match(parsed.pathname) and (not one.asks or one.asks in asked))
    return next(found, "")


@cache
def listings() -> tuple[Listing, ...]:
    """The known places, as the data file has them."""
    return tuple(_read())


def _read() -> Iterator[Listing]:
    text = resources.files("cairndesk.signals.engine").joinpath("data/listings.toml").read_text("utf-8")
    for row in tomllib.loads(text)["listing"]:
        yield Listing(row["kind"], _any(row["hosts"]), _any(row["paths"]), row.get("asks", ""))


def _any(forms: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{form})" for form in forms))
