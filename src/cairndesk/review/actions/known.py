"""Recording what is known by hand: one fact at a time, and the queue follows in the same transaction."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.rules import Actor
from cairndesk.cases import actions as cases
from cairndesk.cases.models import Case, Incident, Item
from cairndesk.cases.queries import Fact
from cairndesk.custody import access
from cairndesk.review import errors
from cairndesk.review.models import SentForm
from cairndesk.review.rules.known import ASKED, Kind, fingerprint
from cairndesk.triage.actions import assess

Told = Mapping[str, Any]
_KEPT = timedelta(days=1)


@transaction.atomic
def record_fact(*, case: Case, kind: Kind, facts: Told, more: Told, once: UUID, by: Actor, now: datetime) -> None:
    """Afterwards this fact is on record and the priority is the one that it calls for. `more` holds what is no column of the kind.

    The same form sent again, under the same `once`, changes nothing. Raises SentBefore where it says something else by then,
    WrittenMeanwhile where the answers about urgency were made from an older state, NotPermitted, UnknownCode.
    """
    if not _is_first(case, kind, facts, more, once, now):
        return
    _RECORD[kind](case, facts, more, {"by": by, "now": now})
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


def dangers_of(incident: Incident | None) -> dict[str, Any]:
    """The answers about urgency as they stand."""
    return {name: getattr(incident, name) for name in ASKED[Kind.DANGER].columns} if incident else {}


def first_incident(case: Case) -> Incident | None:
    """The incident to which facts recorded by hand belong."""
    return case.incidents.order_by("described_at", "pk").first()


def _incident(case: Case, who: dict[str, Any]) -> Incident:
    return first_incident(case) or cases.describe_incident(case=case, facts={}, **who)


def _danger(case: Case, facts: Told, more: Told, who: dict[str, Any]) -> None:
    # Two people who describe one case at once must not undo one another: the row is held while the states are compared.
    Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    held = first_incident(case)
    if more["seen"] != fingerprint(dangers_of(held)):
        raise errors.WrittenMeanwhile
    if held is None:
        cases.describe_incident(case=case, facts=facts, **who)
    else:
        # What was emptied is emptied: a meeting that is off has no time any more.
        cases.amend_incident(incident=held, facts={"meeting_at": None, **facts}, **who)


def _person(case: Case, facts: Told, more: Told, who: dict[str, Any]) -> None:
    cases.add_person(case=case, role=more["role"], facts=facts, **who)


def _items(case: Case, facts: Told, more: Told, who: dict[str, Any]) -> None:
    for kind, hash_kind, service, text in more["lines"]:
        told = {"service": service or facts.get("service", ""), **({"hash_kind": hash_kind} if hash_kind else {})}
        cases.add_item(case=case, kind=kind, identifier=text, facts=told, **who)


def _sighting(case: Case, facts: Told, more: Told, who: dict[str, Any]) -> None:
    item = Item.objects.filter(case=case, pk=more["item"]).first()
    if item is None:
        raise errors.NoSuchAccount
    rest = {name: value for name, value in facts.items() if name != "seen_at"}
    cases.record_sighting(item=item, seen_at=facts["seen_at"], where=more["words"], facts=rest, **who)


def _step(case: Case, facts: Told, more: Told, who: dict[str, Any]) -> None:
    rest = {name: value for name, value in facts.items() if name != "step"}
    cases.add_contact_step(incident=_incident(case, who), step=facts["step"], facts=rest, **who)


def _threat(case: Case, facts: Told, more: Told, who: dict[str, Any]) -> None:
    cases.record_threat(incident=_incident(case, who), facts=facts, audiences=more["audiences"], words=more["words"], **who)


def _payment(case: Case, facts: Told, more: Told, who: dict[str, Any]) -> None:
    cases.record_payment(incident=_incident(case, who), facts=facts, **who)


def _place(case: Case, facts: Told, more: Told, who: dict[str, Any]) -> None:
    cases.record_place(incident=_incident(case, who), where=more["words"], **facts, **who)


_RECORD: Mapping[Kind, Callable[[Case, Told, Told, dict[str, Any]], None]] = {
    Kind.DANGER: _danger, Kind.PERSON: _person, Kind.ITEMS: _items, Kind.SIGHTING: _sighting,
    Kind.STEP: _step, Kind.THREAT: _threat, Kind.PAYMENT: _payment, Kind.PLACE: _place,
}  # fmt: skip
