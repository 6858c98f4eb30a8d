"""What is true of every recorded fact: its sealed words are opened by name, and it can be taken back."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb
from cairndesk.cases.actions.coding import allow, note
from cairndesk.cases.models import Case
from cairndesk.cases.queries.known import Fact
from cairndesk.custody.models import SealedItem
from cairndesk.custody.queries import unseal_text
from cairndesk.custody.rules import Event


def sealed_of(fact: Fact) -> SealedItem | None:
    """The words or the place that belong to `fact`, sealed."""
    found: SealedItem | None = getattr(fact, "words", None) or getattr(fact, "where", None)
    return found


def open_words(*, case: Case, fact: Fact, by: Actor, now: datetime) -> str:
    """The sealed words of a fact of `case`; the log names the reader first. Empty where there are none."""
    with transaction.atomic():
        allow(by, case, Verb.CASE_READ)
        note(Event.CASES_FACT_OPENED, case, by=by, now=now, kind=type(fact).__name__.lower())
    sealed = sealed_of(fact)
    return unseal_text(sealed) if sealed and not sealed.erased_at else ""


@transaction.atomic
def take_back(*, case: Case, fact: Fact, by: Actor, now: datetime) -> None:
    """Afterwards a fact that was recorded by mistake counts nowhere. It stays readable as taken back, and the log says who did it."""
    allow(by, case)
    fact.taken_back_at = now
    fact.save(update_fields=["taken_back_at"])
    note(Event.CASES_FACT_WITHDRAWN, case, by=by, now=now, kind=type(fact).__name__.lower())
