"""How much of the videos of a case stands in videos that are on a list, and the other way round."""

from dataclasses import dataclass

from cairndesk.cases.models import Case
from cairndesk.review.queries.names import items_to_choose
from cairndesk.signals import queries as signals


@dataclass(frozen=True)
class VideoShown:
    """A video of the case by its name, and what it has in common with a listed one."""

    name: str
    met: signals.VideoMet


def listed_videos(case: Case) -> list[VideoShown]:
    """The listed videos that videos of `case` meet by how their frames look, without items that were taken back; nothing sealed is opened."""
    found = signals.videos_met(case=case.pk)
    names = items_to_choose(case) if found else {}
    return [VideoShown(names[str(one.item)], one) for one in found if str(one.item) in names]
