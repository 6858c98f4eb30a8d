"""Cases with a picture that looks like one of a case: suggestions, about which a person decides."""

from dataclasses import dataclass

from cairndesk.cases.models import Case
from cairndesk.signals.alike import alike

_MOST = 20


@dataclass(frozen=True)
class Alike:
    """Another case, and in how many bits of 256 its nearest picture differs."""

    case: Case
    distance: int


def looks_alike(case: Case) -> tuple[Alike, ...]:
    """Cases of the same organisation with a picture that looks like one of `case` and no link with it yet, nearest first. Raises DeskLocked."""
    linked = {*case.links_out.values_list("later", flat=True), *case.links_in.values_list("earlier", flat=True)}
    found = {other: distance for other, distance in alike(organisation=case.organisation_id, case=case.pk).items() if other not in linked}
    nearest = sorted(found, key=lambda other: (found[other], other))[:_MOST]
    held = Case.objects.filter(organisation=case.organisation_id).in_bulk(nearest)
    return tuple(Alike(held[other], found[other]) for other in nearest if other in held)
