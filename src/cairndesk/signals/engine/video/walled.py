"""The program for videos as the desk calls it, and what is kept of a video."""

from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec

from cairndesk.signals.engine.answer import FORMS, State
from cairndesk.signals.engine.children import Program
from cairndesk.signals.engine.digests import Digests
from cairndesk.signals.engine.identifiers import Identifier, Kind, of_digests
from cairndesk.signals.engine.video import answer
from cairndesk.signals.engine.video.answer import RULES, Seen

VIDEO = Program("cairndesk.signals.engine.video.child", answer.MOST, answer.decode, lambda why: Seen(State.UNRENDERABLE, why))
# What a child says of itself it says within its time; this much later it is ended.
GRACE = 5.0


@dataclass(frozen=True, slots=True)
class Scene:
    """Frames that have one hash: how many they are, at how many seconds the first stands, and what to look for."""

    frames: int
    at: float
    identifiers: tuple[Identifier, ...]


@dataclass(frozen=True)
class VideoHashes:
    """All that is kept of a video: its digests, what the child said, and the rules by which its pixels were chosen."""

    digests: Digests
    seen: Seen
    rules: str = RULES

    def identifiers(self) -> tuple[Identifier, ...]:
        """What to look for: the digests always, and each frame with enough detail in its eight forms; frames that are equal once."""
        return (*of_digests(self.digests), *(one for scene in self.scenes for one in scene.identifiers))

    @cached_property
    def scenes(self) -> tuple[Scene, ...]:
        """Its frames with enough detail, equal ones together."""
        alike: dict[bytes, list[tuple[float, int]]] = {}
        for frame in self.seen.frames[~self.seen.plain]:
            alike.setdefault(frame["hashes"].tobytes(), []).append((float(frame["time"]), int(frame["quality"])))
        return tuple(Scene(len(them), them[0][0], self._forms(hashes, them[0][1])) for hashes, them in alike.items())

    def _forms(self, hashes: bytes, quality: int) -> tuple[Identifier, ...]:
        each, file = enumerate(FORMS), self.digests.sha256
        return tuple(Identifier(Kind.PDQ, hashes[at * 32 : at * 32 + 32].hex(), form=form, quality=quality, file=file) for at, form in each)


def is_here() -> bool:
    """Whether the extra `video` is installed."""
    return find_spec("av") is not None
