"""Recording what is known by hand: one fact at a time, and the queue follows in the same transaction."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.rules import Actor
from cairndesk.cases import actions as cases
from cairndesk.cases.models import Case
from cairndesk.cases.queries import Fact
from cairndesk.custody import access
from cairndesk.review import errors
from cairndesk.review.actions.facts import Sent, write
from cairndesk.review.models import SentForm
from cairndesk.review.queries.state import About, state_of
from cairndesk.review.rules.known import REPLACE, Kind, fingerprint
from cairndesk.triage.actions import assess

Told = Mapping[str, Any]
_KEPT = timedelta(days=1)


@transaction.atomic
def record_fact(*, case: Case, kind: Kind, facts: Told, more: Told, once: UUID, by: Actor, now: datetime, about: About = None) -> None:
    """Afterwards this fact is on record and the priority is the one that it calls for. `more` holds what is no column of the kind.

    The same form sent again, under the same `once`, changes nothing. Raises SentBefore where it says something else by then,
    WrittenMeanwhile where a form that replaces answers was made from an older state, NotPermitted, UnknownCode.
    """
    if not _is_first(case, kind, facts, {**more, "about": about and about.pk}, once, now):
        return
    # Two people who change the same answers at once must not undo one another: the row is held while the states are compared.
    Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    held = state_of(case, kind, about)
    if kind in REPLACE and held and more["seen"] != fingerprint(held):
        raise errors.WrittenMeanwhile
    write(kind, Sent(case, about, facts, more, held, {"by": by, "now": now}))
    assess(case=case, by=by, now=now)


@transaction.atomic
def take_back_fact(*, case: Case, fact: Fact, by: Actor, now: datetime) -> None:
    """Afterwards a fact recorded by mistake is off the record and moves the queue no more."""
    cases.take_back(case=case, fact=fact, by=by, now=now)
    assess(case=case, by=by, now=now)


def _is_first(case: Case, kind: Kind, facts: Told, more: Told, once: UUID, now: datetime) -> bool:
    """Whether nobody sent this form before; of two that come at the same moment one waits here for the other."""
    SentForm.objects.filter(at__lt=now - _KEPT).delete()
    answers = "\n".join(f"{name}={value}" for name, value in sorted({**facts, **more}.items()) if name != "seen")
    digest = access.keys().blind_index(case.organisation_id, "form", f"{case.pk}\n{kind}\n{answers}")
    sent, is_first = SentForm.objects.get_or_create(pk=once, defaults={"digest": digest, "at": now})
    if not is_first and bytes(sent.digest) != bytes(digest):
        raise errors.SentBefore
    return is_first
