import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.response.fetched import Fetcher
from tests.response.sources import TOKEN, Graph, Ncmec, StopNcii, drawn
from tests.support.list_server import Asked, ListServer, Reply

from cairndesk.lib.errors import DeskError
from cairndesk.response.errors import AnswerUnreadable, CredentialsRefused, FetchDelayed, FetchRefused, NotAllowedOut
from cairndesk.signals.actions import accept_change
from cairndesk.signals.models import HashList, ListEntry, ListSource, ListVersion, SourceValue
from cairndesk.signals.rules import HeldBecause, SourceKind

pytestmark = pytest.mark.django_db
BEFORE = 1_700_000_000


def image(seed: int, at: int = BEFORE, grade: str = "A1", **more: str) -> tuple[int, str, str, dict[str, str]]:
    return at, "image", grade, {"md5": drawn(seed), "sha1": drawn(seed, "sha1"), "pdq": drawn(seed, "pdq"), **more}


def prints(seed: int) -> set[tuple[str, str]]:
    return {(kind, drawn(seed, kind)) for kind in ("md5", "sha1", "pdq")}


@pytest.fixture
def ncmec(fetcher: Fetcher) -> Iterator[tuple[Ncmec, ListServer]]:
    source = Ncmec()
    with ListServer(source) as server:
        fetcher.point(SourceKind.NCMEC, f"{server.base}/hashsharing", port=server.port)
        yield source, server


@pytest.mark.slow
@pytest.mark.req("DET-01")
def test_ncmec_gives_every_fingerprint_of_images_and_videos_and_takes_back_what_was_deleted(
    fetcher: Fetcher, ncmec: tuple[Ncmec, ListServer]
) -> None:
    source, _ = ncmec
    for seed in range(5):
        source.entries[7, f"id-{seed}"] = image(seed, at=BEFORE + seed, grade="B2", pdna="x", netclean="y")
    source.entries[8, "id-0"] = (BEFORE, "video", "A1", {"md5": drawn(0).upper(), "tmk-pdqf": "z"})
    assert fetcher.fetch() is None
    assert fetcher.listed() == set().union(*(prints(seed) for seed in range(5)))
    assert fetcher.labels()[drawn(0)] == "A1"
    assert fetcher.labels()[drawn(1)] == "B2"
    assert ListSource.objects.get().unmatched == {"netclean": 5, "pdna": 5, "tmk-pdqf": 1}
    recent = int(fetcher.now.timestamp()) - 500
    ListSource.objects.update(checkpoint={"to": recent - 500})
    fetcher.later(hours=25)
    source.entries[7, "id-0"] = (recent, "image", "", None)
    source.entries[7, "id-1"] = (recent, "image", "", None)
    assert fetcher.fetch() is None
    # Another member still lists the file of the first entry.
    assert fetcher.listed() == {("md5", drawn(0))}.union(*(prints(seed) for seed in range(2, 5)))


def test_ncmec_is_asked_only_for_what_came_after_the_last_fetch(fetcher: Fetcher, ncmec: tuple[Ncmec, ListServer]) -> None:
    source, server = ncmec
    source.entries[7, "a"] = image(1)
    assert fetcher.fetch() is None
    asked = len(server.asked)
    ListSource.objects.update(checkpoint={"to": int(fetcher.now.timestamp()) - 1000})
    source.entries[7, "b"] = image(2, at=int(fetcher.now.timestamp()) - 500)
    assert fetcher.fetch() is None
    assert {one.query["from"] > "2025" for one in server.asked[asked:]} == {True}
    assert fetcher.listed() == prints(1) | prints(2)


def test_an_entry_that_cannot_be_read_is_counted_and_harms_no_other(fetcher: Fetcher, ncmec: tuple[Ncmec, ListServer]) -> None:
    source, _ = ncmec
    source.entries[7, "a"] = image(1, md5="not a hash")
    source.broken = '<images count="1" maxTimestamp="2024-01-01T00:00:00Z"><image><id>x</id></image></images>'
    assert fetcher.fetch() is None
    assert fetcher.listed() == prints(1) - {("md5", drawn(1))}
    assert ListSource.objects.get().refused >= 2


BOMB = b"""<?xml version="1.0"?><!DOCTYPE queryResult [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><queryResult><images>&c;</images></queryResult>"""


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (Reply(status=401), CredentialsRefused),
        (Reply(status=429, headers={"Retry-After": "7200"}), FetchDelayed),
        (Reply(status=503), FetchDelayed),
        (Reply(b"<queryResult><images count="), AnswerUnreadable),
        (Reply(BOMB), AnswerUnreadable),
        (Reply(b"<x>" * 40 + b"</x>" * 40), AnswerUnreadable),
        (Reply(b"<html><body>Sorry</body></html>"), AnswerUnreadable),
        (Reply(b"<queryResult><paging><next>@other.example/v2</next></paging></queryResult>"), AnswerUnreadable),
        (Reply(b"<queryResult><paging><next>https://other.example/v2</next></paging></queryResult>"), AnswerUnreadable),
        (Reply(b"<queryResult><paging><next>/v2/entries?start=1&amp;size=1&amp;max=9</next></paging></queryResult>"), AnswerUnreadable),
        (Reply(status=302, headers={"Location": "https://other.example/"}), FetchRefused),
        (Reply(b"half", length=400), FetchDelayed),
    ],
)
def test_a_source_that_fails_leaves_the_list_as_it_was_and_says_so(
    fetcher: Fetcher, ncmec: tuple[Ncmec, ListServer], reply: Reply, failure: type[DeskError]
) -> None:
    source, server = ncmec
    source.entries[7, "a"] = image(1)
    assert fetcher.fetch() is None
    fetcher.later(hours=30)
    ListSource.objects.update(checkpoint={"to": BEFORE})
    server.answer = lambda _: reply
    said = fetcher.fetch()
    assert type(said) is failure
    held = ListSource.objects.get()
    assert (held.trouble, held.worker, held.checkpoint["to"]) == (failure.code, "", BEFORE)
    assert held.trouble_says[0].isupper()
    assert "other.example" not in held.trouble_says
    waits = 7200 if reply.status == 429 else 30 if said.retryable else 24 * 3600
    assert held.next_try_at == fetcher.now + timedelta(seconds=waits)
    assert fetcher.listed() == prints(1)
    server.answer = source
    fetcher.later(hours=30)
    assert fetcher.fetch() is None
    assert ListSource.objects.get().trouble == ""


def test_a_page_link_that_the_source_honours_no_more_is_left(fetcher: Fetcher, ncmec: tuple[Ncmec, ListServer]) -> None:
    source, server = ncmec
    source.entries[7, "a"], now = image(1), int(fetcher.now.timestamp())
    ListSource.objects.update(checkpoint={"to": BEFORE - 9, "link": "/v2/entries?gone", "end": BEFORE + 9, "given": now - 60})
    assert fetcher.fetch() is None
    assert fetcher.listed() == prints(1)
    ListSource.objects.update(checkpoint={"to": BEFORE - 9, "link": "/v2/entries?gone", "end": BEFORE + 9, "given": now - 13 * 3600})
    asked = len(server.asked)
    assert fetcher.fetch() is None
    assert all("from" in one.query for one in server.asked[asked:])


def test_failures_in_a_row_wait_longer_and_longer(fetcher: Fetcher, ncmec: tuple[Ncmec, ListServer]) -> None:
    _, server = ncmec
    server.answer = lambda _: Reply(status=503)
    waits = []
    for _ in range(4):
        fetcher.fetch()
        held = ListSource.objects.get()
        waits.append((held.next_try_at - fetcher.now).total_seconds())
        fetcher.now = held.next_try_at
    assert waits == [30, 60, 120, 240]


def test_a_source_whose_host_is_not_configured_is_never_asked(fetcher: Fetcher, ncmec: tuple[Ncmec, ListServer]) -> None:
    _, server = ncmec
    fetcher.hosts = [("lists.example", 443), ("127.0.0.1", server.port + 1)]
    assert type(fetcher.fetch()) is NotAllowedOut
    assert "lists" in ListSource.objects.get().trouble_says
    assert server.asked == []


@pytest.mark.parametrize("secret", ["nameword", "name:", ":word", "name:word\nmore"])
def test_credentials_that_are_none_are_not_tried(fetcher: Fetcher, ncmec: tuple[Ncmec, ListServer], secret: str) -> None:
    _, server = ncmec
    (fetcher.folder / "key").write_text(secret)
    assert type(fetcher.fetch()) is CredentialsRefused
    (fetcher.folder / "key").unlink()
    assert type(fetcher.fetch()) is CredentialsRefused
    assert secret not in ListSource.objects.get().trouble_says
    assert server.asked == []


def test_images_of_adults_are_listed_while_they_are_active_and_no_longer(fetcher: Fetcher) -> None:
    source = StopNcii()
    with ListServer(source) as server:
        fetcher.point(SourceKind.STOPNCII, f"{server.base}/v1", port=server.port)
        for seed, status in enumerate(("Active", "Received", "Withdrawn", "Active", "Unknown")):
            source.records["ImagePDQ", drawn(seed, "pdq")] = (BEFORE + seed, status)
        source.records["VideoTMK", "x" * 200] = (BEFORE, "Active")
        source.more = [{"signalType": "ImagePDQ"}, "nothing", {"signalType": "ImagePDQ", "hashValue": "short", "hashStatus": "Active"}]
        assert fetcher.fetch() is None
        assert fetcher.listed() == {("pdq", drawn(0, "pdq")), ("pdq", drawn(3, "pdq"))}
        held = ListSource.objects.get()
        assert (held.refused, held.unmatched, held.checkpoint["since"]) == (3, {"videotmk": 1}, BEFORE + 4)
        source.more = []
        source.records["ImagePDQ", drawn(0, "pdq")] = (BEFORE + 10, "Withdrawn")
        source.records["ImagePDQ", drawn(3, "pdq")] = (BEFORE + 11, "Deleted")
        source.records["ImagePDQ", drawn(1, "pdq")] = (BEFORE + 12, "Active")
        fetcher.later(hours=25)
        assert fetcher.fetch() is None
        assert fetcher.listed() == {("pdq", drawn(1, "pdq"))}
    assert {one.query["startTimestamp"] for one in server.asked} == {"10", str(BEFORE + 4)}


def test_what_is_no_text_harms_no_record_beside_it(fetcher: Fetcher) -> None:
    half, nothing = "\ud800", "\0"
    source = StopNcii()
    with ListServer(source) as server:
        fetcher.point(SourceKind.STOPNCII, f"{server.base}/v1", port=server.port)
        source.records["ImagePDQ", drawn(0, "pdq")] = (BEFORE, "Active")
        source.more = [{"signalType": kind, "hashValue": value, "hashStatus": "Active"} for kind, value in (("URL", half), ("URL", nothing))]
        source.more += [{"signalType": f"Odd{odd}", "hashValue": odd, "hashStatus": "Active"} for odd in (half, nothing)]
        assert fetcher.fetch() is None
    assert fetcher.listed() == {("pdq", drawn(0, "pdq"))}
    assert (ListSource.objects.get().refused, ListSource.objects.get().unmatched) == (2, {"odd": 2})


@pytest.mark.parametrize("token", ["\ud800", "\0", "a\nb"])
def test_a_word_for_the_next_page_that_is_none_is_refused(fetcher: Fetcher, token: str) -> None:
    answer = {"hashRecords": [], "hasMoreRecords": True, "nextSetTimestamp": 1, "nextPageToken": token}
    with ListServer(lambda _: Reply(json.dumps(answer).encode())) as server:
        fetcher.point(SourceKind.STOPNCII, f"{server.base}/v1", port=server.port)
        assert type(fetcher.fetch()) is AnswerUnreadable


@pytest.mark.parametrize(
    "answer", [b"{", b"[]", b'{"hashRecords": []}', b'{"hashRecords": [], "hasMoreRecords": true, "nextSetTimestamp": 1, "nextPageToken": null}']
)
def test_an_answer_of_another_shape_is_refused(fetcher: Fetcher, answer: bytes) -> None:
    with ListServer(lambda _: Reply(answer)) as server:
        fetcher.point(SourceKind.STOPNCII, f"{server.base}/v1", port=server.port)
        assert type(fetcher.fetch()) is AnswerUnreadable


@pytest.fixture
def graph(fetcher: Fetcher) -> Iterator[tuple[Graph, ListServer]]:
    source = Graph()
    with ListServer(source) as server:
        source.base = lambda: server.base
        fetcher.point(SourceKind.THREATEXCHANGE, f"{server.base}/v26.0", secret=TOKEN, port=server.port, collection="4711")
        yield source, server


def test_what_members_of_a_group_call_harmless_matches_nothing(fetcher: Fetcher, graph: tuple[Graph, ListServer]) -> None:
    source, _ = graph
    told = {
        ("HASH_PDQ", drawn(1, "pdq")): [("MALICIOUS", ["gr\ud800av\0e", "again"])],
        ("HASH_MD5", drawn(2)): [("NON_MALICIOUS", [])],
        ("HASH_SHA256", drawn(3, "sha256")): [("MALICIOUS", []), ("NON_MALICIOUS", [])],
        ("HASH_VIDEO_MD5", drawn(4)): [("SUSPICIOUS", ["seed"])],
        ("URI", "https://pics.example/a"): [("UNKNOWN", [])],
        ("HASH_TEXT_TLSH", "T1"): [("MALICIOUS", [])],
    }
    source.updates = {key: (BEFORE + number, one) for number, (key, one) in enumerate(told.items())}
    source.more = [{"id": "1"}, {"id": "2", "indicator": "x", "type": "HASH_MD5", "last_updated": BEFORE, "should_delete": False, "descriptors": 3}]
    assert fetcher.fetch() is None
    assert fetcher.labels() == {
        drawn(1, "pdq"): "again grave",
        drawn(3, "sha256"): "disputed",
        drawn(4): "seed",
        "https://pics.example/a": "",
    }
    held = ListSource.objects.get()
    assert (held.refused, held.unmatched) == (2, {"hash_text_tlsh": 1})
    source.more = []
    source.updates["HASH_PDQ", drawn(1, "pdq")] = (BEFORE + 20, None)
    source.updates["HASH_MD5", drawn(2)] = (BEFORE + 21, [("MALICIOUS", [])])
    source.updates["HASH_VIDEO_MD5", drawn(4)] = (BEFORE + 22, [("NON_MALICIOUS", [])])
    fetcher.later(hours=25)
    assert fetcher.fetch() is None
    assert fetcher.labels() == {drawn(2): "", drawn(3, "sha256"): "disputed", "https://pics.example/a": ""}


def test_a_mark_that_is_too_old_is_left_and_what_was_deleted_meanwhile_goes(fetcher: Fetcher, graph: tuple[Graph, ListServer]) -> None:
    source, server = graph
    source.updates = {("HASH_MD5", drawn(seed)): (BEFORE + seed, [("MALICIOUS", [])]) for seed in range(5)}
    assert fetcher.fetch() is None
    held = ListSource.objects.get()
    old = held.checkpoint["at"] - 86 * 24 * 3600
    ListSource.objects.update(checkpoint={**held.checkpoint, "at": old})
    # The source has forgotten that there ever was such an entry.
    del source.updates["HASH_MD5", drawn(3)]
    asked = len(server.asked)
    assert fetcher.fetch() is None
    assert "start_time" not in server.asked[asked].query
    assert fetcher.listed() == {("md5", drawn(seed)) for seed in (0, 1, 2, 4)}
    assert SourceValue.objects.count() == 4
    assert ListSource.objects.get().checkpoint["at"] > old


def test_a_group_without_updates_is_no_failure(fetcher: Fetcher, graph: tuple[Graph, ListServer]) -> None:
    assert fetcher.fetch() is None
    assert HashList.objects.get().version == 0
    assert ListSource.objects.get().checkpoint["since"] == 0


def test_a_link_to_the_next_page_leads_to_no_other_host(fetcher: Fetcher, graph: tuple[Graph, ListServer]) -> None:
    source, server = graph
    source.updates = {("HASH_MD5", drawn(seed)): (BEFORE + seed, [("MALICIOUS", [])]) for seed in range(5)}
    source.base = lambda: "https://other.example"
    fetcher.hosts.append(("other.example", 443))
    assert type(fetcher.fetch()) is NotAllowedOut
    assert TOKEN not in ListSource.objects.get().trouble_says
    source.base = lambda: server.base
    assert fetcher.fetch() is None
    assert len(fetcher.listed()) == 5


CSV = "Hash,Category\n" + "".join(f"{drawn(seed)},A{seed}\n" for seed in range(3))


def served(asked: Asked) -> Reply:
    if asked.headers.get("if-none-match") == '"v1"':
        return Reply(status=304)
    return Reply(CSV.encode(), headers={"ETag": '"v1"'}) if asked.headers.get("authorization") == "Basic bmFtZTp3b3Jk" else Reply(status=401)


def test_a_file_at_an_address_is_fetched_with_the_columns_of_the_operator_and_again_only_once_it_changed(fetcher: Fetcher) -> None:
    with ListServer(served) as server:
        fetcher.point(SourceKind.FILE, f"{server.base}/l.csv", secret="name:word", port=server.port, form="csv", columns="md5=Hash,label=Category")
        assert fetcher.fetch() is None
        assert fetcher.labels() == {drawn(seed): f"A{seed}" for seed in range(3)}
        fetcher.later(hours=25)
        assert fetcher.fetch() is None
        assert server.asked[-1].headers["if-none-match"] == '"v1"'
        server.answer = lambda _: Reply(CSV.encode())
        assert fetcher.fetch() is None
        assert ListVersion.objects.count() == 1
        server.answer = lambda _: Reply(CSV.replace(drawn(0), drawn(9)).encode())
        assert fetcher.fetch() is None
        assert fetcher.listed() == {("md5", drawn(seed)) for seed in (1, 2, 9)}


@pytest.mark.parametrize(
    ("form", "body"), [("csv", "<html></html>"), ("jsonl", '{"error": "sorry"}\n'), ("jsonl", ""), ("csv", "Hash,Category\n"), ("signals", "no\n")]
)
def test_a_page_of_errors_does_not_empty_a_list(fetcher: Fetcher, form: str, body: str) -> None:
    with ListServer(lambda _: Reply(CSV.encode())) as server:
        columns = "md5=Hash,label=Category"
        fetcher.point(SourceKind.FILE, f"{server.base}/l", port=server.port, form="csv", columns=columns)
        assert fetcher.fetch() is None
        fetcher.point(SourceKind.FILE, f"{server.base}/l", port=server.port, form=form, columns=columns if form == "csv" else "")
        server.answer = lambda _: Reply(body.encode())
        said = fetcher.fetch()
        assert said is not None
        assert said.code == "signals.list_refused"
    assert len(fetcher.listed()) == 3


def test_a_file_in_the_folder_for_lists_is_taken_in_without_the_network(fetcher: Fetcher) -> None:
    fetcher.point(SourceKind.FILE, "list.jsonl", form="jsonl")
    said = fetcher.fetch()
    assert type(said) is FetchRefused
    lines = [{"type": "HASH_MD5", "indicator": drawn(1)}, {"signal_type": "pdq", "signal_str": drawn(2, "pdq")}]
    (fetcher.folder / "list.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert fetcher.fetch() is None
    assert fetcher.fetch() is None
    assert fetcher.listed() == {("md5", drawn(1)), ("pdq", drawn(2, "pdq"))}
    assert ListVersion.objects.count() == 1
    (fetcher.folder / "folder").mkdir()
    fetcher.point(SourceKind.FILE, "folder", form="jsonl")
    assert type(fetcher.fetch()) is FetchRefused


@pytest.mark.slow
def test_a_change_that_is_a_flood_waits_for_a_person(fetcher: Fetcher, ncmec: tuple[Ncmec, ListServer]) -> None:
    source, _ = ncmec
    source.entries[7, "a"] = image(1)
    assert fetcher.fetch() is None
    HashList.objects.update(flood_rows=2, flood_share=1)
    source.entries[7, "b"] = image(2)
    ListSource.objects.update(checkpoint=None)
    assert fetcher.fetch() is None
    held = HashList.objects.get()
    assert held.held_changes.filter(decided_at=None).count() == 1
    assert (held.version, SourceValue.objects.count()) == (1, 6)
    assert ListEntry.objects.filter(since__gt=1).count() == 3
    source.entries[7, "c"] = image(3)
    ListSource.objects.update(checkpoint=None)
    assert fetcher.fetch() is None
    assert (ListEntry.objects.filter(since__gt=1).count(), SourceValue.objects.count()) == (3, 9)
    accept_change(listed=held, why=HeldBecause.ANNOUNCED, by=fetcher.by, now=fetcher.now)
    HashList.objects.update(flood_rows=1000)
    assert fetcher.fetch() is None
    assert fetcher.listed() == prints(1) | prints(2) | prints(3)


@pytest.mark.slow
def test_a_fetch_that_is_stopped_goes_on_where_it_was(fetcher: Fetcher, ncmec: tuple[Ncmec, ListServer]) -> None:
    source, _ = ncmec
    for seed in range(7):
        source.entries[7, f"id-{seed}"] = image(seed, at=BEFORE + seed)
    assert fetcher.fetch(should_stop=lambda: True) is None
    held = ListSource.objects.get()
    assert (held.worker, held.fetched_at) == ("", None)
    assert held.next_try_at <= fetcher.now
    assert fetcher.listed() == set()
    assert fetcher.fetch() is None
    assert fetcher.listed() == set().union(*(prints(seed) for seed in range(7)))
