"""One authority package: the bag, packed the same way every time, closed for the authority alone, signed inside and outside."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cairndesk.custody.ledger import note, proof_file
from cairndesk.custody.ledger.proof_file import ProofFile
from cairndesk.exchange.formats import acts, archive, bag, casefile, identification, proof, seal, summary, uco, verify
from cairndesk.exchange.formats.acts import Act
from cairndesk.exchange.formats.casefile import CaseFile
from cairndesk.exchange.formats.identification import File
from cairndesk.exchange.formats.proof import Consistency, Entry, Stamp, Withheld
from cairndesk.exchange.formats.report import page, pdf
from cairndesk.exchange.formats.report.page import Anchor, Story

# It takes 15 ms an entry, and whoever writes to the log waits meanwhile.
_MOST_PRINTED = 400
_SIGNED = ("tagmanifest-sha256.txt", "tagmanifest-sha512.txt")


@dataclass(frozen=True, slots=True)
class Contents:
    """What the package tells: the case, its custody entries and their proofs, the keys that sign, and its files by their hashes.

    `checkpoint` is the newest, to which everything leads. `kinds`: item → code of its kind. `witnesses` are
    the verifier keys, as C2SP tools read them, of those who cosigned some checkpoint in here; `anchors` says the same for people.
    """

    case: CaseFile
    entries: Sequence[Entry | Withheld]
    inclusions: Sequence[ProofFile]
    export_key: bytes
    log_key: bytes
    verifier: str
    checkpoint: str
    files: Sequence[File] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    consistencies: Sequence[Consistency] = ()
    stamps: Sequence[Stamp] = ()
    witnesses: Sequence[str] = ()
    anchors: Sequence[Anchor] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """The two files that are handed over, and the digest of the plain tar for the record."""

    name: str
    sealed: bytes
    signature: bytes
    digest: str


def build(contents: Contents, recipients: Sequence[str], sign: Callable[[bytes], bytes]) -> Package:
    """The package named by its random id. `sign` makes Ed25519 signatures of the export key. Raises BadRecipient, UnsafePath, NotOpened."""
    name = str(contents.case.package)
    plain = archive.pack(lay_out(contents, sign), name)
    sealed = seal.encrypt(plain, recipients)
    return Package(name, sealed, sign(sealed), hashlib.sha256(plain).hexdigest())


def lay_out(contents: Contents, sign: Callable[[bytes], bytes]) -> dict[str, bytes]:
    """Every file of the package before it is closed, by its path."""
    case = contents.case
    done = acts.read(contents.entries)
    report = _report(contents, done)
    payload = {
        "case.json": casefile.write(case),
        "case.schema.json": casefile.schema(),
        "case.jsonld": uco.write(uco.Told(case, done, contents.kinds)),
        "summary.html": summary.write(case, contents.files),
        **({"files.csv": identification.write(contents.files)} if contents.files else {}),
        **report,
        "custody.jsonl": proof.write_entries(contents.entries),
        **_proofs(contents),
    }
    info = [
        ("Source-Organization", case.organisation),
        ("Bagging-Date", case.made_at.strftime("%Y-%m-%d")),
        ("External-Identifier", str(case.package)),
    ]
    told = verify.Told(
        name=str(case.package),
        has_pdf="custody-report.pdf" in report,
        witnesses=[note.read_witness_key(one)[0] for one in contents.witnesses],
        stamped=[one.size for one in contents.stamps],
    )
    tags = {"VERIFY.txt": verify.write(told), "keys.txt": _keys(contents)}
    laid = bag.write(bag.Bag(payload, tags, info))
    # A tag manifest covers every other file through the manifests, so that its signature covers the bag; nothing covers the other one.
    return {**laid, **{f"{name}.sig": sign(laid[name]) for name in _SIGNED}}


def _report(contents: Contents, done: Sequence[Act]) -> dict[str, bytes]:
    html = page.write(Story(contents.case, done, note.read(contents.checkpoint), contents.anchors, len(contents.entries) - len(done)))
    made = pdf.write(html, str(contents.case.package).encode()) if len(done) <= _MOST_PRINTED else None
    return {"custody-report.html": html, **({"custody-report.pdf": made} if made else {})}


def _proofs(contents: Contents) -> dict[str, bytes]:
    stamps = {f"tsa/{one.size}": one for one in contents.stamps}
    return {
        "proofs/newest.checkpoint": contents.checkpoint.encode(),
        **{f"proofs/{one.index}{proof_file.SUFFIX}": one.text().encode() for one in contents.inclusions},
        **{f"proofs/{one.earlier}.consistency": proof.write_consistency(one) for one in contents.consistencies},
        **{f"{name}.checkpoint": one.checkpoint.encode() for name, one in stamps.items()},
        **{f"{name}.tsr": one.reply for name, one in stamps.items()},
        **{f"{name}.pem": one.certificates.encode() for name, one in stamps.items()},
    }


def _keys(contents: Contents) -> bytes:
    parts = ["Signs packages (Ed25519):\n", seal.public_pem(contents.export_key), "\nSigns the log (Ed25519):\n", seal.public_pem(contents.log_key)]
    parts.append(f"The same for tools that read C2SP signed notes:\n{contents.verifier}\n")
    for witness in contents.witnesses:
        parts.append(f"\nCosigns the log as a witness (Ed25519):\n{seal.public_pem(note.read_witness_key(witness)[1])}")
        parts.append(f"The same for tools that read C2SP signed notes:\n{witness}\n")
    return "".join(parts).encode()
