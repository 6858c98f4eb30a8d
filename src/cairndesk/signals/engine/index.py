"""An exact index in memory: equal values by the tables of `exact`, PDQ hashes by the search of `near`, which misses nothing.

Any number of entries may share a value.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cairndesk.signals.engine import accounts, links
from cairndesk.signals.engine.exact.gather import Entry as Equal
from cairndesk.signals.engine.exact.index import ExactIndex
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.engine.near import kernels
from cairndesk.signals.engine.near.build import build
from cairndesk.signals.engine.near.layout import HASH_BYTES, as_words
from cairndesk.signals.engine.near.reach import MAX_DISTANCE
from cairndesk.signals.errors import DistanceRefused

_Key = tuple[Kind, str]
_LISTED, _LOOSE = range(2)
"""Stand in the tables in place of the number of a list: whether a value is there as it was listed, or without what tells little."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is put in: a reference that is handed back, and the value in the normal form of its kind."""

    ref: int
    kind: Kind
    value: str


class Hit(NamedTuple):
    """One entry that answers: its reference, the distance in bits (0 for equal values), and the form that met it."""

    ref: int
    distance: int
    form: str


class Index:
    """A fixed set of entries with one search radius (0 to 31 bits); safe to be read by many threads."""

    def __init__(self, entries: Iterable[Entry], *, distance: int = MAX_DISTANCE) -> None:
        if not 0 <= distance <= MAX_DISTANCE:
            raise DistanceRefused(f"{distance} bits cannot be searched.")
        self.distance = distance
        # References may have 64 bits: the tables hold the place of an entry in this array.
        self._refs = array("q")
        hashes, places = bytearray(), array("I")

        def equal() -> Iterator[Equal]:
            for place, entry in enumerate(entries):
                self._refs.append(entry.ref)
                if entry.kind is Kind.PDQ:
                    hashes.extend(bytes.fromhex(entry.value))
                    places.append(place)
                    continue
                yield Equal(entry.kind, entry.value, place, _LISTED)
                if (key := loose_key(entry.kind, entry.value)) != entry.value:
                    yield Equal(entry.kind, key, place, _LOOSE)

        self._equal = ExactIndex.of(equal(), lists=[])
        self._near = build(np.frombuffer(hashes, np.uint8).reshape(-1, HASH_BYTES), np.array(places, np.uint32), np.zeros(len(places), np.uint16))
        self._search = kernels.best().searcher(self._near)

    def __len__(self) -> int:
        return len(self._refs)

    def find(self, identifier: Identifier) -> list[Hit]:
        """Every entry that `identifier` meets, nearest first."""
        if identifier.kind is Kind.PDQ:
            return self.near(identifier.value, form=identifier.form)
        hits: dict[int, Hit] = {}
        for keys, most in ((candidates(identifier), _LISTED), (loose_candidates(identifier), _LOOSE)):
            for key, form in keys:
                for place, how in self._equal.numbers(*key):
                    if how <= most:
                        hits.setdefault(place, Hit(self._refs[place], 0, form))
        return list(hits.values())

    def near(self, digits: str, *, form: str = "identity") -> list[Hit]:
        """Every PDQ hash within the radius of `digits`, nearest first, equally near ones in the order in which they came in."""
        found = self._search(as_words(np.frombuffer(bytes.fromhex(digits), dtype=np.uint8)), self.distance)
        places = self._near.refs[found.places]
        return [Hit(self._refs[places[i]], int(found.distances[i]), form) for i in np.lexsort((places, found.distances))]


def candidates(identifier: Identifier) -> list[tuple[_Key, str]]:
    """The keys under which `identifier` may be listed, each with the form of the match.

    A link is also looked for with the other of http and https, by every listed place that it lies below, and by its
    listed host or registered domain.
    """
    keys = [((identifier.kind, identifier.value), identifier.form)]
    if identifier.kind is Kind.URL:
        keys.extend(_of_link(identifier.value))
    elif identifier.kind is Kind.DOMAIN:
        keys.extend(_of_host(identifier.value, known=identifier.value))
    return keys


def loose_candidates(identifier: Identifier) -> list[tuple[_Key, str]]:
    """The keys of those that differ from `identifier` only in what tells little: marks of a click, capitals of a handle."""
    key = loose_key(identifier.kind, identifier.value)
    if identifier.kind is Kind.URL:
        return [((Kind.URL, one), "tracking") for one in (key, links.other_scheme(key)) if one]
    return [((Kind.ACCOUNT, key), "capitals")] if identifier.kind is Kind.ACCOUNT else []


def loose_key(kind: Kind, value: str) -> str:
    """What is compared where equal values are not asked for: for most kinds the value itself."""
    if kind is Kind.URL:
        return links.same_page(value)
    return accounts.in_any_case(value) if kind is Kind.ACCOUNT else value


def _of_link(url: str) -> list[tuple[_Key, str]]:
    other, host = links.other_scheme(url), links.host_of(url)
    keys: list[tuple[_Key, str]] = [((Kind.URL, other), "scheme")] if other else []
    keys.extend(((Kind.URL_PREFIX, place), "prefix") for place in links.places_above(url))
    return [*keys, *([((Kind.DOMAIN, host), "domain")] if host else []), *_of_host(host, known=host)]


def _of_host(host: str, *, known: str) -> list[tuple[_Key, str]]:
    registered = links.registrable_domain(host) if host else None
    return [((Kind.DOMAIN, registered), "domain")] if registered and registered != known else []
