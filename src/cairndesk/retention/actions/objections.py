"""Objections to what the desk decided: heard by somebody who did not decide it, undone wherever it went, and answered."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, digest_of
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import record, seal
from cairndesk.custody.queries import unseal_text
from cairndesk.custody.rules import Event, Purpose
from cairndesk.response.actions import counter_every_notice
from cairndesk.retention import queries
from cairndesk.retention.errors import RequestUnclear
from cairndesk.retention.models import SubjectRequest
from cairndesk.retention.rules import Against, Asked
from cairndesk.review.actions import reopen
from cairndesk.review.rules.again import Again
from cairndesk.signals.actions import delist_address, withdraw_own
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.models import ListEntry
from cairndesk.signals.rules import DelistedBecause


def about(against: Against, *, desk: Organisation, case: Case | None, thing: str, earlier: SubjectRequest | None) -> dict[str, Any]:
    """What an objection is about, and who decided that first, as columns of the request. Raises RequestUnclear, DeskLocked."""
    if against is Against.VERDICT:
        if case is None:
            raise RequestUnclear("Write down the number of the case in which it was decided.")
        return {"against": against, "first_by": sorted(queries.deciders_of(case))}
    if against is Against.LISTED:
        entry = queries.listed_as(desk, thing)
        if entry is None:
            raise RequestUnclear("Nothing of that name is on our own list now; write down the exact address or hash.")
        return {"against": against, "entry": entry, "first_by": sorted(queries.listers_of(entry))}
    if earlier is None or earlier.asked == Asked.OBJECTION or earlier.decided_at is None or earlier.organisation_id != desk.pk:
        raise RequestUnclear("Object on the page of the request that was decided; what was decided about an objection ends it here.")
    return {"against": against, "earlier": earlier, "person": earlier.person, "first_by": sorted({*earlier.first_by, earlier.decided_by})}


def deciding_digest(held: SubjectRequest, undone: Mapping[str, list[str]] | None = None) -> bytes:
    """What granting would do: everything that is undone then, as it stands now, or as `undone` says that it was just read. Raises DeskLocked."""
    return digest_of("retention.objection", request=held.pk, undone=queries.to_undo(held) if undone is None else undone)


def correct(held: SubjectRequest, *, answer_days: timedelta, by: Actor, now: datetime) -> dict[str, int]:
    """Afterwards what `held` objects to is undone wherever it went, as counted; belongs into the transaction that decides it.

    A verdict: what was published is off, every notice has an objection of its own, and the case is open again. Something listed: nobody is asked
    to block it, and it is on no list of ours. A request: it waits to be decided anew, by somebody else. Raises ListHeld, ListRefused, DeskLocked.
    """
    done = _corrected(held, answer_days, by, now)
    record(event=Event.RETENTION_REQUEST_CORRECTED, subject_kind="request", subject=held.pk, by=by, now=now, detail=dict(done))
    return done


def _corrected(held: SubjectRequest, answer_days: timedelta, by: Actor, now: datetime) -> dict[str, int]:
    if held.against == Against.VERDICT and held.case is not None:
        return _undo_verdict(held.case, unseal_text(held.words), by, now)
    if held.against == Against.LISTED and held.entry is not None:
        return _take_off([held.entry], by, now)
    if held.against == Against.REQUEST and held.earlier is not None:
        _ask_anew(held, held.earlier, now.date() + answer_days, now)
        return {"asked_anew": 1}
    return {}


def _undo_verdict(case: Case, words: str, by: Actor, now: datetime) -> dict[str, int]:
    done = _take_off(queries.published_from(case), by, now)
    done["objections"] = counter_every_notice(case=case, words=words, by=by, now=now)
    if case.stage in {Stage.ANSWERED, Stage.CLOSED}:
        reopen(case=case, why=Again.OBJECTION, by=by, now=now)
        done["opened_again"] = 1
    return done


def _take_off(entries: Iterable[ListEntry], by: Actor, now: datetime) -> dict[str, int]:
    done = {"delisted": 0, "withdrawn": 0}
    for entry in entries:
        for block in entry.blocks.filter(delisted_at=None):
            delist_address(block=block, why=DelistedBecause.OBJECTION, by=by, now=now)
            done["delisted"] += 1
        done["withdrawn"] += withdraw_own(listed=entry.list, named=[Identifier(Kind(entry.kind), entry.value)], by=by, now=now).removed
    return done


def _ask_anew(held: SubjectRequest, earlier: SubjectRequest, answer_by: date, now: datetime) -> None:
    same = {name: getattr(earlier, name) for name in ("organisation", "case", "person", "asked", "who", "checked", "checked_by")}
    # Words of their own: they end with this request. Those that ended before are stood for by what the person says against the decision.
    words = unseal_text((held if earlier.words.erased_at else earlier).words)
    SubjectRequest.objects.create(
        **same,
        words=seal(organisation=held.organisation_id, purpose=Purpose.REASON, plain=words, now=now),
        earlier=held,
        first_by=held.first_by,
        received_on=held.received_on,
        answer_by=answer_by,
        # Through whom it came in anew, which is never who decides the objection: that person may decide this as well.
        recorded_by=held.recorded_by,
        recorded_at=now,
    )
