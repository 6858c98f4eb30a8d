"""What other rooms may read: sealed items, and the part of the log that tells one record's story."""

import contextlib
import hmac
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Min
from django.db.models.functions import Mod

from cairndesk.custody import access, shredding
from cairndesk.custody.errors import DeskLocked, Erased, LogBroken
from cairndesk.custody.ledger import entry as entries
from cairndesk.custody.ledger import note, proofs
from cairndesk.custody.ledger.check import LogReport, Row, check
from cairndesk.custody.ledger.proof_file import ProofFile
from cairndesk.custody.ledger.tiles import WIDTH
from cairndesk.custody.ledger.tree import EMPTY_ROOT, Frontier, node_hash
from cairndesk.custody.models import (
    STRETCH,
    Checkpoint,
    Cosignature,
    IntakeKey,
    LogEntry,
    LogHead,
    LogOpening,
    LogStretch,
    SealedItem,
    SealedObject,
    TimeStamp,
)
from cairndesk.custody.rules import PADDING
from cairndesk.custody.sealing import hpke, items
from cairndesk.custody.sealing.keys import Signing
from cairndesk.lib.progress import Progress, counted, unwatched


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry with its opening: readable until the opening is erased."""

    index: int
    at: datetime
    event: str
    subject_kind: str
    subject: UUID
    actor: str
    proof: str
    detail: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Proven:
    """One entry with what a stranger needs to check it: openings (field → key and value) and its proof under a cosigned checkpoint."""

    index: int
    subject: UUID
    leaf: bytes
    opened: Mapping[str, tuple[bytes, bytes]]
    proof: ProofFile


def unseal(item: SealedItem) -> dict[str, Any] | str:
    """What was sealed; raises Erased, CannotOpen when it was changed, DeskLocked or ShredStoreAway when its key cannot be had now."""
    opened: dict[str, Any] | str = json.loads(unseal_bytes(item))
    return opened


def unseal_bytes(item: SealedItem) -> bytes:
    """The bytes that were sealed, with some zeros behind their end; raises like `unseal`."""
    if item.erased_at is not None:
        raise Erased
    parts = items.SealedParts(item.suite, bytes(item.wrapped), bytes(item.ciphertext))
    return items.unseal(access.keys(), shredding.part_of, parts, organisation=item.organisation, item=item.id, purpose=item.purpose)


def unseal_text(item: SealedItem) -> str:
    """The words that were sealed; raises like `unseal`, and TypeError when fields were sealed."""
    opened = unseal(item)
    if not isinstance(opened, str):
        raise TypeError("This item holds fields, not text.")
    return opened


def unseal_fields(item: SealedItem) -> dict[str, Any]:
    """The fields that were sealed; raises like `unseal`, and TypeError when text was sealed."""
    opened = unseal(item)
    if isinstance(opened, str):
        raise TypeError("This item holds text, not fields.")
    return opened


def intake_keys(organisation: UUID) -> list[IntakeKey]:
    """The keys to which the portal may seal for `organisation`, oldest first: the one in use and, ahead of time, the next.

    One that was in use is never given out again once a newer one was, whatever the clock says.
    """
    known = IntakeKey.objects.filter(organisation=organisation, destroyed_at=None).exclude(signature=b"").order_by("number")
    current = known.exclude(opened_at=None).last()
    return list(known.filter(number__gte=current.number) if current else known)


def is_destroyed_key(organisation: UUID, key_id: bytes) -> bool | None:
    """Whether the intake key of `organisation` that is named so was destroyed; None where there never was one."""
    for public, destroyed_at in IntakeKey.objects.filter(organisation=organisation).values_list("public", "destroyed_at"):
        if hpke.key_id(bytes(public)) == key_id:
            return destroyed_at is not None
    return None


def keys_to_rewrap() -> int:
    """How many keys of things that are alive are still sealed to an intake key, as older versions did it."""
    items_left = SealedItem.objects.filter(under_own=False, erased_at=None).count()
    return items_left + SealedObject.objects.filter(under_own=False, destroyed_at=None).count()


def kept_objects(organisation: UUID) -> int:
    """How many originals the vault holds for `organisation`."""
    return SealedObject.objects.filter(organisation=organisation, destroyed_at=None).count()


def entries_about(*subjects: UUID) -> list[LogLine]:
    """All entries about any of `subjects`, oldest first, whose openings are still kept."""
    openings = LogOpening.objects.filter(subject__in=subjects).select_related("entry").order_by("entry_id")
    return [_line(opening) for opening in openings]


def entries_by(actors: Collection[str], *, before: int | None = None, most: int = 100) -> list[LogLine]:
    """The newest `most` entries of these pseudonyms, newest first; with `before`, those under that index."""
    openings = LogOpening.objects.filter(actor__in=actors).select_related("entry").order_by("-entry_id")
    return [_line(opening) for opening in (openings if before is None else openings.filter(entry__lt=before))[:most]]


def released_to(actors: Collection[str], *, before: int | None = None, most: int = 100, noted: Sequence[str] = ()) -> list[LogLine]:
    """The newest `most` openings to these pseudonyms under a grant, newest first: those `before` an index, and with details that are `noted`."""
    held = LogOpening.objects.filter(actor__in=actors, detail__has_keys=["grant", "purpose", *noted])
    openings = held.select_related("entry").order_by("-entry_id")
    return [_line(opening) for opening in (openings if before is None else openings.filter(entry__lt=before))[:most]]


def proofs_about(*subjects: UUID, checkpoint: Checkpoint, seen: Checkpoint | None = None) -> list[Proven]:
    """Every entry about any of `subjects` up to `checkpoint`, oldest first, opened and proven.

    What an earlier checkpoint covers that others have `seen` is proven under that one, with their signatures.
    The keys of `subj`, `actor` and `d` open those fields of that entry and no other; hand over only what the recipient may see.
    """
    openings = list(LogOpening.objects.filter(subject__in=subjects, entry_id__lt=checkpoint.size).select_related("entry").order_by("entry_id"))
    indexes = [opening.entry_id for opening in openings]
    earlier = [index for index in indexes if seen is not None and index < seen.size]
    proofs_of = proof_files(set(indexes) - set(earlier), checkpoint=checkpoint)
    proofs_of |= proof_files(earlier, checkpoint=seen) if seen else {}
    return [Proven(one.entry_id, one.subject, bytes(one.entry.leaf), _opened(one), proofs_of[one.entry_id]) for one in openings]


def proof_files(indexes: Collection[int], *, checkpoint: Checkpoint) -> dict[int, ProofFile]:
    """A file for each of `indexes`: that this entry stands under `checkpoint`, and who cosigned that; raises ValueError beyond its size."""
    if not all(0 <= index < checkpoint.size for index in indexes):
        raise ValueError("The checkpoint does not reach so far.")
    noted = cosigned_note(checkpoint)
    return {index: ProofFile(index, path, noted) for index, path in _paths(indexes, checkpoint.size).items()}


def cosigned_note(checkpoint: Checkpoint) -> str:
    """The signed note of `checkpoint` with the lines of all witnesses under it."""
    return checkpoint.note + "".join(checkpoint.cosignatures.order_by("witness").values_list("line", flat=True))


def newest_checkpoint(*, padded: bool = False) -> Checkpoint | None:
    """The checkpoint over most entries, or over most of those that others may see; None before the first."""
    found = Checkpoint.objects.order_by("-size")
    return (found.annotate(over=Mod("size", PADDING)).filter(over=0) if padded else found).first()


def newest_cosigned() -> Checkpoint | None:
    """The checkpoint over most entries that any witness has signed; None before the first."""
    return Checkpoint.objects.filter(cosignatures__isnull=False).order_by("-size").first()


def witnessed(names: Collection[str], quorum: int) -> tuple[Checkpoint, datetime] | None:
    """The newest checkpoint that `quorum` of the witnesses `names` have signed, and since when at the latest by their clocks; None where none is."""
    signed = Cosignature.objects.filter(witness__in=names).values("checkpoint").annotate(many=Count("id"), at=Min("at"))
    found = signed.filter(many__gte=quorum).order_by("-checkpoint").first()
    return (Checkpoint.objects.get(pk=found["checkpoint"]), found["at"]) if found else None


def cosigners() -> tuple[Checkpoint | None, dict[str, datetime]]:
    """The newest checkpoint that enough of our witnesses have signed, or else any of them, with the key of each who did and when by its clock."""
    keys = {note.read_witness_key(key)[0]: key for key, _ in settings.CAIRNDESK.log.known()}
    found = witnessed(keys, settings.CAIRNDESK.log.quorum) or witnessed(keys, 1)
    if found is None:
        return None, {}
    lines = found[0].cosignatures.filter(witness__in=keys).order_by("witness")
    return found[0], {keys[line.witness]: line.at for line in lines}


def newest_stamp() -> TimeStamp | None:
    """The time of an authority over most entries; None before the first."""
    return TimeStamp.objects.select_related("checkpoint").order_by("-checkpoint").first()


def consistency(earlier: int, size: int) -> list[bytes]:
    """The hashes which show that the log of `size` entries begins with that of `earlier`; raises ValueError for 0 or too many."""
    return proofs.consistency_by(_root_between(_stretch_roots(size // STRETCH)), earlier, size)


def root_at(size: int) -> bytes:
    """The root over the first `size` entries."""
    return _root_between(_stretch_roots(size // STRETCH))(0, size) if size else EMPTY_ROOT


def leaf_hashes(start: int, stop: int) -> list[bytes]:
    """The leaf hashes of the entries from `start` to before `stop`, in order."""
    held = LogEntry.objects.filter(index__gte=start, index__lt=stop).order_by("index").values_list("leaf_hash", flat=True)
    return [bytes(one) for one in held]


def contradiction(stated: note.Head) -> str:
    """What is wrong between our log and a checkpoint that our key has signed; nothing where the log goes on from there."""
    held = LogHead.objects.values_list("size", flat=True).first() or 0
    if stated.size > held:
        return f"{stated.size} entries were signed, the database holds {held}"
    return "" if root_at(stated.size) == stated.root else f"the first {stated.size} entries are not those that were signed"


def leaves(start: int, stop: int) -> list[bytes]:
    """The entries from `start` to before `stop`, in order, as they are hashed."""
    return [bytes(one) for one in LogEntry.objects.filter(index__gte=start, index__lt=stop).order_by("index").values_list("leaf", flat=True)]


def subtree_roots(size: int) -> Callable[[int, range], list[bytes]]:
    """What gives, for a level of tiles and places in it, the root over the 256**level entries below each; nothing beyond `size`."""
    root = _root_between(_stretch_roots(size // STRETCH))
    return lambda level, places: [root(place * WIDTH**level, (place + 1) * WIDTH**level) for place in places]


def stretch_root(index: int) -> bytes:
    """The root over the entries of stretch `index`, computed from their hashes."""
    return proofs.root_of(leaf_hashes(index * STRETCH, (index + 1) * STRETCH))


def frontier_of(head: LogHead) -> Frontier:
    """The right edge of the tree, as the head keeps it."""
    return Frontier.from_bytes(head.size, bytes(head.frontier))


def verifier_key() -> str:
    """The key that checks this log's checkpoints, as C2SP tools read it; raises DeskLocked when no keys are at hand."""
    public = access.keys().public(Signing.LOG)
    return note.verifier_key(note.origin_of(public), public)


def unsigned_entries() -> int:
    """How many entries are newer than the newest checkpoint."""
    return entries_after(Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0)


def entries_after(size: int) -> int:
    """How many entries came after the first `size`."""
    return (LogHead.objects.values_list("size", flat=True).first() or 0) - size


def verify_log(*, verifier: str | None = None, witnesses: Sequence[str] = (), progress: Progress = unwatched) -> LogReport:
    """Whether entries, openings, checkpoints and head agree in everything; reads all of them, blocks no writer.

    `verifier` is the key to check signatures with, by default the key at hand; with neither they stay unchecked. `witnesses` are the keys
    of those whose signatures are checked as well.
    """
    # Read in this order, a log that grows meanwhile stays consistent: what is read later only covers more.
    notes = list(Checkpoint.objects.order_by("size").values_list("note", flat=True))
    head = LogHead.objects.filter(id=1).first() or LogHead()
    rows = counted("checking the log", _rows(head.size), head.size, progress)
    report = check(rows, notes, head=(head.size, _root(head)), verifier=verifier or verifier_at_hand())
    problem = ""
    if report.ok:
        problem = _stray_entry(head.size) or _false_stretch() or _false_opening(head.size, progress) or _false_cosignature(witnesses)
    return report.failed(problem) if problem else report


def verifier_at_hand() -> str | None:
    """The key of the ring in use, else the one that lies beside the ring on disk: never one out of the database."""
    with contextlib.suppress(DeskLocked):
        return verifier_key()
    return access.kept_verifier(settings.CAIRNDESK)


def _paths(indexes: Collection[int], size: int) -> dict[int, list[bytes]]:
    """Inclusion proofs in the tree of the first `size` entries, read from the stretches that they lie in and the roots of the others."""
    whole = size // STRETCH
    roots = _stretch_roots(whole)
    if last := leaf_hashes(whole * STRETCH, size):
        roots.append(proofs.root_of(last))
    touched = {index // STRETCH for index in indexes}
    upper = proofs.inclusions(roots, touched)
    paths: dict[int, list[bytes]] = {}
    for stretch in touched:
        start = stretch * STRETCH
        below = proofs.inclusions(leaf_hashes(start, min(start + STRETCH, size)), [index - start for index in indexes if index // STRETCH == stretch])
        paths |= {start + place: [*path, *upper[stretch]] for place, path in below.items()}
    return paths


def _stretch_roots(whole: int) -> list[bytes]:
    """The roots of the first `whole` stretches; one that is not kept is computed."""
    kept = dict(LogStretch.objects.filter(index__lt=whole).values_list("index", "root"))
    return [bytes(kept[index]) if index in kept else stretch_root(index) for index in range(whole)]


def _root_between(stretches: Sequence[bytes]) -> proofs.RootBetween:
    """The root over the entries from `start` to before `stop`, a subtree of RFC 6962: whole stretches are not read again."""

    def root(start: int, stop: int) -> bytes:
        if stop - start < STRETCH:
            return proofs.root_of(leaf_hashes(start, stop))
        if stop - start == STRETCH:
            return stretches[start // STRETCH]
        middle = start + proofs.split(stop - start)
        return node_hash(root(start, middle), root(middle, stop))

    return root


def _root(head: LogHead) -> bytes:
    """The root that the head stands for; nothing, which equals no root, where it does not hold together."""
    try:
        return frontier_of(head).root()
    except ValueError:
        return b""


def _rows(size: int) -> Iterator[Row]:
    entries_in_order = LogEntry.objects.filter(index__lt=size).order_by("index")
    for index, leaf, kept_hash in entries_in_order.values_list("index", "leaf", "leaf_hash").iterator(2000):
        yield Row(index, bytes(leaf), bytes(kept_hash))


def _stray_entry(size: int) -> str:
    stray = LogEntry.objects.filter(index__gte=size).exists()
    return "there are entries that the head does not know" if stray and LogHead.objects.get(id=1).size <= size else ""


def _false_stretch() -> str:
    for index, root in LogStretch.objects.order_by("index").values_list("index", "root"):
        if bytes(root) != stretch_root(index):
            return f"the root kept for stretch {index} is not that of its entries"
    return ""


def _false_opening(size: int, progress: Progress) -> str:
    """Called once every leaf is known to have its shape, so that they are not checked a second time."""
    held = LogOpening.objects.order_by("entry_id").values_list("entry_id", "entry__leaf", "salt", "subject_kind", "subject", "actor", "detail")
    for index, leaf, *opening in counted("checking what was committed to", held.iterator(2000), size, progress):
        if not _opens(json.loads(bytes(leaf)), *opening):
            return f"the opening of entry {index} is not what was committed to"
    return ""


def _false_cosignature(witnesses: Sequence[str]) -> str:
    for key in witnesses:
        name, public = note.read_witness_key(key)
        for held in Cosignature.objects.filter(witness=name).select_related("checkpoint"):
            try:
                holds = note.cosigned_at(held.checkpoint.note + held.line, name, public) == held.at.timestamp()
            except LogBroken:
                holds = False
            if not holds:
                return f"the signature of {name} under {held.checkpoint_id} entries is not its own"
    return ""


def _opens(committed: Mapping[str, str], *opening: Any) -> bool:
    return all(committed[field] == hmac.digest(key, value, "sha256").hex() for field, (key, value) in _keys_and_values(*opening).items())


def _opened(opening: LogOpening) -> dict[str, tuple[bytes, bytes]]:
    return _keys_and_values(bytes(opening.salt), opening.subject_kind, opening.subject, opening.actor, opening.detail)


def _keys_and_values(salt: bytes, subject_kind: str, subject: UUID, actor: str, detail: Mapping[str, object]) -> dict[str, tuple[bytes, bytes]]:
    values = {"subj": entries.subject_bytes(subject_kind, subject), "actor": actor.encode(), "d": entries.canonical(detail)}
    return {field: (entries.field_key(bytes(salt), field), value) for field, value in values.items()}


def _line(opening: LogOpening) -> LogLine:
    entry = entries.decode(bytes(opening.entry.leaf))
    return LogLine(
        index=entry.index,
        at=datetime.fromtimestamp(entry.time, UTC),
        event=entry.type,
        subject_kind=opening.subject_kind,
        subject=opening.subject,
        actor=opening.actor,
        proof=entry.proof,
        detail={name: value for name, value in opening.detail.items() if name != entries.PREVIOUS},
    )
