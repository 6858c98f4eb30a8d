"""What may be compared between cases: identifiers that say something, and never what belongs to a child who is a person of concern."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q, QuerySet

from cairndesk.cases.models import Case, CasePerson, IndexTerm
from cairndesk.cases.rules.facts import CHILD_ACTOR

# SQLite takes 32,766 values in one question.
_AT_ONCE = 10_000
_OF_PEOPLE = frozenset({"account", "group", "email", "phone", "wallet", "payment_account", "disclosure"})


def terms_to_compare(organisation: UUID) -> QuerySet[IndexTerm]:
    """The terms of `organisation` by which cases may be compared; a site alone says nothing, thousands of cases may share a large service.

    Where a person of concern is or may be a child, accounts, numbers and wallets are left out unless they are known to be somebody else's (PRI-10).
    """
    return _comparable().filter(organisation=organisation)


def terms_of(cases: Collection[UUID]) -> QuerySet[IndexTerm]:
    """The same of these cases alone, whosever they are. Without the organisation, by whose index SQLite would read the terms of all its cases."""
    return _comparable().filter(item__case__in=cases)


def _comparable() -> QuerySet[IndexTerm]:
    children = CasePerson.objects.filter(actor_age__in=CHILD_ACTOR)
    told = IndexTerm.objects.filter(item__taken_back_at=None).exclude(kind="domain")
    told = told.exclude(item__holder__in=children.values("pk"))
    return told.exclude(kind__in=_OF_PEOPLE, item__holder=None, item__case__in=children.values("case"))


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
