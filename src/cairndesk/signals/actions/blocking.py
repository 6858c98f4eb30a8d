"""Asking access providers to block exact addresses: putting one on, looking at it again, taking it off, and giving the list."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.accounts.rules.sharing import Data, Recipient
from cairndesk.accounts.sharing import require_sharing
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.signals import blocklist, shelf
from cairndesk.signals.actions.lists import Imported
from cairndesk.signals.actions.own import publish_own
from cairndesk.signals.actions.writing_out import require_let_go
from cairndesk.signals.engine.blocking import BlockList, hindrance
from cairndesk.signals.engine.identifiers import Identifier
from cairndesk.signals.errors import NotBlocked, NotExact
from cairndesk.signals.models import Block, HashList, ListEntry
from cairndesk.signals.rules import BLOCKED_FOR, MOST_BLOCKED_FOR, DelistedBecause, WrittenOut


@transaction.atomic
def block_address(*, listed: HashList, named: Sequence[Identifier], label: str, by: Actor, now: datetime) -> Imported:
    """Afterwards the one exact address in `named` is on the desk's own list, and to be blocked for `BLOCKED_FOR`.

    Raises NotExact for anything else than one exact address, and what `publish_own` raises; then nothing is published.
    """
    if len(named) != 1 or (why := hindrance(named[0])):
        raise NotExact(why if len(named) == 1 else "")
    done = publish_own(listed=listed, named=named, label=label, by=by, now=now)
    entry = ListEntry.objects.get(shelf.current(done.listed), kind=named[0].kind, value=named[0].value)
    until = now.date() + BLOCKED_FOR
    block = Block.objects.filter(entry=entry, delisted_at=None).first()
    if block is None:
        block = Block(entry=entry, listed_at=now, listed_by=by.pseudonym, expires_on=until)
    else:
        block.expires_on, block.reviewed_at, block.reviewed_by = max(until, block.expires_on), now, by.pseudonym
    block.save()
    record(event=Event.SIGNALS_ADDRESS_BLOCKED, subject_kind="block", subject=block.pk, by=by, now=now, detail=_until(block.expires_on))
    return done


@transaction.atomic
def renew_block(*, block: Block, expires_on: date, by: Actor, now: datetime) -> Block:
    """Afterwards a person has looked at the address again, and it is to be blocked until `expires_on`. Raises NotBlocked."""
    held = _held(block, by)
    if not now.date() < expires_on <= now.date() + MOST_BLOCKED_FOR:
        raise NotBlocked(f"The new day lies in the future, and at most {MOST_BLOCKED_FOR // timedelta(days=1)} days from now.")
    held.expires_on, held.reviewed_at, held.reviewed_by = expires_on, now, by.pseudonym
    held.save(update_fields=["expires_on", "reviewed_at", "reviewed_by"])
    record(event=Event.SIGNALS_ADDRESS_RENEWED, subject_kind="block", subject=held.pk, by=by, now=now, detail=_until(expires_on))
    return held


@transaction.atomic
def delist_address(*, block: Block, why: DelistedBecause, by: Actor, now: datetime) -> Block:
    """Afterwards nobody is asked to block the address; it stays on the own list, where a dispute takes it off. Raises NotBlocked."""
    held = _held(block, by)
    held.delisted_at, held.delisted_by, held.why = now, by.pseudonym, why
    held.save(update_fields=["delisted_at", "delisted_by", "why"])
    record(event=Event.SIGNALS_ADDRESS_DELISTED, subject_kind="block", subject=held.pk, by=by, now=now, detail={"why": why.value})
    return held


@transaction.atomic
def export_blocks(*, listed: HashList, by: Actor, now: datetime) -> BlockList:
    """What is to be blocked now; afterwards the log says who wrote it out, and how much. Raises NotLetGo, ListRefused where the list is off."""
    require(by, Verb.LIST_IMPORT, organisation=listed.organisation_id)
    # Whoever takes the file, it goes to access providers; nobody knows in which country.
    require_sharing(organisation=listed.organisation_id, data={Data.LISTED}, recipient=Recipient.PROVIDER, country="", now=now)
    require_let_go(what=WrittenOut.BLOCKS, of=listed.pk, now=now)
    given = blocklist.block_list(listed=listed, now=now)
    detail: dict[str, str | int] = {"rows": len(given.entries), "version": given.version}
    record(event=Event.SIGNALS_BLOCKS_EXPORTED, subject_kind="list", subject=listed.pk, by=by, now=now, detail=detail)
    return given


def _held(block: Block, by: Actor) -> Block:
    held = Block.objects.select_for_update(of=("self",)).select_related("entry__list").get(pk=block.pk)
    require(by, Verb.LIST_IMPORT, organisation=held.entry.list.organisation_id)
    if held.delisted_at is not None:
        raise NotBlocked
    return held


def _until(day: date) -> dict[str, str | int]:
    return {"until": day.isoformat()}
