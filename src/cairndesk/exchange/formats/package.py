"""One authority package: the bag, packed the same way every time, closed for the authority alone, signed inside and outside."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files

from cairndesk.custody.ledger import proof_file
from cairndesk.custody.ledger.proof_file import ProofFile
from cairndesk.exchange.formats import archive, bag, casefile, identification, proof, seal, summary
from cairndesk.exchange.formats.casefile import CaseFile
from cairndesk.exchange.formats.identification import File
from cairndesk.exchange.formats.proof import Entry

_SIGNED = "tagmanifest-sha256.txt"


@dataclass(frozen=True, slots=True)
class Contents:
    """What the package tells: the case, its custody entries and their proofs, the keys that sign, and its files by their hashes."""

    case: CaseFile
    entries: Sequence[Entry]
    inclusions: Sequence[ProofFile]
    export_key: bytes
    log_key: bytes
    files: Sequence[File] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """The two files that are handed over, and the digest of the plain tar for the record."""

    name: str
    sealed: bytes
    signature: bytes
    digest: str


def build(contents: Contents, recipients: Sequence[str], sign: Callable[[bytes], bytes]) -> Package:
    """The package named by its random id. `sign` makes Ed25519 signatures of the export key. Raises BadRecipient, UnsafePath."""
    name = str(contents.case.package)
    plain = archive.pack(lay_out(contents, sign), name)
    sealed = seal.encrypt(plain, recipients)
    return Package(name, sealed, sign(sealed), hashlib.sha256(plain).hexdigest())


def lay_out(contents: Contents, sign: Callable[[bytes], bytes]) -> dict[str, bytes]:
    """Every file of the package before it is closed, by its path."""
    case = contents.case
    payload = {
        "case.json": casefile.write(case),
        "case.schema.json": casefile.schema(),
        "summary.html": summary.write(case, contents.files),
        **({"files.csv": identification.write(contents.files)} if contents.files else {}),
        "custody.jsonl": proof.write_entries(contents.entries),
        **{f"proofs/{one.index}{proof_file.SUFFIX}": one.text().encode() for one in contents.inclusions},
    }
    info = [
        ("Source-Organization", case.organisation),
        ("Bagging-Date", case.made_at.strftime("%Y-%m-%d")),
        ("External-Identifier", str(case.package)),
    ]
    tags = {"VERIFY.txt": _verify(str(case.package)), "keys.txt": _keys(contents)}
    laid = bag.write(bag.Bag(payload, tags, info))
    # The tag manifest covers every other file through the manifests, so that one signature covers the bag.
    return {**laid, f"{_SIGNED}.sig": sign(laid[_SIGNED])}


def _verify(name: str) -> bytes:
    return files("cairndesk.exchange.formats").joinpath("VERIFY.txt").read_text("utf-8").replace("$name", name).encode()


def _keys(contents: Contents) -> bytes:
    parts = ["Signs packages (Ed25519):\n", seal.public_pem(contents.export_key), "\nSigns the log (Ed25519):\n", seal.public_pem(contents.log_key)]
    return "".join(parts).encode()
