"""Desks of other installations: entered by one person as an agreement says, confirmed by another who read the keys to somebody there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from cairndesk.accounts.errors import NeedsSecondPerson
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.exchange.errors import PartnerUnclear
from cairndesk.response.actions.gate import require_person
from cairndesk.response.adapters.web import origin
from cairndesk.response.errors import NotAllowedOut
from cairndesk.response.models import PartnerDesk
from cairndesk.response.queries import own_party


@transaction.atomic
def enter_partner(*, facts: Mapping[str, Any], by: Actor, now: datetime) -> PartnerDesk:
    """Afterwards the desk waits for another person to confirm it; until then nothing goes there and nothing is taken from it.

    `facts`: the columns that a person fills in. Raises NotPermitted, PartnerUnclear, DeskLocked.
    """
    require_person(by)
    require(by, Verb.SHARING_SET, organisation=by.home)
    mine = own_party(Organisation.objects.get(pk=by.home))
    given = {name: value.strip() if isinstance(value, str) else value for name, value in facts.items()}
    if facts["valid_until"] <= max(now.date(), facts["valid_from"]) or not given["basis"] or not _is_address(given["address"]):
        raise PartnerUnclear
    if mine.seals_to == given["seals_to"] or not all(map(_is_key, (given["seals_to"], given["signs_with"]))):
        raise PartnerUnclear
    if PartnerDesk.objects.filter(organisation=by.home, seals_to=given["seals_to"], ended_at=None).exists():
        raise PartnerUnclear("A partner desk with this key stands here already; end that one first.")
    made = PartnerDesk.objects.create(organisation_id=by.home, entered_by=by.pseudonym, entered_at=now, **given)
    record(event=Event.EXCHANGE_PARTNER_ENTERED, subject_kind="partner_desk", subject=made.pk, by=by, now=now)
    return made


@transaction.atomic
def confirm_partner(*, desk: PartnerDesk, by: Actor, now: datetime) -> PartnerDesk:
    """Afterwards cases may go between the two desks while the agreement runs. Raises NotPermitted, PartnerUnclear, NeedsSecondPerson."""
    held = _open(desk, by)
    if held.confirmed_at is not None or held.valid_until <= now.date():
        raise PartnerUnclear
    if by.pseudonym == held.entered_by:
        raise NeedsSecondPerson
    held.confirmed_by, held.confirmed_at = by.pseudonym, now
    held.save(update_fields=["confirmed_by", "confirmed_at"])
    record(event=Event.EXCHANGE_PARTNER_CONFIRMED, subject_kind="partner_desk", subject=held.pk, by=by, now=now)
    return held


@transaction.atomic
def end_partner(*, desk: PartnerDesk, why: str, by: Actor, now: datetime) -> PartnerDesk:
    """Afterwards no further case goes there or is taken from there; what is there stays, and can still be handed back.

    Raises NotPermitted, PartnerUnclear without a reason.
    """
    held = _open(desk, by)
    if not why.strip():
        raise PartnerUnclear
    held.ended_by, held.ended_at, held.ended_why = by.pseudonym, now, why.strip()
    held.save(update_fields=["ended_by", "ended_at", "ended_why"])
    record(event=Event.EXCHANGE_PARTNER_ENDED, subject_kind="partner_desk", subject=held.pk, by=by, now=now)
    return held


def _open(desk: PartnerDesk, by: Actor) -> PartnerDesk:
    require_person(by)
    held = PartnerDesk.objects.select_for_update(of=("self",)).get(pk=desk.pk)
    require(by, Verb.SHARING_SET, organisation=held.organisation_id)
    if held.ended_at is not None:
        raise PartnerUnclear
    return held


def _is_key(text: str) -> bool:
    return len(text) == 64 and not set(text) - set("0123456789abcdef")


def _is_address(text: str) -> bool:
    """Whether letters could be sent there: https, or http on this machine, or empty where they go as files."""
    if not text:
        return True
    try:
        scheme, host, _ = origin(urlsplit(text))
    except NotAllowedOut:
        return False
    return bool(host) and (scheme == "https" or host in {"127.0.0.1", "::1", "localhost"})
