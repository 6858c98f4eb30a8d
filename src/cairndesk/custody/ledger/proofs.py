"""Inclusion and consistency proofs: made as RFC 6962, section 2.1, defines them; verified as RFC 9162, section 2.1, does."""

from collections.abc import Callable, Iterable, Sequence

from cairndesk.custody.ledger.tree import EMPTY_ROOT, node_hash

RootBetween = Callable[[int, int], bytes]


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    half = split(len(leaves))
    return node_hash(root_of(leaves[:half]), root_of(leaves[half:]))


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from the leaf at `index` to the root; raises ValueError when there is no such leaf."""
    if not 0 <= index < len(leaves):
        raise ValueError("There is no such entry.")
    if len(leaves) == 1:
        return []
    half = split(len(leaves))
    if index < half:
        return [*inclusion(leaves[:half], index), root_of(leaves[half:])]
    return [*inclusion(leaves[half:], index - half), root_of(leaves[:half])]


def inclusions(leaves: Sequence[bytes], indexes: Iterable[int]) -> dict[int, list[bytes]]:
    """The same proof for several entries of one tree, which is hashed once; raises IndexError when there is no such entry."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = [node_hash(*below[at : at + 2]) for at in range(0, len(below) - 1, 2)]
        # A node without a neighbour rises as it is.
        levels.append(pairs + below[len(pairs) * 2 :])
    return {index: _path(levels, index) for index in indexes}


def consistency(leaves: Sequence[bytes], earlier: int) -> list[bytes]:
    """The hashes that show that the first `earlier` leaves are still the first; raises ValueError for 0 or too many."""
    return consistency_by(lambda start, stop: root_of(leaves[start:stop]), earlier, len(leaves))


def consistency_by(root_between: RootBetween, earlier: int, size: int) -> list[bytes]:
    """The same for a log whose subtrees are hashed already: `root_between(start, stop)` gives the root over these entries."""
    if not 0 < earlier <= size:
        raise ValueError("Nothing can be consistent with a log of that size.")
    proof: list[bytes] = []
    start, stop = 0, size
    while stop != earlier:
        middle = start + split(stop - start)
        if earlier <= middle:
            proof.append(root_between(middle, stop))
            stop = middle
        else:
            proof.append(root_between(start, middle))
            start = middle
    # Whoever holds the earlier root knows the left edge; only a part of it has to be named.
    return [root_between(start, stop), *reversed(proof)] if start else proof[::-1]


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that the entry with hash `leaf` is number `index` of the `size` entries under `root`."""
    if not 0 <= index < size:
        return False
    fn, sn, reached = index, size - 1, leaf
    for step in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            reached = node_hash(step, reached)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            reached = node_hash(reached, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and reached == root


def verify_consistency(*, earlier: int, earlier_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the log of `size` under `root` begins with that of `earlier` under `earlier_root`."""
    if not 0 < earlier <= size:
        return False
    if earlier == size:
        return not proof and earlier_root == root
    if not proof:
        return False
    path = list(proof) if earlier & (earlier - 1) else [earlier_root, *proof]
    fn, sn = earlier - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = path[0]
    for step in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old, new = node_hash(step, old), node_hash(step, new)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old == earlier_root and new == root


def _path(levels: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    if not 0 <= index < len(levels[0]):
        raise IndexError("There is no such entry.")
    path = []
    for level in levels[:-1]:
        if (neighbour := index ^ 1) < len(level):
            path.append(level[neighbour])
        index >>= 1
    return path


def split(size: int) -> int:
    """The largest power of two below `size`: where RFC 6962 divides a tree."""
    return 1 << (size - 1).bit_length() - 1
