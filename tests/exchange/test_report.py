"""The custody report says who, when, where and why, thing by thing, and nothing that it may not say."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.parcels import ANA, a_case, contents

from cairndesk.custody.ledger import note
from cairndesk.custody.rules import Event
from cairndesk.exchange.formats import acts, events
from cairndesk.exchange.formats.casefile import CaseFile
from cairndesk.exchange.formats.report import moves, page, pdf
from cairndesk.exchange.formats.report.page import Story

_ENCLOSED = """
import sys
from pathlib import Path
from cairndesk.config import Config
from cairndesk.exchange.formats.report import pdf
from cairndesk.serve import walls
from cairndesk.serve.roles import Role
walls.enclose(Role.DESK, Config(data=Path(sys.argv[1])))
made = pdf.write("<html lang=ar><title>t</title><p>مرحبا".encode(), b"name")
sys.exit(not made.startswith(b"%PDF-1.7"))
"""


def report(case: CaseFile | None = None) -> str:
    held = contents()
    return page.write(Story(case or a_case(), acts.read(held.entries), note.read(held.checkpoint), held.anchors)).decode()


def row(index: int) -> str:
    held = next(one for one in contents().entries if one.index == index)
    return re.search(rf'<tr><td data-head="Entry"><span class="id">{held.index}</span></td>.*?</tr>', report())[0]  # type: ignore[index]


def test_it_follows_the_order_of_a_record_of_custody() -> None:
    heads = re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', report().partition("thing by thing")[2])
    assert heads[:6] == ["Entry", "Who", "When", "Where", "What, and why", "In or out"]
    assert re.findall("<h3>(.*?)</h3>", report()) == ["case", "item-1", "item-2"]
    assert re.findall("<h2>(.*?)</h2>", report()) == [
        "Who acted",
        "Custody, thing by thing",
        "Changes, and who is responsible for each",
        "What holds the log",
        "Limits",
    ]


def test_a_time_says_whether_it_is_known_to_the_second_or_to_the_hour() -> None:
    by_event = {act.event: act.index for act in acts.read(contents().entries)}
    assert "2026-11-23, within the hour from 04:00 UTC" in row(by_event["cases.case.opened"])
    assert re.search(r"2026-11-23 \d\d:\d\d:\d\d UTC", row(by_event["custody.object.opened"]))


def test_a_person_is_told_by_number_and_pseudonym_a_machine_as_one_and_the_desk_as_itself() -> None:
    by_event = {act.event: act.index for act in acts.read(contents().entries)}
    assert "Person 1, by passkey" in row(by_event["custody.object.opened"])
    assert "Machine 2, by its key" in row(by_event["custody.object.sealed"])
    assert "The desk, by itself" in row(by_event["signals.item.matched"])
    assert report().count(ANA) == 1


def test_a_change_stands_once_more_with_who_is_responsible() -> None:
    changes = report().partition("Changes, and who")[2].partition("What holds the log")[0]
    assert "cases.<wbr>item.<wbr>amended" in changes
    assert "Person 1, by passkey" in changes
    assert changes.count("<tr>") == 2


def test_no_event_of_the_columns_is_one_that_the_log_does_not_know() -> None:
    known = {event.value for event in Event}
    assert known >= moves.IN | moves.OUT | moves.CHANGED
    assert len(moves.IN) + len(moves.OUT) + len(moves.CHANGED) == len(moves.IN | moves.OUT | moves.CHANGED)
    assert all(events.meaning(event) for event in known)


def test_it_holds_no_link_no_script_no_imagery_and_no_word_of_an_account() -> None:
    written = report(replace(a_case(), purpose="<script>alert(1)</script>", organisation='"><img src=x>'))
    assert not re.search(r"<(script|img|video|audio|source|object|embed|iframe|a|link|form)\b|href|url\(|https?://", written)
    assert "asks for money" not in written
    assert "hxxps://chat[.]example/u/1" in written


def test_what_people_wrote_keeps_its_own_direction() -> None:
    assert '<bdi dir="auto">لحماية طفل</bdi>' in report(replace(a_case(), purpose="لحماية طفل"))


def test_a_log_that_nobody_else_saw_is_called_so() -> None:
    held = contents()
    alone = page.write(Story(a_case(), acts.read(held.entries), note.read(held.checkpoint))).decode()
    assert "No witness has cosigned this log and no authority has stamped its time" in alone
    assert "witness.example/w1" in report()


@pytest.mark.slow
def test_a_pdf_reaches_for_nothing_that_a_page_names(tmp_path: Path) -> None:
    there = tmp_path / "there.svg"
    there.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="500" height="500"><rect width="500" height="500"/></svg>')
    seen, missing = (pdf.write(f'<title>t</title><p>x</p><img src="{path.as_uri()}">'.encode(), b"n") for path in (there, tmp_path / "gone.svg"))
    assert seen is not None
    assert seen == missing


@pytest.mark.slow
def test_the_desk_makes_a_pdf_behind_its_walls(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    env = {"PYTHONPATH": str(root / "src"), "PATH": "/usr/bin:/bin", "DJANGO_SETTINGS_MODULE": "cairndesk.settings", "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", _ENCLOSED, str(tmp_path)], env=env, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_doctor_says_whether_a_pdf_can_be_made() -> None:
    assert pdf.is_here()
