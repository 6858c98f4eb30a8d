"""Keep what met a list, and what people make of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.signals.actions.feedback import note_decision
from cairndesk.signals.actions.seen import forget_seen
from cairndesk.signals.errors import ReasonMissing
from cairndesk.signals.models import AlikeCase, ItemAsked, Match, MediaSighting, MetLater, PassedOver, Suppression, TermMatch
from cairndesk.signals.queries import MatchFound
from cairndesk.signals.rules import REASONS, MatchKind, Reason, Standing, may_suppress
from cairndesk.signals.suppressed import asked_key


@transaction.atomic
def record_matches(*, organisation: UUID, case: UUID, item: UUID, found: Sequence[MatchFound], by: Actor, now: datetime) -> list[Match]:
    """Afterwards each entry that `item` met is kept once, as a lead; returns those that are new. Safe to repeat. Raises DeskLocked."""
    held = set(Match.objects.filter(item=item, entry__in={match.entry for match in found}).values_list("entry_id", flat=True))
    nearest = {match.entry: match for match in sorted(found, key=lambda match: -match.distance) if match.entry not in held}
    made = Match.objects.bulk_create([_row(organisation, case, item, match, now) for match in nearest.values()])
    if made:
        counts = {kind: sum(row.kind == kind for row in made) for kind in sorted({str(row.kind) for row in made})}
        record(event=Event.SIGNALS_ITEM_MATCHED, subject_kind="item", subject=item, by=by, now=now, detail=counts)
    return made


@transaction.atomic
def decide_match(*, match: Match, standing: Standing, stage: str, by: Actor, now: datetime, reason: Reason | None = None) -> Match:
    """Afterwards a person has confirmed or rejected the lead, or made it a lead again; the row says which and when.

    A rejection needs its `reason`, and what was asked about meets this entry no more, unless it is the very value that is listed
    (`rules.may_suppress`). Any other standing takes that back. Raises ReasonMissing, NotPermitted.
    """
    require(by, Verb.ITEM_CLASSIFY, organisation=match.organisation_id, stage=stage, case=match.case)
    is_rejected = standing is Standing.REJECTED
    if is_rejected and reason not in REASONS:
        raise ReasonMissing
    held = Match.objects.select_for_update(of=("self",)).get(pk=match.pk)
    held.standing, held.decided_at = standing, now
    held.save(update_fields=["standing", "decided_at"])
    _end(Suppression.objects.filter(match=held), by, now)
    note_decision(match=held, reason=reason if is_rejected else None, by=by, now=now)
    is_met_no_more = reason is not None and is_rejected and _suppress(held, reason, by, now)
    detail: dict[str, str | int] = {"standing": standing.value, "met_no_more": int(is_met_no_more)}
    detail |= {"reason": reason.value} if reason and is_rejected else {}
    record(event=Event.SIGNALS_MATCH_DECIDED, subject_kind="match", subject=held.id, by=by, now=now, detail=detail)
    return held


@transaction.atomic
def end_suppression(*, suppression: Suppression, by: Actor, now: datetime) -> None:
    """Afterwards what was marked as a false match is met again, and the match is a lead once more. Raises NotPermitted."""
    match = Match.objects.select_for_update(of=("self",)).get(pk=suppression.match_id)
    require(by, Verb.LIST_IMPORT, organisation=match.organisation_id)
    if _end(Suppression.objects.filter(pk=suppression.pk), by, now):
        match.standing, match.decided_at = Standing.LEAD, now
        match.save(update_fields=["standing", "decided_at"])


def _suppress(match: Match, reason: Reason, by: Actor, now: datetime) -> bool:
    asked = bytes(match.asked)
    if not asked or not may_suppress(MatchKind(match.kind), match.distance):
        return False
    made = Suppression.objects.create(entry_id=match.entry_id, match=match, asked=asked, reason=reason, made_by=by.pseudonym, made_at=now)
    detail: dict[str, str | int] = {"reason": reason.value, "match": str(match.pk)}
    record(event=Event.SIGNALS_SUPPRESSION_MADE, subject_kind="suppression", subject=made.pk, by=by, now=now, detail=detail)
    return True


def _end(marked: QuerySet[Suppression], by: Actor, now: datetime) -> int:
    ended = list(marked.filter(ended_at=None))
    for one in ended:
        one.ended_by, one.ended_at = by.pseudonym, now
        one.save(update_fields=["ended_by", "ended_at"])
        record(event=Event.SIGNALS_SUPPRESSION_ENDED, subject_kind="suppression", subject=one.pk, by=by, now=now)
    return len(ended)


@transaction.atomic
def forget_case(*, case: UUID, now: datetime) -> None:
    """Afterwards no entry of a list or glossary tells what was reported in `case`, now or later.

    The caller, who lists the sealed hashes before, writes the log.
    """
    Match.objects.filter(case=case).delete()
    TermMatch.objects.filter(case=case).delete()
    MediaSighting.objects.filter(case=case).update(digest=b"")
    MetLater.objects.filter(case=case).delete()
    PassedOver.objects.filter(case=case).delete()
    ItemAsked.objects.filter(case=case).delete()
    AlikeCase.objects.filter(Q(case=case) | Q(other=case)).delete()
    forget_seen(case=case, now=now)


def _row(organisation: UUID, case: UUID, item: UUID, match: MatchFound, now: datetime) -> Match:
    return Match(
        organisation_id=organisation,
        case=case,
        item=item,
        entry_id=match.entry,
        version=match.version,
        kind=match.kind,
        distance=match.distance,
        quality=match.quality,
        form=match.form,
        frames=match.frames[0] if match.frames else None,
        frames_of=match.frames[1] if match.frames else None,
        asked=asked_key(organisation, match.identifier),
        found_at=now,
    )
