"""What was handed over and seen, and what a look-back has to do with it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from cairndesk.custody.queries import unseal_fields
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.models import (
    AnalyserHint,
    HashList,
    MediaSighting,
    MetLater,
    Seen,
)
from cairndesk.signals.queries.listed import lists_now


def met_later(*, case: UUID) -> list[int]:
    """What a look-back has left for `case`: hand it to `actions.settle` when the lists have been asked again."""
    return list(MetLater.objects.filter(case=case).values_list("pk", flat=True))


def cases_met_later() -> QuerySet[MetLater, UUID]:
    """The cases that something new on a list meets, to be used inside another query."""
    return MetLater.objects.values_list("case", flat=True)


def cases_remembered() -> QuerySet[Seen, UUID]:
    """The cases that a look-back knows, to be used inside another query."""
    return Seen.objects.values_list("case", flat=True)


def to_look_back(*, now: datetime) -> list[HashList]:
    """Lists that are on and have something new that was not matched against what came before, and that answer with it already.

    While a large version is being read in, a case that is woken could not meet it.
    """
    new = Q(look_back=None) | Q(look_back__done__lt=F("version"))
    free = Q(look_back=None) | Q(look_back__busy_until=None) | Q(look_back__busy_until__lt=now)
    every = HashList.objects.filter(new, free, is_on=True, version__gt=0, expires_on__gt=now.date())
    late = {one.id for organisation in {listed.organisation_id for listed in every} for one in lists_now(organisation=organisation, now=now).behind()}
    return [listed for listed in every if listed.id not in late]


def hashes_of(sighting: MediaSighting) -> tuple[Identifier, ...]:
    """What to look for again when a new list arrives; raises DeskLocked while the keys are away."""
    kept = unseal_fields(sighting.hashes)["identifiers"]
    file = next((value for kind, value, _, _ in kept if kind == Kind.SHA256), "")
    return tuple(Identifier(Kind(kind), value, form=form, quality=quality, file=file) for kind, value, form, quality in kept)


def sightings_of(*, case: UUID) -> list[MediaSighting]:
    """The files that were handed over for a case, with their originals where those are or were kept, oldest first."""
    return list(MediaSighting.objects.filter(case=case).select_related("original").order_by("seen_at", "pk"))


def said_of(seen: Collection[MediaSighting]) -> Mapping[UUID, list[AnalyserHint]]:
    """What optional analysers said of each file, by its sighting; hints, which decide nothing."""
    said: dict[UUID, list[AnalyserHint]] = {one.pk: [] for one in seen}
    for hint in AnalyserHint.objects.filter(sighting__in=seen):
        said[hint.sighting_id].append(hint)
    return said
