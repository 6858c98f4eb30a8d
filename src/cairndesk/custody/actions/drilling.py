"""The drill: whether the newest copy would bring this desk back, tried, measured and signed."""

import base64
import json
import math
import secrets
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db import transaction

from cairndesk.custody import queries
from cairndesk.custody.actions.copies import LOG, WITH_HALVES, laid_down, opened_copy, whats_wrong, workshop
from cairndesk.custody.actions.log import record
from cairndesk.custody.actions.shred_copies import newest_beside, read_copy
from cairndesk.custody.actions.stores import vault_of
from cairndesk.custody.actions.vault import seal
from cairndesk.custody.adapters import databases
from cairndesk.custody.adapters.both import Both
from cairndesk.custody.errors import CustodyError, DrillRefused, LogBroken, PartGone
from cairndesk.custody.ledger import note
from cairndesk.custody.ledger.entry import canonical
from cairndesk.custody.ledger.tree import Frontier, leaf_hash
from cairndesk.custody.models import Checkpoint, IntakeKey, SealedItem, SealedObject
from cairndesk.custody.rules import DESK, Doer, Event, Purpose
from cairndesk.custody.sealing import items, objects
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.custody.sealing.keys import Signing
from cairndesk.lib.batches import batches
from cairndesk.lib.files import make_folder, write_new
from cairndesk.lib.ids import new_id
from cairndesk.lib.progress import Progress, unwatched

FOLDER = "drills"
SHARE = 100
"""One sealed thing in so many is opened."""
HOURS, MINUTES = 48, 20
_MEANING = b"cairndesk/drill/v1\0"
_ITEM = ("id", "organisation", "purpose", "suite", "wrapped", "ciphertext")
_OBJECT = ("id", "organisation", "purpose", "suite", "wrapped")

Unlock = Callable[[Path], Keyring]
"""Opens the keyring in a folder of keys; raises KeyringUnreadable."""
PartOf = Callable[[UUID], bytes]
"""The second part of the key of an item; raises PartGone."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured, against what it should be at the least (or, for hours, minutes and damage, at the most)."""

    id: str
    value: int
    goal: int
    ok: bool


@dataclass(frozen=True, slots=True)
class Drill:
    """What came of a drill: when, of which copy, whether by recovery sheets, against a witnessed log and with its database laid down; all figures."""

    at: str
    copy: str
    sheets: bool
    witnessed: bool
    laid_down: bool
    figures: tuple[Figure, ...]
    first_problem: str

    @property
    def ok(self) -> bool:
        """Whether this copy would bring the desk back."""
        return all(figure.ok for figure in self.figures)

    def as_json(self) -> dict[str, Any]:
        """As it is signed."""
        rows = [{"id": one.id, "value": one.value, "goal": one.goal, "ok": one.ok} for one in self.figures]
        rest = {
            "at": self.at,
            "copy": self.copy,
            "sheets": self.sheets,
            "witnessed": self.witnessed,
            "laid_down": self.laid_down,
            "first_problem": self.first_problem,
        }
        return {"v": 1, "ok": self.ok, **rest, "figures": rows}


def lay_canaries(*, now: datetime) -> int:
    """Afterwards every organisation for which anything is sealed has a canary: an item whose words are known. Returns how many are new."""
    sealed = SealedItem.objects.filter(erased_at=None).order_by()
    with_one = sealed.filter(purpose=Purpose.CANARY).values("organisation")
    lacking = list(sealed.exclude(organisation__in=with_one).values_list("organisation", flat=True).distinct())
    with transaction.atomic():
        for organisation in lacking:
            seal(organisation=organisation, purpose=Purpose.CANARY, plain=canary_of(organisation), now=now)
    return len(lacking)


def canary_of(organisation: UUID) -> str:
    """The words of the canary of `organisation`."""
    return f"canary of {organisation}"


def newest_copy(folder: Path) -> Path:
    """The newest copy in `folder`; raises DrillRefused where there is none."""
    found = max(folder.glob("*.tar.age"), key=lambda path: path.stat().st_mtime, default=None)
    if found is None:
        raise DrillRefused(f"There is no copy in {folder}.")
    return found


def drill(
    *, copy: Path, identity: str, unlock: Unlock, sheets: bool, now: datetime, by: Doer = DESK, progress: Progress = unwatched
) -> tuple[Drill, Path]:
    """Afterwards a signed file says whether `copy` would bring this desk back, and the log that it was tried; returns both.

    The copy is laid into an empty temporary folder and checked, a dump also into an empty PostgreSQL where one can be made here; the
    keyring in it is opened by `unlock`, one sealed thing in a hundred and every canary decrypted with the second parts of their keys from
    the copy of the shred store beside it, as after a fire nothing else would be left; the log is replayed, and its root compared with what
    outsiders have signed. Raises BackupUnreadable, KeyringUnreadable, BackupRefused while a copy is being made.
    """
    began = time.monotonic()
    with workshop(settings.DATA / "run") as folder:
        manifest = opened_copy(copy, identity, folder, progress)
        ring = unlock(folder / "keys")
        problem, was_laid = whats_wrong(folder, manifest, progress), False
        if not problem:
            problem, was_laid = laid_down(folder, manifest, progress)
        figures, opening, witnessed = [_figure("damage", int(bool(problem)), 0, at_most=True)], "", False
        if not problem:
            progress("opening what is sealed", 0, 0)
            opened, opening = _opened(folder, manifest, ring, _part_of(copy, identity))
            mark, witnessed = _mark()
            root, replayed = _root_problem(folder, manifest["log"]["size"], mark, by_witnesses=witnessed)
            figures += [
                *opened,
                _figure("root", int(not root), 1),
                _figure("entries-replayed", replayed, min(manifest["log"]["size"], mark.size) if mark else 1),
            ]
            problem = opening or root
    hours = int((now - datetime.fromisoformat(manifest["made_at"])).total_seconds() // 3600)
    figures.append(_figure("copy-age-hours", hours, HOURS, at_most=True))
    figures.append(_figure("minutes", math.ceil((time.monotonic() - began) / 60), MINUTES, at_most=True))
    result = Drill(now.isoformat(), copy.name, sheets, witnessed, was_laid, tuple(figures), problem)
    path = _keep(result, ring, now)
    detail = {"ok": int(result.ok), "sheets": int(sheets), "entries": manifest["log"]["size"]}
    record(event=Event.CUSTODY_DRILL_DONE, subject_kind="backup", subject=new_id(), by=by, now=now, detail=detail)
    return result, path


def last_drill(data: Path, verifier: str) -> dict[str, Any] | None:
    """The newest result below `data` that the key of this log has signed; None where there is none."""
    for path in sorted((data / FOLDER).glob("drill-*.json"), reverse=True):
        with suppress(LogBroken, InvalidSignature, ValueError, KeyError, OSError):
            return read_result(path, verifier)
    return None


def read_result(path: Path, verifier: str) -> dict[str, Any]:
    """A result that was kept; raises InvalidSignature where another key signed it or it was changed, ValueError or KeyError where it is none."""
    kept = json.loads(path.read_bytes())
    public = Ed25519PublicKey.from_public_bytes(note.read_verifier_key(verifier)[1])
    public.verify(base64.b64decode(kept["signature"]), _signed_bytes(kept["result"]))
    result: dict[str, Any] = kept["result"]
    return result


def _keep(result: Drill, ring: Keyring, now: datetime) -> Path:
    """The signing key is the one that the drill recovered: a file that verifies shows that it was."""
    make_folder(settings.DATA / FOLDER, mode=0o700)
    path = settings.DATA / FOLDER / f"drill-{now:%Y%m%dT%H%M%SZ}.json"
    body = result.as_json()
    signature = base64.b64encode(ring.sign(Signing.LOG, _signed_bytes(body))).decode()
    write_new(path, json.dumps({"result": body, "signature": signature}, indent=1).encode())
    return path


def _signed_bytes(result: dict[str, Any]) -> bytes:
    return _MEANING + canonical(result)


def _figure(name: str, value: int, goal: int, *, at_most: bool = False) -> Figure:
    return Figure(name, value, goal, value <= goal if at_most else value >= goal)


def _part_of(copy: Path, identity: str) -> PartOf:
    """The second parts of keys, out of the newest copy of the shred store that lies beside `copy`; none where there is no such copy."""
    beside = newest_beside(copy)
    parts = read_copy(beside, identity=identity) if beside else {}

    def part_of(item: UUID) -> bytes:
        if item not in parts:
            raise PartGone("The copy of the shred store has no part of its key.")
        return parts[item]

    return part_of


def _opened(folder: Path, manifest: dict[str, Any], ring: Keyring, part_of: PartOf) -> tuple[list[Figure], str]:
    """How many of the things that were drawn, and of the canaries and intake keys, opened; and what did not, first."""
    drawn, problems = {"items": [0, 0], "canaries": [0, 0], "originals": [0, 0], "intake-keys": [0, 0]}, list[str]()
    trials = chain(_trials(folder, manifest["engine"], ring, part_of), _intake_trials(folder, manifest, ring, part_of))
    for some in batches(trials):
        gone = _gone([item for _, item, _ in some])
        for kind, item, opens in (one for one in some if one[1] not in gone):
            try:
                drawn[kind][0] += opens()
            except (CustodyError, OSError) as error:
                problems.append(f"{item.hex} does not open: {error}")
            drawn[kind][1] += 1
    figures = [_figure(f"{kind}-opened", opened, tried) for kind, (opened, tried) in drawn.items()]
    wrong = [figure.id for figure in figures if not figure.ok]
    return figures, next(iter(problems), f"{wrong[0]}: not all is what was sealed" if wrong else "")


def _trials(folder: Path, engine: str, ring: Keyring, part_of: PartOf) -> Iterator[tuple[str, UUID, Callable[[], bool]]]:
    live = [(UUID(str(one)), purpose) for one, purpose in databases.rows(engine, folder, "custody_sealeditem", ("id", "purpose"), none="erased_at")]
    chosen = _draw([one for one, _ in live]) | {one for one, purpose in live if purpose == Purpose.CANARY}
    for row in databases.rows(engine, folder, "custody_sealeditem", _ITEM, none="erased_at"):
        if (item := UUID(str(row[0]))) in chosen:
            yield "canaries" if row[2] == Purpose.CANARY else "items", item, partial(_opens_item, ring, part_of, item, row)
    # Those that the copy leaves to the bucket are read there.
    originals = vault_of(folder)
    held = list(databases.rows(engine, folder, "custody_sealedobject", _OBJECT, none="destroyed_at"))
    chosen = _draw([UUID(str(row[0])) for row in held])
    for row in held:
        if (item := UUID(str(row[0]))) in chosen:
            yield "originals", item, partial(_opens_object, ring, part_of, item, row, originals)


def _intake_trials(folder: Path, manifest: dict[str, Any], ring: Keyring, part_of: PartOf) -> Iterator[tuple[str, UUID, Callable[[], bool]]]:
    """Whatever waits in the spool of the copy is sealed to one of these."""
    ring.second_of = part_of
    for key, organisation, public in databases.intake_keys(manifest["engine"], folder) if manifest["version"] >= WITH_HALVES else ():
        yield "intake-keys", key, partial(ring.opens_intake, organisation, public)


def _draw(some: list[UUID]) -> set[UUID]:
    return set(secrets.SystemRandom().sample(some, math.ceil(len(some) / SHARE)))


def _opens_item(ring: Keyring, part_of: PartOf, item: UUID, row: tuple[Any, ...]) -> bool:
    organisation, purpose = UUID(str(row[1])), row[2]
    held = items.SealedParts(int(row[3]), row[4], row[5])
    plain = items.unseal(ring, part_of, held, organisation=organisation, item=item, purpose=purpose)
    return bool(purpose != Purpose.CANARY or json.loads(plain) == canary_of(organisation))


def _opens_object(ring: Keyring, part_of: PartOf, item: UUID, row: tuple[Any, ...], store: Both) -> bool:
    organisation, purpose, suite, wrapped = UUID(str(row[1])), row[2], int(row[3]), row[4]
    key, meaning = objects.key_of(ring, part_of, wrapped, organisation=organisation, item=item, purpose=purpose, suite=suite)
    whole = objects.Opened(key, meaning, store.reader(item), store.length(item) or 0)
    return sum(len(piece) for piece in whole.pieces()) == whole.size


def _gone(some: Collection[UUID]) -> set[UUID]:
    """What was erased or destroyed since the copy was made: nobody opens it any more, also where a copy of the shred store still could."""
    alive = (SealedItem.objects.filter(erased_at=None), *(table.objects.filter(destroyed_at=None) for table in (SealedObject, IntakeKey)))
    return set(some).difference(*(rows.filter(pk__in=some).values_list("pk", flat=True) for rows in alive))


def _mark() -> tuple[Checkpoint | None, bool]:
    """The newest checkpoint that the witnesses have signed, else the newest of our own; and whether they have."""
    log = settings.CAIRNDESK.log
    seen = queries.witnessed([note.read_witness_key(key)[0] for key, _ in log.known()], log.quorum)
    return (seen[0], True) if seen else (queries.newest_checkpoint(), False)


def _root_problem(folder: Path, size: int, mark: Checkpoint | None, *, by_witnesses: bool) -> tuple[str, int]:
    """Whether the log of the copy and the one that was signed are one log, both alike as far as the shorter goes; and how far that was replayed."""
    if mark is None:
        return "nothing of the log is signed yet", 0
    if by_witnesses and not _is_vouched_for(mark):
        return "what stands under the witnessed checkpoint was not signed by the witnesses", 0
    common = min(size, mark.size)
    if queries.root_at(mark.size) != bytes(mark.root):
        return "the log of this desk is not the one that was signed", 0
    copied = _copied(folder, common)
    return "" if copied.root() == queries.root_at(common) else "the log of the copy is not the one that was signed", copied.size


def _is_vouched_for(mark: Checkpoint) -> bool:
    """Whether enough of our witnesses have truly signed: whoever changes the database can add a line under their names."""
    keys = [note.read_witness_key(key) for key, _ in settings.CAIRNDESK.log.known()]
    try:
        signed = [note.cosigned_at(queries.cosigned_note(mark), *key) for key in keys]
    except LogBroken:
        return False
    return len(signed) - signed.count(None) >= settings.CAIRNDESK.log.quorum


def _copied(folder: Path, size: int) -> Frontier:
    frontier = Frontier()
    with (folder / LOG).open("rb") as lines:
        next(lines)
        for _, line in zip(range(size), lines, strict=False):
            frontier = frontier.append(leaf_hash(line.rstrip(b"\n")))
    return frontier
