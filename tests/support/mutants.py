"""Packages that somebody changed on the way: how far they could open it decides what they had to forge.

*envelope*: had the closed file only. *opened*: had what was in it, and put it back as it was listed. *relisted*: wrote the manifests anew.
*re-signed*: the desk itself, or a thief of its export key, telling another story afterwards; only log, witness and openings stand against it.
"""

import base64
import hashlib
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage import x25519
from tests.support import parcels
from tests.support.stranger import Handed, commands, lay, refusal, refusal_of_files, refusal_of_tar, write

from cairndesk.exchange.formats import archive, bag, package, seal

Files = dict[str, bytes]
Change = Callable[[random.Random, "Whole"], Handed | bytes | Files]
_OWN = {"bagit.txt", "bag-info.txt", "manifest-sha256.txt", "manifest-sha512.txt", "tagmanifest-sha256.txt", "tagmanifest-sha512.txt"}


@dataclass(frozen=True)
class Whole:
    """An honest package, open and closed, and one of another case of the same desk to take parts from."""

    handed: Handed
    files: Files
    plain: bytes
    other: Files
    verify: str


@dataclass(frozen=True)
class Mutant:
    """One attack: its name, what it leaves (the closed files, a tar, or the files of a bag), and the step that ought to refuse it."""

    name: str
    left: Handed | bytes | Files
    step: str

    def refused_by(self) -> str | None:
        """Which step refuses it; None means that it got through."""
        held = whole()
        if isinstance(self.left, Handed):
            return refusal(self.left, held.verify)
        if isinstance(self.left, bytes):
            return refusal_of_tar(self.left, held.handed, held.verify)
        return refusal_of_files(self.left, held.handed, held.verify)

    def script(self, folder: Path) -> str:
        """What VERIFY.txt says to run in `folder` from here on; what was left lies there afterwards."""
        held, first = whole(), 0
        lay(held.handed, folder)
        if isinstance(self.left, Handed):
            lay(self.left, folder)
        elif isinstance(self.left, bytes):
            first = 2
            (folder / f"{held.handed.name}.tar").write_bytes(self.left)
        else:
            first = 3
            write(self.left, folder / held.handed.name)
        # The last one asks about the form of the graph, not about who changed what.
        return "\n".join(commands(held.verify)[first:-1])


@cache
def whole() -> Whole:
    identity = x25519.Identity.generate()
    made = package.build(parcels.contents(stamp=True), [str(identity.to_public())], parcels.sign())
    files = package.lay_out(parcels.contents(stamp=True), parcels.sign())
    other = package.lay_out(parcels.contents(2, name="9d1b1c2e-7a39-4a0e-8e0d-6b1f5d1a2c33"), parcels.sign())
    handed = Handed(made.name, made.sealed, made.signature, seal.public_pem(parcels.contents().export_key).encode(), str(identity))
    return Whole(handed, files, archive.pack(files, made.name), other, files["VERIFY.txt"].decode())


def attack(seed: int) -> Mutant:
    """The attack of this number; the same number gives the same attack on the same package."""
    chance, held = random.Random(seed), whole()  # noqa: S311 - which byte is flipped is no secret
    name, step, change = ATTACKS[seed % len(ATTACKS)]
    return Mutant(name, change(chance, held), step)


def _flip(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def envelope_bit(chance: random.Random, held: Whole) -> Handed:
    return replace(held.handed, sealed=_flip(held.handed.sealed, chance))


def envelope_cut(chance: random.Random, held: Whole) -> Handed:
    return replace(held.handed, sealed=held.handed.sealed[: chance.randrange(len(held.handed.sealed))])


def envelope_signature(chance: random.Random, held: Whole) -> Handed:
    return replace(held.handed, signature=_flip(held.handed.signature, chance))


def envelope_stranger(chance: random.Random, held: Whole) -> Handed:
    """Another package, closed to the right recipient and signed by somebody else."""
    key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
    sealed = seal.encrypt(chance.randbytes(2000), [str(x25519.Identity.from_str(held.handed.identity).to_public())])
    return replace(held.handed, sealed=sealed, signature=key.sign(sealed))


def tar_cut(chance: random.Random, held: Whole) -> bytes:
    """Before the end of the last file: behind it there are only zeros."""
    end = held.plain.rstrip(b"\0")
    return held.plain[: chance.randrange(len(end))]


def file_bit(chance: random.Random, held: Whole) -> Files:
    path = chance.choice(sorted(held.files))
    return {**held.files, path: _flip(held.files[path], chance)}


def file_gone(chance: random.Random, held: Whole) -> Files:
    path = chance.choice(sorted(held.files))
    return {name: content for name, content in held.files.items() if name != path}


def file_added(chance: random.Random, held: Whole) -> Files:
    path = chance.choice(["data/more.json", "READ-ME-FIRST.txt", "data/proofs/999.tlog-proof"])
    return {**held.files, path: chance.randbytes(40)}


def relisted(chance: random.Random, held: Whole) -> Files:
    """Any file changed, and both lists of sums made right again: only the signature stands against it."""
    path = chance.choice(sorted(set(held.files) - _OWN - {f"{name}.sig" for name in _OWN}))
    return _listed({**held.files, path: _flip(held.files[path], chance)})


def relisted_by_another(chance: random.Random, held: Whole) -> Files:
    """The same, signed with another key, which is put into keys.txt as well."""
    key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
    pem = seal.public_pem(parcels.contents().export_key).encode()
    keys = held.files["keys.txt"].replace(pem, seal.public_pem(key.public_key().public_bytes_raw()).encode())
    return _signed({**held.files, "keys.txt": keys}, key)


def _story(change: Callable[[random.Random, Whole, Files], Files]) -> Change:
    """`change` made by whoever has the export key: manifests and signatures are right again."""

    def changed(chance: random.Random, held: Whole) -> Files:
        return _signed(change(chance, held, dict(held.files)), parcels.keys(1).export)

    return changed


def entry_dropped(chance: random.Random, held: Whole, files: Files) -> Files:
    """One in the middle of its thing's history: something follows it."""
    lines = _lines(files)
    followed = [line for line in lines if any(later["previous"] == line["index"] for later in lines)]
    gone = chance.choice(followed)
    files.pop(f"data/proofs/{gone['index']}.tlog-proof")
    return _with(files, [line for line in lines if line is not gone])


def entry_left_out(chance: random.Random, held: Whole, files: Files) -> Files:
    """The same by whoever holds the export key, with `previous` numbered anew: only what the log itself commits to tells of it."""
    lines = _lines(files)
    abouts = [line["opened"]["subj"]["value"] for line in lines]
    gone = chance.choice([at for at, about in enumerate(abouts) if about in abouts[at + 1 :]])
    files.pop(f"data/proofs/{lines[gone]['index']}.tlog-proof")
    left, last = lines[:gone] + lines[gone + 1 :], dict[str, object]()
    for line in left:
        line["previous"] = last.get(line["about"])
        last[line["about"]] = line["index"]
    return _with(files, left)


def end_cut_off(chance: random.Random, held: Whole, files: Files) -> Files:
    """The last entries about one thing, as many as one likes: nothing that is left names them but what the log was told at the end."""
    lines = _lines(files)
    about = chance.choice(sorted({str(line["about"]) for line in lines[:-1]}))
    of_it = [line for line in lines[:-1] if line["about"] == about]
    gone = of_it[chance.randrange(len(of_it)) :]
    left = [line for line in lines if line not in gone]
    left[-1]["previous"] = next((line["index"] for line in reversed(left[:-1]) if line["about"] == left[-1]["about"]), None)
    for line in gone:
        files.pop(f"data/proofs/{line['index']}.tlog-proof")
    return _with(files, left)


def own_entry_gone(chance: random.Random, held: Whole, files: Files) -> Files:
    """The same, with the package's own entry, which would tell of it."""
    *lines, own = _lines(files)
    files.pop(f"data/proofs/{own['index']}.tlog-proof")
    return _with(files, lines[: chance.randrange(1, len(lines) + 1)])


def entry_rewritten(chance: random.Random, held: Whole, files: Files) -> Files:
    """Another time, another event or another doer, in a leaf that reads well."""
    lines = _lines(files)
    line = chance.choice(lines)
    leaf = json.loads(base64.b64decode(line["leaf"]))
    leaf |= chance.choice([{"t": leaf["t"] + chance.choice([-60, 3600])}, {"type": "cases.item.opened2"}, {"actor": chance.randbytes(32).hex()}])
    line["leaf"] = base64.b64encode(json.dumps(leaf, sort_keys=True, separators=(",", ":")).encode()).decode()
    return _with(files, lines)


def proofs_swapped(chance: random.Random, held: Whole, files: Files) -> Files:
    one, other = chance.sample(sorted(path for path in files if path.endswith(".tlog-proof")), 2)
    return {**files, one: files[other], other: files[one]}


def proof_of_another_case(chance: random.Random, held: Whole, files: Files) -> Files:
    path = chance.choice(sorted(path for path in files if path.endswith(".tlog-proof")))
    theirs = chance.choice(sorted(path for path in held.other if path.endswith(".tlog-proof")))
    return {**files, path: held.other[theirs]}


def salt_of_another_case(chance: random.Random, held: Whole, files: Files) -> Files:
    lines, theirs = _lines(files), _lines(held.other)
    chance.choice(lines)["opened"][chance.choice(["subj", "actor", "d"])]["key"] = chance.choice(theirs)["opened"]["d"]["key"]
    return _with(files, lines)


def opened_as_another(chance: random.Random, held: Whole, files: Files) -> Files:
    """An entry about another thing, by another person, or with other details than the log committed to."""
    lines = _lines(files)
    part = chance.choice(lines)["opened"][chance.choice(["subj", "actor", "d"])]
    part["value"] = base64.b64encode(_flip(base64.b64decode(part["value"]), chance)).decode()
    return _with(files, lines)


def checkpoint_of_another_log(chance: random.Random, held: Whole, files: Files) -> Files:
    """A log of the desk's own making, well signed by a key that it has for the purpose."""
    path = chance.choice(sorted(path for path in files if path.endswith(".tlog-proof")))
    return {**files, path: files[path].partition(b"\n\n")[0] + b"\n\n" + held.other["data/proofs/newest.checkpoint"]}


def cosignature_gone(chance: random.Random, held: Whole, files: Files) -> Files:
    """All lines of the witness, so that nobody asks it."""
    stripped = {path: b"\n".join(line for line in content.split(b"\n") if b" witness." not in line) for path, content in files.items()}
    return {path: stripped[path] if path.endswith(".tlog-proof") else content for path, content in files.items()}


def cosignature_redated(chance: random.Random, held: Whole, files: Files) -> Files:
    """The witness's own time, put back or forward: its key is not at hand."""
    path = chance.choice(sorted(path for path in files if path.endswith(".tlog-proof") and b" witness." in files[path]))
    text = files[path].decode()
    line = next(one for one in text.splitlines() if " witness." in one)
    start, _, coded = line.rpartition(" ")
    held_line = bytearray(base64.b64decode(coded))
    held_line[4 + chance.randrange(8)] ^= 1 << chance.randrange(8)
    return {**files, path: text.replace(line, f"{start} {base64.b64encode(bytes(held_line)).decode()}").encode()}


def stamp_of_something_else(chance: random.Random, held: Whole, files: Files) -> Files:
    """A true token of the same authority over bytes that are not the checkpoint, or the right one cut short."""
    path = next(path for path in files if path.endswith(".tsr"))
    return {**files, path: chance.choice([_another_stamp(), files[path][: chance.randrange(len(files[path]))]])}


@cache
def _another_stamp() -> bytes:
    return parcels.stamp_over(b"something else")


def consistency_forged(chance: random.Random, held: Whole, files: Files) -> Files:
    """That the log which the witness saw is the beginning of this one: a hash changed, cut off, or one too many."""
    path = next(path for path in files if path.endswith(".consistency"))
    first, *steps = files[path].partition(b"\n\n")[0].split(b"\n")
    other = base64.b64encode(chance.randbytes(32))
    place = chance.randrange(len(steps))
    forged = chance.choice([[*steps[:place], other, *steps[place + 1 :]], steps[:place] + steps[place + 1 :], [*steps, other]])
    return {**files, path: b"\n".join([first, *forged]) + b"\n\n" + files[path].partition(b"\n\n")[2]}


ATTACKS: Sequence[tuple[str, str, Change]] = (
    ("a bit of the closed file", "outer signature", envelope_bit),
    ("the closed file cut short", "outer signature", envelope_cut),
    ("a bit of the signature", "outer signature", envelope_signature),
    ("another package under another signature", "outer signature", envelope_stranger),
    ("the tar cut short", "tar|tagmanifest|manifest", tar_cut),
    ("a bit of a file", "sha|signature of the bag", file_bit),
    ("a file left out", "sha|tagmanifest|manifest", file_gone),
    ("a file laid beside", "sha", file_added),
    ("a bit, listed anew", "signature of the bag", relisted),
    ("signed by somebody else", "signature of the bag", relisted_by_another),
    ("an entry dropped in the middle", "awk: a gap", _story(entry_dropped)),
    ("an entry left out and the rest numbered anew", "sed: an entry left out", _story(entry_left_out)),
    ("an entry rewritten", "proof", _story(entry_rewritten)),
    ("proofs swapped", "proof", _story(proofs_swapped)),
    ("a proof of another case", "proof", _story(proof_of_another_case)),
    ("the salt of another case", "openssl dgst", _story(salt_of_another_case)),
    ("opened as something else", "openssl dgst", _story(opened_as_another)),
    ("the checkpoint of another log", "proof", _story(checkpoint_of_another_log)),
    ("the witness left out", "witness", _story(cosignature_gone)),
    ("the witness put at another time", "witness", _story(cosignature_redated)),
    ("the stamp of something else", "stamp", _story(stamp_of_something_else)),
    ("another beginning of the log", "consistency", _story(consistency_forged)),
    ("the end of a history cut off", "sort: an end cut off|sed: an entry left out", _story(end_cut_off)),
    ("the package's own entry left out", r"\[: the end left out", _story(own_entry_gone)),
)


def _lines(files: Mapping[str, bytes]) -> list[dict[str, object]]:
    return [json.loads(line) for line in files["data/custody.jsonl"].decode().splitlines()]


def _with(files: Files, lines: Sequence[Mapping[str, object]]) -> Files:
    text = "".join(json.dumps(line, sort_keys=True, ensure_ascii=False) + "\n" for line in lines)
    return {**files, "data/custody.jsonl": text.encode()}


def _listed(files: Files) -> Files:
    """All four lists of sums made right again, the old signatures left as they are."""
    payload = {path: content for path, content in files.items() if path.startswith("data/")}
    octets = b"Payload-Oxum: %d.%d\n" % (sum(map(len, payload.values())), len(payload))
    info = files["bag-info.txt"].partition(b"Payload-Oxum")[0] + octets
    tags = {path: content for path, content in files.items() if path not in payload and path.removesuffix(".sig") not in _OWN}
    tags |= {"bagit.txt": files["bagit.txt"], "bag-info.txt": info}
    lists = {f"manifest-{kind}.txt": _sums(kind, payload) for kind in bag.ALGORITHMS}
    own = {f"tagmanifest-{kind}.txt": _sums(kind, {**tags, **lists}) for kind in bag.ALGORITHMS}
    return {**payload, **tags, **lists, **own, **{path: files[path] for path in files if path.endswith(".sig")}}


def _sums(kind: str, files: Mapping[str, bytes]) -> bytes:
    return "".join(f"{hashlib.new(kind, files[path]).hexdigest()}  {path}\n" for path in sorted(files)).encode()


def _signed(files: Files, key: Ed25519PrivateKey) -> Files:
    laid = _listed(files)
    return {**laid, **{f"tagmanifest-{kind}.txt.sig": key.sign(laid[f"tagmanifest-{kind}.txt"]) for kind in bag.ALGORITHMS}}
