"""The independent checker of a log that lies as tiles (C2SP tlog-tiles): it needs nothing but the files, and trusts none of them.

Like `check` it shares no function with what writes: the paths, the tree and the signatures are worked out here a second time.
"""

import base64
import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cairndesk.custody.ledger.check import LogReport, Problem, Row, check, read_note
from cairndesk.lib.progress import Progress, counted, unwatched

# The newest checkpoint that witnesses have signed, where that is an older one.
_WITNESSED = "checkpoint.witnessed"
Read = Callable[[str], bytes]
"""The bytes of a file of the log by its path; raises OSError where there is none."""


def check_folder(folder: Path, *, verifier: str | None = None, witnesses: Sequence[str] = (), progress: Progress = unwatched) -> LogReport:
    """Whether the log that lies in `folder` is whole, from its first entry to what its checkpoint states.

    `verifier` is the key of the log and `witnesses` are those of its witnesses (`name+hash+base64`); without them signatures stay
    unchecked, and the report says how many there were. Partial tiles of older sizes may lie beside, anything else may not.
    """
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
    return check_tiles(lambda name: (folder / name).read_bytes(), there, verifier=verifier, witnesses=witnesses, progress=progress)


def check_tiles(
    read: Read, there: Collection[str], *, verifier: str | None = None, witnesses: Sequence[str] = (), progress: Progress = unwatched
) -> LogReport:
    """The same for files that are had by `read`, of which `there` names all."""
    try:
        notes = [read(name).decode() for name in ("checkpoint", *({_WITNESSED} & {*there}))]
        size, _ = read_note(notes[0], verifier)
        cosigned = max(sum(_is_cosigned(note, witness) for witness in witnesses) for note in notes)
        _refuse_gaps(there, size)
        report = check(
            counted("checking the log", _rows(read, size), size, progress),
            [*{read_note(note, verifier)[0]: note for note in notes}.values()],
            verifier=verifier,
        )
        _check_the_others(read, there, size)
        return replace(report, witnesses=cosigned)
    except (OSError, ValueError) as error:
        return _failed(f"a file of the log cannot be read ({type(error).__name__})")
    except Problem as problem:
        return _failed(str(problem))


def _refuse_gaps(there: Collection[str], size: int) -> None:
    """Asked before anything is made of the number that the checkpoint names: a lie must not cost days."""
    if missing := next((one for one in _files(size) if _named(*one) not in there), None):
        raise Problem(f"the file {_named(*missing)} is missing")


def _failed(problem: str) -> LogReport:
    return LogReport(0, hashlib.sha256().hexdigest(), False, problem, 0, False)


def _rows(read: Read, size: int) -> Iterator[Row]:
    """Every entry beside the hash that its tile gives for it; tiles above are compared as soon as they are complete."""
    levels: list[list[bytes]] = [[]]
    for first in range(0, size, 256):
        width = min(256, size - first)
        entries = _entries(read(_named(_path("entries", first // 256), width)), width)
        hashes = _hashes(read(_named(_path("0", first // 256), width)), width)
        yield from (Row(first + place, entry, leaf_hash) for place, (entry, leaf_hash) in enumerate(zip(entries, hashes, strict=True)))
        levels[0] += hashes
        _settle(read, levels)
    for level, held in enumerate(levels):
        if level and len(held) % 256:
            _compare(read, level, held, len(held) % 256)


def _settle(read: Read, levels: list[list[bytes]]) -> None:
    """Every tile that has just become full is compared, if it is not of level 0, and hashed into the one above."""
    for level in count():
        held = levels[level]
        if not held or len(held) % 256:
            return
        if level:
            _compare(read, level, held, 256)
        if level + 1 == len(levels):
            levels.append([])
        levels[level + 1].append(_root(held[-256:]))


def _compare(read: Read, level: int, held: list[bytes], width: int) -> None:
    path = _named(_path(str(level), (len(held) - 1) // 256), width)
    if _hashes(read(path), width) != held[-width:]:
        raise Problem(f"the hashes in {path} are not those of what lies below")


def _root(hashes: Sequence[bytes]) -> bytes:
    """The root over a full tile."""
    while len(hashes) > 1:
        hashes = [hashlib.sha256(b"\x01" + hashes[at] + hashes[at + 1]).digest() for at in range(0, len(hashes), 2)]
    return hashes[0]


def _entries(bundle: bytes, width: int) -> list[bytes]:
    entries, at = [], 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2])
        entries.append(bundle[at + 2 : end])
        at = end
    if at != len(bundle) or len(entries) != width:
        raise Problem("a bundle does not hold as many entries as its name says")
    return entries


def _hashes(tile: bytes, width: int) -> list[bytes]:
    if len(tile) != 32 * width:
        raise Problem("a tile does not hold as many hashes as its name says")
    return [tile[at : at + 32] for at in range(0, len(tile), 32)]


def _files(size: int) -> Iterator[tuple[str, int]]:
    """Every file that a log of `size` entries has beside its checkpoint, and how many hashes or entries are in it."""
    level, held = 0, size
    while held:
        for index in range(-(-held // 256)):
            width = min(256, held - 256 * index)
            yield _path(str(level), index), width
            if not level:
                yield _path("entries", index), width
        level, held = level + 1, held // 256


def _check_the_others(read: Read, there: Collection[str], size: int) -> None:
    """What lies beside may only be what a tile held before more came to it."""
    known = dict(_files(size))
    for name in sorted({*there} - {"checkpoint", _WITNESSED} - {_named(*one) for one in known.items()}):
        path, _, width = name.partition(".p/")
        if not (width.isdecimal() and name == _named(path, int(width)) and 0 < int(width) < known.get(path, 0)):
            raise Problem(f"the file {name} belongs to no log of {size} entries")
        earlier = read(name)
        parts = _entries(earlier, int(width)) if path.startswith("tile/entries/") else _hashes(earlier, int(width))
        if parts and not read(_named(path, known[path])).startswith(earlier):
            raise Problem(f"the file {name} is not what came before the one that took its place")


def _path(level: str, index: int) -> str:
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03d}")
    return "/".join(["tile", level, *groups])


def _named(path: str, width: int) -> str:
    return path if width == 256 else f"{path}.p/{width}"


def _is_cosigned(note: str, witness: str) -> bool:
    """Whether the witness with this key signed the checkpoint (C2SP tlog-cosignature, Ed25519)."""
    body, _, lines = note.partition("\n\n")
    name, mark, public = witness.split("+", 2)
    key = base64.b64decode(public, validate=True)
    if key[:1] != b"\x04" or hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] != mark:
        raise Problem("the key of a witness cannot be read")
    for line in lines.removesuffix("\n").split("\n"):
        signer, _, coded = line.removeprefix("\u2014 ").rpartition(" ")
        blob = base64.b64decode(coded, validate=True)
        if signer == name and blob[:4].hex() == mark:
            message = f"cosignature/v1\ntime {int.from_bytes(blob[4:12])}\n{body}\n"
            try:
                Ed25519PublicKey.from_public_bytes(key[1:]).verify(blob[12:], message.encode())
            except InvalidSignature as error:
                raise Problem(f"the cosignature of {name} is wrong") from error
            return True
    return False
