"""What a machine is told of one thing that it asks about: a verdict, why, and what the terms of the lists allow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from uuid import UUID

from cairndesk.signals import queries, rules
from cairndesk.signals.engine.answer import State
from cairndesk.signals.engine.identifiers import Identifier, Kind, normalise, of_digests, recognise
from cairndesk.signals.engine.sandbox import FileHashes
from cairndesk.signals.engine.video.walled import Scene, VideoHashes
from cairndesk.signals.errors import NotAnIdentifier
from cairndesk.signals.models import HashList
from cairndesk.signals.rules import MatchKind
from cairndesk.signals.shelf import Found, Hit, Snapshot, Sorted

MOST_ITEMS = 1000
MOST_MATCHES = 100


class Verdict(StrEnum):
    """What the lists say. None of these is a finding, and `none` never means harmless."""

    KNOWN = "known"
    NEAR = "near"
    RELATED = "related"
    NONE = "none"
    TOO_PLAIN = "too_plain"
    UNRENDERABLE = "unrenderable"
    MALFORMED = "malformed"
    INCOMPLETE = "incomplete"  # on none of the lists that could be asked, and at least one could not be asked yet
    OFF = "off"  # nothing was looked up: the tool for it is switched off


_BY_KIND = {MatchKind.EXACT: Verdict.KNOWN, MatchKind.NEAR: Verdict.NEAR, MatchKind.RELATED: Verdict.RELATED}
_OF_FILE = {State.TOO_PLAIN: Verdict.TOO_PLAIN, State.UNRENDERABLE: Verdict.UNRENDERABLE, State.HASHED: Verdict.NONE}


@dataclass(frozen=True, slots=True)
class FramesMet:
    """How many frames of a video meet a listed one, of how many that were looked up, and at how many seconds the first stands.

    `listed_met` of `listed_of` different frames of the listed video are met; None where the entry is no frame of a video that is listed as such.
    """

    met: int
    of: int
    first_at: float
    listed_met: int | None = None
    listed_of: int | None = None

    @property
    def words(self) -> str:
        """Both shares, for people."""
        ours = f"{self.met} of {self.of} frames, the first at {self.first_at:.0f} s"
        if self.listed_met is None or not self.listed_of:
            return ours
        says = rules.overlap(self.met / self.of, self.listed_met / self.listed_of)
        return f"{ours}, and {self.listed_met} of {self.listed_of} frames of the listed video: {says}"


@dataclass(slots=True)
class _Frames:
    """What is gathered of one listed video or picture: the nearest hit, when the first frame stands, how many meet it, and which entries."""

    nearest: Found
    first_at: float
    frames: int = 0
    entries: set[int] = field(default_factory=set)

    def told(self, of: int, listed: int | None) -> FramesMet:
        """The same of `of` frames, and of `listed` frames of the listed video if it is one."""
        return FramesMet(self.frames, of, round(self.first_at, 3), *((len(self.entries), listed) if listed else ()))


@dataclass(frozen=True, slots=True)
class Met:
    """One entry that answers: of which list, how close (bits of 256), in which form, and what a match may lead to.

    `frames`: only of a video that was met by how its frames look.
    """

    list: str
    owner: str
    version: int
    how: MatchKind
    distance: int
    form: str
    may_lead_to: str
    terms: str
    frames: FramesMet | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer to one thing: a verdict with its reasons in words, and the entries that were met, nearest first.

    `is_marked_false`: all that it would meet a person of the desk has marked as false matches of this very thing, or disputes with its owner.
    `is_test`: it is one of the values of `magic.py`, and no list was asked.
    """

    verdict: Verdict
    reasons: Sequence[str]
    matches: Sequence[Met] = ()
    is_marked_false: bool = False
    is_test: bool = False

    def as_json(self) -> Mapping[str, object]:
        """The answer as the interface gives it."""
        matches = [asdict(met) for met in self.matches]
        return {
            "verdict": self.verdict, "reasons": self.reasons, "matches": matches, "is_marked_false": self.is_marked_false, "is_test": self.is_test
        }  # fmt: skip


def check_text(lists: Snapshot, value: str, kind: str = "") -> Checked:
    """What the lists say of a hash, a link, an account or a number; one that cannot be read is `malformed` with the reason."""
    return check_texts(lists, [(kind, value)])[0]


def check_texts(lists: Snapshot, asked: Sequence[tuple[str, str]]) -> list[Checked]:
    """The same of many, each with its kind or none, in their order; the lists are asked once."""
    read = [_read(kind, value) for kind, value in asked]
    things = [one for one in read if not isinstance(one, Checked)]
    sorted_ = lists.sort_each(things)
    lists.count(things, sorted_)
    found = iter(sorted_)
    return [one if isinstance(one, Checked) else _less_what_was_not_asked(lists, one, _answer(lists, next(found), _UNLISTED)) for one in read]


def _read(kind: str, value: str) -> Sequence[Identifier] | Checked:
    try:
        return (normalise(Kind(kind), value),) if kind else recognise(value)
    except ValueError:
        return Checked(Verdict.MALFORMED, [f"There is no kind {kind[:40]!r}; known are {', '.join(Kind)}."])
    except NotAnIdentifier as wrong:
        return Checked(Verdict.MALFORMED, [wrong.detail or wrong.remedy])


def check_file(lists: Snapshot, hashes: FileHashes) -> Checked:
    """What the lists say of a file, by its digests and, where it has enough detail, by how it or its frames look."""
    seen, is_video = hashes.seen, isinstance(hashes, VideoHashes)
    what = "video" if is_video else "picture"
    unlisted = "its digests are on none of the lists that were asked."
    why = {
        Verdict.TOO_PLAIN: f"The {what} is too plain to be looked up by how it looks (quality {seen.quality} of 100); {unlisted}",
        Verdict.UNRENDERABLE: f"The file could not be read as a {what} ({seen.why}); {unlisted}",
        Verdict.NONE: "Neither its digests nor its look are on the lists that were asked. That does not mean that it is harmless.",
    }
    verdict = _OF_FILE[seen.state]
    otherwise = Checked(verdict, [why[verdict]])
    if not isinstance(hashes, VideoHashes):
        looked_for = hashes.identifiers()
        sorted_ = lists.sort(looked_for)
        lists.count([looked_for], [sorted_])
        return _less_what_was_not_asked(lists, looked_for, _answer(lists, sorted_, otherwise))
    checked = _less_what_was_not_asked(lists, hashes.identifiers(), _answered(*_met_by_video(lists, hashes), otherwise))
    if verdict is Verdict.UNRENDERABLE or hashes.seen.is_whole:
        return checked
    early = f"The video was read for {hashes.seen.frames['time'][-1]:.0f} seconds of it only ({seen.why})."
    return replace(checked, reasons=[*checked.reasons, early])


def _less_what_was_not_asked(lists: Snapshot, identifiers: Sequence[Identifier], checked: Checked) -> Checked:
    """The answer, which never passes for "on no list" while a tool is off or a list cannot be asked yet."""
    checked = _less_what_is_off(lists, identifiers, checked)
    if checked.verdict is Verdict.OFF or not (unread := lists.unread()):
        return checked
    says = f"Still being read in, so not asked: {', '.join(f'{listed.name} of {listed.owner}' for listed in unread)}. Ask again in a minute."
    return replace(checked, verdict=checked.verdict if checked.matches else Verdict.INCOMPLETE, reasons=[*checked.reasons, says])


def _less_what_is_off(lists: Snapshot, identifiers: Sequence[Identifier], checked: Checked) -> Checked:
    """The answer, which never passes for "on no list" where nothing was looked up."""
    if not (missing := lists.not_looked_up(identifiers)):
        return checked
    says = [f"{about.title} is switched off at this desk, so that was not looked up." for about in missing]
    if checked.matches or lists.looked_up(identifiers):
        return replace(checked, reasons=[*checked.reasons, *says])
    return Checked(Verdict.OFF, says)


def _answer(lists: Snapshot, sorted_: Sorted, otherwise: Checked) -> Checked:
    met, marked = sorted_
    found = sorted(met, key=lambda one: one[2].distance)
    return _answered([_met(lists, *one) for one in found], marked, otherwise)


def _answered(matches: Sequence[Met], marked: Sequence[Found], otherwise: Checked) -> Checked:
    """`matches` are nearest first; `marked` would be among them if no person had marked them as false."""
    if not matches:
        return _LEFT_OUT if marked else otherwise
    best = min(matches, key=lambda met: list(MatchKind).index(met.how))
    return Checked(_BY_KIND[best.how], [_reason(met) for met in matches[:3]], matches[:MOST_MATCHES])


def _met_by_video(lists: Snapshot, hashes: VideoHashes) -> tuple[list[Met], list[Found]]:
    """Its digests, and each listed video or picture that any of its frames meets once: by the nearest of them.

    Beside it what a person has marked as false. Reads the database for which entries are frames of one video.
    """
    exact, marked = lists.sort(of_digests(hashes.digests))
    found = list(zip(hashes.scenes, lists.sort_each([scene.identifiers for scene in hashes.scenes]), strict=True))
    marked += [one for _, (_, left_out) in found for one in left_out]
    lists.count([hashes.identifiers()], [([*exact, *(one for _, (met, _) in found for one in met)], marked)])
    matches = [_met(lists, *one) for one in exact] + _met_by_frames(lists, [(scene, met) for scene, (met, _) in found])
    return sorted(matches, key=lambda met: met.distance), marked


def _met_by_frames(lists: Snapshot, found: Sequence[tuple[Scene, Sequence[Found]]]) -> list[Met]:
    videos = queries.videos_of({hit.ref for _, met in found for _, _, hit in met})
    frames_of = queries.frames_of(videos.values())
    met_by: dict[int | UUID, _Frames] = {}
    for scene, met in found:
        keys = {videos.get(one[2].ref, one[2].ref): one for one in sorted(met, key=lambda one: -one[2].distance)}
        for key, nearest in keys.items():
            held = met_by.setdefault(key, _Frames(nearest, scene.at))
            held.nearest = min(held.nearest, nearest, key=lambda one: one[2].distance)
            held.frames += scene.frames
        for _, _, hit in met:
            met_by[videos.get(hit.ref, hit.ref)].entries.add(hit.ref)
    of = sum(scene.frames for scene, _ in found)
    listed = {key: frames_of.get(key) if isinstance(key, UUID) else None for key in met_by}
    return [replace(_met(lists, *one.nearest), frames=one.told(of, listed[key])) for key, one in met_by.items()]


def _met(lists: Snapshot, listed: HashList, identifier: Identifier, hit: Hit) -> Met:
    how = rules.kind_of(identifier, hit.form)
    return Met(listed.name, listed.owner, lists.version_of(listed), how, hit.distance, hit.form, listed.may_lead_to, listed.terms)


def _reason(met: Met) -> str:
    form = "" if met.form == "identity" else f", {met.form}"
    of = f"{met.frames.words}, at best " if met.frames else ""
    told: Mapping[MatchKind, Callable[[], str]] = {
        MatchKind.EXACT: lambda: "The same is",
        MatchKind.NEAR: lambda: f"A picture that looks the same ({of}{met.distance} of 256 bits apart{form}) is",
        MatchKind.RELATED: lambda: "Its domain is",
    }
    return f"{told[met.how]()} on {met.list} of {met.owner}, version {met.version}."


_UNLISTED = Checked(Verdict.NONE, ["It is on none of the lists that were asked. That does not mean that it is harmless."])
_LEFT_OUT = Checked(
    Verdict.NONE,
    ["A person of this desk has marked what it would meet as a false match of it, or disputes it. That does not mean that it is harmless."],
    is_marked_false=True,
)
