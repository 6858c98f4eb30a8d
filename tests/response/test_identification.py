"""What a national unit with access to an international database gets to identify victims with, and what it does not get (DET-02)."""

import base64
import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyrage import x25519
from tests.response.confirmed import approve, build
from tests.response.conftest import NOW, Keyholder, later
from tests.response.test_packages import GROUNDS, unpack

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import add_item, add_person, amend_item, move, record_depiction, record_sighting
from cairndesk.cases.models import Case, Item
from cairndesk.cases.rules.stages import Stage
from cairndesk.directory import actions as directory
from cairndesk.directory.models import Authority
from cairndesk.exchange.formats import identification, summary
from cairndesk.response import queries
from cairndesk.response.models import PlanStep
from cairndesk.review import actions as review
from cairndesk.signals import shelf, walled
from cairndesk.signals.actions import decide_match, import_list
from cairndesk.signals.engine import sandbox
from cairndesk.signals.engine.answer import Answer, Format, State
from cairndesk.signals.engine.digests import digests
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.engine.lists import Row
from cairndesk.signals.models import Match
from cairndesk.signals.rules import MayLeadTo, Papers, Standing

pytestmark = [pytest.mark.django_db, pytest.mark.req("DET-02")]
DATA = b"bytes of a drawn picture" * 400
MADE = digests(DATA)
TOLD = "0123456789abcdef" * 2
PAPERS = Papers(
    name="Partner list", owner="Sample line", agreement="A-7", terms="May be named.", provenance="Sealed disk.",
    received_on=date(2020, 1, 1), expires_on=date(2100, 1, 1), may_lead_to=MayLeadTo.ACTION,
)  # fmt: skip
QUIET = replace(PAPERS, name="Quiet list", owner="Quiet line", may_lead_to=MayLeadTo.LEAD)
Plan = Callable[..., dict[str, PlanStep]]


@pytest.fixture
def case(
    open_at: Callable[..., Case], one: Organisation, ana: Actor, sam: Actor, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Case:
    """A file that was handed over and is kept, known to two lists; a hash that a platform named; and what people recorded of both."""
    settings.DATA = tmp_path
    monkeypatch.setattr(walled, "hash_media", lambda data: sandbox.MediaHashes(digests(data), Answer(State.TOO_PLAIN, format=Format.PNG)))
    one.media_mode, one.media_basis = "sealed", "made up for tests"
    one.save()
    for papers in (PAPERS, QUIET):
        import_list(organisation=one.pk, papers=papers, rows=[Row(1, recognise(MADE.md5))], by=sam, now=NOW)
    held = open_at(Stage.REVIEWING)
    review.hand_over(case=held, data=DATA, by=ana, now=NOW)
    file = held.items.filter(kind="media", same_file_as=None).get()
    amend_item(item=file, facts={"novelty": "known", "media_type": "image", "authenticity": "real"}, by=ana, now=NOW)
    child = add_person(case=held, role="child", by=ana, now=NOW)
    record_depiction(item=file, child=child, facts={"apparent_age": "age_7_9"}, by=ana, now=NOW)
    record_sighting(item=file, seen_at=later(-48), by=ana, now=NOW)
    add_item(case=held, kind="media", identifier=TOLD, facts={"hash_kind": "md5", "novelty": "new"}, by=ana, now=NOW)
    shelf.of.cache_clear()
    return held


@pytest.fixture
def unit(lia: Actor) -> tuple[Authority, str]:
    key = x25519.Identity.generate()
    fields = {"name": "Sample unit", "country": "XX", "kinds": ["national_unit"], "route": "by hand", "age_recipient": str(key.to_public())}
    return directory.add_authority(fields=fields, by=lia, now=NOW), str(key)


def confirm_all(case: Case, ana: Actor) -> None:
    for match in Match.objects.filter(case=case.pk):
        decide_match(match=match, standing=Standing.CONFIRMED, stage=case.stage, by=ana, now=NOW)


@pytest.mark.slow
@pytest.mark.req("EVD-01")
def test_the_unit_opens_the_package_and_finds_the_hashes_and_what_is_known_of_each_file(
    case: Case, plan: Plan, unit: tuple[Authority, str], ana: Actor, tmp_path: Path
) -> None:
    assert Match.objects.filter(case=case.pk).count() == 2
    confirm_all(case, ana)
    move(case=case, to=Stage.CLASSIFIED, by=ana, now=NOW)
    built = build(approve(plan(case)["authority"], by=ana, now=NOW), unit[0], GROUNDS, by=ana, now=NOW)
    folder = unpack(built, Keyholder(*unit), tmp_path)
    told = json.loads((folder / "data/case.json").read_bytes())
    refs = {next(iter(item["digests"].values()), ""): item["ref"] for item in told["items"]}
    (child,) = (person["ref"] for person in told["people"] if person["role"].lower().startswith("child"))
    rows = {row["md5"]: row for row in csv.DictReader(io.StringIO((folder / "data/files.csv").read_text("utf-8")))}
    kept, named = rows[MADE.md5], rows[TOLD]
    assert (kept["md5"], kept["sha1"], kept["sha256"], kept["pdq"]) == (MADE.md5, MADE.sha1, MADE.sha256, "")
    assert (kept["seen_before"], kept["media_type"], kept["authenticity"], kept["realism"]) == ("Known", "Picture", "Real", "<not_asked>")
    assert (kept["children_shown"], kept["apparent_ages"], kept["original"]) == (child, "7 to 9", "kept sealed at the desk")
    assert kept["first_seen"] == later(-48).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (named["md5"], named["sha256"], named["seen_before"], named["original"]) == (TOLD, "", "New", "not held")
    assert named["item"] == refs[TOLD]
    # What was hashed when the file came in stands in the graph as well, and the log tells of file and original.
    assert f'"@value": "{MADE.sha256.upper()}"' in (folder / "data/case.jsonld").read_text("utf-8")
    acts = [json.loads(line) for line in (folder / "data/custody.jsonl").read_text().splitlines()]
    events = {(act["about"], json.loads(base64.b64decode(act["leaf"]))["type"]) for act in acts}
    assert {("file-1", "signals.media.hashed"), ("original-1", "custody.object.sealed")} <= events
    assert {about.partition("-")[0] for about, event in events if event == "signals.item.matched"} == {"item"}
    # Only the list whose owner lets it be named in a report is named.
    assert (kept["known_by"], named["known_by"]) == ("Sample line", "")
    page = (folder / "data/summary.html").read_text("utf-8")
    assert "Quiet line" not in page + (folder / "data/files.csv").read_text("utf-8")
    assert all(DATA not in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for text in (page, (folder / "VERIFY.txt").read_text("utf-8").replace("\n", " ")):
        assert "no connection to any international database" in text


def test_a_match_that_nobody_confirmed_names_no_list(case: Case, ana: Actor) -> None:
    def named() -> dict[str, list[str]]:
        return {file.digests["md5"]: list(file.known_by) for file in queries.files_of(case)}

    assert named() == {MADE.md5: [], TOLD: []}
    confirm_all(case, ana)
    assert named() == {MADE.md5: ["Sample line"], TOLD: []}


def test_a_case_without_files_has_no_table(open_at: Callable[..., Case]) -> None:
    case = open_at()
    assert queries.files_of(case) == []
    assert "no connection" not in summary.write(queries.case_file(case, queries.Release(case.pk, "To", "basis", "purpose", False), NOW)).decode()


def test_a_cell_never_runs_in_a_programme_for_tables(case: Case) -> None:
    file = replace(queries.files_of(case)[0], known_by=['=cmd("x")', "Sample, line"])
    (row,) = csv.DictReader(io.StringIO(identification.write([file]).decode()))
    assert row["known_by"] == 'cmd("x"); Sample, line'


def test_what_was_taken_back_is_not_handed_over(case: Case, ana: Actor) -> None:
    Item.objects.filter(case=case, hash_kind="md5", same_file_as=None).update(taken_back_at=NOW, taken_back_by=ana.pseudonym)
    assert all(TOLD not in file.digests.values() for file in queries.files_of(case))
