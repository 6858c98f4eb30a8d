"""What the log says of identification, needs and what is sensitive goes to no recipient who does not get that, and the history stays whole."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyrage import x25519
from tests.response.confirmed import approve, build
from tests.response.conftest import NOW, Keyholder
from tests.response.test_packages import GROUNDS, unpack
from tests.support import stranger

from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import add_person, give_role, open_words, record_clue, record_identification, record_sensitive, record_support
from cairndesk.cases.models import Case
from cairndesk.custody.queries import entries_about
from cairndesk.directory import actions as directory
from cairndesk.directory.profiles import shipped
from cairndesk.response.models import PlanStep
from cairndesk.response.rules.shaping import is_withheld

pytestmark = pytest.mark.django_db
OF_CLUES = {"cases.identification.recorded", "cases.clue.recorded"}
NEVER = {"cases.support.recorded", "cases.sensitive.recorded"}


@pytest.fixture
def protection(lia: Actor) -> Keyholder:
    """Child protection, which gets no clue to who a child is."""
    identity = x25519.Identity.generate()
    fields = {"name": "Sample office", "country": "XX", "kinds": ["child_protection"], "route": "by hand", "age_recipient": str(identity.to_public())}
    return Keyholder(directory.add_authority(fields=fields, by=lia, now=NOW), str(identity))


@pytest.fixture
def step(case: Case, plan: Callable[..., dict[str, PlanStep]], ana: Actor, settings: Any) -> PlanStep:
    """A case in which there is everything of it, in the middle of its history."""
    who: dict[str, Any] = {"by": ana, "now": NOW}
    told = add_person(case=case, role="child", facts={}, **who)
    give_role(person=told, role="reporter", **who)
    child = add_person(case=case, role="child", facts={}, **who)
    record_identification(person=child, status="open", **who)
    clue = record_clue(case=case, kind="language", words="A dialect of the coast.", **who)
    open_words(case=case, fact=clue, **who)
    allowed = settings.CAIRNDESK.desks.model_copy(update={"sensitive_attributes": ["disability"]})
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"desks": allowed})
    record_sensitive(person=child, attribute="disability", answer="described", words="in their own words", **who)
    record_support(person=child, family="support_need", codes=["counselling"], **who)
    return approve(plan(case)["authority"], by=ana, now=NOW)


def told(folder: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """The events in clear, and the entries that go by their hash alone."""
    lines = [json.loads(line) for line in (folder / "data/custody.jsonl").read_text().splitlines()]
    clear = [json.loads(base64.b64decode(line["leaf"])) for line in lines if "leaf" in line]
    return [leaf["type"] for leaf in clear], [line for line in lines if "leaf_hash" in line]


@pytest.mark.slow
def test_each_recipient_learns_of_the_log_what_it_gets_of_the_case_and_can_check_all_of_it(
    step: PlanStep, police: Keyholder, protection: Keyholder, ana: Actor, tmp_path: Path
) -> None:
    logged = {one.event for one in entries_about(step.case_id)}
    assert logged >= OF_CLUES | NEVER | {"cases.fact.opened"}
    for holder, hidden in ((police, NEVER), (protection, NEVER | OF_CLUES | {"cases.fact.opened"})):
        package = build(PlanStep.objects.get(pk=step.pk), holder.authority, GROUNDS, by=ana, now=NOW)
        folder = unpack(package, holder, tmp_path / holder.authority.kinds[0])
        events, withheld = told(folder)
        assert logged - set(events) == hidden
        assert len(withheld) == len(hidden)
        assert {tuple(sorted(line)) for line in withheld} == {("about", "index", "leaf_hash", "previous")}
        files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        stranger._custody(files)
        pages = b"".join(files[name] for name in ("data/custody-report.html", "data/case.jsonld", "data/case.json", "data/summary.html"))
        assert not [event for event in hidden if event.encode() in pages]
        assert f"{len(hidden)} further entries are given by their hash alone.".encode() in files["data/custody-report.html"]


def test_what_is_withheld_follows_the_table_of_sharing_and_the_rest_is_never_withheld() -> None:
    kinds = shipped().kinds
    for event, detail, who in (
        ("cases.identification.recorded", {"status": "open"}, {"police", "prosecution", "national_unit"}),
        ("cases.clue.recorded", {"kind": "language"}, {"police", "prosecution", "national_unit"}),
        ("cases.fact.opened", {"kind": "clue"}, {"police", "prosecution", "national_unit"}),
        ("cases.fact.withdrawn", {"kind": "identification"}, {"police", "prosecution", "national_unit"}),
        ("cases.team.seated", {"function": "lead"}, {"police", "prosecution", "national_unit"}),
        ("cases.team.unseated", {}, {"police", "prosecution", "national_unit"}),
        ("cases.support.recorded", {"marks": 1}, set()),
        ("cases.sensitive.read", {}, set()),
        ("cases.fact.opened", {"kind": "threat"}, set(kinds)),
        ("cases.stage.changed", {"after": "classified"}, set(kinds)),
        ("response.package.built", {"names": 0}, set(kinds)),
    ):
        assert {code for code, profile in kinds.items() if not is_withheld(event, detail, profile)} == who, event
