"""Sealed copies of the whole desk: made so that nothing acknowledged is missing, and opened again to see that they are whole."""

import fcntl
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

import pyrage
from django.conf import settings
from django.db import connection

from cairndesk.custody import access, shred
from cairndesk.custody.actions import shred_copies
from cairndesk.custody.actions.log import record
from cairndesk.custody.actions.stores import VAULT, vault_of
from cairndesk.custody.adapters import databases, scratch
from cairndesk.custody.adapters.both import Both
from cairndesk.custody.adapters.folder import Folder
from cairndesk.custody.errors import BackupRefused, BackupUnreadable
from cairndesk.custody.ledger.check import Row, check, check_file
from cairndesk.custody.ledger.tree import Frontier
from cairndesk.custody.models import Checkpoint, LogEntry, LogHead
from cairndesk.custody.queries import frontier_of, verifier_at_hand
from cairndesk.custody.rules import DESK, Doer, Event
from cairndesk.custody.sealing import keystore, recovery
from cairndesk.lib.files import opened
from cairndesk.lib.ids import new_id
from cairndesk.lib.progress import Progress, Watched, counted, unwatched

VERSION = 5
# Copies of the first version have no vault, those of the second nothing that needs the shred store, those of the third all originals; those of
# the fourth no intake keys in halves.
_KNOWN = (1, 2, 3, 4, VERSION)
WITH_HALVES = 5
LOG, MANIFEST = "log.jsonl", "manifest.json"
# What an operator laid beside the database and records rest on: a case that was graded by a table of their own is not read without it.
RULES = ("schemes", "severity.toml")
# Sealed keys, and the salt without which no receipt that was ever given out would open again.
_BESIDE = (*(f"keys/{name}" for name in (keystore.RING, access.VERIFIER, access.RECIPIENT, access.RECOVERABLE)), "db/argon2.salt")


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A copy that was made or opened: where it lies, what is in it, and whether everything in it is whole."""

    path: Path
    bytes: int
    engine: str
    files: int
    spooled: int
    objects: int
    elsewhere: int
    log_size: int
    log_root: str
    shred: str
    ok: bool
    first_problem: str

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {**asdict(self), "path": str(self.path)}


def backup(
    *,
    to: Path,
    recipient: str,
    now: datetime,
    by: Doer = DESK,
    data: Path | None = None,
    with_bucket: bool = True,
    progress: Progress = unwatched,
) -> BackupReport:
    """Afterwards `to` (a folder, or a file not there yet) holds one age file of database, spool, vault, sealed keyring and log.

    Beside it lies a small one of the shred store, without which nothing in it opens, and none that is older than a week. The identity
    that belongs to `recipient` opens them, or the recovery sheets. The keyring inside still needs its own key file or passphrase, which
    must be kept elsewhere, or the sheets. Originals that lie in the bucket are fetched into it, unless not `with_bucket`: then the copy names
    them and their hashes only. Raises BackupRefused, ShredStoreAway and VaultAway, and then leaves nothing behind.
    """
    target, source = _target(to, now), data or settings.DATA
    readers, store = _readers(recipient, source), shred.store_of(source)
    try:
        with workshop(source / "run") as folder:
            # Before the database and once more after it, so that nothing that is destroyed or comes meanwhile is missing.
            parts = store.parts()
            manifest = _collect(folder, source, now, progress, with_bucket=with_bucket)
            parts |= store.parts()
            kept = shred_copies.keep_copy(store, parts, into=target.parent, readers=readers, now=now)
            try:
                _encrypt(folder, target, readers, progress)
            except BaseException:
                kept.unlink()
                raise
        shred_copies.prune_copies(store, now=now)
    except OSError as error:
        raise BackupRefused(f"The copy could not be written: {error.strerror or error}.") from error
    record(
        event=Event.CUSTODY_BACKUP_MADE,
        subject_kind="backup",
        subject=new_id(),
        by=by,
        now=now,
        detail={"files": len(manifest["files"]), "entries": manifest["log"]["size"]},
    )
    return reported(target, manifest, "")


def verify_backup(path: Path, *, identity: str, progress: Progress = unwatched) -> BackupReport:
    """What is in the copy and whether all of it is whole; raises BackupUnreadable when it does not open at all.

    Checks every file against the manifest, the database by its own tool, the log from its first entry to its last, and that a copy of the
    shred store lies beside it: its own, with every part that it needs, or a later one, once its own was thrown away.
    """
    with tempfile.TemporaryDirectory(prefix="cairndesk-verify-") as folder:
        manifest = opened_copy(path, identity, Path(folder), progress)
        problem = whats_wrong(Path(folder), manifest, progress) or _shred_problem(path, Path(folder), manifest, identity)
        return reported(path, manifest, problem)


def export_log(*, to: Path, progress: Progress = unwatched) -> None:
    """Afterwards `to` holds all entries and checkpoints, as `cairndesk verify` and any reader of JSON lines take them."""
    notes = list(Checkpoint.objects.order_by("size").values_list("note", flat=True))
    head = LogHead.objects.filter(id=1).first() or LogHead()
    header = {"size": head.size, "root": frontier_of(head).root().hex(), "key": verifier_at_hand(), "checkpoints": notes}
    with to.open("w", encoding="utf-8", newline="\n") as lines:
        lines.write(json.dumps(header) + "\n")
        in_order = LogEntry.objects.filter(index__lt=head.size).order_by("index")
        for leaf in counted("writing the log", in_order.values_list("leaf", flat=True).iterator(2000), head.size, progress):
            lines.write(bytes(leaf).decode("ascii") + "\n")


def _target(to: Path, now: datetime) -> Path:
    target = to / f"cairndesk-{now:%Y%m%dT%H%M%SZ}.tar.age" if to.is_dir() else to
    if target.exists():
        raise BackupRefused(f"{target.name} is there already; no older copy is ever replaced.")
    if not target.parent.is_dir():
        raise BackupRefused(f"The folder for {target.name} does not exist.")
    return target


@contextmanager
def workshop(beside: Path) -> Iterator[Path]:
    """A folder for the unsealed parts of one copy, on the disk of what is copied; whatever a killed copy or drill left there goes first."""
    beside.mkdir(mode=0o700, exist_ok=True)
    with opened(beside) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRefused("Another copy is being made at this moment.") from None
        for left in beside.glob(".backup-*"):
            scratch.sweep(left)
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=beside) as folder:
            yield Path(folder)


def _readers(text: str, source: Path) -> list[Any]:
    """The owner of the copies, and the recovery sheets where there are any."""
    sheets = access.recovery_recipient(source / "keys")
    try:
        return [pyrage.x25519.Recipient.from_str(text.strip()), *([recovery.reader(sheets)] if sheets else [])]
    except pyrage.RecipientError as error:
        raise BackupRefused("The recipient is no age public key (age1…); make one with `age-keygen`.") from error


def _collect(folder: Path, source: Path, now: datetime, progress: Progress, *, with_bucket: bool) -> dict[str, Any]:
    """Copy all parts into `folder` and describe them.

    The spool goes first: a file drained meanwhile is then in both, and draining twice does no harm; the other way round it
    would be in neither. The vault goes before the database, so that nothing that is destroyed meanwhile is missing, and once
    more after it, so that nothing that came meanwhile is.
    """
    spooled = _copy_folder(source / "spool", folder / "spool")
    vault = vault_of(source)
    store = vault if with_bucket else vault.folder
    progress("copying the vault", 0, 0)
    store.copy(None, folder / VAULT)
    progress("copying the database", 0, 0)
    engine = databases.copy(connection, folder)
    recorded = databases.objects(engine, folder)
    _settle_vault(store, recorded, folder)
    left_out = {item.hex: digest.hex() for item, digest in recorded.items() if not (folder / VAULT / item.hex).exists()}
    export_log(to=folder / LOG, progress=progress)
    for part in (*_BESIDE, *RULES):
        if (source / part).is_dir():
            _copy_folder(source / part, folder / part)
        elif (source / part).exists():
            (folder / part).parent.mkdir(exist_ok=True)
            (folder / part).write_bytes((source / part).read_bytes())
    header = json.loads((folder / LOG).open(encoding="utf-8").readline())
    parts = [part for part in sorted(folder.rglob("*")) if part.is_file()]
    manifest = {
        "version": VERSION,
        "made_at": now.isoformat(),
        "engine": engine,
        "spooled": spooled,
        "objects": len(recorded),
        "elsewhere": left_out if vault.bucket and not with_bucket else {},
        "log": {"size": header["size"], "root": header["root"], "key": header["key"]},
        "shred": shred_copies.name_of(now),
        "files": {str(part.relative_to(folder)): _digest(part) for part in counted("listing what is in it", parts, len(parts), progress)},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return manifest


def _settle_vault(store: Both | Folder, recorded: Mapping[UUID, bytes], folder: Path) -> None:
    """Afterwards the copy holds the objects that the copied database has records of, as far as `store` has them, and no other."""
    store.copy(recorded, folder / VAULT)
    for part in (folder / VAULT).iterdir():
        if UUID(hex=part.name) not in recorded:
            part.unlink()


def _copy_folder(source: Path, target: Path) -> int:
    """How many files were copied; one that `work` takes away meanwhile is in the database copy that follows."""
    target.mkdir()
    copied = 0
    for part in sorted(source.iterdir()) if source.is_dir() else ():
        if part.name.startswith(".") or not part.is_file():
            continue
        try:
            (target / part.name).write_bytes(part.read_bytes())
        except FileNotFoundError:
            continue
        copied += 1
    return copied


def _encrypt(folder: Path, target: Path, readers: list[Any], progress: Progress) -> None:
    progress("packing", 0, 0)
    packed = folder / ".packed"
    with tarfile.open(packed, "w") as tar:
        for part in (MANIFEST, *sorted(p.name for p in folder.iterdir() if p.name not in {MANIFEST, packed.name})):
            tar.add(folder / part, arcname=part)
    unfinished = target.with_name(f".{target.name}.part")
    try:
        with packed.open("rb") as plain, unfinished.open("xb") as sealed:
            pyrage.encrypt_io(Watched(plain, "sealing the copy", packed.stat().st_size, progress), sealed, readers)
            sealed.flush()
            os.fsync(sealed.fileno())
        unfinished.rename(target)
        with opened(target.parent) as above:
            os.fsync(above)
    except pyrage.EncryptError as error:
        raise BackupRefused(f"The copy could not be written: {error}.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def opened_copy(path: Path, identity: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """What the copy says of itself; afterwards all of it lies in `folder`, unchecked. Raises BackupUnreadable."""
    packed = folder / ".packed"
    try:
        with path.open("rb") as sealed, packed.open("xb") as plain:
            reading = Watched(sealed, "opening the copy", path.stat().st_size, progress)
            pyrage.decrypt_io(reading, plain, [pyrage.x25519.Identity.from_str(identity.strip())])
        with tarfile.open(packed) as tar:
            _unpack(tar, folder)
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        if manifest["version"] not in _KNOWN:
            raise BackupUnreadable("The copy was made by a newer version.")
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise BackupUnreadable("The copy does not open with this identity, or it was changed.") from error
    except (OSError, ValueError, KeyError, tarfile.TarError) as error:
        raise BackupUnreadable("The copy opens, but holds no backup of a desk.") from error
    return manifest


def _unpack(tar: tarfile.TarFile, folder: Path) -> None:
    """Plain files below `folder` and nothing else: a copy may come from anywhere, and must not write anywhere."""
    for member in tar:
        name = PurePosixPath(member.name)
        if member.isdir():
            continue
        if not member.isfile() or name.is_absolute() or ".." in name.parts:
            raise BackupUnreadable("The copy holds something that is no plain file of its own.")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        content = tar.extractfile(member)
        with (folder / name).open("xb") as plain:
            shutil.copyfileobj(content or BytesIO(), plain)


def whats_wrong(folder: Path, manifest: dict[str, Any], progress: Progress) -> str:
    """What is wrong first with a copy that was laid into `folder`; empty where all of it is whole."""
    files = manifest["files"]
    for name, digest in counted("checking the files", files.items(), len(files), progress):
        if not (folder / name).is_file() or _digest(folder / name) != digest:
            return f"{name} is missing or not as it was written"
    report = check_file(folder / LOG, verifier=manifest["log"]["key"], progress=progress)
    if not report.ok:
        return report.first_problem
    progress("checking the database", 0, 0)
    problem = databases.problem(manifest["engine"], folder) or _vault_problem(folder, manifest)
    if problem or manifest["engine"] != "sqlite":
        return problem
    with databases.opened(folder) as database:
        return _copied_log_problem(database.execute, manifest["log"]["key"], progress)


def laid_down(folder: Path, manifest: dict[str, Any], progress: Progress) -> tuple[str, bool]:
    """What is wrong with a copied database once a server has it, and whether one had it: a dump needs PostgreSQL's programs for that."""
    if manifest["engine"] == "sqlite":
        return "", True
    progress("laying the database into a server", 0, 0)
    try:
        with scratch.restored(folder) as read:
            return (_copied_log_problem(read, manifest["log"]["key"], progress), True) if read else ("", False)
    except BackupRefused as error:
        return f"the database does not go into a server: {error.detail}", True


def _vault_problem(folder: Path, manifest: dict[str, Any]) -> str:
    """Whether every original that the copied database has a record of is in the copy, as it was sealed, or named as one of the bucket."""
    if manifest["version"] == 1:
        return ""
    elsewhere = manifest.get("elsewhere", {})
    for item, digest in databases.objects(manifest["engine"], folder).items():
        if digest.hex() not in {manifest["files"].get(f"{VAULT}/{item.hex}"), elsewhere.get(item.hex)}:
            return f"{VAULT}/{item.hex} is missing or not as it was sealed"
    return ""


def _shred_problem(path: Path, folder: Path, manifest: dict[str, Any], identity: str) -> str:
    needed = databases.in_two_parts(manifest["engine"], folder) if "shred" in manifest else set[UUID]()
    if manifest["version"] >= WITH_HALVES:
        needed |= {key for key, _, _ in databases.intake_keys(manifest["engine"], folder)}
    if not needed:
        return ""
    made_at = datetime.fromisoformat(manifest["made_at"])
    return shred_copies.copy_problem(shred_copies.shred_copies(path.parent), own=manifest["shred"], made_at=made_at, needed=needed, identity=identity)


def _copied_log_problem(read: Callable[[str], Iterable[tuple[Any, ...]]], verifier: str | None, progress: Progress) -> str:
    """The log once more, as the copied database holds it."""
    notes = [note for [note] in read("SELECT note FROM custody_checkpoint ORDER BY size")]
    size, edge = next(iter(read("SELECT size, frontier FROM custody_loghead")), (0, b""))
    rows = read('SELECT "index", leaf, leaf_hash FROM custody_logentry ORDER BY "index"')
    head = (size, Frontier.from_bytes(size, edge).root())
    entries = counted("checking the log in the database", (Row(*row) for row in rows), size, progress)
    return check(entries, notes, head=head, verifier=verifier).first_problem


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def reported(path: Path, manifest: dict[str, Any], problem: str) -> BackupReport:
    """The report on a copy with this `manifest`."""
    return BackupReport(
        path=path,
        bytes=path.stat().st_size,
        engine=manifest["engine"],
        files=len(manifest["files"]),
        spooled=manifest["spooled"],
        objects=manifest.get("objects", 0),
        elsewhere=len(manifest.get("elsewhere", {})),
        log_size=manifest["log"]["size"],
        log_root=manifest["log"]["root"],
        shred=manifest.get("shred", ""),
        ok=not problem,
        first_problem=problem,
    )
