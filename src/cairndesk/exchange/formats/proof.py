"""Custody as a stranger checks it: the entries of one case with what they commit to."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Opened:
    """One commitment of an entry, opened: HMAC-SHA-256 of `value` under `key` is what the leaf holds."""

    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One log entry: the exact bytes of the leaf, and those of its commitments that this recipient may open.

    `about` is what the package calls the thing; `to_hour` says that the log keeps this time to the hour only.
    """

    index: int
    leaf: bytes
    opened: Mapping[str, Opened]
    about: str = "case"
    to_hour: bool = False


@dataclass(frozen=True, slots=True)
class Withheld:
    """One log entry of which this recipient learns that it is there, and its place: the hash of its leaf, and nothing that is in it.

    Nobody can guess what it says and try: the leaf holds three commitments of 32 bytes under a salt that is handed to nobody.
    """

    index: int
    leaf_hash: bytes
    about: str = "case"


@dataclass(frozen=True, slots=True)
class Consistency:
    """That the log at `earlier` entries is the beginning of the log in `checkpoint` (RFC 6962, section 2.1.2)."""

    earlier: int
    path: Sequence[bytes]
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time-stamp token (RFC 3161, the whole reply in DER) over the bytes of `checkpoint`, and the certificates that check it, in PEM."""

    size: int
    checkpoint: str
    reply: bytes
    certificates: str


def write_entries(entries: Sequence[Entry | Withheld]) -> bytes:
    """One JSON object a line, in the order of the log. `previous` is the entry before it about the same thing, so that a gap shows.

    One that is withheld has the same four fields whatever it says, and `leaf_hash` for all that is in it.
    """
    lines, last = [], dict[str, int]()
    for entry in sorted(entries, key=lambda one: one.index):
        document: dict[str, object] = {"about": entry.about, "index": entry.index, "previous": last.get(entry.about)}
        if isinstance(entry, Withheld):
            document |= {"leaf_hash": base64.b64encode(entry.leaf_hash).decode()}
        else:
            document |= _shown(entry)
        lines.append(json.dumps(document, sort_keys=True, ensure_ascii=False) + "\n")
        last[entry.about] = entry.index
    return "".join(lines).encode()


def _shown(entry: Entry) -> dict[str, object]:
    return {
        "precision": "hour" if entry.to_hour else "second",
        "leaf": base64.b64encode(entry.leaf).decode(),
        "opened": {name: {"key": one.key.hex(), "value": base64.b64encode(one.value).decode()} for name, one in entry.opened.items()},
    }


def write_consistency(proof: Consistency) -> bytes:
    """The proof in the form in which c2sp.org/tlog-witness asks for a cosignature: old size, hashes, empty line, checkpoint."""
    hashes = "".join(f"{base64.b64encode(one).decode()}\n" for one in proof.path)
    return f"old {proof.earlier}\n{hashes}\n{proof.checkpoint}".encode()
