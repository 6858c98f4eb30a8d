"""Somebody who was handed a package and has nothing of ours: the public tools that VERIFY.txt names, in an empty folder, without a network.

`Tools` runs the commands of VERIFY.txt as they stand. `refusal` asks the same questions of the libraries behind those tools, a hundred
times faster; the proofs are checked as RFC 9162 says, in code that shares nothing with the desk's.
"""

import base64
import hashlib
import hmac
import io
import json
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import bagit
import pyrage
import rfc3161_client as tsp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificates

Files = Mapping[str, bytes]
# A copy of one module, and a library whose own packages lie in a folder without ours.
_WRAPPER = "#!{python} -IS\nimport sys\nsys.path.append({library!r})\nfrom {module} import {name}\nsys.argv[0] = {tool!r}\nsys.exit({name}())\n"
_ALONE = ["unshare", "--user", "--map-current-user", "--net"]
_PUBLIC = ["openssl", "sha256sum", "sha512sum", "tar", "sed", "awk", "base64", "od", "wc", "find", "grep", "head", "tail", "tr", "cat", "sort"]


@dataclass(frozen=True)
class Handed:
    """What was handed over, and what the recipient had before: the desk's key, and an age identity."""

    name: str
    sealed: bytes
    signature: bytes
    desk_key: bytes
    identity: str


class Refused(Exception):
    """The public tool behind this step says no."""


def commands(verify: str) -> list[str]:
    """The commands of a VERIFY.txt, each with the lines that go on with it."""
    found: list[str] = []
    for line in verify.splitlines():
        if line.startswith("$ "):
            found.append(line[2:])
        elif line.startswith("> "):
            found[-1] += f"\n{line[2:]}"
    return found


@cache
def has_namespaces() -> bool:
    return subprocess.run([*_ALONE, "true"], capture_output=True, check=False).returncode == 0


class Tools:
    """A machine with public tools only: no module of ours can be imported there, and no address reached."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin, library = folder / "bin", folder / "lib"
        self.bin.mkdir()
        library.mkdir()
        site = Path(sysconfig.get_path("purelib"))
        for one in site.iterdir():
            if one.suffix != ".pth" and "cairndesk" not in one.name:
                (library / one.name).symlink_to(one)
        for tool, module, name in (("bagit.py", "bagit", "main"), ("case_validate", "case_utils.case_validate", "main")):
            self.wrap(tool, module, name)
        for tool in (*_PUBLIC, "bash", "unshare"):
            (self.bin / tool).symlink_to(str(shutil.which(tool)))
        if age := shutil.which("age"):
            (self.bin / "age").symlink_to(age)
        else:
            (self.bin / "age").write_text(f"#!{sys.executable} -IS\nimport sys\nsys.path.append({str(library)!r})\n{_AGE}")
            (self.bin / "age").chmod(0o755)

    def wrap(self, tool: str, module: str, name: str) -> None:
        """Afterwards the command `tool` runs this function of a public library."""
        text = _WRAPPER.format(python=sys.executable, library=str(self.folder / "lib"), module=module, name=name, tool=tool)
        (self.bin / tool).write_text(text)
        (self.bin / tool).chmod(0o755)

    def run(self, script: str, at: Path) -> subprocess.CompletedProcess[str]:
        """`script` in a shell that ends with the first command that fails; in a namespace without a network where the machine allows one."""
        command = [*(_ALONE if has_namespaces() else []), "bash", "-e", "-o", "pipefail", "-c", script]
        env = {"PATH": str(self.bin), "HOME": str(at), "LC_ALL": "C.UTF-8"}
        return subprocess.run(command, cwd=at, env=env, capture_output=True, text=True, check=False)


# The age command has one use here; where it is not installed, the library of the same format plays it.
_AGE = """import pyrage
flag = dict(zip(sys.argv[2:-1:2], sys.argv[3:-1:2]))
identity = pyrage.x25519.Identity.from_str(open(flag["-i"]).read().strip())
open(flag["-o"], "wb").write(pyrage.decrypt(open(sys.argv[-1], "rb").read(), [identity]))
"""


def lay(handed: Handed, folder: Path) -> Path:
    """`folder` with the files that a recipient has."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{handed.name}.tar.age").write_bytes(handed.sealed)
    (folder / f"{handed.name}.tar.age.sig").write_bytes(handed.signature)
    (folder / "desk-key.pem").write_bytes(handed.desk_key)
    (folder / "your-key.txt").write_text(handed.identity)
    return folder


def refusal(handed: Handed, verify: str) -> str | None:
    """Which step refuses what was handed over; None where every step lets it pass. `verify` only says who cosigned and what was stamped."""
    try:
        _signed("outer signature", handed.desk_key, handed.sealed, handed.signature)
        plain = _open(handed)
    except Refused as refused:
        return str(refused)
    return refusal_of_tar(plain, handed, verify)


def refusal_of_tar(plain: bytes, handed: Handed, verify: str) -> str | None:
    """The same for what came out of the envelope, whoever opened it."""
    try:
        files = _untar(plain, handed.name)
    except (tarfile.TarError, Refused, ValueError) as refused:
        return f"tar: {refused}"
    return refusal_of_files(files, handed, verify)


def refusal_of_files(files: Files, handed: Handed, verify: str) -> str | None:
    """The same for the unpacked bag."""
    try:
        _manifests(files)
        for one in ("tagmanifest-sha256.txt", "tagmanifest-sha512.txt"):
            _signed("signature of the bag", handed.desk_key, _of(files, one), _of(files, f"{one}.sig"))
        _custody(files)
        _vouched(files, verify)
    except Refused as refused:
        return str(refused)
    return None


def is_refused_by_bagit(files: Files) -> bool:
    """The same asked of the public validator itself, over the files on disk."""
    with unpacked(files) as folder:
        try:
            return not bagit.Bag(str(folder)).is_valid()
        except (bagit.BagError, UnicodeDecodeError):
            return True


@contextmanager
def unpacked(files: Files) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        write(files, Path(folder))
        yield Path(folder)


def write(files: Files, folder: Path) -> None:
    """`files` below `folder`, as tar leaves them."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _open(handed: Handed) -> bytes:
    try:
        opened: bytes = pyrage.decrypt(handed.sealed, [pyrage.x25519.Identity.from_str(handed.identity)])
    except pyrage.DecryptError as error:
        raise Refused("age") from error
    return opened


def _untar(plain: bytes, name: str) -> dict[str, bytes]:
    files = {}
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is None or not member.name.startswith(f"{name}/"):
                raise Refused("a member that is no file of the package")
            data = content.read()
            if len(data) != member.size:
                raise Refused("cut short")
            files[member.name.removeprefix(f"{name}/")] = data
    return files


def _manifests(files: Files) -> None:
    """RFC 8493: each manifest names exactly the files that are there, by their right sums; and nothing else lies outside data/."""
    payload, own = {path for path in files if path.startswith("data/")}, set()
    for kind in ("256", "512"):
        own |= {f"tagmanifest-sha{kind}.txt", f"tagmanifest-sha{kind}.txt.sig"}
    tags = set(files) - payload - own
    for kind in ("256", "512"):
        for manifest, wanted in ((f"manifest-sha{kind}.txt", payload), (f"tagmanifest-sha{kind}.txt", tags)):
            listed = _listed(_of(files, manifest))
            if set(listed) != wanted or any(hashlib.new(f"sha{kind}", files[path]).hexdigest() != digest for path, digest in listed.items()):
                raise Refused(f"sha{kind}sum: {manifest}")


def _listed(manifest: bytes) -> dict[str, str]:
    try:
        lines = manifest.decode().removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        raise Refused("sha256sum: not a list of sums") from error
    return {path: digest for digest, _, path in (line.partition("  ") for line in lines)}


def _custody(files: Files) -> None:
    lines, last, named = _of(files, "data/custody.jsonl").decode().splitlines(), {}, {}
    called = _called([json.loads(line) for line in lines])
    log = load_pem_public_key(_pems(files)[1])
    for entry in map(json.loads, lines):
        leaf = base64.b64decode(entry["leaf"]) if "leaf" in entry else None
        digest = base64.b64decode(entry["leaf_hash"]) if leaf is None else hashlib.sha256(b"\0" + leaf).digest()
        _stands(_of(files, f"data/proofs/{entry['index']}.tlog-proof").decode(), digest, leaf, entry["index"])
        _note(_of(files, f"data/proofs/{entry['index']}.tlog-proof").decode().partition("\n\n")[2], log)
        if entry["previous"] != last.get(entry["about"]):
            raise Refused("awk: a gap")
        last[entry["about"]] = entry["index"]
        if leaf is None:
            # Withheld: it is about what the others of its name are about, and the next one that is open names it.
            named[called[entry["about"]]] = entry["index"]
            continue
        held = json.loads(leaf)
        for name in ("subj", "actor", "d"):
            part = entry["opened"][name]
            if hmac.digest(bytes.fromhex(part["key"]), base64.b64decode(part["value"]), "sha256").hex() != held[name]:
                raise Refused("openssl dgst: an opening")
        before = json.loads(base64.b64decode(entry["opened"]["d"]["value"])).get("previous")
        if before is not None and before != named.get(entry["opened"]["subj"]["value"]):
            raise Refused("sed: an entry left out")
        named[entry["opened"]["subj"]["value"]] = entry["index"]
    _ended([json.loads(line) for line in lines], int(_of(files, "data/proofs/newest.checkpoint").split(b"\n")[1]))


def _called(lines: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The subject behind each name, by the first entry under it that is open."""
    return {line["about"]: line["opened"]["subj"]["value"] for line in reversed(lines) if "leaf" in line}


def _ended(lines: Sequence[dict[str, Any]], size: int) -> None:
    """The package's own entry is the last of the log, and says which is the last about each thing before it."""
    if not lines or lines[-1]["index"] != size - 1:
        raise Refused("[: the end left out")
    called = _called(lines)
    last = {line["opened"]["subj"]["value"] if "leaf" in line else called[line["about"]]: line["index"] for line in lines[:-1]}
    text = "".join(f"{about} {index}\n" for about, index in sorted(last.items()))
    told = json.loads(base64.b64decode(lines[-1]["opened"]["d"]["value"])).get("lasts")
    if told != base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("="):
        raise Refused("sort: an end cut off")


def _stands(proof: str, digest: bytes, leaf: bytes | None, index: int) -> None:
    """RFC 9162, section 2.1.3.2."""
    head, _, note = proof.partition("\n\n")
    first, place, *path = head.split("\n")
    lines = note.split("\n")
    fn, sn, here = index, int(lines[1]) - 1, digest
    if first != "c2sp.org/tlog-proof@v1" or place != f"index {index}" or (leaf is not None and json.loads(leaf)["i"] != index) or fn > sn:
        raise Refused("proof: another entry")
    for step in map(base64.b64decode, path):
        if sn == 0:
            raise Refused("proof: too long")
        if fn & 1 or fn == sn:
            here = hashlib.sha256(b"\1" + step + here).digest()
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            here = hashlib.sha256(b"\1" + here + step).digest()
        fn, sn = fn >> 1, sn >> 1
    if sn or here != base64.b64decode(lines[2]):
        raise Refused("proof: another root")


def _note(note: str, log: object) -> None:
    """C2SP signed-note: the line under the name of the log is its signature over the first three lines."""
    body, _, tail = note.partition("\n\n")
    origin = body.split("\n")[0]
    for line in tail.splitlines():
        _, who, signature = line.split(" ")
        if who == origin:
            return _verify("checkpoint", log, base64.b64decode(signature)[4:], f"{body}\n".encode())
    raise Refused("checkpoint: not signed by the log")


def _vouched(files: Files, verify: str) -> None:
    """The witness whose commands stand in `verify` cosigned every proof that carries its line, and at least one; old logs begin the new one."""
    newest, log = _of(files, "data/proofs/newest.checkpoint").decode(), load_pem_public_key(_pems(files)[1])
    if "$ cosigned()" in verify:
        name = verify.partition("\n$ who=")[2].partition(";")[0]
        notes = [content.decode().partition("\n\n")[2] for path, content in files.items() if path.endswith(".tlog-proof")]
        signed = [note for note in notes if f"— {name} " in note]
        if not signed:
            raise Refused("witness: cosigned nothing")
        for note in signed:
            _cosigned(note, name, load_pem_public_key(_pems(files)[2]))
    for path in files:
        if path.endswith(".tsr"):
            _stamped(files, path.removesuffix(".tsr"))
    for path, content in files.items():
        note = content.decode().partition("\n\n")[2] if path.endswith(".tlog-proof") else content.decode() if path.endswith(".checkpoint") else None
        if note is not None:
            _begins(files, note, newest, log)


def _stamped(files: Files, name: str) -> None:
    """RFC 3161, by the library of another project; `openssl ts` asks the same."""
    try:
        builder = tsp.VerifierBuilder(roots=load_pem_x509_certificates(_of(files, f"{name}.pem")))
        builder.build().verify_message(tsp.decode_timestamp_response(files[f"{name}.tsr"]), _of(files, f"{name}.checkpoint"))
    except (ValueError, tsp.VerificationError) as error:
        raise Refused("stamp") from error


def _cosigned(note: str, name: str, witness: object) -> None:
    body, _, tail = note.partition("\n\n")
    for line in tail.splitlines():
        _, who, signature = line.split(" ")
        if who == name:
            held = base64.b64decode(signature)[4:]
            time = int.from_bytes(held[:8])
            return _verify("witness", witness, held[8:], f"cosignature/v1\ntime {time}\n{body}\n".encode())
    raise Refused("witness: no line")


def _begins(files: Files, note: str, newest: str, log: object) -> None:
    """RFC 9162, section 2.1.4.2, or the newest checkpoint itself."""
    size, root = int(note.split("\n")[1]), note.split("\n")[2]
    path = f"data/proofs/{size}.consistency"
    if path not in files:
        if note.split("\n")[:3] != newest.split("\n")[:3]:
            raise Refused("consistency: another log")
        return
    head, _, later = files[path].decode().partition("\n\n")
    first, *steps = head.split("\n")
    _note(later, log)
    if first != f"old {size}" or not _is_consistent(size, base64.b64decode(root), later, [base64.b64decode(one) for one in steps]):
        raise Refused("consistency: another beginning")


def _is_consistent(earlier: int, root: bytes, later: str, path: list[bytes]) -> bool:
    fn, sn, wanted = earlier - 1, int(later.split("\n")[1]) - 1, base64.b64decode(later.split("\n")[2])
    if fn == sn:
        return not path and root == wanted
    if not earlier & (earlier - 1):
        path = [root, *path]
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = path[0]
    for step in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old, new = hashlib.sha256(b"\1" + step + old).digest(), hashlib.sha256(b"\1" + step + new).digest()
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = hashlib.sha256(b"\1" + new + step).digest()
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old == root and new == wanted


def _pems(files: Files) -> Sequence[bytes]:
    """The keys in keys.txt: of the packages, of the log, of witnesses."""
    parts = _of(files, "keys.txt").split(b"-----BEGIN PUBLIC KEY-----")[1:]
    return [b"-----BEGIN PUBLIC KEY-----" + part.split(b"-----END PUBLIC KEY-----")[0] + b"-----END PUBLIC KEY-----\n" for part in parts]


def _of(files: Files, path: str) -> bytes:
    if path not in files:
        raise Refused(f"{path} is missing")
    return files[path]


def _signed(what: str, pem: bytes, message: bytes, signature: bytes) -> None:
    _verify(what, load_pem_public_key(pem), signature, message)


def _verify(what: str, key: object, signature: bytes, message: bytes) -> None:
    if not isinstance(key, Ed25519PublicKey):
        raise Refused(f"{what}: not a key of ours")
    try:
        key.verify(signature, message)
    except InvalidSignature as error:
        raise Refused(what) from error
