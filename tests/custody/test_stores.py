"""The two stores of sealed objects, by one contract; and a bucket whose server lies, fails or falls silent."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from tests.support.object_store import KEY, SECRET, GoBetween, by_moto_alone, certified

from cairndesk.config import Vault
from cairndesk.custody.adapters.bucket import Bucket
from cairndesk.custody.adapters.folder import Folder, Stored
from cairndesk.custody.errors import VaultAway, VaultRefused, VaultUnfit
from cairndesk.custody.sealing import objects

Store = Folder | Bucket
DATA = bytes(range(256)) * 700


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return Folder(tmp_path / "vault")
    found: Bucket = request.getfixturevalue("bucket")
    return found


@pytest.mark.req("EVD-19")
class TestContract:
    """What holds for either store."""

    def test_what_is_put_is_kept_whole_and_its_length_and_hash_are_those_of_the_bytes(self, store: Store) -> None:
        item = uuid4()
        stored = store.put(item, [DATA[:1000], DATA[1000:]])
        assert stored == Stored(len(DATA), hashlib.sha256(DATA).digest())
        assert (store.length(item), store.digest(item)) == (stored.length, stored.digest)

    def test_any_part_is_read_without_the_rest(self, store: Store) -> None:
        item = uuid4()
        store.put(item, [DATA])
        end = len(DATA)
        for start, count in ((0, 1), (0, end), (70000, 300), (end - 5, 5), (end - 5, 50), (end, 1), (end + 99, 7)):
            assert store.fetch(item, start, count) == DATA[start : start + count]

    def test_an_object_is_written_once_and_never_replaced(self, store: Store) -> None:
        item = uuid4()
        store.put(item, [b"first"])
        with pytest.raises(VaultRefused, match="File exists"):
            store.put(item, [b"second"])
        assert store.fetch(item, 0, 10) == b"first"

    def test_what_is_missing_is_said_to_be_missing(self, store: Store) -> None:
        store.put(uuid4(), [b"another"])
        item = uuid4()
        assert store.length(item) is None
        for ask in (lambda: store.digest(item), lambda: store.fetch(item, 0, 1)):
            with pytest.raises(FileNotFoundError):
                ask()
        store.remove(item)

    def test_what_is_removed_is_gone_and_the_others_stay(self, store: Store) -> None:
        gone, kept = uuid4(), uuid4()
        for item in (gone, kept):
            store.put(item, [b"bytes"])
        store.remove(gone)
        assert (store.length(gone), store.fetch(kept, 0, 9)) == (None, b"bytes")

    def test_it_lists_every_object_and_nothing_else(self, store: Store) -> None:
        assert list(store.listed()) == []
        lengths = {uuid4(): length for length in (1, 20, 300)}
        for item, length in lengths.items():
            store.put(item, [bytes(length)])
        found = list(store.listed())
        assert {one.item: one.length for one in found} == lengths
        assert all(abs(datetime.now(UTC) - one.written_at) < timedelta(minutes=5) for one in found)

    def test_it_is_copied_whole_or_in_part_and_what_is_missing_leaves_nothing(self, store: Store, tmp_path: Path) -> None:
        items = [uuid4(), uuid4()]
        for item in items:
            store.put(item, [item.bytes])
        for number, wanted in enumerate((None, items[:1], [uuid4()])):
            store.copy(wanted, tmp_path / str(number))
        whole, part, none = (sorted((tmp_path / str(number)).iterdir()) for number in range(3))
        assert {path.name: path.read_bytes() for path in whole} == {item.hex: item.bytes for item in items}
        assert ([path.name for path in part], none) == ([items[0].hex], [])

    def test_a_sealed_object_is_opened_from_it_in_chunks(self, store: Store) -> None:
        key, item, meaning = os.urandom(32), uuid4(), b"meaning"
        stored = store.put(item, objects.encrypted(key, DATA, meaning))
        opened = objects.Opened(key, meaning, lambda start, count: store.fetch(item, start, count), stored.length)
        assert (opened.size, opened.read(100000, 40)) == (len(DATA), DATA[100000:100040])


def test_an_honest_store_passes_the_probe_and_nothing_of_it_stays(bucket: Bucket, between: GoBetween) -> None:
    bucket.probe()
    assert list(bucket.listed()) == []
    assert between.asked[-2].startswith("DELETE ")


@by_moto_alone
def test_a_store_that_overwrites_in_spite_of_the_condition_is_found_out(bucket: Bucket, between: GoBetween) -> None:
    with between.having("lies"), pytest.raises(VaultUnfit, match="overwritten"):
        bucket.probe()


@pytest.mark.parametrize("fault", ["forgets", "changes a byte", "busy", "refuses", "is away"])
def test_no_fault_at_all_passes_the_probe(bucket: Bucket, between: GoBetween, fault: str) -> None:
    with between.having(fault), pytest.raises((VaultUnfit, VaultAway)):
        bucket.probe()


READS: dict[str, Callable[[Bucket, UUID], object]] = {
    "length": Bucket.length,
    "digest": Bucket.digest,
    "fetch": lambda bucket, item: bucket.fetch(item, 3, 40),
    "listed": lambda bucket, _: list(bucket.listed()),
    "put": lambda bucket, _: bucket.put(uuid4(), [DATA]),
}


@pytest.mark.parametrize("verb", READS)
@pytest.mark.parametrize(("fault", "says"), [("busy", "503"), ("refuses", "refuses us"), ("is away", "did not answer")])
def test_a_store_that_is_away_busy_or_refuses_is_never_taken_for_an_empty_one(
    bucket: Bucket, between: GoBetween, verb: str, fault: str, says: str
) -> None:
    item = uuid4()
    bucket.put(item, [DATA])
    with between.having(fault), pytest.raises(VaultAway) as told:
        READS[verb](bucket, item)
    assert says in told.value.detail
    assert "no secret but this one" not in f"{told.value.detail}{told.value.__cause__}{told.value.__context__}"
    assert bucket.fetch(item, 0, 5) == DATA[:5]


def test_a_short_trouble_is_waited_for(bucket: Bucket, between: GoBetween) -> None:
    item = uuid4()
    with between.having("busy", times=1):
        bucket.put(item, [DATA])
    with between.having("is away", times=1):
        assert bucket.fetch(item, 0, 5) == DATA[:5]


@pytest.mark.slow
def test_an_answer_that_stops_in_the_middle_is_no_answer(bucket: Bucket, between: GoBetween) -> None:
    item = uuid4()
    bucket.put(item, [DATA])
    for verb in ("digest", "fetch"):
        with between.having("stops in the middle"), pytest.raises(VaultAway):
            READS[verb](bucket, item)


def test_a_server_that_dies_while_it_is_written_to_has_no_half_object(bucket: Bucket, between: GoBetween) -> None:
    item = uuid4()
    with between.having("dies while it is written"), pytest.raises(VaultAway):
        bucket.put(item, [DATA])
    assert bucket.length(item) is None
    assert bucket.put(item, [DATA]).length == bucket.length(item)


def test_a_bucket_that_is_not_there_is_not_an_empty_one(bucket: Bucket) -> None:
    elsewhere = Bucket(replace(bucket.place, bucket="no-such-bucket"))
    for ask in (lambda: list(elsewhere.listed()), lambda: elsewhere.put(uuid4(), [b"x"]), lambda: elsewhere.fetch(uuid4(), 0, 1), elsewhere.probe):
        with pytest.raises(VaultAway, match="no such bucket"):
            ask()


def test_two_desks_in_one_bucket_see_nothing_of_each_other(bucket: Bucket) -> None:
    other, item = Bucket(replace(bucket.place, prefix="another/desk")), uuid4()
    bucket.put(item, [b"x"])
    assert (list(other.listed()), other.length(item)) == ([], None)


def test_without_an_access_key_nothing_is_dialled_and_the_file_is_not_quoted(
    bucket: Bucket, between: GoBetween, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    torn = tmp_path / "torn.key"
    torn.write_text(KEY.replace("[default]", "").replace("=", ""), encoding="ascii")
    asked = len(between.asked)
    for credentials in (None, tmp_path / "none", torn):
        with pytest.raises(VaultUnfit, match="access key") as told:
            Bucket(replace(bucket.place, credentials=credentials)).probe()
        assert "no secret but this one" not in f"{told.value.detail}{told.value.__cause__}"
    assert len(between.asked) == asked
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "desk")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    Bucket(replace(bucket.place, credentials=None)).probe()


def test_a_store_that_sends_somewhere_else_gets_no_key_and_no_object_there(bucket: Bucket, between: GoBetween, s3: int) -> None:
    with GoBetween(s3) as other, between.having("sends elsewhere"):
        between.elsewhere = other.port
        with pytest.raises(VaultAway):
            bucket.put(uuid4(), [DATA])
        with pytest.raises(VaultAway), other.having("refuses"):
            bucket.fetch(uuid4(), 0, 1)
        assert [line for line in other.asked if line.startswith("PUT")] == other.signed == []


@pytest.mark.slow
def test_a_store_with_an_authority_of_its_own_is_trusted_where_it_is_named_and_nowhere_else(bucket: Bucket, s3: int, tmp_path: Path) -> None:
    context, authority = certified(tmp_path)
    with GoBetween(s3, context=context) as between:
        place = replace(bucket.place, endpoint=f"https://127.0.0.1:{between.port}")
        Bucket(replace(place, roots=authority)).probe()
        asked = len(between.asked)
        with pytest.raises(VaultAway):
            Bucket(place).probe()
        with pytest.raises(VaultUnfit, match="certificates"):
            Bucket(replace(place, roots=tmp_path / "none")).probe()
        assert len(between.asked) == asked


@pytest.mark.parametrize("endpoint", ["http://store.example", "ftp://store.example", "https://store.example/path"])
def test_a_store_that_is_elsewhere_is_reached_by_tls_only(endpoint: str) -> None:
    with pytest.raises(ValueError, match="needed"):
        Vault(bucket="originals", endpoint=endpoint)
    assert Vault(bucket="originals", region="eu-central-1").places() == [("s3.eu-central-1.amazonaws.com", 443)]
