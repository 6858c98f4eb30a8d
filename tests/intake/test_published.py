import itertools
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.intake.portal.rae import CONTACTS, ONE, TWO, publish_desks
from tests.support.week import VERIFIER, published_key

from cairndesk.custody.sealing import hpke
from cairndesk.intake.published import KeyRefused, NothingPublished, Published


@pytest.fixture
def published(tmp_path: Path) -> Published:
    publish_desks(tmp_path, bytes(32))
    return Published(tmp_path / "published", VERIFIER)


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
    assert empty.tables("one") == ("en", ())
    assert empty.mailbox("0" * 32) is None


@pytest.mark.parametrize("index", ["", "../argon2.salt", "0" * 31, "Z" * 32, "0" * 33])
def test_an_index_never_leads_out_of_its_folder(published: Published, index: str) -> None:
    with pytest.raises(ValueError, match="32 hex digits"):
        published.mailbox(index)


def test_tables_are_read_with_their_withheld_cells(published: Published, tmp_path: Path) -> None:
    (tmp_path / "published" / "pages").mkdir()
    row = {"title": "Reports", "unit": "report", "caveats": ["c"], "headers": ["Path", "Count"], "rows": [["child", 12], ["friend", None]]}
    (tmp_path / "published" / "pages" / "one.json").write_text(json.dumps([row]), "utf-8")
    assert published.tables("one")[1][0].rows[1] == ("friend", None)


# The keys to seal to

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
TICKS = itertools.count(1)
OLD, NEW, MINE = (hpke.generate()[1] for _ in range(3))


def opens(days: int) -> int:
    return int((NOW + timedelta(days=days)).timestamp())


def lay_out(folder: Path, *keys: dict[str, Any]) -> None:
    path = folder / "published" / "organisations.json"
    rows = json.loads(path.read_text("utf-8"))[:1]
    rows[0]["keys"] = list(keys)
    path.write_text(json.dumps(rows), "utf-8")
    os.utime(path, ns=(1, next(TICKS)))


def test_the_next_key_is_sealed_to_from_its_hour_on_without_a_restart(published: Published, tmp_path: Path) -> None:
    lay_out(tmp_path, published_key(ONE, OLD, number=4, opens=opens(-5)), published_key(ONE, NEW, number=5, opens=opens(2)))
    desk = published.desk("")
    assert [desk.key_at(NOW + timedelta(days=day)) for day in (0, 1, 2, 400)] == [OLD, OLD, NEW, NEW]
    # Whoever comes with a clock that is wrong is not sent away; it gets the key that is in use.
    assert desk.key_at(NOW - timedelta(days=400)) == OLD
    lay_out(tmp_path, published_key(ONE, NEW, number=5, opens=opens(2)))
    assert published.desk("").key_at(NOW) == NEW


def swapped() -> dict[str, dict[str, Any]]:
    """What somebody may lay out who can write to the folder, and would like to read what is told."""
    good = published_key(ONE, NEW, number=5, opens=opens(0))
    return {
        "another key": good | {"public": MINE.hex()},
        "another number": good | {"number": 6},
        "another time": good | {"opens": opens(-900)},
        "another organisation's": published_key(TWO, MINE, number=5, opens=opens(0)),
        "no signature": good | {"public": MINE.hex(), "signature": ""},
    }


@pytest.mark.parametrize("what", swapped())
def test_a_key_that_the_desk_does_not_vouch_for_is_refused(published: Published, tmp_path: Path, what: str) -> None:
    lay_out(tmp_path, published_key(ONE, OLD, number=4, opens=opens(-5)), swapped()[what])
    with pytest.raises(KeyRefused):
        published.desks()


def test_without_knowing_who_vouches_nobody_seals_to_anything(tmp_path: Path, published: Published) -> None:
    with pytest.raises(KeyRefused):
        Published(tmp_path / "published").desks()


def test_an_older_key_that_is_laid_out_again_is_refused(published: Published, tmp_path: Path) -> None:
    lay_out(tmp_path, published_key(ONE, NEW, number=5, opens=opens(0)))
    assert published.desk("").key_at(NOW) == NEW
    for keys in ([published_key(ONE, OLD, number=4, opens=opens(-5))], []):
        lay_out(tmp_path, *keys)
        with pytest.raises(KeyRefused):
            published.desks()
