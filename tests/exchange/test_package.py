"""An authority package is opened and checked by a stranger with the tools that VERIFY.txt names, and with nothing of ours."""

import base64
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import jsonschema
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from pyrage import x25519

from cairndesk.custody.ledger.proof_file import ProofFile
from cairndesk.exchange.formats import archive, casefile, package, proof, seal, summary
from cairndesk.lib.unknowns import Unknown

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NAME = "3b0f8f8e-2f8e-4c39-9f1e-5f5a0d9b7c11"
SIGNER = Ed25519PrivateKey.generate()
PUBLIC = SIGNER.public_key().public_bytes_raw()


def a_case() -> casefile.CaseFile:
    return casefile.CaseFile(
        package=UUID(NAME),
        made_at=NOW,
        organisation="Cairn Desk One",
        recipient="Sample authority",
        legal_basis="sample agreement 1",
        purpose="to protect a child",
        case="ABCD-2345",
        opened_at=NOW,
        urgency=["a deadline was set"],
        harms=[casefile.Term("H-1", "sexual extortion", "a demand under threat", "1")],
        accounts=[casefile.Account(1, NOW, "child", "portal", "en", {"happening": "someone asks for money & <more>"})],
        people=[
            casefile.Person("p1", "child", "yes", Unknown.DECLINED, Unknown.NOT_ASKED, Unknown.NOT_APPLICABLE, "XX", {}),
            casefile.Person("p2", "person of concern", Unknown.UNKNOWN, Unknown.UNKNOWN, Unknown.UNKNOWN, "known only online", Unknown.UNKNOWN, {}),
        ],
        items=[casefile.Item("i1", "account", "https://chat.example/u/1", {}, [casefile.Sighting("https://chat.example/u/1", NOW)], {})],
        details=[casefile.Detail("threat", {"demand": "money"}, NOW), casefile.Detail("place", {"country": Unknown.UNKNOWN})],
        findings=[casefile.Finding("Sample A", "report", "sample, not legal advice", "2026-11-23")],
        timeline=[casefile.Step(NOW, "received")],
        caveats=["Times from the public form are known to the hour."],
    )


def a_log(leaves: list[bytes]) -> tuple[list[list[bytes]], bytes]:
    """Audit paths and root of a small tree, straight from RFC 6962."""

    def root(part: list[bytes]) -> bytes:
        if len(part) == 1:
            return hashlib.sha256(b"\0" + part[0]).digest()
        k = 1 << (len(part) - 1).bit_length() - 1
        return hashlib.sha256(b"\1" + root(part[:k]) + root(part[k:])).digest()

    def path(m: int, part: list[bytes]) -> list[bytes]:
        if len(part) == 1:
            return []
        k = 1 << (len(part) - 1).bit_length() - 1
        return [*path(m, part[:k]), root(part[k:])] if m < k else [*path(m - k, part[k:]), root(part[:k])]

    return [path(m, leaves) for m in range(len(leaves))], root(leaves)


def contents() -> package.Contents:
    leaves = [f"entry {n}".encode() for n in range(5)]
    paths, root = a_log(leaves)
    checkpoint = f"desk-one.example/log\n5\n{base64.b64encode(root).decode()}\n\n— desk-one.example/log c2ln\n"
    return package.Contents(
        case=a_case(),
        entries=[proof.Entry(n, leaves[n], {"d": proof.Opened(b"k" * 32, b"{}")}) for n in (3, 1)],
        inclusions=[ProofFile(n, paths[n], checkpoint) for n in (1, 3)],
        export_key=PUBLIC,
        log_key=PUBLIC,
    )


@pytest.mark.slow
def test_the_commands_of_verify_txt_run_as_they_stand(tmp_path: Path) -> None:
    identity = x25519.Identity.generate()
    made = package.build(contents(), [str(identity.to_public())], SIGNER.sign)
    (tmp_path / f"{made.name}.tar.age").write_bytes(made.sealed)
    (tmp_path / f"{made.name}.tar.age.sig").write_bytes(made.signature)
    (tmp_path / "desk-key.pem").write_text(seal.public_pem(PUBLIC))
    (tmp_path / "your-key.txt").write_text(str(identity))
    text = package.lay_out(contents(), SIGNER.sign)["VERIFY.txt"].decode()
    commands = [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]
    assert len(commands) == 7
    tools = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for command in commands:
        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=tools, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert hashlib.sha256((tmp_path / f"{made.name}.tar").read_bytes()).hexdigest() == made.digest


def test_the_case_file_fits_its_published_schema() -> None:
    schema = json.loads(casefile.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(casefile.write(a_case()))
    jsonschema.validate(document, schema)
    assert document["people"][0]["age_band"] == {"unknown": "declined"}
    assert document["people"][0]["gender"] == {"unknown": "not_asked"}


@pytest.mark.parametrize("surplus", [{"image": "AAAA"}, {"media": []}])
def test_the_schema_has_no_place_for_imagery(surplus: dict[str, object]) -> None:
    document = json.loads(casefile.write(a_case()))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, **surplus}, json.loads(casefile.schema()))
    document["items"][0] |= surplus
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json.loads(casefile.schema()))


def test_the_summary_repeats_no_account_and_holds_no_link_or_script() -> None:
    page = summary.write(a_case()).decode()
    assert "asks for money" not in page
    assert "https://" not in page
    assert "hxxps://chat[.]example" in page
    assert "<script" not in page
    assert "href" not in page
    assert "not said, by choice" in page


def test_the_summary_escapes_what_people_wrote() -> None:
    page = summary.write(replace(a_case(), urgency=["<script>alert(1)</script>"])).decode()
    assert "<script" not in page


def test_the_proofs_lead_from_each_leaf_to_the_signed_root() -> None:
    laid = package.lay_out(contents(), SIGNER.sign)
    entries = [json.loads(line) for line in laid["data/custody.jsonl"].decode().splitlines()]
    assert [(e["index"], e["previous"]) for e in entries] == [(1, None), (3, 1)]
    for entry in entries:
        text = laid[f"data/proofs/{entry['index']}.tlog-proof"].decode()
        header, checkpoint = text.split("\n\n", 1)
        version, index, *path = header.split("\n")
        assert (version, index) == ("c2sp.org/tlog-proof@v1", f"index {entry['index']}")
        size, root = int(checkpoint.split("\n")[1]), base64.b64decode(checkpoint.split("\n")[2])
        assert climb(base64.b64decode(entry["leaf"]), entry["index"], size, [base64.b64decode(one) for one in path]) == root


def climb(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that a proof leads to (RFC 9162, section 2.1.3.2)."""
    fn, sn, here = index, size - 1, hashlib.sha256(b"\0" + leaf).digest()
    for one in path:
        if fn & 1 or fn == sn:
            here = hashlib.sha256(b"\1" + one + here).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            here = hashlib.sha256(b"\1" + here + one).digest()
        fn, sn = fn >> 1, sn >> 1
    return here


def test_the_same_case_gives_the_same_tar() -> None:
    one, other = (archive.pack(package.lay_out(contents(), SIGNER.sign), NAME) for _ in range(2))
    assert one == other


@pytest.mark.slow
@settings(deadline=None)
@given(st.text(max_size=60), st.sampled_from(list(Unknown)))
def test_any_words_and_any_unknown_stay_valid(words: str, unknown: Unknown) -> None:
    person = replace(a_case().people[0], relation=unknown, identity={"name": words})
    case = replace(a_case(), people=[person], caveats=[words])
    document = json.loads(casefile.write(case))
    jsonschema.validate(document, json.loads(casefile.schema()))
    assert document["people"][0]["identity"]["name"] == words
