import json
import os
from pathlib import Path

import pytest
from tests.intake.portal.rae import CONTACTS, ONE, publish_desks

from cairndesk.intake.published import NothingPublished, Published


@pytest.fixture
def published(tmp_path: Path) -> Published:
    publish_desks(tmp_path, bytes(32))
    return Published(tmp_path / "published")


def test_it_finds_the_first_organisation_and_others_by_name(published: Published) -> None:
    assert published.desk("").id == ONE
    assert published.desk("two").name == "Cairn Desk Two"
    assert published.desk("three") is None


def test_it_reads_a_file_again_once_it_has_changed(published: Published, tmp_path: Path) -> None:
    assert len(published.contacts()) == 3
    path = tmp_path / "published" / "contacts.json"
    path.write_text(json.dumps(CONTACTS[:1]), "utf-8")
    os.utime(path, ns=(1, 1))
    assert len(published.contacts()) == 1


@pytest.mark.parametrize("content", ["", "[]x", '[{"id": 1}]', "[7]", "{}[", "null"])
def test_a_broken_file_is_nothing_published(published: Published, tmp_path: Path, content: str) -> None:
    (tmp_path / "published" / "organisations.json").write_text(content, "utf-8")
    with pytest.raises(NothingPublished):
        published.desks()


def test_missing_files_are_nothing_published(tmp_path: Path) -> None:
    empty = Published(tmp_path)
    for read in (empty.desks, empty.contacts, empty.salt):
        with pytest.raises(NothingPublished):
            read()
    assert empty.tables("one") == ()
    assert empty.mailbox("0" * 32) is None


@pytest.mark.parametrize("index", ["", "../argon2.salt", "0" * 31, "Z" * 32, "0" * 33])
def test_an_index_never_leads_out_of_its_folder(published: Published, index: str) -> None:
    with pytest.raises(ValueError, match="32 hex digits"):
        published.mailbox(index)


def test_tables_are_read_with_their_withheld_cells(published: Published, tmp_path: Path) -> None:
    (tmp_path / "published" / "pages").mkdir()
    row = {"title": "Reports", "unit": "report", "caveats": ["c"], "headers": ["Path", "Count"], "rows": [["child", 12], ["friend", None]]}
    (tmp_path / "published" / "pages" / "one.json").write_text(json.dumps([row]), "utf-8")
    assert published.tables("one")[0].rows[1] == ("friend", None)
