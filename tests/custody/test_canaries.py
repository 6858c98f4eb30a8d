import base64
import gzip
import zlib
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from tests.custody.conftest import NOON, ONE, Doer
from tests.support.canary import a_canary, hits_in, hits_in_database, hits_in_files
from tests.support.threads import in_threads, shared_database

from cairndesk.custody.actions import record, seal
from cairndesk.custody.models import LogOpening
from cairndesk.custody.rules import Event, Purpose
from cairndesk.custody.sealing.keyring import Keyring

HIDING = [
    str.encode,
    lambda word: word.upper().encode(),
    lambda word: word.encode("utf-16"),
    lambda word: word.encode("utf-32"),
    lambda word: word.encode().hex().encode(),
    lambda word: word.encode().hex().upper().encode(),
    lambda word: base64.b64encode(word.encode()),
    lambda word: base64.b64encode(b"x" + word.encode() + b"tail"),
    lambda word: base64.b64encode(b"xy" + word.encode()),
    lambda word: base64.urlsafe_b64encode(b"name=" + word.encode()),
    lambda word: gzip.compress(word.encode()),
    lambda word: zlib.compress(word.encode()),
    lambda word: base64.b64encode(zlib.compress(b"words before " + word.encode())),
    lambda word: word[::-1].encode(),
]


@pytest.mark.parametrize("hide", HIDING)
@pytest.mark.parametrize("before", [b"", b"abc", b"\x00\xff"])
def test_the_scanner_finds_a_canary_in_every_form(hide: object, before: bytes) -> None:
    word = a_canary()
    assert hits_in(before + hide(word) + b"\x00 noise", {"word": word}, "here")  # type: ignore[operator]


def test_the_scanner_is_silent_where_there_is_none() -> None:
    assert not hits_in(bytes(range(256)) * 50, {"word": a_canary()}, "here")


def test_the_scanner_reads_names_of_files_too(tmp_path: Path) -> None:
    word = a_canary()
    (tmp_path / f"{word}.txt").write_bytes(b"")
    assert {hit.where for hit in hits_in_files(tmp_path, {"word": word})} == {f"the name of {word}.txt"}


@pytest.mark.django_db
def test_the_scanner_finds_what_lies_in_a_table() -> None:
    row = record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON)
    word = a_canary()
    LogOpening.objects.filter(entry=row).update(actor=word)
    assert "custody_logopening" in {hit.where for hit in hits_in_database({"word": word})}


@pytest.mark.req("EVD-21")
@pytest.mark.django_db
def test_nothing_sealed_can_be_found_in_the_database(ring: Keyring) -> None:
    canaries = {purpose: a_canary(purpose) for purpose in Purpose}
    for purpose, word in canaries.items():
        seal(organisation=ONE, purpose=purpose, plain=f"before {word} after", now=NOON)
        seal(organisation=ONE, purpose=purpose, plain={"field": word, word: 1}, now=NOON)
    assert hits_in_database({str(purpose): word for purpose, word in canaries.items()}) == []


@pytest.mark.slow
@pytest.mark.req("EVD-21")
@pytest.mark.django_db(transaction=True, available_apps=["cairndesk.custody"])
def test_nothing_sealed_can_be_found_in_the_bytes_on_disk(ring: Keyring, tmp_path: Path) -> None:
    word, visible = a_canary(), a_canary("visible")

    def write() -> None:
        seal(organisation=ONE, purpose=Purpose.NARRATIVE, plain=word, now=NOON)
        record(event=Event.CUSTODY_ITEM_OPENED, subject_kind=visible, subject=uuid4(), by=Doer(), now=NOON)

    with shared_database(tmp_path):
        in_threads(write)
        on_disk = hits_in_files(tmp_path, {"word": word, "visible": visible})
        [in_tables] = in_threads(lambda: hits_in_database({"word": word, "visible": visible}))
    # The second canary is kept in the clear on purpose: it shows that the scan reads the right place.
    assert {hit.canary for hit in [*on_disk, *in_tables]} == {"visible"}
    assert on_disk or connection.vendor != "sqlite"
