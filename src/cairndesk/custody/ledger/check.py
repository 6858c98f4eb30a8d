"""The independent checker: from entries and signed checkpoints alone, by other code than that which appends.

It shares no function with the appender on purpose: a mistake made there must not be made here a second time. What it
cannot see is a rewriting of the entries after the newest checkpoint by somebody who may write to the database.
"""

import base64
import hashlib
import json
import operator
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cairndesk.lib.progress import Progress, counted, unwatched

_FIELDS = ["actor", "authz", "d", "i", "subj", "t", "type", "v"]
_HEX = re.compile("[0-9a-f]{64}")
_WORD = re.compile("[a-z][a-z0-9_.]{0,79}")
_NOTE = re.compile("(?P<body>(?P<name>[^\n]+)\n(?P<size>[0-9]+)\n(?P<root>[A-Za-z0-9+/]{43}=)\n)\n(?P<lines>(?:\u2014 [^\n]+\n)+)")


@dataclass(frozen=True, slots=True)
class Row:
    """One stored entry: its place, its bytes and the hash kept beside it (empty where none is kept)."""

    index: int
    leaf: bytes
    leaf_hash: bytes = b""


@dataclass(frozen=True, slots=True)
class LogReport:
    """The outcome: `ok`, or the first problem in words; `root` in hexadecimal over the entries that were read.

    `witnesses` counts those of the given witnesses whose cosignature of the newest checkpoint holds.
    """

    size: int
    root: str
    ok: bool
    first_problem: str
    checkpoints: int
    signatures_checked: bool
    witnesses: int = 0

    def failed(self, problem: str) -> "LogReport":
        """The same with `problem` as the first."""
        return replace(self, ok=False, first_problem=problem)


class _Mountains:
    """Perfect subtrees by height, and from them the root of everything so far."""

    def __init__(self) -> None:
        self.size = 0
        self._by_height: dict[int, bytes] = {}

    def add(self, leaf: bytes) -> None:
        height, carried = 0, hashlib.sha256(b"\x00" + leaf).digest()
        while height in self._by_height:
            carried = hashlib.sha256(b"\x01" + self._by_height.pop(height) + carried).digest()
            height += 1
        self._by_height[height] = carried
        self.size += 1

    def root(self) -> bytes:
        reached: bytes | None = None
        for height in sorted(self._by_height):
            left = self._by_height[height]
            reached = left if reached is None else hashlib.sha256(b"\x01" + left + reached).digest()
        return hashlib.sha256().digest() if reached is None else reached


class Problem(Exception):
    """The first thing that is wrong, in words."""


def check(rows: Iterable[Row], notes: Sequence[str], *, head: tuple[int, bytes] | None = None, verifier: str | None = None) -> LogReport:
    """Whether `rows` (in order), the checkpoints `notes` and the stored `head` (size, root) agree in everything.

    `verifier` is the key of the log in the form `name+hash+base64`; without it signatures are left unchecked, and the report says so.
    """
    tree = _Mountains()
    try:
        stated = _all_stated(notes, verifier)
        _compare(stated, tree)
        for row in rows:
            _take(row, tree)
            _compare(stated, tree)
        _finish(stated, head, tree)
    except Problem as problem:
        return LogReport(tree.size, tree.root().hex(), False, str(problem), len(notes), verifier is not None)
    return LogReport(tree.size, tree.root().hex(), True, "", len(notes), verifier is not None)


def check_file(path: Path, *, verifier: str | None = None, progress: Progress = unwatched) -> LogReport:
    """The same for a log that was exported to `path`; with `verifier`, the key named in the file must be that one."""
    try:
        with path.open(encoding="utf-8", newline="\n") as lines:
            header = json.loads(next(lines, ""))
            if verifier not in {None, header["key"]}:
                return _unreadable("the file names another key than the one expected")
            head = (operator.index(header["size"]), bytes.fromhex(header["root"]))
            rows = counted("checking the log", _exported(lines), head[0], progress)
            return check(rows, header["checkpoints"], head=head, verifier=header["key"])
    except (OSError, ValueError, KeyError, TypeError):
        return _unreadable("the file is no exported log")


def _unreadable(problem: str) -> LogReport:
    return LogReport(0, hashlib.sha256().hexdigest(), False, problem, 0, False)


def _exported(lines: Iterable[str]) -> Iterator[Row]:
    for index, line in enumerate(lines):
        yield Row(index, line.removesuffix("\n").encode())


def _take(row: Row, tree: _Mountains) -> None:
    if row.index != tree.size:
        raise Problem(f"entry {tree.size} is missing, {row.index} stands in its place")
    if row.leaf_hash and row.leaf_hash != hashlib.sha256(b"\x00" + row.leaf).digest():
        raise Problem(f"entry {row.index} does not fit the hash kept beside it")
    _read(row)
    tree.add(row.leaf)


def _read(row: Row) -> None:
    try:
        held: dict[str, Any] = json.loads(row.leaf.decode("ascii"))
        policy, proof = held["authz"]
        shape = (
            list(held) == _FIELDS
            and all(_HEX.fullmatch(held[name]) for name in ("subj", "actor", "d"))
            and all(_WORD.fullmatch(word) for word in (held["type"], proof))
            and all(type(number) is int and number >= 0 for number in (held["i"], held["t"], policy))
            and held["v"] == 1
        )
        canonical = json.dumps(held, separators=(",", ":"), ensure_ascii=True).encode() == row.leaf
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Problem(f"entry {row.index} cannot be read") from error
    if not shape or not canonical:
        raise Problem(f"entry {row.index} has another shape than the log writes")
    if held["i"] != row.index:
        raise Problem(f"entry {row.index} says of itself that it is number {held['i']}")


def _all_stated(notes: Sequence[str], verifier: str | None) -> dict[int, bytes]:
    stated = dict(read_note(note, verifier) for note in notes)
    if len(stated) != len(notes):
        raise Problem("two checkpoints speak of the same size")
    return stated


def read_note(note: str, verifier: str | None) -> tuple[int, bytes]:
    """Size and root that the checkpoint `note` states, signed by `verifier` where that is given; raises Problem."""
    match = _NOTE.fullmatch(note)
    if match is None:
        raise Problem("a checkpoint cannot be read")
    if verifier is not None and not any(_signed(line, match["body"], match["name"], verifier) for line in match["lines"].split("\n")):
        raise Problem(f"the checkpoint of size {match['size']} is not signed by the key of this log")
    return int(match["size"]), base64.b64decode(match["root"])


def _signed(line: str, body: str, name: str, verifier: str) -> bool:
    signer, _, coded = line.removeprefix("\u2014 ").rpartition(" ")
    stated, mark, public = verifier.split("+", 2)
    try:
        blob, key = base64.b64decode(coded, validate=True), base64.b64decode(public, validate=True)
        # Base64 has spare bits at its end: only the one spelling is taken, or a note could be changed unseen.
        if not signer == name == stated or blob[:4].hex() != mark or base64.b64encode(blob).decode() != coded:
            return False
        if hashlib.sha256(stated.encode() + b"\n" + key).digest()[:4] != blob[:4] or key[:1] != b"\x01":
            return False
        Ed25519PublicKey.from_public_bytes(key[1:]).verify(blob[4:], body.encode())
    except (ValueError, InvalidSignature):
        return False
    return True


def _compare(stated: dict[int, bytes], tree: _Mountains) -> None:
    if tree.size in stated and stated[tree.size] != tree.root():
        raise Problem(f"the first {tree.size} entries are not those that were signed")


def _finish(stated: dict[int, bytes], head: tuple[int, bytes] | None, tree: _Mountains) -> None:
    beyond = max(stated, default=0)
    if beyond > tree.size:
        raise Problem(f"a checkpoint was signed over {beyond} entries, only {tree.size} are left")
    if head is not None and head != (tree.size, tree.root()):
        raise Problem(f"the head speaks of {head[0]} entries and another root than the {tree.size} entries give")
