"""What may be compared between cases: identifiers that say something, and never what belongs to a child who is a person of concern."""

from uuid import UUID

from django.db.models import QuerySet

from cairndesk.cases.models import Case, CasePerson, IndexTerm
from cairndesk.cases.rules.facts import CHILD_ACTOR

_OF_PEOPLE = frozenset({"account", "group", "email", "phone", "wallet", "payment_account"})


def terms_to_compare(organisation: UUID) -> QuerySet[IndexTerm]:
    """The terms of `organisation` by which cases may be compared; a site alone says nothing, thousands of cases may share a large service.

    Where a person of concern is or may be a child, accounts, numbers and wallets are left out unless they are known to be somebody else's (PRI-10).
    """
    children = CasePerson.objects.filter(actor_age__in=CHILD_ACTOR)
    told = IndexTerm.objects.filter(organisation=organisation, item__taken_back_at=None).exclude(kind="domain")
    told = told.exclude(item__holder__in=children.values("pk"))
    return told.exclude(kind__in=_OF_PEOPLE, item__holder=None, item__case__in=children.values("case"))


def kept_apart_from(case: Case) -> set[UUID]:
    """The cases of which a person said that they do not belong with `case`."""
    return {*(one.later_id for one in case.apart_out.all()), *(one.earlier_id for one in case.apart_in.all())}
