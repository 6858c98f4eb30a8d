"""Meet what was told in a case with the lists and the glossaries that are on. Everything found is a lead; a person decides."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from uuid import UUID

from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.actions import add_item, amend_item
from cairndesk.cases.models import Case, Item
from cairndesk.cases.queries import identifier_of
from cairndesk.lib.unknowns import Unknown
from cairndesk.signals.actions import count_items, meet_terms, record_matches
from cairndesk.signals.engine import wallets
from cairndesk.signals.engine.extract import find
from cairndesk.signals.engine.identifiers import Identifier, Kind, account, normalise, profile_in
from cairndesk.signals.errors import NotAnIdentifier
from cairndesk.signals.models import MediaSighting
from cairndesk.signals.queries import find_matches, hashes_of, lists_now, matches_on
from cairndesk.signals.tools import Tool

# The kinds of items that lists can hold, in the engine's words.
_ADDRESSES = ("url", "web_page", "listing", "advert", "search_result")
_KINDS = {
    **dict.fromkeys(_ADDRESSES, Kind.URL),
    **{kind.value: kind for kind in (Kind.DOMAIN, Kind.EMAIL, Kind.PHONE, Kind.WALLET)},
}
# The kinds of items that are words themselves.
_WORDS = frozenset({"text", "hashtag", "signpost"})
# What leads to somebody. An address of a profile is read as its account as well, and left out with it.
_OF_PEOPLE = frozenset({Kind.ACCOUNT, Kind.EMAIL, Kind.PHONE, Kind.WALLET})
_Key = tuple[Kind, str]


def match_items(*, case: Case, items: Iterable[Item], off: frozenset[Tool], by: Actor, now: datetime) -> list[Identifier]:
    """Afterwards each of `items`, all of `case`, that meets a list carries its matches as leads, and all are counted; returns what was asked.

    `off`: the tools that are off. Raises DeskLocked.
    """
    asked, pictures = defaultdict[UUID, list[Identifier]](list), _pictures(case)
    met = defaultdict[UUID, set[UUID]](set)
    # Which lists there are is asked once, however many items a case has.
    held = lists_now(organisation=case.organisation_id, now=now, off=off)
    profiles = list[Item]()
    for item in filter(_is_kept, items):
        _name_chain(item, now)
        told = list(_identifiers(item))
        if item.kind in _ADDRESSES and item.names_account != (names := any(one.kind is Kind.ACCOUNT for one in told)):
            item.names_account = names
            profiles.append(item)
        identifiers = [form for one in told for form in pictures.get((one.kind, one.value), [one])]
        file = item.same_file_as_id or item.pk
        asked[file] += identifiers
        if found := matches_on(held, identifiers) if identifiers else []:
            record_matches(organisation=case.organisation_id, case=case.pk, item=item.pk, found=found, by=by, now=now)
            met[file] |= {match.list_id for match in found}
    Item.objects.bulk_update(profiles, ["names_account"], batch_size=500)
    count_items(case=case.pk, held=held, asked=asked, met=met, now=now)
    return [one for identifiers in asked.values() for one in identifiers]


def match_words(
    *,
    case: Case,
    items: list[Item],
    told: Mapping[UUID, Mapping[str, str]],
    off: frozenset[Tool],
    by: Actor,
    now: datetime,
    of_people: bool = True,
) -> list[Identifier]:
    """Afterwards the places that meet a term of a glossary are hints of `case`, and what stands in the words and is on a list is an item.

    `items`: those of `case`, to which the new ones are added. `told`: report → name of the answer → its words. `off`: the tools that are off.
    `of_people`: whether accounts, numbers and wallets are read out of them as well: not where a child may be the person of concern.
    What is in the words and on no list stays words: it may be the child's own number or account. Returns all that a list could have.
    Raises DeskLocked.
    """
    texts = {(report, name): words for report, answers in told.items() for name, words in answers.items()}
    own = {(item.pk, "identifier"): identifier_of(item) for item in filter(_is_kept, items) if item.kind in _WORDS}
    meet_terms(organisation=case.organisation_id, case=case.pk, texts={**texts, **own}, by=by, now=now, off=off)
    return [] if Tool.READING in off else _name_listed(case, items, texts.values(), of_people, now)


def _name_listed(case: Case, items: list[Item], texts: Iterable[str], of_people: bool, now: datetime) -> list[Identifier]:  # noqa: FBT001 - passed on
    places = [place for words in texts for place in find(words, country=case.organisation.country or None)[0]]
    if not of_people:
        places = [place for place in places if not {one.kind for one in place.identifiers} & _OF_PEOPLE]
    first = {reading: place.identifiers[0] for place in places for reading in place.identifiers}
    met = find_matches(organisation=case.organisation_id, identifiers=[*first], now=now) if first else []
    if not met:
        return [*first]
    named = {(one.kind, one.value) for item in filter(_is_kept, items) for one in _identifiers(item)}
    listed = {(one.kind, one.value): one for one in (first[match.identifier] for match in met)}
    items += [_add(case, listed[key], now) for key in sorted(listed.keys() - named)]
    return [*first]


def _add(case: Case, identifier: Identifier, now: datetime) -> Item:
    platform, _, handle = identifier.value.partition("/")
    is_account = identifier.kind is Kind.ACCOUNT
    facts = {"service": platform} if is_account else {}
    # What a machine reads out of a report it may write down, whoever is at work on the case.
    return add_item(case=case, kind=identifier.kind.value, identifier=handle if is_account else identifier.raw, by=SYSTEM, now=now, facts=facts)


def _is_kept(item: Item) -> bool:
    """Whether the identifier of `item` can still be read: its time may have come before that of its case."""
    return item.identifier.erased_at is None


def _name_chain(item: Item, now: datetime) -> None:
    """Afterwards a wallet whose chain nobody named has the one that the form of its address tells, and the coin where only one moves there."""
    if item.kind != "wallet" or item.chain not in set(Unknown):
        return
    try:
        wallet = wallets.read(identifier_of(item))
    except NotAnIdentifier:
        return
    coin = wallets.COINS.get(wallet.chain) if item.coin in set(Unknown) else None
    amend_item(item=item, facts={"chain": wallet.chain.value, **({"coin": coin} if coin else {})}, by=SYSTEM, now=now)


def _identifiers(item: Item) -> Iterator[Identifier]:
    """What lists can be asked about `item`; an identifier in a form that no list has is left to people."""
    kind = Kind(item.hash_kind) if item.kind == "media" and item.hash_kind in set(Kind) else _KINDS.get(item.kind)
    kind = Kind.URL if item.kind == "app" and "://" in identifier_of(item) else kind
    try:
        if kind is not None:
            yield (found := normalise(kind, identifier_of(item)))
            yield from filter(None, [profile_in(found)])
        elif item.kind == "account":
            yield account(item.service, identifier_of(item))
    except NotAnIdentifier:
        return


def _pictures(case: Case) -> dict[_Key, list[Identifier]]:
    """By the hash of a picture that was handed over: all its forms, so that a turned or mirrored copy is found as well.

    Files that look the same share a hash, and each is asked about: that one of them was marked as a false match says nothing of the others.
    """
    found: dict[_Key, list[Identifier]] = {}
    for sighting in MediaSighting.objects.filter(case=case.pk).select_related("hashes"):
        if forms := [one for one in hashes_of(sighting) if one.kind is Kind.PDQ]:
            found.setdefault((forms[0].kind, forms[0].value), []).extend(forms)
    return found
