"""Keep what met a list, and what people make of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.signals.models import Match, MediaSighting, TermMatch
from cairndesk.signals.queries import MatchFound
from cairndesk.signals.rules import Standing


@transaction.atomic
def record_matches(*, organisation: UUID, case: UUID, item: UUID, found: Sequence[MatchFound], by: Actor, now: datetime) -> list[Match]:
    """Afterwards each entry that `item` met is kept once, as a lead; returns those that are new. Safe to repeat."""
    held = set(Match.objects.filter(item=item, entry__in={match.entry for match in found}).values_list("entry_id", flat=True))
    nearest = {match.entry: match for match in sorted(found, key=lambda match: -match.distance) if match.entry not in held}
    made = Match.objects.bulk_create([_row(organisation, case, item, match, now) for match in nearest.values()])
    if made:
        counts = {kind: sum(row.kind == kind for row in made) for kind in sorted({str(row.kind) for row in made})}
        record(event=Event.SIGNALS_ITEM_MATCHED, subject_kind="item", subject=item, by=by, now=now, detail=counts)
    return made


@transaction.atomic
def decide_match(*, match: Match, standing: Standing, stage: str, by: Actor, now: datetime) -> Match:
    """Afterwards a person has confirmed or rejected the lead, or made it a lead again; the row says which and when."""
    require(by, Verb.ITEM_CLASSIFY, organisation=match.organisation_id, stage=stage, case=match.case)
    match.standing, match.decided_at = standing, now
    match.save(update_fields=["standing", "decided_at"])
    record(event=Event.SIGNALS_MATCH_DECIDED, subject_kind="match", subject=match.id, by=by, now=now, detail={"standing": standing.value})
    return match


@transaction.atomic
def forget_case(*, case: UUID) -> None:
    """Afterwards no entry of a list or glossary tells what was reported in `case`; the caller, who lists the sealed hashes before, writes the log."""
    Match.objects.filter(case=case).delete()
    TermMatch.objects.filter(case=case).delete()
    MediaSighting.objects.filter(case=case).update(digest=b"")


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
        found_at=now,
    )
