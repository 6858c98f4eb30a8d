"""Under what a value stands in an index of equal values, and under what somebody who asks may meet it.

A link is also met by another scheme, by a listed place above it and by a listed domain; a link with marks of a click, and the handle of an
account in other capitals, by what is left without these.
"""

from collections.abc import Iterator

from cairndesk.signals.engine import accounts, links
from cairndesk.signals.engine.identifiers import Identifier, Kind

_Key = tuple[Kind, str]
_ALSO_MET = {Kind.URL: frozenset({Kind.URL_PREFIX, Kind.DOMAIN})}


def kinds_met_by(kind: Kind) -> frozenset[Kind]:
    """What a value of `kind` can meet: the kinds of the keys that `every_key` gives for it."""
    return frozenset({kind}) | _ALSO_MET.get(kind, frozenset())


def every_key(identifier: Identifier) -> Iterator[tuple[_Key, str]]:
    """Under what `identifier` may be listed, and in which form; the most telling first, because an entry is met once."""
    yield from _candidates(identifier)
    for (kind, value), form in _loose_candidates(identifier):
        yield (kind, value), form
        yield (kind, _as_loose(value)), form


def listed_keys(kind: Kind, value: str) -> Iterator[_Key]:
    """Under what a listed value answers: whoever asks by `every_key` meets it by one of these."""
    yield kind, value
    if (key := _loose_key(kind, value)) != value:
        yield kind, _as_loose(key)


def _as_loose(key: str) -> str:
    """How the loose key of a value stands in the exact index, where no normal form can be taken for it."""
    return f"\0{key}"


def _candidates(identifier: Identifier) -> list[tuple[_Key, str]]:
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


def _loose_candidates(identifier: Identifier) -> list[tuple[_Key, str]]:
    """The keys of those that differ from `identifier` only in what tells little: marks of a click, capitals of a handle."""
    key = _loose_key(identifier.kind, identifier.value)
    if identifier.kind is Kind.URL:
        return [((Kind.URL, one), "tracking") for one in (key, links.other_scheme(key)) if one]
    return [((Kind.ACCOUNT, key), "capitals")] if identifier.kind is Kind.ACCOUNT else []


def _loose_key(kind: Kind, value: str) -> str:
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
