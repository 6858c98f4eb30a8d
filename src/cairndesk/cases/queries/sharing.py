"""What may be compared between cases or given away: identifiers that say something, and never a child's who is a person of concern."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q, QuerySet

from cairndesk.cases.models import Case, CasePerson, IndexTerm, Item
from cairndesk.cases.rules.facts import CHILD_ACTOR

# SQLite takes 32,766 values in one question.
_AT_ONCE = 10_000
_OF_PEOPLE = frozenset({"account", "group", "email", "phone", "wallet", "payment_account", "disclosure"})


def terms_to_compare(organisation: UUID) -> QuerySet[IndexTerm]:
    """The terms of `organisation` by which cases may be compared; a site alone says nothing, thousands of cases may share a large service.

    What is or may be that of a person of concern who is or may be a child is left out (PRI-10): `of_a_child`.
    """
    return _comparable().filter(organisation=organisation)


def terms_of(cases: Collection[UUID]) -> QuerySet[IndexTerm]:
    """The same of these cases alone, whosever they are. Without the organisation, by whose index SQLite would read the terms of all its cases."""
    return _comparable().filter(item__case__in=cases)


def of_a_child(prefix: str = "") -> Q:
    """Which items are, or may be, those of a person of concern who is or may be a child; with `prefix`, of rows that point to items by it.

    In a case with such a person these are accounts, profiles, numbers and wallets too of which nobody said yet whose they are: whoever
    classifies brings the person in and no more.
    """
    children = CasePerson.objects.filter(actor_age__in=CHILD_ACTOR)
    unsaid = Q(**{f"{prefix}holder": None, f"{prefix}case__in": children.values("case")})
    somebodys = Q(**{f"{prefix}kind__in": _OF_PEOPLE}) | Q(**{f"{prefix}names_account": True})
    return Q(**{f"{prefix}holder__in": children.values("pk")}) | (unsaid & somebodys)


def items_of_a_child(case: Case) -> set[UUID]:
    """The items of `case` that `of_a_child` is about, by their ids: no list is asked about them."""
    return set(Item.objects.filter(of_a_child(), case=case).values_list("pk", flat=True))


def _comparable() -> QuerySet[IndexTerm]:
    return IndexTerm.objects.filter(item__taken_back_at=None).exclude(kind="domain").exclude(of_a_child("item__"))


def with_values_of(held: QuerySet[IndexTerm], mine: QuerySet[IndexTerm]) -> Iterator[QuerySet[IndexTerm]]:
    """Those of `held` with a value that one of `mine` has, in parts that share no value: what is counted by value may be added up.

    The values are read first and asked for by their kind. Left to join the table with itself, PostgreSQL compares each row with each
    while it has not yet counted many new ones, and a page with two thousand items is given up after half a minute.
    """
    values = sorted({(kind, bytes(digest)) for kind, digest in mine.order_by().values_list("kind", "digest")})
    for start in range(0, len(values), _AT_ONCE):
        kinds = defaultdict[str, list[bytes]](list)
        for kind, digest in values[start : start + _AT_ONCE]:
            kinds[kind].append(digest)
        yield held.filter(reduce(or_, (Q(kind=kind, digest__in=digests) for kind, digests in kinds.items())))


def kept_apart_from(case: Case) -> set[UUID]:
    """The cases of which a person said that they do not belong with `case`."""
    return {*(one.later_id for one in case.apart_out.all()), *(one.earlier_id for one in case.apart_in.all())}
