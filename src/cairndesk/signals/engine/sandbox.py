"""Hash a file that was handed over, in a child that is made for it (`children.py`). This process never parses media."""

from dataclasses import dataclass
from functools import partial

from cairndesk.signals.engine import answer, derivative, provenance, walls
from cairndesk.signals.engine.answer import AS_USUAL, FORMS, RULES, Answer, State, Why
from cairndesk.signals.engine.children import Program, ask
from cairndesk.signals.engine.derivative import Derivative, Manner
from cairndesk.signals.engine.digests import Digests, digests
from cairndesk.signals.engine.identifiers import Identifier, Kind, of_digests
from cairndesk.signals.engine.provenance import Provenance
from cairndesk.signals.engine.video.answer import Container, Mode, Seen, order
from cairndesk.signals.engine.video.kinds import LOOKED_AT, kind_of
from cairndesk.signals.engine.video.walled import GRACE, VIDEO, VideoHashes, is_here
from cairndesk.signals.errors import MediaRefused, SandboxTooWeak

MAX_BYTES = 64 << 20
SECONDS = 10.0
# A video that takes longer counts as far as it was seen.
VIDEO_SECONDS = 30.0
PROVENANCE = Program("cairndesk.signals.engine.telling", provenance.LENGTH, provenance.decode, Provenance)
PICTURE = Program("cairndesk.signals.engine.child", answer.LENGTH, answer.decode, lambda why: Answer(State.UNRENDERABLE, why))


@dataclass(frozen=True, slots=True)
class MediaHashes:
    """All that is kept of a file: its digests, what the child said, and the rules by which its pixels were chosen."""

    digests: Digests
    seen: Answer
    rules: str = RULES

    def identifiers(self) -> tuple[Identifier, ...]:
        """What to look for: the digests always; the eight PDQ forms when the picture has enough detail."""
        exact = of_digests(self.digests)
        return (*exact, *self._near()) if self.seen.state is State.HASHED else exact

    def _near(self) -> tuple[Identifier, ...]:
        hashes = (self.seen.hashes[at * 32 : at * 32 + 32].hex() for at in range(len(FORMS)))
        quality, file = self.seen.quality, self.digests.sha256
        return tuple(Identifier(Kind.PDQ, value, form=form, quality=quality, file=file) for value, form in zip(hashes, FORMS, strict=True))


FileHashes = MediaHashes | VideoHashes


def hash_media(data: bytes, *, minimum: walls.Level = walls.Level.MINIMAL, seconds: float | None = None) -> FileHashes:
    """The hashes of the file in `data`, at most MAX_BYTES; takes at most about `seconds`, which are more for a video.

    A file that cannot be decoded still has its digests, and the state `unrenderable` with a reason. Raises MediaRefused
    for a file over the limit, SandboxTooWeak where the walls are below `minimum`: then nothing was parsed.
    """
    if len(data) > MAX_BYTES:
        raise MediaRefused(f"The file has more than {MAX_BYTES >> 20} MiB.")
    if kind_of(data[:LOOKED_AT]) is not Container.NONE:
        return _hash_video(data, minimum, VIDEO_SECONDS if seconds is None else seconds)
    seen = ask(PICTURE, data, minimum=minimum, order=AS_USUAL, seconds=SECONDS if seconds is None else seconds)
    require(minimum, seen)
    return MediaHashes(digests(data), seen)


def drawing(manner: Manner, *, is_video: bool = False) -> Program[Derivative]:
    """The program of pictures, or of videos, as one that draws in this manner."""
    hashing = VIDEO if is_video else PICTURE
    return Program(hashing.module, manner.most, partial(derivative.decode, manner=manner), Derivative)


def draw(
    data: bytes,
    manner: Manner = Manner(),  # noqa: B008 - nothing changes it
    *,
    minimum: walls.Level = walls.Level.MINIMAL,
    seconds: float | None = None,
) -> Derivative:
    """What of the picture or the video in `data` may be shown to somebody who must look at it: never the file itself, and no sound.

    It has the reason instead where the file is too large or nothing that can be decoded. Raises SandboxTooWeak where the walls are
    below `minimum`: then nothing was parsed.
    """
    if len(data) > MAX_BYTES:
        return Derivative(Why.TOO_MUCH_MEMORY)
    is_video = kind_of(data[:LOOKED_AT]) is not Container.NONE
    if is_video and not is_here():
        return Derivative(Why.NO_DECODER)
    took = seconds or (VIDEO_SECONDS if is_video else SECONDS)
    drawn = ask(drawing(manner, is_video=is_video), data, minimum=minimum, order=manner.order(took), seconds=took + GRACE * is_video)
    require(minimum, drawn)
    return drawn


def tell_provenance(data: bytes, *, minimum: walls.Level = walls.Level.MINIMAL, seconds: float = SECONDS) -> Provenance:
    """What the file in `data` says of how it was made; a hint, which anybody can write or strip. It never fails: then it says nothing, and why."""
    if len(data) > MAX_BYTES:
        return Provenance(Why.TOO_MUCH_MEMORY)
    return ask(PROVENANCE, data, minimum=minimum, order=AS_USUAL, seconds=seconds)


def _hash_video(data: bytes, minimum: walls.Level, seconds: float) -> VideoHashes:
    seen = Seen(State.UNRENDERABLE, Why.NO_DECODER)
    if is_here():
        seen = ask(VIDEO, data, minimum=minimum, order=order(Mode.EACH_SECOND, seconds), seconds=seconds + GRACE)
        require(minimum, seen)
    return VideoHashes(digests(data), seen)


def require(minimum: walls.Level, seen: Answer | Derivative | Seen) -> None:
    """Return if the child that said `seen` found its walls good enough; raises SandboxTooWeak."""
    if seen.why is Why.WEAK_WALLS:
        raise SandboxTooWeak(f"Level {walls.Level(seen.level).name} is below {minimum.name}; Landlock ABI {seen.abi}.")


def level() -> tuple[walls.Level, int]:
    """How good the walls of this machine are, as a child that is given nothing finds them: (level, Landlock ABI)."""
    seen = ask(PICTURE, b"", minimum=walls.Level.MINIMAL, order=AS_USUAL, seconds=SECONDS)
    return walls.Level(seen.level), seen.abi
