"""What is true of every recorded fact: its sealed words are opened by name, and it can be taken back."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from cairndesk.accounts.rules import Actor, Matter
from cairndesk.cases import errors
from cairndesk.cases.actions.coding import allow, note
from cairndesk.cases.actions.grants import admit
from cairndesk.cases.models import Case, Clue, Identification, IndexTerm, Item, ItemMark, PersonRole, SensitiveAttribute, SupportMark, ThreatAudience
from cairndesk.cases.queries.known import Fact
from cairndesk.custody.models import SealedItem
from cairndesk.custody.queries import unseal
from cairndesk.custody.reach import below
from cairndesk.custody.rules import Event

# What belongs to a fact and goes with it; everything else that names it rests on it.
_PARTS = (IndexTerm, ItemMark, PersonRole, SensitiveAttribute, SupportMark, ThreatAudience)


def sealed_of(fact: Fact) -> SealedItem | None:
    """The words, the place or the facts that belong to `fact`, sealed."""
    found: SealedItem | None = next((held for name in ("words", "where", "facts") if (held := getattr(fact, name, None))), None)
    return found


def open_words(*, case: Case, fact: Fact, by: Actor, now: datetime) -> dict[str, Any]:
    """What is sealed of a fact of `case`, by its name; words alone stand under "". The log names the reader first. Empty where there is nothing.

    Raises what `admit` raises; NotOfThisOrganisation for a clue, and how identifying somebody stands, of a case one is a guest of.
    """
    if isinstance(fact, Clue | Identification) and by.organisation != case.organisation_id:
        raise errors.NotOfThisOrganisation
    detail: dict[str, str | int] = {"kind": type(fact).__name__.lower()}
    admit(case=case, matter=Matter.FACT, event=Event.CASES_FACT_OPENED, by=by, now=now, detail=detail)
    sealed = sealed_of(fact)
    if sealed is None or sealed.erased_at:
        return {}
    opened = unseal(sealed)
    return {"": opened} if isinstance(opened, str) else opened


@transaction.atomic
def take_back(*, case: Case, fact: Fact, by: Actor, now: datetime) -> None:
    """Afterwards a fact that was recorded by mistake counts nowhere. It stays readable as taken back, with who did it; twice changes nothing.

    A file goes with all its hashes. Raises SomethingRestsOnIt for a person or an item that other records name, TheOnlyRole for a
    person's only role.
    """
    allow(by, case)
    rows = [fact, *fact.further_hashes.all()] if isinstance(fact, Item) else [fact]
    if named := sorted({words for row in rows for words in _resting_on(row)}):
        raise errors.SomethingRestsOnIt(f"It is still named in: {', '.join(named)}.")
    if isinstance(fact, PersonRole) and not fact.person.roles.exclude(pk=fact.pk).exists():
        raise errors.TheOnlyRole
    standing: QuerySet[Any] = type(fact).everything.filter(taken_back_at=None)
    if not standing.filter(pk__in=[row.pk for row in rows]).update(taken_back_at=now, taken_back_by=by.pseudonym):
        return
    # What was a mistake must neither match nor bring cases together.
    IndexTerm.objects.filter(item__in=[row for row in rows if isinstance(row, Item)]).delete()
    note(Event.CASES_FACT_WITHDRAWN, case, by=by, now=now, kind=type(fact).__name__.lower())


def _resting_on(fact: Fact) -> Iterator[str]:
    """What kinds of standing records name `fact`, in words; found from the tables, so that no list can forget a new one."""
    for child, name in below(type(fact)):
        still = child._meta.default_manager
        if child not in _PARTS and name != "same_file_as" and still and still.filter(**{name: fact.pk}).exists():
            yield str(child._meta.verbose_name)
