"""Cases with a picture that looks like one of a case: suggestions, about which a person decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.cases.queries import hidden_from, kept_apart_from, linked_with
from cairndesk.signals.alike import alike
from cairndesk.signals.queries import alike_with

_MOST = 20


@dataclass(frozen=True)
class Alike:
    """Another case, and in how many bits of 256 its nearest picture differs."""

    case: Case
    distance: int

    @property
    def words(self) -> str:
        """Why it is suggested."""
        return f"alike: {self.distance} of 256 bits differ"


def looks_alike(case: Case, *, by: Actor) -> tuple[Alike, ...]:
    """Cases of the same organisation with a picture that looks like one of `case` and no link with it yet, nearest first.

    Searches all that was seen; nothing that is hidden from `by`. Raises DeskLocked.
    """
    found = _nearest(case, alike(organisation=case.organisation_id, case=case.pk), _MOST)
    held = Case.objects.filter(organisation=case.organisation_id).exclude(hidden_from(by)).in_bulk(list(found))
    return tuple(Alike(held[other], distance) for other, distance in found.items() if other in held)


def found_alike(case: Case, *, most: int) -> dict[UUID, int]:
    """The same of what `work` has found and marked, at most so many, nearest first and by their ids; nothing sealed is opened."""
    return _nearest(case, {one.other: one.distance for one in alike_with(case=case.pk)}, most)


def _nearest(case: Case, found: Mapping[UUID, int], most: int) -> dict[UUID, int]:
    nearest = sorted(found.keys() - linked_with(case) - kept_apart_from(case), key=lambda other: (found[other], other))[:most]
    return {other: found[other] for other in nearest}
