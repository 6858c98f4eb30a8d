"""What the place of an authority asks of evidence: data of an operator, answered before a package goes there, and told in its report."""

import json
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.urls import reverse
from tests.response.confirmed import approve, build
from tests.response.conftest import NOW, Keyholder
from tests.response.test_packages import GROUNDS, unpack
from tests.response.test_pages import Browser, analyst, confirm, see, sign_in

from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.custody.queries import unseal_fields
from cairndesk.directory import actions as directory
from cairndesk.directory.checklists import evidence_template, minimum, read_checklist
from cairndesk.directory.errors import RulesUnreadable
from cairndesk.directory.queries import evidence_asked
from cairndesk.response.actions import Grounds
from cairndesk.response.errors import IncompleteAct
from cairndesk.response.models import AuthorityPackage, PlanStep
from cairndesk.response.queries import record_asked

__all__ = ["analyst", "sign_in"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("EVD-10")]
TEMPLATE = evidence_template()
LINES = read_checklist(TEMPLATE)[1]
ANSWERS = ("yes", "no", "unknown", "not_applicable", "yes")
CHECKS = tuple(zip((line["asks"] for line in LINES), ANSWERS, strict=True))


@pytest.fixture
def step(case: Case, plan: Callable[..., dict[str, PlanStep]], ana: Actor) -> PlanStep:
    return approve(plan(case)["authority"], by=ana, now=NOW)


def answered(checks: tuple[tuple[str, str], ...] = CHECKS) -> Grounds:
    return Grounds(GROUNDS.legal_basis, GROUNDS.purpose, checks=checks)


def test_the_template_is_no_law_and_counts_nowhere_until_it_is_loaded(step: PlanStep, police: Keyholder, ana: Actor) -> None:
    about, _ = read_checklist(TEMPLATE)
    assert about["is_sample"]
    assert "not legal advice" in about["source"]
    assert evidence_asked("XX", NOW.date()) is None
    assert build(step, police.authority, GROUNDS, by=ana, now=NOW).state == "built"


def test_it_binds_its_place_from_its_day_and_is_no_minimum_of_a_file(case: Case, sam: Actor) -> None:
    directory.load_checklist(text=TEMPLATE, by=sam, now=NOW)
    day = NOW.date()
    asked = evidence_asked("XX", day)
    assert asked is not None
    assert [line.asks for line in asked.lines] == [asks for asks, _ in CHECKS]
    assert evidence_asked("YY", day) is None
    assert evidence_asked("XX", day - timedelta(days=3650)) is None
    assert record_asked(case, NOW) == minimum()


@pytest.mark.parametrize(
    ("before", "after"), [('name = "time"', 'name = "Time it"'), ('asks = "Is it clear', 'asks = ""\n#'), ('name = "time"', 'name = "obtained"')]
)
def test_a_line_that_asks_nothing_is_refused(before: str, after: str) -> None:
    assert before in TEMPLATE
    with pytest.raises(RulesUnreadable):
        read_checklist(TEMPLATE.replace(before, after, 1))


@pytest.mark.parametrize("checks", [(), CHECKS[:-1], (*CHECKS[:-1], (CHECKS[-1][0], "")), (*CHECKS[:-1], ("Something else?", "yes"))])
def test_no_package_goes_there_with_a_line_left_open(
    step: PlanStep, police: Keyholder, ana: Actor, sam: Actor, checks: tuple[tuple[str, str], ...]
) -> None:
    directory.load_checklist(text=TEMPLATE, by=sam, now=NOW)
    with pytest.raises(IncompleteAct, match="evidence checklist"):
        build(step, police.authority, answered(checks), by=ana, now=NOW)
    assert not AuthorityPackage.objects.exists()


@pytest.mark.slow
def test_the_answers_are_kept_sealed_and_stand_in_the_package(
    printer: None, step: PlanStep, police: Keyholder, ana: Actor, sam: Actor, tmp_path: Path
) -> None:
    directory.load_checklist(text=TEMPLATE, by=sam, now=NOW)
    package = build(step, police.authority, answered(), by=ana, now=NOW)
    assert unseal_fields(package.grounds)["checks"] == [list(one) for one in CHECKS]
    data = unpack(package, police, tmp_path) / "data"
    (told,) = (one for one in json.loads((data / "case.json").read_bytes())["details"] if one["kind"] == "evidence checklist")
    assert told["facts"] == {asks: {"unknown": answer} if answer in {"unknown", "not_applicable"} else answer for asks, answer in CHECKS}
    pages = [unescape(path.read_text("utf-8")) for path in data.rglob("*.html")]
    assert len(pages) == 2
    for page in pages:
        assert all(asks in page for asks, _ in CHECKS)


@pytest.mark.slow
def test_the_page_asks_it_for_the_place_and_says_what_is_left_open(step: PlanStep, police: Keyholder, sam: Actor, analyst: Browser) -> None:
    assert "template" not in see(analyst, "build", step.pk).lower()
    directory.load_checklist(text=TEMPLATE, by=sam, now=NOW)
    page = unescape(see(analyst, "build", step.pk))
    assert all(asks in page for asks, _ in CHECKS)
    given = {"authority": str(police.authority.pk), "legal_basis": "a basis", "purpose": "a purpose"}
    refused = analyst.post(reverse("response:build", args=[step.pk]), given)
    assert (refused.status_code, unescape(refused.content.decode()).count("“not known” is an answer")) == (422, 5)
    checks = {f"check_evidence-template-1_{line['name']}": answer for line, answer in zip(LINES, ANSWERS, strict=True)}
    confirm(analyst, "build", step.pk, **given, **checks)
    assert unseal_fields(AuthorityPackage.objects.get().grounds)["checks"] == [list(one) for one in CHECKS]
