"""One entry's proof as a file that verifies offline (C2SP tlog-proof): its place, its way to the root, and a checkpoint with all signatures."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cairndesk.custody.errors import LogBroken
from cairndesk.custody.ledger import note, proofs
from cairndesk.custody.ledger.tree import HASH_LENGTH

SUFFIX = ".tlog-proof"
_FIRST = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile("index (0|[1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class ProofFile:
    """Entry number `index`, the hashes that lead from it to the root, and the checkpoint that states that root."""

    index: int
    path: Sequence[bytes]
    checkpoint: str

    def text(self) -> str:
        """The file, to be kept under a name that ends in `.tlog-proof`."""
        hashes = "".join(f"{base64.b64encode(step).decode()}\n" for step in self.path)
        return f"{_FIRST}\nindex {self.index}\n{hashes}\n{self.checkpoint}"

    def proves(self, leaf: bytes, head: note.Head) -> bool:
        """Whether the entry with the hash `leaf` is where this says, under `head`: what the checkpoint says, once its signatures are verified."""
        return proofs.verify_inclusion(leaf=leaf, index=self.index, size=head.size, proof=self.path, root=head.root)


def read(text: str) -> ProofFile:
    """The proof in `text`, nothing of it verified yet; raises LogBroken when it is none. Extra data, which nothing vouches for, is left out."""
    above, _, checkpoint = text.partition("\n\n")
    first, *lines = above.split("\n")
    if lines and lines[0].startswith("extra "):
        del lines[0]
    match = _INDEX.fullmatch(lines[0]) if lines else None
    if first != _FIRST or match is None:
        raise LogBroken("The file is no proof of an entry.")
    return ProofFile(int(match[1]), [_hash(line) for line in lines[1:]], checkpoint)


def _hash(line: str) -> bytes:
    step = note.decoded(line)
    if len(step) != HASH_LENGTH:
        raise LogBroken("A step of the proof is no hash.")
    return step
