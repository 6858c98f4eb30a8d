"""Of a crowd that tells, nobody's address, browser, file name or receipt lies anywhere.

`SOAK_SIZE` is how many tell; every fifth is a platform that hands over a file.
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
pytestmark = [pytest.mark.slow, pytest.mark.journey]


@pytest.mark.req("INT-01", "EVD-21")
def test_nobody_of_a_crowd_can_be_found_on_disk() -> None:
    # What all of a kind begin with: one look finds whichever of them is there.
    stems = {name: a_canary(name.replace(" ", "")) for name in ("browser", "page before", "proxy", "words", "link", "file name", "key")}
    network = ipaddress.ip_network((int.from_bytes(b"\x20\x01\x0d\xb8" + os.urandom(6)) << 48, 80))
    looked_for = stems | {"address": str(network.network_address).removesuffix("::"), "clear": CLEAR}
    with served(prepare=PREPARE) as desk:
        words = [tells(desk, number, stems, str(network[number])) for number in range(SIZE)]
        receipts = [six for six in words if six]
        wait_until_taken_in(desk, receipts[::_BACK])
        looked_for |= {f"receipt {number}": " ".join(six) for number, six in enumerate(receipts)}
        in_tables = tables(desk, looked_for)
        on_disk = found_on_disk(desk, looked_for, network)
        desk.stop()
        on_disk += found_on_disk(desk, looked_for, network)
        said = desk.log.read_bytes()
    assert {canary for _, canary, _ in in_tables} == {"clear"}, in_tables
    assert {hit.canary for hit in on_disk} == {"clear"}, on_disk
    assert hits_in(said, looked_for, "what the processes say") == []
    assert len(receipts) == SIZE - len(range(0, SIZE, _PLATFORM))


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
    rae.sends("/next", path="child", go="next").sends("/next", danger="not_now", go="next")
    rae.sends("/next", what="threatens", link=f"https://chat.harbour.example/{own['link']}", go="next").sends("/next", setting="online", go="next")
    rae.sends("/next", more=f"They said {own['words']} to me.", age="13_15", go="next")
    six = _Page(rae.page).parts
    assert len(six) == 6
    return list(six)


def hands_over(desk: Served, browser: Mapping[str, str], own: Mapping[str, str]) -> None:
    """A platform reports by machine, and hands over a file under its name."""
    headers = {"Authorization": f"Bearer {(desk.data / 'platform.key').read_text()}", "Content-Type": "application/json"}
    platform = Visitor(desk.desk, {**browser, "Idempotency-Key": own["key"], **headers})
    report = json.loads(platform.sends_raw("/api/v1/reports", json.dumps({"description": own["words"]}).encode()).page)["id"]
    named = {"Content-Type": "application/octet-stream", "Content-Disposition": f'attachment; filename="{own["file name"]}.png"'}
    platform = Visitor(desk.desk, {**browser, **headers, **named})
    platform.sends_raw(f"/api/v1/reports/{report}/media", own["words"].encode() * 9)


def found_on_disk(desk: Served, looked_for: Mapping[str, str], network: ipaddress.IPv6Network) -> list[Hit]:
    """What lies in a file of the desk, also an address in bytes."""
    bare = network.network_address.packed[:10]
    packed = [Hit(path.name, "address", "bytes") for path in desk.data.rglob("*") if path.is_file() and bare in path.read_bytes()]
    return hits_in_files(desk.data, looked_for) + packed
