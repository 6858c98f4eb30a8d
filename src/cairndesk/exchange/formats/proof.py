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
    """One log entry: the exact bytes of the leaf, and those of its commitments that this recipient may open."""

    index: int
    leaf: bytes
    opened: Mapping[str, Opened]


def write_entries(entries: Sequence[Entry]) -> bytes:
    """One JSON object a line, in the order of the log. `previous` names the entry before it, so that a gap shows."""
    lines, previous = [], None
    for entry in sorted(entries, key=lambda one: one.index):
        document = {
            "index": entry.index,
            "previous": previous,
            "leaf": base64.b64encode(entry.leaf).decode(),
            "opened": {name: {"key": one.key.hex(), "value": base64.b64encode(one.value).decode()} for name, one in entry.opened.items()},
        }
        lines.append(json.dumps(document, sort_keys=True, ensure_ascii=False) + "\n")
        previous = entry.index
    return "".join(lines).encode()
