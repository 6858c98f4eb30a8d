"""Many things in one question are answered as each of them would be alone."""

import random
from pathlib import Path
from typing import Any

import pytest
from tests.signals.conftest import NOW, Cast, Importing

from cairndesk.signals import check, jobs, queries, shelf


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: Any) -> None:
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"data": tmp_path})


def test_many_at_once_are_answered_as_one_by_one(cast: Cast, take_in: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(7)  # noqa: S311 - no secret
    hashes = [dice.getrandbits(256) for _ in range(30)]
    held, later = ([f"pdq:{one:064x}" for one in part] for part in (hashes[:20], hashes[20:]))
    monkeypatch.setattr(shelf, "MAKE_AT", 1)
    take_in(*held, "ab" * 16, "pics.example")
    jobs.make_bases()
    # The same picture on two lists, and what came after the base.
    take_in(*later, held[0], "cd" * 20, name="Second list", distance=8)
    near = [("pdq", f"{one ^ (1 << dice.randrange(256)) ^ 0b1110000:064x}") for one in hashes]
    far = [("pdq", f"{one ^ (2**20 - 1):064x}") for one in hashes]
    others = [
        ("", "AB" * 16),
        ("", "https://a.pics.example/x"),
        ("sha1", "cd" * 20),
        ("", f"{hashes[3]:064x}"),
        ("pdq", "zz"),
        ("teapot", "x"),
        ("", ""),
    ]
    asked = [*near, *others, *far, *near]
    dice.shuffle(asked)
    lists = queries.lists_now(organisation=cast.one.id, now=NOW)
    many = check.check_texts(lists, asked)
    assert many == [check.check_text(lists, value, kind) for kind, value in asked]
    assert {one.verdict for one in many} == {"known", "near", "related", "none", "malformed"}
    both = many[asked.index(near[0])]
    assert {met.list for met in both.matches} == {"Partner list", "Second list"}
    # What differs by 20 bits is beyond the second list's distance.
    assert [len(many[asked.index(one)].matches) for one in far] == [1] * 20 + [0] * 10
