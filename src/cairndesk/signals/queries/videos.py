"""Which listed entries are frames of one video, and how much of it a video that was met has in common with it, in both directions."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from cairndesk.lib.batches import batches
from cairndesk.signals.engine.answer import FORMS
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.models import ListEntry, Match
from cairndesk.signals.rules import Overlap, Standing, overlap
from cairndesk.signals.shelf import Found


@dataclass(frozen=True, slots=True)
class VideoMet:
    """A video of a case, by the item that says how it looks, and one on a list: how many different frames of each the other has, of how many."""

    item: UUID
    list_name: str
    met: int
    of: int
    listed_met: int
    listed_of: int

    @property
    def overlap(self) -> Overlap:
        """What the two shares say."""
        return overlap(self.met / self.of, self.listed_met / self.listed_of)


def videos_of(entries: Collection[int]) -> dict[int, UUID]:
    """Entry → the listed video of which it is a frame; entries that are none are not there."""
    found: dict[int, UUID] = {}
    for some in batches(sorted(entries)):
        rows = ListEntry.objects.filter(id__in=some, video__isnull=False).values_list("id", "video")
        found.update((entry, video) for entry, video in rows if video)
    return found


def frames_of(videos: Iterable[UUID]) -> dict[UUID, int]:
    """Listed video → how many different frames of it the list has now."""
    found: dict[UUID, int] = {}
    for some in batches(sorted(set(videos))):
        present = ListEntry.objects.filter(video__in=some, until=None)
        found.update(present.values_list("video").annotate(Count("id")).order_by())
    return found


def frames_met(found: Iterable[Found], identifiers: Iterable[Identifier]) -> dict[int, tuple[int, int]]:
    """Entry → how many different frames of one of the videos among `identifiers` meet it or another frame of its video, and of how many.

    A file whose identifiers show it from one side only is a picture, and has no share.
    """
    frame_of, many = defaultdict[Identifier, set[int]](set), Counter[str]()
    for one in identifiers:
        if one.kind is Kind.PDQ and one.file:
            # The forms of a frame come one after the other, and this one first.
            many[one.file] += one.form == FORMS[0]
            frame_of[one].add(many[one.file])
    found = [one for one in found if many[one[1].file] > 1 and one[1] in frame_of]
    videos = videos_of({hit.ref for _, _, hit in found})
    met = defaultdict[tuple[int | UUID, str], set[int]](set)
    for _, one, hit in found:
        met[videos.get(hit.ref, hit.ref), one.file] |= frame_of[one]
    told: dict[int, tuple[int, int]] = {}
    for _, one, hit in found:
        told[hit.ref] = max(told.get(hit.ref, (0, 0)), (len(met[videos.get(hit.ref, hit.ref), one.file]), many[one.file]))
    return told


def videos_met(matches: Iterable[Match]) -> list[VideoMet]:
    """The listed videos that videos meet by `matches`, most of it first. What a person rejected does not count, nor what has left the list."""
    met = defaultdict[tuple[UUID, UUID, str], list[tuple[int, int]]](list)
    for one in matches:
        if one.frames and one.frames_of and one.entry.video and one.entry.until is None and one.standing != Standing.REJECTED:
            met[one.item, one.entry.video, one.entry.list.name].append((one.frames, one.frames_of))
    listed = frames_of(video for _, video, _ in met)
    found = [
        VideoMet(item, name, max(frames for frames, _ in held), max(of for _, of in held), len(held), listed[video])
        for (item, video, name), held in met.items()
    ]
    return sorted(found, key=lambda one: (-one.met / one.of, -one.listed_met / one.listed_of, one.list_name, str(one.item)))
