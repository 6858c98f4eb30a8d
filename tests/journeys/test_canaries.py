"""What people tell a whole desk lies nowhere in clear, and who told it lies nowhere at all."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from tests.intake.portal.rae import _Page
from tests.support import scan_desk
from tests.support.canary import a_canary, hits_in, hits_in_files
from tests.support.migrated import own_database
from tests.support.served import Served, served
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.slow]
# Kept in the clear on purpose, so that each scan can be seen to read the right place.
CLEAR = a_canary("clear")
PREPARE = f"""
from pathlib import Path
from django.conf import settings
from cairndesk.accounts.actions import create_api_key
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM
from cairndesk.directory.models import Service
first = Organisation.objects.get(is_first=True)
_, key = create_api_key(organisation=first, sender="Example Platform", source="platform", by=SYSTEM, now=datetime.now(UTC))
(Path(settings.DATA) / "platform.key").write_text(key)
Organisation.objects.update(media_mode="sealed", media_basis="made up for tests")
Service.objects.filter(kind="helpline").update(name="{CLEAR}")
"""
_READS = """
import sys, pysqlite3
line = pysqlite3.connect(sys.argv[1], isolation_level=None)
line.execute("BEGIN")
line.execute("SELECT count(*) FROM sqlite_master").fetchone()
print("reading", flush=True)
sys.stdin.read()
"""
TOLD = ("narrative", "link", "handle", "service", "added later", "link added later", "answer of the desk", "note", "identity")
HANDED = ("file name", "file", "call", "handle of a call", "platform", "account from a platform", "key of a platform", "why handed over")
DECIDED = ("why preserved", "ground of a notice", "what to preserve", "why skipped", "legal basis", "purpose")
EDGE = ("browser", "page before", "proxy", "platform of the browser")


@pytest.fixture
def planted() -> dict[str, str]:
    """A word for everything that people tell, hand over and decide, and for what a browser says about itself."""
    words = {name: a_canary(name.replace(" ", "")) for name in (*TOLD, *HANDED, *DECIDED, *EDGE)}
    return words | {"address": "2001:db8:" + ":".join(f"{part:x}" for part in os.urandom(6))}


@pytest.mark.journey
@pytest.mark.req("INT-01", "EVD-21")
def test_nothing_that_was_told_and_nobody_who_told_it_can_be_found_on_disk(planted: dict[str, str]) -> None:
    nothing_is_found(planted)


@pytest.mark.postgres
@pytest.mark.req("INT-01", "EVD-21")
def test_nothing_can_be_found_in_postgresql_either(planted: dict[str, str]) -> None:
    nothing_is_found(planted, CAIRNDESK_DATABASE__NAME=own_database("canaries"))


def nothing_is_found(planted: dict[str, str], **extra: str) -> None:
    with served(prepare=PREPARE, **extra) as desk:
        is_sqlite = (desk.data / "db" / "desk.sqlite3").exists()
        with writing_ahead(desk.data / "db" / "desk.sqlite3") if is_sqlite else nullcontext():
            everything_is_told(desk, planted)
            assert len(list((desk.data / "vault").iterdir())) == 1, "the file that was handed over must lie in the vault"
            in_tables = tables(desk, planted | {"clear": CLEAR}, sealing="identity")
            on_disk = hits_in_files(desk.data, planted | {"clear": CLEAR})
        desk.stop()
        on_disk += hits_in_files(desk.data, planted)
        said = desk.log.read_bytes()
    assert {canary for _, canary, _ in in_tables} == {"clear"}, in_tables
    assert {where for where, _, _ in in_tables} == {"directory_service"} | ({"the pages of the database"} if is_sqlite else set())
    assert {hit.canary for hit in on_disk} == {"clear"}, on_disk
    places = {hit.where for hit in on_disk}
    assert "published/contacts.json" in places
    assert not is_sqlite or any(where.startswith("db/desk.sqlite3") for where in places)
    assert hits_in(said, planted, "what the processes say") == []
    assert hits_in(said, {"a lane": "intake.drain"}, "what the processes say"), "the processes must have said something"


@contextmanager
def writing_ahead(database: Path) -> Iterator[None]:
    """Meanwhile everything that is written stays in the log that SQLite writes ahead, because somebody reads what was before."""
    # In a process of its own: a process that closes any file of the database gives up all its locks on it.
    with subprocess.Popen([sys.executable, "-c", _READS, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"reading\n"
        yield
        assert database.with_name(f"{database.name}-wal").stat().st_size > 1 << 16
        reader.stdin.close()


def tables(desk: Served, canaries: Mapping[str, str], sealing: str = "") -> list[list[str]]:
    """Where the database holds a canary, after the one that `sealing` names, if any, was sealed as the name of a child."""
    command = [sys.executable, str(Path(scan_desk.__file__)), *filter(None, [sealing])]
    done = subprocess.run(command, input=json.dumps(canaries), env=desk.environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found: list[list[str]] = json.loads(done.stdout)
    return found


def everything_is_told(desk: Served, planted: dict[str, str]) -> None:
    """One report from a phone to the letter and the package, a call, a report by machine, and a case handed over."""
    browser = {
        "User-Agent": planted["browser"],
        "Referer": f"https://{planted['page before']}.example/",
        "X-Forwarded-For": planted["address"],
        "X-Real-IP": planted["address"],
        "Forwarded": f'for="[{planted["address"]}]";by={planted["proxy"]}',
        "Via": f"1.1 {planted['proxy']}",
        "Sec-CH-UA-Platform": planted["platform of the browser"],
    }
    rae = Visitor(desk.portal, browser)
    planted["six words"] = tells(desk, rae, planted)
    ana = Visitor(desk.desk, browser).signs_in("Ana")
    case = reviews(ana, rae, planted)
    acts(ana, case, planted)
    hands_over(desk, browser, case, planted)


def tells(desk: Served, rae: Visitor, planted: Mapping[str, str]) -> str:
    """Rae tells while nobody drains the spool, so that what waits there can be looked at; returns the six words."""
    spool, work = desk.data / "spool", desk.children()["work"]
    os.kill(work, signal.SIGSTOP)
    try:
        rae.sends("/next", path="child", go="next").sends("/next", danger="not_now", go="next")
        rae.sends("/next", what="threatens", link=f"https://chat.harbour.example/{planted['link']}", go="next")
        rae.sends("/next", setting="online", service=planted["service"], handle=planted["handle"], go="next")
        rae.sends("/next", more=f"They said {planted['narrative']} to me.", age="13_15", go="next")
        (spool / "control.part").write_text(CLEAR)
        waiting = hits_in_files(spool, {**planted, "clear": CLEAR})
        assert {hit.where for hit in waiting} == {"control.part"}
        assert len(list(spool.glob("*.frag"))) >= 5
        (spool / "control.part").unlink()
    finally:
        os.kill(work, signal.SIGCONT)
    words = _Page(rae.page).parts
    assert len(words) == 6
    return " ".join(words)


def reviews(ana: Visitor, rae: Visitor, planted: Mapping[str, str]) -> str:
    """Ana takes the case, reads, writes with Rae, hands over a file, and classifies; returns the address of the case."""
    ana.waits_for("/", "[Tt]hreat")
    case = ana.sends("/review/next/").address
    ana.sends(f"{case}messages/send/", words=f"Are you safe? {planted['answer of the desk']}")
    comes_back(rae, planted, planted["answer of the desk"])
    rae.sends("/back", go="write", text=planted["added later"], link=f"https://chat.harbour.example/{planted['link added later']}")
    ana.waits_for(f"{case}messages/", planted["added later"])
    ana.opens(case).sends(ana.finds(r'action="([^"]*/account/[^"]*)"'))
    assert planted["narrative"] in ana.page
    ana.opens(f"{case}media/").hands_over(f"{case}media/", "file", f"{planted['file name']}.png", planted["file"].encode() * 9)
    ana.opens(f"{case}classify/").sends(
        f"{case}classify/", severity="c", harms="threat_to_share", f_shows_abuse="yes", note=f"I saw {planted['note']}."
    )
    return case


def comes_back(rae: Visitor, planted: Mapping[str, str], words: str) -> None:
    """Rae looks behind the six words until these are there."""
    for _ in range(60):
        rae.page = ""
        rae.sends("/back", words=planted["six words"])
        if words in rae.page:
            return
        time.sleep(0.5)
    rae.finds(words)


def acts(ana: Visitor, case: str, planted: Mapping[str, str]) -> None:
    """The notice goes on its way, the package is closed, and what is left is skipped."""
    plan = f"{case}plan/"
    ana.waits_for(plan, "Choose how evidence is preserved")
    ana.opens(f"{plan}preserve/").sends(f"{plan}preserve/", choice="own_record", words=planted["why preserved"])
    ana.opens(plan).opens(ana.finds(r'href="(/steps/[^"]+/notices/)"'))
    ana.sends(
        ana.address,
        provider=ana.finds(r'name="provider" value="([^"]+)"'),
        kind="removal",
        legality=planted["ground of a notice"],
        preserve=planted["what to preserve"],
        expression_checked="on",
    )
    assert planted["ground of a notice"] in ana.page
    assert f"hxxps://chat[.]harbour[.]example/{planted['link']}" in ana.page
    ana.sends(ana.address)
    ana.opens(plan).opens(ana.finds(r'href="(/steps/[^"]+/approve/)">Approve a report')).sends(ana.address)
    ana.opens(ana.finds(r'href="(/steps/[^"]+/package/)"'))
    authority = ana.finds(r'name="authority" value="([^"]+)"')
    ana.sends(ana.address, authority=authority, legal_basis=planted["legal basis"], purpose=planted["purpose"])
    assert "Ask to let it go to" in ana.sends(ana.address).page
    support = ana.opens(plan).finds(r'action="(/steps/[^"]+/decide/)"[^>]*>\s*<input[^>]*><label for="skip')
    ana.sends(support, act="skip", words=planted["why skipped"])


def hands_over(desk: Served, browser: Mapping[str, str], case: str, planted: Mapping[str, str]) -> None:
    """A call is written down and handed to another organisation; a platform hands over a report by machine."""
    cal = Visitor(desk.desk, browser).signs_in("Cal").opens("/call/")
    told = {"path": "carer", "channel": "phone", "language": "en", "what": "threatens", "age": "10_12"}
    cal.sends("/call/", **told, more=planted["call"], handle=planted["handle of a call"], service=planted["service"])
    call = cal.finds(r'href="(/cases/[^"]+/)">Go to the case')
    sam = Visitor(desk.desk, browser).signs_in("Sam")
    sam.waits_for(call, "waiting for review")
    sam.opens(f"{call}hand-over/").sends(f"{call}hand-over/", to="two", reason=planted["why handed over"])
    # The desk has one supervisor, so they name one of a partner, who reads to whom it goes and nothing that was told.
    named = sam.opens(sam.finds(r'href="(/requests/[^"]+/)">What exactly')).address
    sam.sends(f"{named}approver/", person=sam.finds(r'value="([^"]+)">Ola'))
    ola = Visitor(desk.desk, browser).signs_in("Ola").opens(named)
    ola.sends(f"{named}decide/", act="approve", proof_digest=ola.finds(r'name="proof_digest" value="([^"]+)"'))
    lou = Visitor(desk.desk, browser).signs_in("Lou").opens("/handovers/")
    lou.sends(lou.finds(r'action="(/handovers/[^"]+/accept/)"'))
    body = {"description": planted["platform"], "items": [{"kind": "account", "value": planted["account from a platform"]}]}
    key = (desk.data / "platform.key").read_text()
    headers = {"Authorization": f"Bearer {key}", "Idempotency_Key": planted["key of a platform"], "Content_Type": "application/json"}
    answer = Visitor(desk.desk, browser).sends_raw("/api/v1/reports", json.dumps(body).encode(), **headers)
    assert json.loads(answer.page)["status"] == "received"
