"""Of a crowd that tells, nobody's address, browser, file name or receipt lies anywhere.

`SOAK_SIZE` is how many come; every fifth is a platform that hands over a file, and every tenth only reads.
"""

import ipaddress
import json
import os
from collections.abc import Mapping

import pytest
from tests.intake.portal.rae import _Page
from tests.journeys.test_canaries import CLEAR, PREPARE, tables
from tests.support.acknowledged import wait_until_taken_in
from tests.support.canary import Hit, a_canary, hits_in, hits_in_files
from tests.support.served import Served, served
from tests.support.visitor import Visitor

SIZE = int(os.environ.get("SOAK_SIZE", "100"))
_PLATFORM, _BACK = 5, 10
_READS = 3
_PLACES = ("", "/ar", "/1")
# Whatever can be read without telling anything, in other languages and voices too.
_READ = ("", "help", "help/1", "help/4", "help/call", "quiet", "privacy", "numbers", "law", "partners", "widget", "back")
pytestmark = [pytest.mark.slow, pytest.mark.journey]


@pytest.mark.req("INT-01", "EVD-21", "PRV-07")
def test_nobody_of_a_crowd_can_be_found_on_disk() -> None:
    # What all of a kind begin with: one look finds whichever of them is there.
    stems = {name: a_canary(name.replace(" ", "")) for name in ("browser", "page before", "proxy", "words", "link", "file name", "key")}
    network = ipaddress.ip_network((int.from_bytes(b"\x20\x01\x0d\xb8" + os.urandom(6)) << 48, 80))
    stems["picture"] = os.urandom(16).hex()
    looked_for = stems | {"address": str(network.network_address).removesuffix("::"), "clear": CLEAR}
    with served(prepare=PREPARE) as desk:
        words = [tells(desk, number, stems, str(network[number])) for number in range(SIZE)]
        receipts = [six for six in words if six]
        wait_until_taken_in(desk, receipts[::_BACK])
        looked_for |= {f"receipt {number}": " ".join(six) for number, six in enumerate(receipts)}
        in_tables = tables(desk, looked_for)
        pressed = {where for where, _, _ in tables(desk, {"a page that was read": "help/4"})}
        on_disk = found_on_disk(desk, looked_for, network, stems["picture"])
        desk.stop()
        on_disk += found_on_disk(desk, looked_for, network, stems["picture"])
        said = desk.log.read_bytes()
    assert {canary for _, canary, _ in in_tables} == {"clear"}, in_tables
    # Who only read said so of a page; it is in the sums, and which page it was stands nowhere else.
    assert pressed == {"intake_helpedcount", "the pages of the database"}
    assert {hit.canary for hit in on_disk} == {"clear"}, on_disk
    assert hits_in(said, looked_for, "what the processes say") == []
    assert len(receipts) == SIZE - len(range(0, SIZE, _PLATFORM)) - len(range(_READS, SIZE, _BACK))


def tells(desk: Served, number: int, stems: Mapping[str, str], address: str) -> list[str]:
    """One of the crowd tells all there is to tell; returns the six words, of a platform none."""
    own = {name: f"{stem}x{number}" for name, stem in stems.items()}
    browser = {
        "User-Agent": own["browser"],
        "Referer": f"https://{own['page before']}.example/",
        "X-Forwarded-For": address,
        "X-Real-IP": address,
        "Forwarded": f'for="[{address}]";by={own["proxy"]}',
    }
    if number % _PLATFORM == 0:
        hands_over(desk, browser, own)
        return []
    rae = Visitor(desk.portal, browser)
    if number % _BACK == _READS:
        for place in _PLACES:
            for page in _READ:
                rae.opens(f"{place}/{page}")
            rae.sends(f"{place}/help/4/n", go="")
        return []
    rae.sends("/next", path="child", go="next").sends("/next", danger="not_now", go="next")
    if number % _BACK == 1:
        keeps_a_picture(rae, own["picture"])
    rae.sends("/next", what="threatens", link=f"https://chat.harbour.example/{own['link']}", go="next").sends("/next", setting="online", go="next")
    rae.sends("/next", more=f"They said {own['words']} to me.", age="13_15", go="next")
    six = _Page(rae.page).parts
    assert len(six) == 6
    return list(six)


def keeps_a_picture(rae: Visitor, digest: str) -> None:
    """Rae reads first aid in between, and has her phone make the hashes of a picture, which begin like `digest`."""
    rae.sends("/help/1", go="stay").sends("/next", go="stay")
    rae.sends("/picture", go="stay")
    hashes = f"md5:{digest[:32]} sha1:{digest[:32]:0<40} sha256:{digest[:32]:0<64}" + f" pdq:{digest[:32]:0<64}" * 8
    rae.sends("/next", go="picture", picture=f"width:640 height:480 size:9000 quality:100 {hashes}")
    assert "The picture is still only with you." in rae.page


def hands_over(desk: Served, browser: Mapping[str, str], own: Mapping[str, str]) -> None:
    """A platform reports by machine, and hands over a file under its name."""
    headers = {"Authorization": f"Bearer {(desk.data / 'platform.key').read_text()}", "Content-Type": "application/json"}
    platform = Visitor(desk.desk, {**browser, "Idempotency-Key": own["key"], **headers})
    report = json.loads(platform.sends_raw("/api/v1/reports", json.dumps({"description": own["words"]}).encode()).page)["id"]
    named = {"Content-Type": "application/octet-stream", "Content-Disposition": f'attachment; filename="{own["file name"]}.png"'}
    platform = Visitor(desk.desk, {**browser, **headers, **named})
    platform.sends_raw(f"/api/v1/reports/{report}/media", own["words"].encode() * 9)


def found_on_disk(desk: Served, looked_for: Mapping[str, str], network: ipaddress.IPv6Network, digest: str) -> list[Hit]:
    """What lies in a file of the desk, also an address or the hash of a picture in bytes."""
    bare = {"address": network.network_address.packed[:10], "picture": bytes.fromhex(digest)}
    held = [(path.name, path.read_bytes()) for path in desk.data.rglob("*") if path.is_file()]
    packed = [Hit(where, name, "bytes") for where, content in held for name, one in bare.items() if one in content]
    return hits_in_files(desk.data, looked_for) + packed
