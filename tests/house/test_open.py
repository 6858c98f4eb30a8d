"""What is published and what is not: the code, its rules and its codes are open, and data for tests are drawn or made up by code (DET-26)."""

import base64
import binascii
import re
import tomllib

import pytest
from tests.house.tree import ROOT, SOURCE, all_files, shown, text
from tests.synthetic import pictures

from cairndesk.cases import taxonomy
from cairndesk.triage.rules.table import shipped

pytestmark = pytest.mark.req("DET-26")
# How files of pictures, films, sounds, archives, documents and arrays begin; in ISO media `ftyp` comes after four bytes.
BEGINNINGS = {
    "PNG": b"\x89PNG\r\n", "JPEG": b"\xff\xd8\xff", "GIF": b"GIF8", "RIFF": b"RIFF", "BMP": b"BM", "TIFF": b"II*\0", "TIFF, big end": b"MM\0*",
    "JPEG XL": b"\xff\x0a", "JPEG XL box": b"\0\0\0\x0cJXL ", "JPEG 2000": b"\0\0\0\x0cjP  ", "Matroska": b"\x1aE\xdf\xa3", "Ogg": b"OggS",
    "MP3": b"ID3", "FLAC": b"fLaC", "Flash": b"FLV\x01", "MPEG": b"\0\0\x01\xba", "zip": b"PK\x03\x04", "gzip": b"\x1f\x8b", "bzip2": b"BZh",
    "xz": b"\xfd7zXZ", "zstd": b"\x28\xb5\x2f\xfd", "7z": b"7z\xbc\xaf", "rar": b"Rar!", "PDF": b"%PDF-", "NumPy": b"\x93NUMPY",
    "SQLite": b"SQLite format",
}  # fmt: skip
# What people look at to see what the product is: pages of the product, photographed by its own journeys.
SHOWN = {"docs/pictures/desk.png", "docs/pictures/portal.png"}
ENDINGS = re.compile(
    r".*[.](jpe?g|png|gif|webp|bmp|tiff?|hei[cf]|avif|jxl|jp2|mp4|mov|mkv|webm|avi|mpe?g|wmv|flv|3gp|mp3|wav|ogg|flac|m4a|zip|gz|tar|pdf|np[yz]|parquet)"
)
_CARRIED = re.compile(r"[A-Za-z0-9+/_-]{64,}={0,2}|(?:\\x[0-9a-fA-F]{2}){32,}")


def kind_of(data: bytes) -> str:
    """Which of those files `data` begins as; empty for none."""
    if data[4:8] == b"ftyp":
        return "ISO media"
    return next((name for name, beginning in BEGINNINGS.items() if data.startswith(beginning)), "")


def carried(written: str) -> bytes:
    """What a long run of base64, of hexadecimal digits or of escapes in a text stands for."""
    if written.startswith("\\x"):
        return bytes.fromhex(written.replace("\\x", ""))
    try:
        return bytes.fromhex(written)
    except ValueError:
        plain = written.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    except binascii.Error:
        return b""


def test_the_code_is_under_an_open_licence_that_lies_beside_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    licence = (ROOT / "LICENSE").read_text("utf-8")
    assert (project["license"], project["license-files"]) == ("Apache-2.0", ["LICENSE"])
    assert licence.split("\n", 2)[1].strip() == "Apache License"
    assert "END OF TERMS AND CONDITIONS" in licence
    assert taxonomy.document()["licence"] == project["license"]


def test_no_file_of_the_tree_is_a_medium_an_archive_or_a_data_set() -> None:
    found = {shown(path): kind_of(path.read_bytes()[:16]) for path in all_files()}
    assert {path: kind for path, kind in found.items() if kind and path not in SHOWN} == {}
    assert {shown(path) for path in all_files() if ENDINGS.fullmatch(path.name.lower())} - SHOWN == set()


def test_no_text_of_the_tree_carries_a_medium() -> None:
    texts = {path: text(path) for path in all_files() if shown(path) not in SHOWN and path.suffix != ".lock"}
    found = {shown(path): kind_of(carried(run)) for path, told in texts.items() for run in _CARRIED.findall(told)}
    assert {path: kind for path, kind in found.items() if kind} == {}
    assert [shown(path) for path, told in texts.items() if re.search(r"data:(image|video|audio)/[a-z0-9.+-]+;base64,[A-Za-z0-9+/]{8}", told)] == []


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"])
def test_a_medium_would_be_found_however_it_is_carried(form: str) -> None:
    drawn = pictures.encoded(pictures.scene(32, 32), form)
    assert kind_of(drawn)
    for written in (base64.b64encode(drawn).decode(), drawn.hex(), "".join(f"\\x{byte:02x}" for byte in drawn[:64])):
        (run, *_) = _CARRIED.findall(written)
        assert kind_of(carried(run)) == kind_of(drawn)


def test_pictures_for_tests_are_drawn_and_the_same_each_time() -> None:
    folder = ROOT / "tests" / "synthetic"
    assert {path.suffix for path in all_files() if path.is_relative_to(folder)} == {".py"}
    assert pictures.encoded(pictures.scene(seed=3)) == pictures.encoded(pictures.scene(seed=3)) != pictures.encoded(pictures.scene(seed=4))


def test_the_rules_lie_open_in_the_tree() -> None:
    """The table that weighs a report, the sample rules of law, the levels of severity, the codes: readable files, shipped with the code."""
    assert len(shipped().rules) > 10
    assert all(rule.words for rule in shipped().rules)
    for folder, least in {"cases/taxonomy": 70, "directory/samples": 1, "review/schemes": 1}.items():
        assert len(list((SOURCE / folder).glob("*.toml"))) >= least, folder
    assert (SOURCE / "triage" / "rules" / "priority.py").exists()
