"""What may be given to whom, on which basis: the dated rules of a desk, and what holds where it has none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

EVERYWHERE = "*"


class Data(StrEnum):
    """Kinds of what a desk holds; the codes stand in records, so never rename one."""

    ACCOUNT = "account"
    IDENTITY = "identity"
    ADDRESS = "address"
    EVIDENCE = "evidence"
    LISTED = "listed"
    OPINION = "opinion"
    TERMS = "terms"


class Recipient(StrEnum):
    """Kinds of whom it can go to."""

    AUTHORITY = "authority"
    PROVIDER = "provider"
    SERVICE = "service"
    PARTNER = "partner"
    RESEARCH = "research"


DATA_WORDS: Mapping[Data, str] = {
    Data.ACCOUNT: "what was told",
    Data.IDENTITY: "who somebody is",
    Data.ADDRESS: "reported addresses and accounts",
    Data.EVIDENCE: "the record of a case and its files",
    Data.LISTED: "entries of our lists, and addresses to block",
    Data.OPINION: "what people here said of entries of a list",
    Data.TERMS: "restricted terms",
}
RECIPIENT_WORDS: Mapping[Recipient, str] = {
    Recipient.AUTHORITY: "an authority",
    Recipient.PROVIDER: "a provider or platform",
    Recipient.SERVICE: "a service that helps",
    Recipient.PARTNER: "a partner organisation",
    Recipient.RESEARCH: "research",
}
# Without a rule a desk gives what its work cannot be done without, and nothing to anybody else.
DEFAULT: Mapping[Recipient, frozenset[Data]] = {
    Recipient.AUTHORITY: frozenset({Data.ACCOUNT, Data.IDENTITY, Data.ADDRESS, Data.EVIDENCE, Data.LISTED, Data.TERMS}),
    Recipient.PROVIDER: frozenset({Data.ADDRESS, Data.LISTED, Data.TERMS}),
    Recipient.SERVICE: frozenset({Data.ACCOUNT}),
    Recipient.PARTNER: frozenset({Data.ACCOUNT, Data.LISTED, Data.OPINION, Data.TERMS}),
    Recipient.RESEARCH: frozenset(),
}
# What a machine's key says of its holder, as a recipient.
SENDS_AS: Mapping[str, Recipient] = {"platform": Recipient.PROVIDER, "police": Recipient.AUTHORITY}


@dataclass(frozen=True, slots=True)
class SharingTerm:
    """One rule: in `country` (two letters, or everywhere) `data` may or may not go to a `recipient`, from a day on, on this basis."""

    data: Data
    recipient: Recipient
    country: str
    is_allowed: bool
    basis: str
    valid_from: date
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether it may be given, and by which rule (None: the default), in words."""

    is_allowed: bool
    term: SharingTerm | None
    words: str


def ruling(terms: Iterable[SharingTerm], *, data: Data, recipient: Recipient, country: str, on: date) -> Ruling:
    """What binds on the day: a rule for the country before one for everywhere, and of two that are as exact the one that refuses.

    Where nobody knows in which country the recipient is, every refusal binds, and a permission only where it holds everywhere.
    """
    about = [one for one in terms if (one.data, one.recipient) == (data, recipient) and _runs(one, on)]
    known = [one for one in about if one.country in {EVERYWHERE, country} or (not country and not one.is_allowed)]
    what = f"{DATA_WORDS[data]} to {RECIPIENT_WORDS[recipient]}"
    where = f" in {country}" if country else " whose country is not known"
    if not known:
        is_allowed = data in DEFAULT[recipient]
        return Ruling(is_allowed, None, f"{what}{where}: the desk has no rule, and without one this {'may' if is_allowed else 'may not'} be given")
    term = min(known, key=lambda one: (one.country == EVERYWHERE, one.is_allowed))
    said = "may" if term.is_allowed else "may not"
    place = "everywhere" if term.country == EVERYWHERE else f"for {term.country}"
    return Ruling(term.is_allowed, term, f"{what}{where}: the rule {place} since {term.valid_from} says that this {said} be given ({term.basis})")


def _runs(term: SharingTerm, on: date) -> bool:
    return term.valid_from <= on and (term.valid_until is None or on < term.valid_until)
