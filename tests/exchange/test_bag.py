"""A bag is what an authority can check with tools that are not ours."""

import hashlib
import subprocess
from pathlib import Path

import bagit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cairndesk.exchange.errors import UnsafePath
from cairndesk.exchange.formats import archive, bag


def lay_out(files: dict[str, bytes], folder: Path) -> Path:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder


PLAIN = bag.Bag(
    payload={"case.json": b"{}\n", "custody/proof-1.txt": b"proof", "empty.txt": b""},
    tags={"VERIFY.txt": b"how to check\n"},
    info=[("Source-Organization", "Cairn Desk One"), ("Bagging-Date", "2026-11-23")],
)


@pytest.mark.slow
def test_the_public_bagit_package_finds_it_valid(tmp_path: Path) -> None:
    opened = bagit.Bag(str(lay_out(bag.write(PLAIN), tmp_path)))
    assert opened.validate()
    assert opened.info["Payload-Oxum"] == "8.3"
    assert opened.version_info == (1, 0)


@pytest.mark.parametrize("algorithm", bag.ALGORITHMS)
def test_sha256sum_and_sha512sum_check_it_too(tmp_path: Path, algorithm: str) -> None:
    lay_out(bag.write(PLAIN), tmp_path)
    for manifest in ("manifest", "tagmanifest"):
        command = [f"{algorithm}sum", "--strict", "-c", f"{manifest}-{algorithm}.txt"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_one_changed_byte_is_found(tmp_path: Path) -> None:
    folder = lay_out(bag.write(PLAIN), tmp_path)
    (folder / "data/custody/proof-1.txt").write_bytes(b"prooF")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(folder)).validate()


def test_percent_and_line_ends_in_names_are_encoded_in_manifests(tmp_path: Path) -> None:
    odd = bag.Bag(payload={"100%.txt": b"a", "two\nlines.txt": b"b", "cr\r.txt": b"c"})
    files = bag.write(odd)
    listed = files["manifest-sha256.txt"].decode()
    assert [line.split("  ", 1)[1] for line in listed.splitlines()] == ["data/100%25.txt", "data/cr%0D.txt", "data/two%0Alines.txt"]


def test_a_label_cannot_forge_another_label() -> None:
    files = bag.write(bag.Bag(payload={}, info=[("External-Identifier", "x\nPayload-Oxum: 9.9")]))
    assert files["bag-info.txt"].decode().splitlines() == ["External-Identifier: x Payload-Oxum: 9.9", "Payload-Oxum: 0.0"]


@pytest.mark.parametrize("path", ["../up", "/root", "a//b", "a/./b", "~home", "back\\slash", "bell\a", "", "a/"])
def test_it_refuses_a_name_that_leaves_or_hides(path: str) -> None:
    with pytest.raises(UnsafePath):
        bag.write(bag.Bag(payload={}, tags={path: b""}))


def test_it_refuses_names_that_meet_on_some_file_systems() -> None:
    with pytest.raises(UnsafePath):
        bag.write(bag.Bag(payload={"Note.txt": b"1", "note.txt": b"2"}))
    with pytest.raises(UnsafePath):
        bag.write(bag.Bag(payload={"caf\u00e9": b"1", "cafe\u0301": b"2"}))


def test_it_refuses_a_tag_file_that_the_bag_writes_itself() -> None:
    with pytest.raises(UnsafePath):
        bag.write(bag.Bag(payload={}, tags={"manifest-sha256.txt": b"forged"}))


@settings(deadline=None)
@given(st.dictionaries(st.text("abc", min_size=1, max_size=4), st.binary(max_size=40), max_size=6))
def test_every_payload_file_stands_in_every_manifest(payload: dict[str, bytes]) -> None:
    files = bag.write(bag.Bag(payload=payload))
    for algorithm in bag.ALGORITHMS:
        lines = files[f"manifest-{algorithm}.txt"].decode().splitlines()
        listed = {path: digest for digest, path in (line.split("  ", 1) for line in lines)}
        assert listed == {f"data/{path}": hashlib.new(algorithm, content).hexdigest() for path, content in payload.items()}


def test_the_archive_of_the_same_files_is_the_same_to_the_byte(tmp_path: Path) -> None:
    files = bag.write(PLAIN)
    backwards = dict(reversed(list(files.items())))
    assert archive.pack(files, "package") == archive.pack(backwards, "package")


def test_the_public_tar_unpacks_a_valid_bag(tmp_path: Path) -> None:
    (tmp_path / "p.tar").write_bytes(archive.pack(bag.write(PLAIN), "package"))
    subprocess.run(["tar", "-xf", "p.tar"], cwd=tmp_path, check=True)
    assert bagit.Bag(str(tmp_path / "package")).is_valid()
