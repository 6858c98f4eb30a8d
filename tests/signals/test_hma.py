"""Every call that the documentation of HMA shows, made by curl against a desk that really runs."""

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.signals.conftest import NOW, PAPERS, Cast, Importing
from tests.support.running import running
from tests.synthetic import pictures

from cairndesk.accounts.actions import create_api_key
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM
from cairndesk.lib import clock
from cairndesk.serve import site
from cairndesk.signals import actions, door, hma
from cairndesk.signals.engine import digests, pdq
from cairndesk.signals.errors import LookupRefused
from cairndesk.signals.models import ListEntry, ListSource
from cairndesk.signals.rules import SeenBy, Source, SourceKind

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SCENE = pictures.scene(480, 360, seed=3)
LISTED = pdq.of_rgb(np.asarray(SCENE)).hashes[0].hex()
NEAR = f"{int(LISTED, 16) ^ 0b111:064x}"
MD5 = "ab" * 16
# The paths that their documentation lists, and what a GET of ours answers.
THEIR_PATHS = {
    "/c/bank/<bank_name>": 200, "/c/bank/<bank_name>/content": 403, "/c/bank/<bank_name>/content/<content_id>": 404,
    "/c/bank/<bank_name>/content/<int:content_id>": 200, "/c/bank/<bank_name>/signal": 403, "/c/banks": 200, "/c/content_type": 200,
    "/c/exchange/<string:exchange_name>": 404, "/c/exchange/<string:exchange_name>/status": 404, "/c/exchanges": 200,
    "/c/exchanges/api/<string:api_name>": 200, "/c/exchanges/api/<string:api_name>/schema": 403, "/c/exchanges/apis": 200, "/c/signal_type": 200,
    "/c/signal_type/<signal_type_name>": 403, "/c/signal_type/index": 200, "/h/hash": 403, "/m/compare": 404, "/m/index/status": 200,
    "/m/lookup": 400, "/m/raw_lookup": 400, "/site-map": 200, "/status": 200,
}  # fmt: skip
Curl = Callable[..., tuple[int, Any]]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"data": tmp_path})
    monkeypatch.setattr(clock, "now", lambda: NOW)
    # What a list got a moment ago shall count at the next question.
    monkeypatch.setattr(door, "_LISTS_SECONDS", 0)


@pytest.fixture
def key(cast: Cast) -> str:
    return create_api_key(organisation=cast.one, sender="Platform", source="platform", may_look_up=True, by=SYSTEM, now=NOW)[1]


@pytest.fixture
def curl(key: str, settings: Any) -> Iterator[Curl]:
    """Curl as the documentation writes it; what stands before the path of an address is ours, with the key as its name."""
    with running(site.application(settings.CAIRNDESK)) as address:
        root = address.replace("//", f"//{key}@")

        def calling(*words: str, as_whom: str = root) -> tuple[int, Any]:
            run = ["curl", "-s", "--noproxy", "*", "-w", "\n%{http_code}", *(as_whom + word if word.startswith("/") else word for word in words)]
            done = subprocess.run(run, capture_output=True, text=True, check=True, timeout=20)
            body, _, status = done.stdout.rpartition("\n")
            return int(status), json.loads(body) if body.startswith(("{", "[")) else body

        yield calling


@pytest.fixture
def picture(tmp_path: Path) -> str:
    (tmp_path / "example.png").write_bytes(pictures.encoded(SCENE, "PNG"))
    return f"@{tmp_path / 'example.png'}"


def entry(value: str) -> int:
    return ListEntry.objects.get(value=value).pk


def test_the_desk_says_that_it_is_alive_and_which_paths_it_has(curl: Curl, cast: Cast) -> None:
    assert curl("-X", "GET", "/status") == (200, "I-AM-ALIVE")
    assert (curl("/livez"), curl("/readyz")) == ((200, "OK"), (200, "READY"))
    for path, length in (("/livez", 2), ("/readyz", 5)):
        status, head = curl("-I", path)
        assert (status, head.endswith("\n\n"), f"content-length: {length}\n" in head.lower()) == (200, True, True), head
    status, paths = curl("/site-map")
    assert status == 200
    assert {"/status", "/site-map", "/h/hash", "/m/lookup", "/m/raw_lookup", "/m/compare", "/m/index/status", "/c/banks", "/c/signal_type"} <= set(
        paths
    )


def test_a_file_is_hashed(curl: Curl, cast: Cast, picture: str) -> None:
    assert curl("-X", "POST", "--form", f"photo={picture}", "/h/hash") == (200, {"pdq": LISTED})
    told = digests.digests(Path(picture[1:]).read_bytes())
    assert curl("-X", "POST", "--form", f"video={picture}", "/h/hash") == (200, {"video_md5": told.md5})
    assert curl("-X", "POST", "--form", f"photo={picture}", "/h/hash?types=pdq") == (200, {"pdq": LISTED})


def test_a_plain_picture_has_an_empty_hash_and_a_broken_one_none(curl: Curl, cast: Cast, tmp_path: Path) -> None:
    (tmp_path / "plain.png").write_bytes(pictures.encoded(pictures.plain()))
    (tmp_path / "broken.png").write_bytes(b"no picture")
    assert curl("-X", "POST", "--form", f"photo=@{tmp_path / 'plain.png'}", "/h/hash") == (200, {"pdq": ""})
    status, answer = curl("-X", "POST", "--form", f"photo=@{tmp_path / 'broken.png'}", "/h/hash")
    assert (status, "could not be read" in answer["message"]) == (400, True)


def test_nothing_is_fetched_from_an_address(curl: Curl, cast: Cast) -> None:
    for path in ("/h/hash", "/m/lookup"):
        status, answer = curl("-X", "GET", f"{path}?url=https://example.org/path/to/file.png")
        assert (status, "fetches nothing" in answer["title"], "Send the file" in answer["message"]) == (403, True, True)


def test_a_hash_is_looked_up(curl: Curl, take_in: Importing) -> None:
    take_in(f"pdq:{LISTED}", MD5, seen_by=SeenBy.MACHINES)
    told = {"Partner list": [{"bank_content_id": entry(LISTED), "distance": "3"}]}
    assert curl("-X", "GET", f"/m/lookup?signal_type=pdq&signal={NEAR}") == (200, told)
    assert curl("-X", "GET", f"/m/lookup?signal_type=pdq&signal={NEAR}&banks=Other,Partner%20list&seed=1234&bypass_coinflip=true") == (200, told)
    assert curl("-X", "GET", f"/m/lookup?signal_type=pdq&signal={NEAR}&banks=Other") == (200, {})
    exact = {"Partner list": [{"bank_content_id": entry(MD5), "distance": "0"}]}
    assert curl(f"/m/lookup?signal_type=video_md5&signal={MD5}") == (200, exact)
    assert curl(f"/m/lookup?signal_type=video_md5&signal={'cd' * 16}") == (200, {})


def test_a_hash_is_looked_up_raw(curl: Curl, take_in: Importing) -> None:
    take_in(f"pdq:{LISTED}", seen_by=SeenBy.MACHINES)
    assert curl(f"/m/raw_lookup?signal_type=pdq&signal={NEAR}") == (200, {"matches": [entry(LISTED)]})
    told = {"matches": [{"bank_content_id": entry(LISTED), "distance": "3"}]}
    assert curl(f"/m/raw_lookup?signal_type=pdq&signal={NEAR}&include_distance=true") == (200, told)


def test_a_file_is_hashed_and_looked_up(curl: Curl, take_in: Importing, picture: str, tmp_path: Path) -> None:
    assert curl("-X", "POST", "--form", f"photo={picture}", "/m/lookup?bypass_coinflip=false") == (200, {"pdq": {}})
    take_in(f"pdq:{LISTED}", seen_by=SeenBy.MACHINES)
    told = {"pdq": {"Partner list": [{"bank_content_id": entry(LISTED), "distance": "0"}]}}
    assert curl("-X", "POST", "--form", f"photo={picture}", "/m/lookup") == (200, told)
    # What HMA misses: the picture mirrored, and the very file by its digest.
    mirrored = tmp_path / "mirrored.png"
    mirrored.write_bytes(pictures.encoded(SCENE.transpose(0), "PNG"))
    assert list(curl("-X", "POST", "--form", f"photo=@{mirrored}", "/m/lookup")[1]["pdq"]) == ["Partner list"]
    take_in(digests.digests(mirrored.read_bytes()).sha1, seen_by=SeenBy.MACHINES, name="Digests")
    status, found = curl("-X", "POST", "--form", f"photo=@{mirrored}", "/m/lookup?banks=Digests")
    assert (status, found["pdq"], list(found["sha1"])) == (200, {}, ["Digests"])


def test_a_desk_that_takes_no_files_says_so(curl: Curl, cast: Cast, picture: str) -> None:
    Organisation.objects.filter(pk=cast.one.pk).update(media_mode="none", media_basis="")
    assert curl("-X", "POST", "--form", f"photo={picture}", "/m/lookup")[0] == 403


def test_two_hashes_are_compared(curl: Curl, cast: Cast) -> None:
    body = json.dumps({"pdq": [LISTED, NEAR], "video_md5": [MD5, "cd" * 16]})
    assert curl("-X", "POST", "-H", "Content-Type: application/json", "-d", body, "/m/compare") == (
        200, {"pdq": [True, {"distance": 3}], "video_md5": [False, {}]},
    )  # fmt: skip
    far = json.dumps({"pdq": [LISTED, f"{int(LISTED, 16) ^ (2**256 - 1):064x}"]})
    assert curl("-X", "POST", "-d", far, "/m/compare") == (200, {"pdq": [False, {"distance": 256}]})


def test_the_state_of_the_index_and_the_banks_are_told(curl: Curl, take_in: Importing) -> None:
    take_in(f"pdq:{LISTED}", seen_by=SeenBy.MACHINES)
    take_in(MD5, name="For staff")
    status, told = curl("/m/index/status")
    assert (status, told["pdq"]) == (200, {"present": True, "size": 1, "built_to": int(NOW.timestamp())})
    assert told["sha1"] == {"present": False, "size": 0, "built_to": -1}
    assert list(curl("/m/index/status?signal_type=pdq")[1]) == ["pdq"]
    bank = {"name": "Partner list", "matching_enabled_ratio": 1.0}
    assert curl("/c/banks") == (200, [bank])
    assert curl("/c/bank/Partner%20list") == (200, bank)
    assert curl("/c/bank/For%20staff")[0] == 404
    status, content = curl(f"/c/bank/Partner%20list/content/{entry(LISTED)}")
    assert (status, content["id"], content["bank"], content["disable_until_ts"]) == (200, entry(LISTED), bank, 1)
    assert "signals" not in content
    assert curl(f"/c/bank/Partner%20list/content/{entry(MD5)}")[0] == 404
    assert {"name": "pdq", "enabled_ratio": 1.0} in curl("/c/signal_type")[1]
    assert curl("/c/signal_type/index?signal_type=pdq")[1]["pdq"]["index_out_of_date"] is False
    assert curl("/c/content_type") == (200, [{"name": "photo", "enabled": True}, {"name": "video", "enabled": True}])


def test_a_list_that_is_fetched_is_an_exchange(curl: Curl, cast: Cast, take_in: Importing) -> None:
    assert (curl("/c/exchanges"), curl("/c/exchange/Partner%20list")[0]) == ((200, []), 404)
    take_in(MD5, seen_by=SeenBy.MACHINES)
    take_in(MD5, name="For staff")
    for name in ("Partner list", "For staff"):
        source = Source(kind=SourceKind.NCMEC, address="https://lists.example/v2", credentials="secret-name", every_hours=12)
        papers = replace(PAPERS, name=name, seen_by=SeenBy.MACHINES if name == "Partner list" else SeenBy.STAFF)
        actions.set_source(organisation=cast.one.id, papers=papers, source=source, by=cast.sam, now=NOW)
    assert curl("/c/exchanges") == (200, ["Partner list"])
    assert curl("/c/exchange/Partner%20list") == (200, {"name": "Partner list", "api": "ncmec", "enabled": True})
    told = {"checkpoint_ts": None, "running_fetch_start_ts": None, "last_fetch_complete_ts": None, "last_fetch_succeeded": None,
            "up_to_date": False, "fetched_items": 1}  # fmt: skip
    assert curl("/c/exchange/Partner%20list/status") == (200, told)
    at, next_try = int(NOW.timestamp()), NOW + timedelta(hours=12)
    ListSource.objects.update(tried_at=NOW, fetched_at=NOW, next_try_at=next_try, lease_until=next_try)
    told |= {"checkpoint_ts": at, "running_fetch_start_ts": at, "last_fetch_complete_ts": at, "last_fetch_succeeded": True, "up_to_date": True}
    assert curl("/c/exchange/Partner%20list/status") == (200, told)
    ListSource.objects.update(trouble="response.source_refused", lease_until=None)
    told |= {"running_fetch_start_ts": None, "last_fetch_succeeded": False, "up_to_date": False}
    assert curl("/c/exchange/Partner%20list/status") == (200, told)
    for path in ("/c/exchange/For%20staff", "/c/exchange/For%20staff/status", "/c/exchange/Nothing"):
        status, answer = curl(path)
        assert (status, "not found" in answer["message"]) == (404, True)
    assert curl("/c/exchanges/apis") == (200, ["ncmec", "stop_ncii", "fb_threatexchange", "local_file"])
    assert curl("/c/exchanges/api/ncmec") == (200, {"supports_authentification": True, "has_set_authentification": True})
    assert curl("/c/exchanges/api/local_file")[1]["has_set_authentification"] is False
    assert curl("/c/exchanges/api/teapot")[0] == 400


def test_every_path_of_their_site_map_is_answered_with_a_word(curl: Curl, take_in: Importing) -> None:
    """The table of their documentation: nothing falls through to a page for people."""
    take_in(f"pdq:{LISTED}", seen_by=SeenBy.MACHINES)
    words = {"<bank_name>": "Partner%20list", "<int:content_id>": str(entry(LISTED)), "<content_id>": "7", "<string:exchange_name>": "X",
             "<string:api_name>": "ncmec", "<signal_type_name>": "pdq"}  # fmt: skip
    for form, expected in THEIR_PATHS.items():
        path = form
        for word, value in words.items():
            path = path.replace(word, value)
        status, answer = curl(path)
        assert status == expected, path
        assert status == 200 or answer["message"], path


@pytest.mark.parametrize(
    "words",
    [
        ("/m/lookup?signal_type=pdq",), ("/m/lookup?signal_type=teapot&signal=ab",), ("/m/lookup?signal_type=pdq&signal=zz",),
        ("/m/index/status?signal_type=teapot",), ("-X", "POST", "/m/lookup"), ("-X", "POST", "--form", "photo=text", "/h/hash"),
        ("-X", "POST", "--form", "teapot=@/dev/null", "/h/hash"), ("-X", "POST", "--form", "photo=@/dev/null", "/h/hash?types=teapot"),
        ("-X", "POST", "-d", "[]", "/m/compare"), ("-X", "POST", "-d", '{"pdq": ["ab"]}', "/m/compare"),
        ("-X", "POST", "--form", "photo=@/dev/null", "--form", "video=@/dev/null", "/h/hash"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_their_way(curl: Curl, cast: Cast, words: tuple[str, ...]) -> None:
    status, answer = curl(*words)
    assert (status, bool(answer["message"])) == (400, True)


@pytest.mark.parametrize(
    "words",
    [
        ("-X", "POST", "-d", '{"name": "X"}', "/c/banks"), ("-X", "DELETE", "/c/bank/X"), ("-X", "PUT", "/c/signal_type/pdq"),
        ("-X", "POST", "-d", "{}", "/c/exchanges"), ("-X", "POST", "-d", "{}", "/c/exchanges/api/ncmec"), ("-X", "DELETE", "/c/exchange/X"),
        ("-X", "POST", "-d", "{}", "/c/bank/X/content"), ("-X", "POST", "-d", "{}", "/c/bank/X/signal"),
    ],
)  # fmt: skip
def test_no_machine_changes_a_list(curl: Curl, cast: Cast, words: tuple[str, ...]) -> None:
    status, answer = curl(*words)
    assert (status, "people change lists" in answer["message"]) == (403, True)


def test_nobody_asks_without_a_key_and_an_unknown_path_is_none(curl: Curl, cast: Cast, settings: Any) -> None:
    assert curl("/m/nothing")[0] == 404
    with running(site.application(settings.CAIRNDESK)) as nobody:
        assert curl("/m/lookup?signal_type=pdq&signal=ab", as_whom=nobody)[0] == 401


def test_a_form_is_read_whatever_its_bytes_are() -> None:
    data = b"\r\n\x00--b\r\n--\r\n\r\nx" * 3
    part = b'--edge\r\nContent-Type: image/png\r\nContent-Disposition: form-data; name="photo"; filename="a.png"\r\n\r\n'
    other = b'--edge\r\nContent-Disposition: form-data; name="note"\r\n\r\nwords\r\n'
    assert hma.uploaded(b"multipart/form-data; boundary=edge", other + part + data + b"\r\n--edge--\r\n") == ("photo", data)
    for kind, body in ((b"text/plain; boundary=edge", part), (b"multipart/form-data", part), (b"multipart/form-data; boundary=edge", b"")):
        with pytest.raises(LookupRefused):
            hma.uploaded(kind, body)
