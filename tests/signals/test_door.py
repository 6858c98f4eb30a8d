"""The look-up door as a platform sees it: keys, verdicts, limits, and the addresses that clients of HMA know."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import OperationalError
from PIL import Image
from tests.signals.conftest import NOW, Cast, Importing
from tests.synthetic import pictures, videos

from cairndesk.accounts.actions import create_api_key
from cairndesk.accounts.models import ApiKey, Organisation
from cairndesk.accounts.rules import SYSTEM
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
from cairndesk.signals import actions, door, jobs, magic, queries, shelf, walled
from cairndesk.signals.described import add_to
from cairndesk.signals.door import Door
from cairndesk.signals.engine import pdq, sandbox
from cairndesk.signals.engine.answer import Why
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.models import HashList
from cairndesk.signals.rules import TERMS_OF_LOOK_UP, MayLeadTo, Reason, SeenBy, Standing

# The door reads the database in threads of its own.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SCENE = pictures.scene(480, 360, seed=3)
LISTED = pdq.of_rgb(np.asarray(SCENE)).hashes[0].hex()
DIGEST, OTHER = "ab" * 16, "ef" * 16
Asking = Callable[..., tuple[int, Any, dict[str, str]]]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"data": tmp_path})
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def key(cast: Cast) -> str:
    return create_api_key(organisation=cast.one, sender="Platform", source="platform", may_look_up=True, by=SYSTEM, now=NOW)[1]


async def _django(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b'"Django"'})


@pytest.fixture
def opened(cast: Cast) -> Iterator[Door]:
    made = Door(_django, rate=50)
    yield made
    made.close()


@pytest.fixture
def ask(opened: Door, key: str) -> Asking:
    def asking(method: str, path: str, body: object = b"", *, auth: str = f"Bearer {key}", kind: str = "application/json", query: str = "") -> Any:
        given = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = [(b"content-type", kind.encode()), *([(b"authorization", auth.encode())] if auth else [])]
        scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": headers}
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": given, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(opened(scope, receive, send))
        told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], json.loads(sent[1]["body"]), told

    return asking


def verdicts(answer: Any) -> list[str]:
    return [one["verdict"] for one in answer["results"]]


def test_many_things_are_answered_at_once_each_with_its_reasons_and_terms(ask: Asking, take_in: Importing) -> None:
    take_in(f"pdq:{LISTED}", DIGEST, "pics.example", seen_by=SeenBy.MACHINES, may_lead_to=MayLeadTo.PRIORITY)
    near = f"{int(LISTED, 16) ^ 0b111:064x}"
    items = [
        {"kind": "pdq", "value": near}, {"value": DIGEST.upper()}, {"value": "hxxps://a.pics[.]example/x"}, {"value": "cd" * 16},
        {"value": "no such thing at all"}, {"kind": "teapot", "value": "x"},
    ]  # fmt: skip
    status, answer, _ = ask("POST", door.CHECK, {"items": items})
    assert status == 200
    assert verdicts(answer) == ["near", "known", "related", "none", "malformed", "malformed"]
    first = answer["results"][0]
    assert first["matches"][0] == {
        "list": "Partner list", "owner": "Cairn Desk Two", "version": 1, "how": "near", "distance": 3, "form": "identity",
        "may_lead_to": "priority", "terms": "For matching of reports only.", "frames": None,
    }  # fmt: skip
    assert first["reasons"] == ["A picture that looks the same (3 of 256 bits apart) is on Partner list of Cairn Desk Two, version 1."]
    assert "does not mean that it is harmless" in answer["results"][3]["reasons"][0]
    assert "teapot" in answer["results"][5]["reasons"][0]
    assert answer["lists"] == [{"name": "Partner list", "version": 1, "is_behind": False, "answered_from": 1}]


def test_one_thing_may_be_asked_without_a_list_around_it(ask: Asking, take_in: Importing) -> None:
    take_in(DIGEST, seen_by=SeenBy.MACHINES)
    assert verdicts(ask("POST", door.CHECK, {"value": DIGEST})[1]) == ["known"]


def test_a_list_that_only_staff_may_see_tells_machines_nothing(ask: Asking, take_in: Importing) -> None:
    take_in(DIGEST)
    status, answer, _ = ask("POST", door.CHECK, {"value": DIGEST})
    assert (status, verdicts(answer), answer["lists"]) == (200, ["none"], [])
    assert ask("GET", "/m/lookup", query=f"signal={DIGEST}&signal_type=video_md5")[1] == {}


def test_what_a_person_marked_as_a_false_match_is_told_as_such_within_a_second_and_by_no_path_of_hma(
    ask: Asking, take_in: Importing, cast: Cast, opened: Door
) -> None:
    take_in(f"pdq:{LISTED}", DIGEST, seen_by=SeenBy.MACHINES)
    near = f"{int(LISTED, 16) ^ 0b111:064x}"
    query = f"signal={near}&signal_type=pdq"
    assert ask("GET", "/m/lookup", query=query)[1].keys() == {"Partner list"}
    found = queries.find_matches(organisation=cast.one.id, identifiers=recognise(f"pdq:{near}"), now=NOW)
    (match,) = actions.record_matches(organisation=cast.one.id, case=new_id(), item=new_id(), found=found, by=cast.sam, now=NOW)
    actions.decide_match(match=match, standing=Standing.REJECTED, reason=Reason.DIFFERENT, stage="reviewing", by=cast.ana, now=NOW)
    time.sleep(door._LISTS_SECONDS)
    assert [ask("GET", path, query=query)[1] for path in ("/m/lookup", "/m/raw_lookup")] == [{}, {"matches": []}]
    _, answer, _ = ask("POST", door.CHECK, {"items": [{"kind": "pdq", "value": near}, {"value": DIGEST}, {"kind": "pdq", "value": LISTED}]})
    assert [(one["verdict"], one["is_marked_false"]) for one in answer["results"]] == [("none", True), ("known", False), ("near", False)]
    assert "Partner list" not in str(answer["results"][0])


def test_a_file_is_hashed_behind_walls_and_met_in_any_form(ask: Asking, take_in: Importing) -> None:
    take_in(f"pdq:{LISTED}", seen_by=SeenBy.MACHINES)
    mirrored = pictures.encoded(SCENE.transpose(0), "PNG")
    status, answer, _ = ask("POST", door.CHECK, mirrored, kind="application/octet-stream")
    assert (status, verdicts(answer)) == (200, ["near"])
    assert answer["results"][0]["matches"][0]["form"] == "mirrored"
    assert verdicts(ask("POST", door.CHECK, pictures.encoded(pictures.plain()), kind="application/octet-stream")[1]) == ["too_plain"]
    assert verdicts(ask("POST", door.CHECK, b"no picture", kind="application/octet-stream")[1]) == ["unrenderable"]


def test_a_video_is_met_by_its_frames_each_entry_once_with_how_many_and_since_when(ask: Asking, take_in: Importing) -> None:
    frames = list(videos.cuts(3, 4, seconds=2.5))
    listed = pdq.of_rgb(frames[30]).hashes[0].hex()
    film = videos.encoded(iter(frames))
    take_in(f"pdq:{listed}", hashlib.md5(film, usedforsecurity=False).hexdigest(), seen_by=SeenBy.MACHINES)
    turned = videos.encoded(frame[:, ::-1] for frame in frames)
    whole, mirrored = (ask("POST", door.CHECK, data, kind="application/octet-stream")[1] for data in (film, turned))
    assert (verdicts(whole), verdicts(mirrored)) == (["known"], ["near"])
    assert [met["frames"] for met in whole["results"][0]["matches"] if met["how"] == "exact"] == [None]
    (met,) = mirrored["results"][0]["matches"]
    assert (met["form"], met["frames"]) == ("mirrored", {"met": 1, "of": 5, "first_at": 3.0, "listed_met": None, "listed_of": None})
    assert "1 of 5 frames, the first at 3 s, at best" in mirrored["results"][0]["reasons"][0]


def test_of_a_video_that_cannot_be_read_to_its_end_it_says_how_far(ask: Asking, take_in: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    film, colour, whole = videos.encoded(videos.cuts(3, 4)), videos.encoded(videos.plain()), sandbox.hash_media

    def ended_early(data: bytes) -> sandbox.FileHashes:
        made = whole(data)
        return replace(made, seen=replace(made.seen, why=Why.TOO_SLOW))  # type: ignore[arg-type]

    with monkeypatch.context() as here:
        here.setattr(walled, "hash_media", ended_early)
        told = ask("POST", door.CHECK, film, kind="application/octet-stream")[1]["results"][0]
    assert (told["verdict"], told["reasons"][1:]) == ("none", ["The video was read for 3 seconds of it only (too_slow)."])
    assert ask("POST", door.CHECK, colour, kind="application/octet-stream")[1]["results"][0]["verdict"] == "too_plain"
    monkeypatch.setattr(sandbox, "is_here", lambda: False)
    told = ask("POST", door.CHECK, film, kind="application/octet-stream")[1]["results"][0]
    assert (told["verdict"], told["reasons"]) == (
        "unrenderable",
        ["The file could not be read as a video (no_decoder); its digests are on none of the lists that were asked."],
    )


def test_a_desk_that_takes_no_files_says_so(ask: Asking, cast: Cast) -> None:
    Organisation.objects.filter(pk=cast.one.pk).update(media_mode="none", media_basis="")
    status, answer, _ = ask("POST", door.CHECK, pictures.encoded(SCENE), kind="application/octet-stream")
    assert (status, answer["code"]) == (403, "signals.media_refused")


@pytest.mark.parametrize("auth", ["", "Bearer", "Bearer cairn_wrong", "Basic !!!", "Digest x"])
def test_nobody_looks_anything_up_without_a_key(ask: Asking, auth: str) -> None:
    status, answer, _ = ask("POST", door.CHECK, {"value": DIGEST}, auth=auth)
    assert (status, answer["status"]) == (401, 401)


def test_a_key_that_only_reports_looks_nothing_up(ask: Asking, cast: Cast) -> None:
    plain = create_api_key(organisation=cast.one, sender="Flagger", source="platform", by=SYSTEM, now=NOW)[1]
    assert ask("POST", door.CHECK, {"value": DIGEST}, auth=f"Bearer {plain}")[0] == 403


def test_a_revoked_key_is_refused_within_a_second(ask: Asking, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask("POST", door.CHECK, {"value": DIGEST})[0] == 200
    ApiKey.objects.update(revoked_at=NOW)
    moment = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: moment + 1.1)
    assert ask("POST", door.CHECK, {"value": DIGEST})[0] == 401


def test_what_is_confirmed_elsewhere_counts_within_a_second(ask: Asking, take_in: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    take_in("cd" * 16, seen_by=SeenBy.MACHINES)
    assert verdicts(ask("POST", door.CHECK, {"value": DIGEST})[1]) == ["none"]
    take_in(DIGEST, seen_by=SeenBy.MACHINES)
    moment = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: moment + 0.5)
    assert verdicts(ask("POST", door.CHECK, {"value": DIGEST})[1]) == ["known"]


def test_lists_that_are_read_in_for_the_first_time_answer_503_until_they_count(
    ask: Asking, take_in: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "MOST_LATE", 0)
    monkeypatch.setattr(shelf, "MAKE_AT", 1)
    monkeypatch.setattr(door, "_LISTS_SECONDS", 0)
    take_in(DIGEST, seen_by=SeenBy.MACHINES)
    status, answer, headers = ask("POST", door.CHECK, {"value": DIGEST})
    assert (status, answer["code"], headers["retry-after"]) == (503, "signals.index_behind", "1")
    jobs.make_bases()
    assert verdicts(ask("POST", door.CHECK, {"value": DIGEST})[1]) == ["known"]
    take_in("cd" * 16, seen_by=SeenBy.MACHINES)
    answer = ask("POST", door.CHECK, {"value": DIGEST})[1]
    assert verdicts(answer) == ["known"]
    assert answer["lists"] == [{"name": "Partner list", "version": 2, "is_behind": True, "answered_from": 1}]
    # It answers as it was, and says as what.
    assert answer["results"][0]["matches"][0]["version"] == 1


@pytest.fixture
def half_read(take_in: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long list that cannot be asked, as after its base was damaged, and a short one that can."""
    monkeypatch.setattr(shelf, "MOST_LATE", 1)
    monkeypatch.setattr(shelf, "MAKE_AT", 1)
    monkeypatch.setattr(door, "_LISTS_SECONDS", 0)
    take_in(f"pdq:{LISTED}", DIGEST, name="Long", seen_by=SeenBy.MACHINES)
    jobs.make_bases()
    folder = shelf.folder_of(HashList.objects.get().organisation_id)
    (folder / "1.near").write_bytes(b"\0")
    take_in(OTHER, name="Short", seen_by=SeenBy.MACHINES)


@pytest.mark.req("DET-03")
def test_a_list_that_cannot_be_asked_is_said_in_the_verdict_and_never_passes_for_a_miss(ask: Asking, half_read: None) -> None:
    status, answer, _ = ask("POST", door.CHECK, {"items": [{"value": DIGEST}, {"value": OTHER}, {"value": "cd" * 16}, {"value": "no such thing"}]})
    assert (status, verdicts(answer)) == (200, ["incomplete", "known", "incomplete", "malformed"])
    assert all("not asked: Long of Cairn Desk Two" in one["reasons"][-1] for one in answer["results"][:3])
    assert {one["name"]: (one["is_behind"], one["answered_from"]) for one in answer["lists"]} == {"Long": (True, 0), "Short": (False, 1)}
    for data in (pictures.encoded(SCENE, "PNG"), pictures.encoded(pictures.plain()), b"no picture"):
        assert verdicts(ask("POST", door.CHECK, data, kind="application/octet-stream")[1]) == ["incomplete"]
    jobs.make_bases()
    answer = ask("POST", door.CHECK, {"items": [{"value": DIGEST}, {"value": "cd" * 16}]})[1]
    assert verdicts(answer) == ["known", "none"]
    assert verdicts(ask("POST", door.CHECK, pictures.encoded(SCENE, "PNG"), kind="application/octet-stream")[1]) == ["near"]


@pytest.mark.req("DET-03")
def test_clients_of_hma_get_an_error_instead_of_an_empty_answer_while_a_bank_cannot_be_asked(ask: Asking, half_read: None) -> None:
    listed, other = f"signal={LISTED}&signal_type=pdq", f"signal={OTHER}&signal_type=video_md5"
    for path, query in (("/m/lookup", listed), ("/m/raw_lookup", listed), ("/m/lookup", f"{other}&banks=Long")):
        status, answer, headers = ask("GET", path, query=query)
        assert (status, answer["code"], headers["retry-after"]) == (503, "signals.index_behind", "1")
        assert "Long" in answer["message"]
    # What is found is told, and so is what was asked of banks that can be asked.
    assert ask("GET", "/m/lookup", query=other)[1].keys() == {"Short"}
    assert ask("GET", "/m/lookup", query=f"{listed}&banks=Short")[:2] == (200, {})
    assert ask("GET", "/m/index/status", query="signal_type=video_md5")[1]["video_md5"]["present"] is False
    jobs.make_bases()
    assert ask("GET", "/m/lookup", query=listed)[1].keys() == {"Long"}
    assert ask("GET", "/m/lookup", query=f"signal={'cd' * 16}&signal_type=video_md5")[:2] == (200, {})
    assert ask("GET", "/m/index/status", query="signal_type=video_md5")[1]["video_md5"]["present"] is True


@pytest.mark.req("DET-03")
def test_a_file_that_one_bank_knows_is_told_without_the_types_that_another_could_not_be_asked_for(
    ask: Asking, half_read: None, take_in: Importing
) -> None:
    data = pictures.encoded(SCENE, "PNG")
    body = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.png"\r\n\r\n' + data + b"\r\n--x--\r\n"
    assert ask("POST", "/m/lookup", body, kind="multipart/form-data; boundary=x")[0] == 503
    take_in(hashlib.md5(data, usedforsecurity=False).hexdigest(), name="Third", seen_by=SeenBy.MACHINES)
    status, answer, _ = ask("POST", "/m/lookup", body, kind="multipart/form-data; boundary=x")
    assert (status, answer.keys(), answer["video_md5"].keys()) == (200, {"video_md5"}, {"Third"})


@pytest.mark.req("PRI-02")
def test_every_answer_says_that_the_door_is_not_for_private_communications(ask: Asking, take_in: Importing) -> None:
    take_in(DIGEST, seen_by=SeenBy.MACHINES)
    status, answer, headers = ask("POST", door.CHECK, {"items": [{"value": DIGEST}]})
    assert (status, answer["terms_of_use"]) == (200, TERMS_OF_LOOK_UP)
    assert "Never about private communications" in answer["terms_of_use"]
    assert {"ratelimit", "ratelimit-policy"} <= set(headers)
    described: dict[str, Any] = {"paths": {}}
    add_to(described)
    assert TERMS_OF_LOOK_UP in described["paths"][door.CHECK]["post"]["description"]


@pytest.mark.req("PRI-02")
def test_limits_are_visible_and_held(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    # At one moment: on a slow machine the bucket would fill between the two questions.
    later = time.monotonic() + 60
    monkeypatch.setattr(time, "monotonic", lambda: later)
    status, _, headers = ask("POST", door.CHECK, {"items": [{"value": DIGEST}] * 40})
    assert (status, headers["ratelimit-policy"]) == (200, '"checks";q=50;w=1')
    assert headers["ratelimit"].startswith('"checks";r=1')
    status, answer, headers = ask("POST", door.CHECK, {"items": [{"value": DIGEST}] * 49})
    assert (status, answer["code"], headers["retry-after"]) == (429, "signals.too_many_checks", "1")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"items": []}', b'{"items": [{"value": 5}]}', b"null", b"[" * 100_000])
def test_a_body_that_cannot_be_read_is_refused_with_what_to_send(ask: Asking, body: bytes) -> None:
    status, answer, _ = ask("POST", door.CHECK, body)
    assert (status, answer["code"]) == (422, "signals.check_refused")


def test_everything_else_goes_to_django(ask: Asking) -> None:
    assert ask("GET", "/cases/")[0] == ask("GET", door.CHECK)[0] == ask("GET", "/machines/")[0] == 418


@pytest.mark.parametrize(
    ("card", "verdict"),
    [
        (magic.Card.KNOWN, "known"),
        (magic.Card.NEAR, "near"),
        (magic.Card.NONE, "none"),
        (magic.Card.MALFORMED, "malformed"),
        (magic.Card.SLOW, "none"),
    ],
)
def test_cards_and_their_links_answer_always_the_same(ask: Asking, card: magic.Card, verdict: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(magic, "SLOW_SECONDS", 0.05)
    for given, kind in (({"value": magic.link(card)}, "application/json"), (magic.draw(card), "application/octet-stream")):
        answer = ask("POST", door.CHECK, given, kind=kind)[1]
        assert verdicts(answer) == [verdict]
        assert answer["results"][0]["is_test"] is True


def test_a_card_is_a_picture_that_anybody_can_open() -> None:

    for card in set(magic.Card) - {magic.Card.MALFORMED}:
        with Image.open(__import__("io").BytesIO(magic.draw(card))) as image:
            assert (image.size, image.format) == ((64, 64), "BMP")


def test_a_database_that_was_started_anew_costs_no_answer(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    met, real = list[str](), door.sender_of

    def dropped_once(key: str) -> Any:
        met.append(key)
        if len(met) == 1:
            raise OperationalError("the connection is closed")
        return real(key)

    monkeypatch.setattr(door, "sender_of", dropped_once)
    assert ask("POST", door.CHECK, {"value": "https://site.example/a"})[0] == 200
    assert len(met) == 2


def test_a_desk_that_does_not_reach_its_database_lives_and_is_not_ready(opened: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*words: object) -> Any:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(opened, "_read", gone)
    assert [asyncio.run(opened._probed(path)) for path in ("/livez", "/readyz")] == [(200, b"OK"), (503, b"NOT-READY")]
