"""An authority package is closed for the authority alone; public tools open it, check it, and find the case in it."""

import base64
import hashlib
import hmac
import json
import re
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import bagit
import jsonschema
import pytest
import rfc3161_client as tsp
from tests.response.confirmed import approve, build, release, take
from tests.response.conftest import ADDRESS, NOW, Keyholder, later
from tests.support.on_record import may_search
from tests.support.signers import Cosigner
from tests.support.stamping import StampingAuthority
from tests.support.stranger import Handed, Tools, commands, lay
from tests.support.taxonomies import with_the_term

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases import taxonomy
from cairndesk.cases.actions import ReportFacts, add_item, add_person, add_report, code_harm, record_sensitive, seal_identity
from cairndesk.cases.models import Case, Report, SearchMandate
from cairndesk.config import Log
from cairndesk.custody import access
from cairndesk.custody.actions import keep_cosignature, keep_stamp, make_checkpoint
from cairndesk.custody.ledger import entry, note, proofs
from cairndesk.custody.ledger.tree import leaf_hash
from cairndesk.custody.queries import entries_about
from cairndesk.custody.sealing.keys import Signing
from cairndesk.directory import actions as directory
from cairndesk.directory.profiles import Field, shipped
from cairndesk.exchange.formats import casefile, seal, summary
from cairndesk.response import actions, queries
from cairndesk.response.actions import Grounds
from cairndesk.response.errors import IllegalStep, IncompleteAct
from cairndesk.response.models import AuthorityPackage, PlanStep
from cairndesk.response.rules import AuthorityOutcome, PackageState, StepState
from cairndesk.response.rules.shaping import shaped

pytestmark = pytest.mark.django_db
GROUNDS = Grounds(legal_basis="sample agreement 1", purpose="to protect a child")


@pytest.fixture
def step(case: Case, plan: Callable[..., dict[str, PlanStep]], ana: Actor) -> PlanStep:
    return approve(plan(case)["authority"], by=ana, now=NOW)


@pytest.fixture
def built(step: PlanStep, police: Keyholder, ana: Actor) -> AuthorityPackage:
    return build(step, police.authority, GROUNDS, by=ana, now=NOW)


def unpack(package: AuthorityPackage, police: Keyholder, folder: Path) -> Path:
    name = str(package.id)
    folder.mkdir(exist_ok=True)
    (folder / "key.txt").write_text(police.identity)
    (folder / f"{name}.tar.age").write_bytes(bytes(package.sealed))
    (folder / f"{name}.tar.age.sig").write_bytes(bytes(package.signature))
    (folder / "desk-key.pem").write_text(seal.public_pem(access.keys().public(Signing.EXPORT)))
    verify = f"openssl pkeyutl -verify -pubin -inkey desk-key.pem -rawin -in {name}.tar.age -sigfile {name}.tar.age.sig"
    subprocess.run(verify.split(), cwd=folder, check=True, capture_output=True)
    subprocess.run(["age", "-d", "-i", "key.txt", "-o", f"{name}.tar", f"{name}.tar.age"], cwd=folder, check=True)
    assert hashlib.sha256((folder / f"{name}.tar").read_bytes()).hexdigest() == package.digest
    subprocess.run(["tar", "-xf", f"{name}.tar"], cwd=folder, check=True)
    return folder / name


@pytest.mark.slow
@pytest.mark.req("EVD-09")
def test_public_tools_open_and_check_it_and_the_case_fits_its_schema(built: AuthorityPackage, police: Keyholder, tmp_path: Path) -> None:
    folder = unpack(built, police, tmp_path)
    assert bagit.Bag(str(folder)).validate()
    document = json.loads((folder / "data/case.json").read_bytes())
    jsonschema.validate(document, json.loads((folder / "data/case.schema.json").read_bytes()))
    assert document["items"][0]["value"] == ADDRESS
    assert document["accounts"][0]["told"]["happening"] == "Somebody put my picture there."
    assert document["legal_basis"] == "sample agreement 1"


@pytest.mark.slow
def test_it_says_by_which_mandate_somebody_searched_and_to_nobody_who_does_not_learn_who_told(
    case: Case, step: PlanStep, police: Keyholder, one: Organisation, ana: Actor, sam: Actor, tmp_path: Path
) -> None:
    """Of each account that is a find, the law under its reference; of what somebody told, nothing."""
    may_search(sam, NOW)
    Report.objects.filter(case=case).update(mandate=SearchMandate.objects.get())
    told = ReportFacts(source="child", channel="portal", path="child", language="en", told={"answers": {"what": ["found"]}})
    add_report(case=case, report=told, by=SYSTEM, now=later(1))
    package = build(step, police.authority, GROUNDS, by=ana, now=later(2))
    folder = unpack(package, police, tmp_path)
    document = json.loads((folder / "data/case.json").read_bytes())
    jsonschema.validate(document, json.loads((folder / "data/case.schema.json").read_bytes()))
    [law] = [one for one in document["details"] if one["kind"] == "mandate to search"]
    until = (NOW.date() + timedelta(days=90)).isoformat()
    assert law["facts"] == {
        "reference": "Order 12/2026 of the regulator",
        "can be read in": "Law gazette 4, page 9",
        "in force": f"from {NOW.date().isoformat()} until before {until}",
        "lets search": "the people of the sending organisation",
        "account": "1",
    }
    assert "Order 12/2026 of the regulator" in (folder / "data/summary.html").read_text()
    held = queries.case_file(case, queries.Release(case.pk, "Sample", "basis", "purpose", names_people=False), NOW)
    gives = {
        code: any(detail.kind == casefile.MANDATE for detail in shaped(held, profile, queries.kinds_of(case)).details)
        for code, profile in shipped().kinds.items()
    }
    assert gives == {code: profile.has(Field.SENDER) for code, profile in shipped().kinds.items()}
    assert {code for code, given in gives.items() if given} >= {"police", "prosecution", "national_unit"}
    assert not all(gives.values())


@pytest.mark.one_database
@pytest.mark.slow
@pytest.mark.req("EVD-01", "EVD-09")
def test_a_stranger_checks_a_package_of_this_desk_with_public_tools_alone(
    printer: None, step: PlanStep, police: Keyholder, ana: Actor, settings: Any, tmp_path: Path
) -> None:
    witness = Cosigner()
    authority = StampingAuthority(tmp_path / "authority")
    known = Log(witnesses=[f"{witness.verifier} https://witness.example"], authority="https://time.example", authority_roots=authority.roots)
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"log": known})
    seen = make_checkpoint(now=NOW)
    keep_cosignature(checkpoint=seen, answer=witness.line(seen.note, int(NOW.timestamp())), witness=witness.verifier)
    query = tsp.TimestampRequestBuilder().data(seen.note.encode()).hash_algorithm(tsp.HashAlgorithm.SHA256).build().as_bytes()
    keep_stamp(checkpoint=seen, reply=authority.reply(query), at=NOW)
    built = build(step, police.authority, GROUNDS, by=ana, now=NOW)
    verify = (unpack(built, police, tmp_path / "ours") / "VERIFY.txt").read_text()
    assert f"$ who={witness.name};" in verify
    handed = Handed(str(built.id), bytes(built.sealed), bytes(built.signature), queries.export_key(), police.identity)
    (tmp_path / "tools").mkdir()
    done = Tools(tmp_path / "tools").run("\n".join(commands(verify)), lay(handed, tmp_path / "theirs"))
    assert done.returncode == 0, done.stdout + done.stderr
    proofs_of = (tmp_path / "theirs" / handed.name / "data/proofs").glob("*.tlog-proof")
    assert sum(f"\u2014 {witness.name} " in path.read_text() for path in proofs_of) > 3
    report = (tmp_path / "theirs" / handed.name / "data/custody-report.html").read_text()
    assert "Cosigned by a witness" in report
    assert '<bdi dir="auto">time.example</bdi>' in report


@pytest.mark.slow
def test_every_entry_of_the_case_stands_in_the_signed_log(built: AuthorityPackage, police: Keyholder, tmp_path: Path) -> None:
    folder = unpack(built, police, tmp_path)
    lines = [json.loads(line) for line in (folder / "data/custody.jsonl").read_text().splitlines()]
    assert len(lines) == len([one for one in entries_about(built.case_id) if one.index <= lines[-1]["index"]])
    public = access.keys().public(Signing.LOG)
    for line in lines:
        header, checkpoint = (folder / f"data/proofs/{line['index']}.tlog-proof").read_text().split("\n\n", 1)
        head = note.open_note(checkpoint, note.origin_of(public), public)
        path = [base64.b64decode(one) for one in header.split("\n")[2:]]
        leaf = leaf_hash(base64.b64decode(line["leaf"]))
        assert proofs.verify_inclusion(leaf=leaf, index=line["index"], size=head.size, proof=path, root=head.root)


@pytest.mark.slow
def test_the_opened_parts_match_the_leaf_and_the_doer_is_shown_by_pseudonym_alone(built: AuthorityPackage, police: Keyholder, tmp_path: Path) -> None:
    folder = unpack(built, police, tmp_path)
    for line in (folder / "data/custody.jsonl").read_text().splitlines():
        entry = json.loads(line)
        leaf = json.loads(base64.b64decode(entry["leaf"]))
        assert set(entry["opened"]) == {"subj", "actor", "d"}
        assert UUID(base64.b64decode(entry["opened"]["actor"]["value"]).decode())
        for name, part in entry["opened"].items():
            assert hmac.new(bytes.fromhex(part["key"]), base64.b64decode(part["value"]), hashlib.sha256).hexdigest() == leaf[name]


@pytest.mark.slow
def test_the_log_is_told_of_each_thing_in_it_and_of_nothing_else(
    built: AuthorityPackage, police: Keyholder, ana: Actor, open_at: Callable[..., Case], tmp_path: Path
) -> None:
    folder = unpack(built, police, tmp_path)
    lines = [json.loads(line) for line in (folder / "data/custody.jsonl").read_text().splitlines()]
    subjects = {UUID(bytes=base64.b64decode(line["opened"]["subj"]["value"]).partition(b"\0")[2]): line["about"] for line in lines}
    assert subjects.items() <= queries.names_of(built.case).items()
    assert {line["precision"] for line in lines} == {"second"}
    for about in set(subjects.values()):
        own = [line for line in lines if line["about"] == about]
        assert [line["previous"] for line in own] == [None, *(line["index"] for line in own[:-1])]


@pytest.mark.slow
def test_the_custody_report_tells_each_entry_with_who_when_and_why(printer: None, built: AuthorityPackage, police: Keyholder, tmp_path: Path) -> None:
    folder = unpack(built, police, tmp_path)
    page = (folder / "data/custody-report.html").read_text()
    for line in (folder / "data/custody.jsonl").read_text().splitlines():
        leaf = json.loads(base64.b64decode(json.loads(line)["leaf"]))
        assert f'<td data-head="Entry"><span class="id">{leaf["i"]}</span></td>' in page
        assert f"<code>{leaf['type'].replace('.', '.<wbr>')}</code>" in page
    assert "Person 1, by passkey" in page
    assert "2026-03-04 12:00:00 UTC" in page
    assert (folder / "data/custody-report.pdf").read_bytes().startswith(b"%PDF-")


def test_the_desk_keeps_nothing_of_it_in_clear(built: AuthorityPackage) -> None:
    held = AuthorityPackage.objects.get(pk=built.pk)
    for kept in (held.sealed, held.signature, held.grounds.ciphertext):
        assert b"pictures" not in bytes(kept)
        assert b"sample agreement" not in bytes(kept)


@pytest.mark.parametrize("grounds", [Grounds("", "to protect a child"), Grounds("sample agreement 1", " ")])
def test_it_needs_a_basis_and_a_purpose(step: PlanStep, police: Keyholder, ana: Actor, grounds: Grounds) -> None:
    with pytest.raises(IncompleteAct):
        build(step, police.authority, grounds, by=ana, now=NOW)


def test_it_needs_a_key_to_close_it_with(step: PlanStep, ana: Actor, lia: Actor) -> None:
    without = directory.add_authority(fields={"name": "No key", "route": "by hand"}, by=lia, now=NOW)
    with pytest.raises(IncompleteAct, match="age key"):
        build(step, without, GROUNDS, by=ana, now=NOW)


def test_it_needs_an_approved_step(case: Case, plan: Callable[..., dict[str, PlanStep]], police: Keyholder, ana: Actor) -> None:
    with pytest.raises(IllegalStep):
        build(plan(case)["authority"], police.authority, GROUNDS, by=ana, now=NOW)


def test_names_go_only_when_somebody_who_may_read_them_decides_it(step: PlanStep, police: Keyholder, ana: Actor, lia: Actor) -> None:
    naming = Grounds("sample agreement 1", "to protect a child", names_people=True)
    with pytest.raises(NotPermitted):
        build(step, police.authority, naming, by=ana, now=NOW)
    assert build(step, police.authority, naming, by=lia, now=NOW).names_people


def test_a_person_is_named_by_role_alone_unless_names_were_released(case: Case, ana: Actor, police: Keyholder) -> None:
    child = add_person(case=case, role="child", by=ana, now=NOW)
    seal_identity(person=child, identity={"name": "Canary"}, by=ana, now=NOW)
    for names, expected in ((False, {}), (True, {"name": "Canary"})):
        release = queries.Release(case.pk, "Sample police", "basis", "purpose", names)
        (person,) = queries.case_file(case, release, NOW).people
        assert dict(person.identity) == expected


@pytest.mark.req("DIM-10", "DIM-11")
@pytest.mark.parametrize("attribute", ["lgbtq", "displacement"])
def test_what_could_be_turned_against_a_person_travels_with_no_package(
    case: Case, ana: Actor, police: Keyholder, settings: Any, attribute: str
) -> None:
    desks = settings.CAIRNDESK.desks.model_copy(update={"sensitive_attributes": [attribute]})
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"desks": desks})
    child = add_person(case=case, role="child", by=ana, now=NOW)
    record_sensitive(person=child, attribute=attribute, answer="yes", words="canary in my words", by=ana, now=NOW)
    seal_identity(person=child, identity={"name": "Kim"}, by=ana, now=NOW)
    held = queries.case_file(case, queries.Release(case.pk, "Sample police", "basis", "purpose", names_people=True), NOW)
    for written in (casefile.write(held).decode(), summary.write(held).decode()):
        assert attribute not in written
        assert taxonomy.label("sensitive", attribute).casefold() not in written.casefold()
        assert "canary" not in written
    assert "Kim" in casefile.write(held).decode()


@pytest.mark.req("TRM-03")
def test_a_term_that_has_a_caveat_takes_it_along_into_the_package(case: Case, ana: Actor, police: Keyholder, monkeypatch: pytest.MonkeyPatch) -> None:
    code_harm(incident=case.incidents.get(), harm="onward_sharing", by=ana, now=NOW)
    monkeypatch.setattr("cairndesk.cases.taxonomy.look_up.load", with_the_term)
    held = queries.case_file(case, queries.Release(case.pk, "Sample police", "basis", "purpose", names_people=False), NOW)
    for written in (casefile.write(held).decode(), summary.write(held).decode()):
        assert written.count("self-generated material") == written.count(f"Sharing self-generated material onward. {taxonomy.CAVEAT}") == 1


@pytest.mark.req("RMV-23")
def test_the_page_of_a_package_is_defanged_and_no_part_of_it_is_imagery(case: Case, ana: Actor, police: Keyholder) -> None:
    add_item(case=case, kind="media", identifier="ab" * 32, facts={"hash_kind": "sha256", "media_type": "image"}, by=ana, now=NOW)
    held = queries.case_file(case, queries.Release(case.pk, "Sample police", "basis", "purpose", names_people=False), NOW)
    page = summary.write(held).decode()
    assert "hxxps://pictures[.]example/a/1" in page
    assert ADDRESS not in page
    assert not re.search(r"<(img|video|audio|source|object|embed|iframe|a)\b|data:", page)
    assert {one.value for one in held.items} == {ADDRESS, "ab" * 32}


@pytest.mark.slow
@pytest.mark.req("INV-15")
@pytest.mark.req("EVD-09")
def test_it_is_taken_handed_over_acknowledged_and_answered(built: AuthorityPackage, ana: Actor, sam: Actor) -> None:
    with pytest.raises(IllegalStep):
        actions.hand_over(package=built, by=ana, now=NOW)
    release(built, by=ana, other=sam, now=later(1))
    take(built, by=ana, now=later(1))
    held = actions.hand_over(package=built, by=ana, now=later(2))
    assert PlanStep.objects.get(pk=built.step_id).state == StepState.DONE
    assert "authority_silent" in [one.what for one in queries.due(built.case.organisation_id, later(24 * 4))]
    assert held.state == PackageState.HANDED_OVER
    assert actions.record_authority_answer(package=built, by=ana, now=later(3)).state == PackageState.ACKNOWLEDGED
    answered = actions.record_authority_answer(package=built, by=ana, now=later(9), outcome=AuthorityOutcome.CHILD_SAFEGUARDED)
    assert (answered.state, answered.outcome) == (PackageState.ANSWERED, "child_safeguarded")
    for outcome in ("arrest", "no_further_action", "not_competent"):
        told = actions.record_authority_answer(package=built, by=ana, now=later(12), outcome=AuthorityOutcome(outcome))
        assert AuthorityPackage.objects.get(pk=told.pk).outcome == outcome
    events = [line.event for line in entries_about(built.case_id) if ".package." in line.event]
    assert events == [
        "response.package.built",
        "response.package.released",
        "response.package.taken",
        "response.package.handed_over",
        *["response.package.acknowledged"] * 5,
    ]


@pytest.mark.slow
def test_its_own_entry_is_the_last_of_the_log_and_says_where_the_history_of_each_thing_ends(
    built: AuthorityPackage, police: Keyholder, tmp_path: Path
) -> None:
    folder = unpack(built, police, tmp_path)
    *lines, own = [json.loads(line) for line in (folder / "data/custody.jsonl").read_text().splitlines()]
    last = {base64.b64decode(line["opened"]["subj"]["value"]): line["index"] for line in lines}
    assert json.loads(base64.b64decode(own["opened"]["d"]["value"]))["lasts"] == entry.lasts(last)
    assert own["index"] == note.read((folder / "data/proofs/newest.checkpoint").read_text()).size - 1
