"""Partners fetch lists with the clients that they have: the package `threatexchange`, its command line, and plain HTTP."""

import dataclasses
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from tests.support.running import running
from tests.synthetic import pictures

from cairndesk.accounts import undo
from cairndesk.accounts.actions import create_api_key
from cairndesk.accounts.models import ApiKey
from cairndesk.accounts.rules import SYSTEM
from cairndesk.custody.models import LogOpening
from cairndesk.exchange import api
from cairndesk.lib import bucket, clock
from cairndesk.serve import site
from cairndesk.signals import actions, giving, governed, shelf
from cairndesk.signals.engine import pdq
from cairndesk.signals.engine.identifiers import Identifier, Kind, recognise
from cairndesk.signals.engine.lists import Row
from cairndesk.signals.models import Block, HashList, ListEntry, ListVersion, PartnerOpinion
from cairndesk.signals.queries import find_matches
from cairndesk.signals.rules import DISPUTES, DelistedBecause, Papers, Reason

hash_api = pytest.importorskip("threatexchange.exchanges.clients.ncmec.hash_api")
ncmec_api = pytest.importorskip("threatexchange.exchanges.impl.ncmec_api")

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROOT = Path(__file__).parents[2]
SCENE = pictures.scene(480, 360, seed=3)
# The index of the package answers nothing once it was written and read again, where it holds one hash only.
OTHERS = [f"pdq:{number * 0x1357:064x}" for number in range(1, 9)]
MD5, SHA1, OTHER = "ab" * 16, "cd" * 20, "cd" * 16
Putting = Callable[..., HashList]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"data": tmp_path})
    api._buckets.clear()
    yield
    shelf.of.cache_clear()


@pytest.fixture
def put(one: Any, sam: Any) -> Putting:
    """Take texts in as a list that may be shared, an hour ago or when `ago` says."""

    def putting(*texts: str, replace: bool = False, ago: timedelta = timedelta(hours=1), **papers: Any) -> HashList:
        now = clock.now()
        held = Papers(
            name="Own list", owner="Cairn Desk One", agreement="own", terms="For matching only.", provenance="confirmed here",
            received_on=(now - ago).date(), expires_on=now.date() + timedelta(days=100), may_share=True,
        )  # fmt: skip
        rows = [Row(line, recognise(text)[:1], label="A1") for line, text in enumerate(texts, 1)]
        done = actions.import_list(organisation=one.pk, papers=dataclasses.replace(held, **papers), rows=rows, by=sam, now=now - ago, replace=replace)
        return done.listed

    return putting


def key_of(organisation: Any, **rights: bool) -> str:
    row, key = create_api_key(organisation=organisation, sender="Harbour Chat", source="platform", by=SYSTEM, now=clock.now())
    # That it takes two people is tried in tests/signals/test_writing_out.py.
    ApiKey.objects.filter(pk=row.pk).update(**rights)
    return key


@pytest.fixture
def key(one: Any) -> str:
    return key_of(one, may_read_lists=True)


@pytest.fixture
def desk(settings: Any) -> Iterator[str]:
    with running(site.application(settings.CAIRNDESK)) as address:
        yield address


def get(desk: str, path: str, key: str, **more: Any) -> requests.Response:
    return requests.get(f"{desk}/api/v1/lists{path}", auth=("partner", key), timeout=20, **more)


def client(desk: str, listed: HashList, key: str) -> Any:
    return hash_api.NCMECHashAPI("partner", key, SimpleNamespace(value=f"{desk}/api/v1/lists/{listed.pk}/ncmec"))


def seconds(listed: HashList, number: int) -> int:
    return int(ListVersion.objects.get(list=listed, number=number).made_at.timestamp())


def test_the_client_of_the_package_reads_what_came_and_what_went(put: Putting, desk: str, key: str) -> None:
    put("pdq:" + "0f" * 32, MD5, SHA1, "sha256:" + "ee" * 32, ago=timedelta(hours=2))
    listed = put("pdq:" + "0f" * 32, SHA1, replace=True)
    asking = client(desk, listed, key)
    assert asking.status().esp_name == "Harbour Chat"
    (owner,) = asking.members()
    assert owner.esp_name == "Cairn Desk One"
    first, second = seconds(listed, 1), seconds(listed, 2)
    found = asking.get_entries(start_timestamp=0, end_timestamp=second + 5)
    assert {(one.entry_type.value, one.deleted, *one.fingerprints.items()) for one in found.updates} == {
        ("image", False, ("pdq", "0f" * 32)), ("image", False, ("sha1", SHA1)), ("video", False, ("sha1", SHA1)),
        ("image", True), ("video", True),
    }  # fmt: skip
    assert {one.member_id for one in found.updates} == {owner.esp_id}
    assert {one.classification for one in found.updates} == {"A1", None}
    assert (found.max_timestamp, found.next) == (second, "")
    # Before the MD5 went there was nothing of that moment but what still stands.
    assert {tuple(one.fingerprints) for one in asking.get_entries(start_timestamp=first, end_timestamp=first + 1).updates} == {("pdq",), ("sha1",)}
    assert [one.deleted for one in asking.get_entries(start_timestamp=second, end_timestamp=second + 1).updates] == [True, True]
    assert asking.get_entries(start_timestamp=first + 1, end_timestamp=second).updates == []


def test_many_entries_come_in_pages_that_stay_valid_whatever_is_published_meanwhile(put: Putting, desk: str, key: str) -> None:
    values = [f"{number:032x}" for number in range(1, 1501)]
    listed = put(*values, ago=timedelta(hours=2))
    asking = client(desk, listed, key)
    end = seconds(listed, 1) + 60
    first = asking.get_entries(end_timestamp=end)
    assert len(first.updates) == 2000
    assert first.next.startswith("/v2/entries?")
    assert first.get_next_info().size == 1000
    # Not so many that a person would have to look at the change first.
    put(*values[:1450], "ef" * 16, replace=True)
    rest = asking.get_entries(end_timestamp=end, next_=first.next)
    # What went meanwhile is not given any more, and what came belongs to the next span.
    assert {one.fingerprints["md5"] for one in rest.updates} == set(values[1000:1450])
    assert {one.fingerprints["md5"] for one in first.updates} == set(values[:1000])
    assert rest.next == ""
    assert asking.get_entries(end_timestamp=end, next_=first.next).updates == rest.updates


def test_the_exchange_of_the_package_fetches_all_and_later_only_the_rest(put: Putting, desk: str, key: str) -> None:
    from threatexchange.signal_type.md5 import VideoMD5Signal
    from threatexchange.signal_type.pdq.signal import PdqSignal

    values = [f"{number:032x}" for number in range(1, 2501)]
    listed = put(*values, "pdq:" + "0f" * 32, ago=timedelta(hours=2))
    collab = ncmec_api.NCMECCollabConfig(name="x", environment=SimpleNamespace(value=f"{desk}/api/v1/lists/{listed.pk}/ncmec"))
    exchange, kinds = ncmec_api.NCMECSignalExchangeAPI(collab, "partner", key), [PdqSignal, VideoMD5Signal]
    api._buckets.clear()
    held: dict[str, Any] = {}

    def fetch(checkpoint: Any) -> Any:
        for delta in exchange.fetch_iter(kinds, checkpoint):
            exchange.naive_fetch_merge(held, delta.updates)
            checkpoint = delta.checkpoint
        return checkpoint

    checkpoint = fetch(None)
    converted = exchange.naive_convert_to_signal_type(kinds, collab, held)
    assert set(converted[VideoMD5Signal]) == set(values)
    assert set(converted[PdqSignal]) == {"0f" * 32}
    checkpoint.get_entries_max_ts -= 1800
    put(*values[1:], "ef" * 16, "pdq:" + "0f" * 32, replace=True, ago=timedelta(minutes=10))
    fetch(checkpoint)
    assert set(exchange.naive_convert_to_signal_type(kinds, collab, held)[VideoMD5Signal]) == {*values[1:], "ef" * 16}


def command(folder: Path, *words: str, key: str = "") -> str:
    """What the command line of the package prints, with a home of its own."""
    where = {"PYTHONPATH": str(ROOT / "deploy" / "partner"), "HOME": str(folder), "TX_STATEDIR": str(folder / "state"), "PATH": os.environ["PATH"]}
    secret = {"TX_NCMEC_CREDENTIALS": f"partner:{key}"} if key else {}
    run = [sys.executable, "-c", "from threatexchange.cli.main import main; main()", *words]
    done = subprocess.run(run, env={**where, **secret}, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "mirrored.png"
    path.write_bytes(pictures.encoded(SCENE, "PNG"))
    return path


def listed_scene() -> str:
    import numpy as np

    return pdq.of_rgb(np.asarray(SCENE)).hashes[0].hex()


def test_the_command_line_of_the_package_fetches_and_matches_from_us(put: Putting, desk: str, key: str, tmp_path: Path, picture: Path) -> None:
    listed = put(f"pdq:{listed_scene()}", *OTHERS, MD5)
    address = f"{desk}/api/v1/lists/{listed.pk}/ncmec"
    command(tmp_path, "config", "extensions", "add", "cairndesk_lists")
    command(tmp_path, "config", "collab", "edit", "cairndesk", "--create", "Desk One", "--address", address)
    command(tmp_path, "fetch", key=key)
    assert re.match(r"pdq 0 \(Desk One\) POSITIVE_CLASS A1", command(tmp_path, "match", "photo", str(picture)))
    (told,) = LogOpening.objects.filter(detail__has_key="given").values_list("detail", flat=True)
    assert (told["given"], told["gone"]) == (10, 0)


def test_the_command_line_of_the_package_matches_from_the_file_that_curl_fetched(
    put: Putting, desk: str, key: str, tmp_path: Path, picture: Path
) -> None:
    listed = put(f"pdq:{listed_scene()}", *OTHERS, MD5, "https://pics.example/a", "sha256:" + "ee" * 32, "name@mail.example")
    file = tmp_path / "signals.txt"
    curl = ["curl", "-sf", "--noproxy", "*", "-u", f"partner:{key}", "-o", str(file), f"{desk}/api/v1/lists/{listed.pk}/signals.txt"]
    subprocess.run(curl, check=True, timeout=20)
    others = [other.replace(":", " ") for other in OTHERS]
    assert file.read_text().splitlines() == [
        f"pdq {listed_scene()}", *others, f"video_md5 {MD5}", "url https://pics.example/a", "video_sha256 " + "ee" * 32,
    ]  # fmt: skip
    command(tmp_path, "config", "collab", "edit", "local_file", "--create", "Desk One", "--filename", str(file))
    command(tmp_path, "fetch")
    assert command(tmp_path, "match", "photo", str(picture)).startswith("pdq 0 (Desk One)")
    assert "(Desk One)" in command(tmp_path, "match", "url", "--", "https://pics.example/a")


def test_a_file_that_did_not_change_is_not_sent_again(put: Putting, desk: str, key: str) -> None:
    listed = put(MD5)
    path = f"/{listed.pk}/signals.txt"
    first = get(desk, path, key)
    assert (first.status_code, first.text) == (200, f"video_md5 {MD5}\n")
    for header, told in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
        again = get(desk, path, key, headers={header: first.headers[told]})
        assert (again.status_code, again.content) == (304, b"")
    put(SHA1)
    assert get(desk, path, key, headers={"If-None-Match": first.headers["ETag"]}).text == f"video_md5 {MD5}\nsha1 {SHA1}\n"
    assert LogOpening.objects.filter(detail__has_key="given").count() == 2


@pytest.mark.parametrize("papers", [{"may_share": False}, {"off": True}, {"owner": "two"}])
def test_a_list_that_may_not_be_shared_looks_like_none(put: Putting, desk: str, key: str, two: Any, sam: Any, papers: dict[str, Any]) -> None:
    listed = put(MD5, may_share=papers.get("may_share", True))
    if papers.get("off"):
        actions.switch_off(listed=listed, by=sam, now=clock.now())
    asking = key_of(two, may_read_lists=True) if papers.get("owner") else key
    for path in ("signals.txt", "ncmec/v2/entries", "ncmec/v2/status", "ncmec/v2/members"):
        answer = get(desk, f"/{listed.pk}/{path}", asking)
        assert (answer.status_code, answer.json()["code"]) == (404, "signals.list_not_shared")
    assert get(desk, "", asking).json() == []
    assert not LogOpening.objects.filter(detail__has_key="given").exists()


def test_which_lists_there_are_is_told_with_their_terms(put: Putting, desk: str, key: str) -> None:
    listed = put(MD5)
    (told,) = get(desk, "", key).json()
    assert (told["name"], told["terms"], told["version"]) == ("Own list", "For matching only.", 1)
    assert get(desk, told["file"].removeprefix("/api/v1/lists"), key).status_code == 200
    assert told["ncmec"] == f"/api/v1/lists/{listed.pk}/ncmec"


def test_a_key_without_the_right_fetches_nothing(put: Putting, desk: str, one: Any) -> None:
    listed = put(MD5)
    plain = key_of(one, may_look_up=True)
    assert get(desk, f"/{listed.pk}/signals.txt", plain).status_code == 403
    assert get(desk, f"/{listed.pk}/signals.txt", "cairn_wrong").status_code == 401
    assert requests.get(f"{desk}/api/v1/lists", timeout=20).status_code == 401


def test_whoever_asks_too_often_waits(put: Putting, desk: str, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(MD5)
    # At one moment: on a slow machine the bucket would fill between the questions.
    later = time.monotonic() + 60
    monkeypatch.setattr(bucket, "time", SimpleNamespace(monotonic=lambda: later))
    answers = [get(desk, "", key) for _ in range(30)]
    assert {answer.status_code for answer in answers} == {200, 429}
    assert answers[-1].json()["code"] == "exchange.too_many_pages"


@pytest.mark.parametrize("query", ["from=yesterday", "to=2999-01-01T00:00:00Z", "start=x"])
def test_a_span_that_cannot_be_answered_is_refused(put: Putting, desk: str, key: str, query: str) -> None:
    listed = put(MD5)
    answer = get(desk, f"/{listed.pk}/ncmec/v2/entries?{query}", key)
    assert (answer.status_code, answer.json()["code"]) == (422, "exchange.span_refused")


def test_the_client_of_the_package_says_of_an_entry_that_it_is_right_or_wrong(put: Putting, desk: str, key: str, one: Any, sam: Any) -> None:
    listed, md5 = put(MD5, SHA1), hash_api.FingerprintType.md5
    asking = client(desk, listed, key)
    (entry,) = [each for each in asking.get_entries().updates if each.entry_type.value == "image" and "md5" in each.fingerprints]
    asking.submit_upvote(entry.member_id, entry.id, md5)
    right = PartnerOpinion.objects.get()
    assert (right.sender, right.reason, right.entry.value) == ("Harbour Chat", "", MD5)
    reasons = {words: guid for guid, words in asking.feedback_reasons(md5).items()}
    assert list(reasons) == list(DISPUTES.values())
    asking.submit_feedback(entry.member_id, f"{entry.id}-video", md5, hash_api.FeedbackType.downvote, reasons[DISPUTES[Reason.TOO_COMMON]])
    other = client(desk, listed, key_of(one, may_read_lists=True))
    other.submit_upvote(entry.member_id, entry.id, md5)
    assert list(PartnerOpinion.objects.order_by("-reason").values_list("reason", flat=True)) == ["too_common", ""], "the last word of each"
    assert LogOpening.objects.filter(subject_kind="opinion").count() == 3
    assert find_matches(organisation=one.pk, identifiers=recognise(MD5), now=clock.now()), "nothing follows by itself"
    shown = governed.page(listed, now=clock.now())
    assert (shown.called_right, shown.called_wrong, [each.entry.value for each in shown.objections]) == (1, 1, [MD5])


GOOD = b'<feedbackSubmission xmlns="https://hashsharing.ncmec.org/hashsharing/v2"><affirmative/></feedbackSubmission>'


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("{entry}/SHA1", GOOD, 409), ("99999999/MD5", GOOD, 409), ("x/MD5", GOOD, 422), ("{entry}/url", GOOD, 422), ("{entry}/PDNA", GOOD, 422),
        ("{entry}/MD5", b"", 422),
        ("{entry}/MD5", b"<a/>", 422), ("{entry}/MD5", GOOD.replace(b"affirmative", b"negative"), 422), ("{entry}/MD5", b"\xff", 422),
        ("{entry}/MD5", b'<!DOCTYPE a [<!ENTITY b "c">]>' + GOOD, 422), ("{entry}/MD5", GOOD + b" " * 4096, 422),
        ("{entry}/MD5", GOOD.replace(b"<affirmative/>", b"<negative><reasonIds><guid>x</guid></reasonIds></negative>"), 422),
    ],
)  # fmt: skip
def test_feedback_that_cannot_be_read_leaves_nothing(put: Putting, desk: str, key: str, path: str, body: bytes, status: int) -> None:
    listed = put(MD5)
    where = path.format(entry=ListEntry.objects.get(list=listed).pk)
    answer = requests.put(f"{desk}/api/v1/lists/{listed.pk}/ncmec/v2/entries/1/{where}/feedback", data=body, auth=("partner", key), timeout=20)
    assert (answer.status_code, PartnerOpinion.objects.count()) == (status, 0)


def test_what_took_long_to_write_counts_from_when_it_was_published(one: Any, sam: Any, put: Putting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cairndesk.signals.actions.lists.time", SimpleNamespace(monotonic=lambda: time.monotonic() + 600))
    begun = clock.now() - timedelta(hours=1)
    listed = put(MD5)
    assert ListVersion.objects.get(list=listed).made_at >= begun + timedelta(minutes=10)


@pytest.mark.req("DET-18")
def test_access_providers_fetch_what_is_to_be_blocked_and_nothing_that_has_ended(put: Putting, desk: str, key: str, one: Any, sam: Any) -> None:
    now = clock.now()
    far = now.date() + timedelta(days=900)
    own = actions.make_own_list(organisation=one, terms="To block.", expires_on=far, by=sam, now=now, may_share=True)
    addresses = ["https://pictures.example/a/1", "https://pictures.example/a/2"]
    for address in addresses:
        actions.block_address(listed=own, named=recognise(address)[:1], label="a", by=sam, now=now)

    def fetched(**headers: str) -> requests.Response:
        return get(desk, f"/{own.pk}/blocklist.txt", key, headers=headers)

    # What two people put there waits for as long as they can take it back, and the tag says that something came.
    early = fetched()
    assert '"entries": 0' in get(desk, f"/{own.pk}/blocklist.jsonl", key).text
    Block.objects.update(listed_at=now - undo.window())
    first = fetched(**{"If-None-Match": early.headers["ETag"]})
    assert [line for line in first.text.splitlines() if not line.startswith("#")] == addresses
    assert fetched(**{"If-None-Match": first.headers["ETag"]}).status_code == 304
    actions.delist_address(block=Block.objects.get(entry__value=addresses[0]), why=DelistedBecause.REMOVED, by=sam, now=now)
    Block.objects.filter(entry__value=addresses[1]).update(expires_on=now.date())
    then = fetched(**{"If-None-Match": first.headers["ETag"]})
    assert (then.status_code, [line for line in then.text.splitlines() if not line.startswith("#")]) == (200, [])
    assert '"entries": 0' in get(desk, f"/{own.pk}/blocklist.jsonl", key).text
    ListVersion.objects.update(made_at=now - undo.window())
    assert {one["blocklist"] for one in get(desk, "", key).json()} == {f"/api/v1/lists/{own.pk}/blocklist.txt"}
    assert LogOpening.objects.filter(detail__given=2, subject=own.pk).exists()


def test_what_two_people_published_is_given_once_they_cannot_take_it_back_and_no_reader_of_spans_misses_it(one: Any, sam: Any) -> None:
    def given(since: int, until: int) -> list[tuple[str, bool]]:
        found = giving.shared_list(organisation=one.pk, list_id=own.pk, now=noon + until * second)
        span = giving.changed_between(found, noon + since * second, noon + until * second, kinds=[Kind.MD5], size=9)
        return [(entry.value, entry.is_gone) for entry in span.entries]

    noon, second, far = clock.now() - timedelta(hours=2), timedelta(seconds=1), clock.now().date() + timedelta(days=900)
    own = actions.make_own_list(organisation=one, terms="For matching.", expires_on=far, by=sam, now=noon - timedelta(days=1), may_share=True)

    def published(number: int, value: str, at: int) -> None:
        actions.publish_own(listed=own, named=[Identifier(Kind.MD5, value)], label="a", by=sam, now=noon + at * second)
        # The version counts from when it was written, which takes a moment.
        ListVersion.objects.filter(list=own, number=number).update(made_at=noon + at * second)

    def whole(until: int) -> list[str]:
        found = giving.shared_list(organisation=one.pk, list_id=own.pk, now=noon + until * second)
        # Whoever asks with the time of their last fetch is told that something came.
        assert giving.first_and_last(found)[1] <= noon + until * second
        return [value for page in giving.every_value(found) for _, value in page]

    published(2, MD5, 0)
    assert [given(0, 29), given(0, 31), given(29, 31)] == [[], [(MD5, False)], [(MD5, False)]]
    assert [whole(29), whole(31)] == [[], [MD5]]
    published(3, OTHER, 100)
    assert [given(31, 129), given(129, 131)] == [[], [(OTHER, False)]]
    assert [whole(129), whole(131)] == [[MD5], [MD5, OTHER]]
    # Taken off within that time, it was never there for anybody.
    published(4, "ef" * 16, 200)
    actions.withdraw_own(listed=own, named=[Identifier(Kind.MD5, "ef" * 16)], by=sam, now=noon + 210 * second)
    ListVersion.objects.filter(list=own, number=5).update(made_at=noon + 210 * second)
    assert [value for until in (215, 235, 900) for value, is_gone in given(131, until) if not is_gone] == []


@pytest.mark.req("DET-18")
def test_only_a_key_that_may_fetch_and_only_our_own_list_gives_addresses(put: Putting, desk: str, key: str, one: Any, sam: Any) -> None:
    other = put("https://pictures.example/a/1", name="Partner list")
    own = actions.make_own_list(organisation=one, terms="To block.", expires_on=clock.now().date() + timedelta(days=9), by=sam, now=clock.now())
    for form in ("txt", "jsonl"):
        # A list of links that others gave is for matching; and our own is shared only where its papers say so.
        assert get(desk, f"/{other.pk}/blocklist.{form}", key).status_code == 404
        assert get(desk, f"/{own.pk}/blocklist.{form}", key).status_code == 404
        HashList.objects.filter(pk=own.pk).update(may_share=True)
        assert get(desk, f"/{own.pk}/blocklist.{form}", key_of(one)).status_code == 403
        HashList.objects.filter(pk=own.pk).update(may_share=False)
