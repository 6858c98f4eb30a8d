"""How much of the videos of a case stands in videos that are on a list, and the other way round."""

from collections.abc import Iterable
from dataclasses import dataclass

from cairndesk.cases.models import Case
from cairndesk.review.queries.names import items_to_choose
from cairndesk.signals import queries as signals
from cairndesk.signals.models import Match


@dataclass(frozen=True)
class VideoShown:
    """A video of the case by its name, and what it has in common with a listed one."""

    name: str
    met: signals.VideoMet


def listed_videos(case: Case, matches: Iterable[Match]) -> list[VideoShown]:
    """The listed videos that videos of `case` meet by `matches`, without items that were taken back; nothing sealed is opened."""
    found = signals.videos_met(matches)
    names = items_to_choose(case) if found else {}
    return [VideoShown(names[str(one.item)], one) for one in found if str(one.item) in names]
