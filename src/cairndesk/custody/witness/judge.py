"""What a witness answers to a checkpoint, as the standard orders it (C2SP tlog-witness, `add-checkpoint`): values in, values out."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cairndesk.custody.witness.notes import Checkpoint, Key, Unreadable, decoded, number

_MOST_STEPS = 63


@dataclass(frozen=True, slots=True)
class Request:
    """The size that the log believes we know, the proof that it goes on from there, and its new checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint

    @classmethod
    def read(cls, text: str) -> "Request":
        """The request in the body of a POST; raises Unreadable."""
        above, _, below = text.partition("\n\n")
        first, *steps = above.split("\n")
        if not first.startswith("old ") or len(steps) > _MOST_STEPS:
            raise Unreadable("no request for a cosignature")
        proof = tuple(decoded(step) for step in steps)
        if any(len(step) != 32 for step in proof):
            raise Unreadable("a step of the proof is no hash")
        return cls(number(first.removeprefix("old ")), proof, Checkpoint.read(below))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is signed: a status of HTTP, and in a conflict the size that we know."""

    status: int
    size: int | None = None


def judge(request: Request, keys: Sequence[Key], known: Checkpoint | None) -> Refusal | None:
    """None where the checkpoint may be signed; `keys` are those trusted for its origin, `known` is what we signed last."""
    new, size = request.checkpoint, known.size if known else 0
    if not keys:
        return Refusal(404)
    if not any(new.signed_by(key) for key in keys):
        return Refusal(403)
    if request.old > new.size:
        return Refusal(400)
    if request.old != size or (known and new.size == size and new.root != known.root):
        return Refusal(409, size)
    return None if goes_on(known.root if known else b"", size, new, request.proof) else Refusal(422)


def goes_on(old_root: bytes, old: int, new: Checkpoint, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the log of `new` begins with the `old` entries under `old_root` (RFC 6962, section 2.1.2)."""
    if old == 0:
        return not proof
    if old > new.size:
        return False
    steps = iter(proof)
    try:
        before, after = _roots(old, new.size, steps, old_root)
    except StopIteration:
        return False
    return next(steps, None) is None and (before, after) == (old_root, new.root)


def _roots(old: int, size: int, steps: Iterator[bytes], whole: bytes) -> tuple[bytes, bytes]:
    """The root over the first `old` and over all `size` entries of a subtree, in the order in which the standard makes the proof.

    `whole`: the root that needs no step where the subtree is all that was known; empty elsewhere.
    """
    if old == size:
        known = whole or next(steps)
        return known, known
    split = 1 << (size - 1).bit_length() - 1
    if old <= split:
        before, after = _roots(old, split, steps, whole)
        return before, _node(after, next(steps))
    before, after = _roots(old - split, size - split, steps, b"")
    left = next(steps)
    return _node(left, before), _node(left, after)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
