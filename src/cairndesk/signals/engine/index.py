"""An exact index in memory: equal values by dictionary, PDQ hashes by the search of `near`, which misses nothing.

Any number of entries may share a value.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cairndesk.signals.engine import accounts, links
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.engine.near import kernels
from cairndesk.signals.engine.near.build import build
from cairndesk.signals.engine.near.layout import HASH_BYTES, MAX_DISTANCE, as_words
from cairndesk.signals.errors import DistanceRefused

_Key = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is put in: a reference that is handed back, and the value in the normal form of its kind."""

    ref: int
    kind: Kind
    value: str


@dataclass(frozen=True, slots=True)
class Hit:
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
        self._equal: dict[_Key, tuple[int, ...]] = {}
        self._loose: dict[_Key, tuple[int, ...]] = {}
        digits: list[str] = []
        refs: list[int] = []
        for entry in entries:
            if entry.kind is Kind.PDQ:
                digits.append(entry.value)
                refs.append(entry.ref)
            else:
                _add(self._equal, (entry.kind, entry.value), entry.ref)
                if (key := loose_key(entry.kind, entry.value)) != entry.value:
                    _add(self._loose, (entry.kind, key), entry.ref)
        hashes = np.frombuffer(bytes.fromhex("".join(digits)), dtype=np.uint8).reshape(-1, HASH_BYTES)
        self._near = build(hashes, np.arange(len(hashes), dtype=np.uint32), np.zeros(len(hashes), dtype=np.uint16))
        self._search = kernels.best().searcher(self._near)
        self._near_refs = np.array(refs, dtype=np.int64)

    def __len__(self) -> int:
        return sum(map(len, self._equal.values())) + len(self._near_refs)

    def find(self, identifier: Identifier) -> list[Hit]:
        """Every entry that `identifier` meets, nearest first."""
        if identifier.kind is Kind.PDQ:
            return self.near(identifier.value, form=identifier.form)
        hits: dict[int, Hit] = {}
        for key, form in candidates(identifier):
            for ref in self._equal.get(key, ()):
                hits.setdefault(ref, Hit(ref, 0, form))
        for key, form in loose_candidates(identifier):
            for ref in (*self._equal.get(key, ()), *self._loose.get(key, ())):
                hits.setdefault(ref, Hit(ref, 0, form))
        return list(hits.values())

    def near(self, digits: str, *, form: str = "identity") -> list[Hit]:
        """Every PDQ hash within the radius of `digits`, nearest first, equally near ones in the order in which they came in."""
        found = self._search(as_words(np.frombuffer(bytes.fromhex(digits), dtype=np.uint8)), self.distance)
        places = self._near.refs[found.places]
        return [Hit(int(self._near_refs[places[i]]), int(found.distances[i]), form) for i in np.lexsort((places, found.distances))]


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


def _add(to: dict[_Key, tuple[int, ...]], key: _Key, ref: int) -> None:
    to[key] = (*to.get(key, ()), ref)


def _of_link(url: str) -> list[tuple[_Key, str]]:
    other, host = links.other_scheme(url), links.host_of(url)
    keys: list[tuple[_Key, str]] = [((Kind.URL, other), "scheme")] if other else []
    keys.extend(((Kind.URL_PREFIX, place), "prefix") for place in links.places_above(url))
    return [*keys, *([((Kind.DOMAIN, host), "domain")] if host else []), *_of_host(host, known=host)]


def _of_host(host: str, *, known: str) -> list[tuple[_Key, str]]:
    registered = links.registrable_domain(host) if host else None
    return [((Kind.DOMAIN, registered), "domain")] if registered and registered != known else []
