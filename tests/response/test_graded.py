"""What a person graded leaves the desk in the values of whoever reads it, and nothing is made up where no value fits."""

import json
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from tests.response.confirmed import build
from tests.response.conftest import NOW, Keyholder
from tests.response.test_evidence_checklist import step
from tests.response.test_packages import GROUNDS, unpack

from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.exchange.formats import xarf
from cairndesk.response import queries
from cairndesk.response.models import PlanStep
from cairndesk.review.models import Classification
from cairndesk.review.rules.mapping import Grade

__all__ = ["step"]
pytestmark = pytest.mark.django_db


def graded(case: Case, by: Actor, **values: str) -> Classification:
    rows = [Grade(name, "1", (code,)).as_row() for name, code in values.items()]
    held = {"case": case, "version": 1, "severity": "c", "scheme": "three_levels", "scheme_version": "1", "taxonomy": "2026.1"}
    return Classification.objects.create(**held, harms=["material_distribution"], grades=rows, actor=by.pseudonym, at=NOW - timedelta(hours=1))


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ({"industry": "a2", "interpol_baseline": "yes"}, "A2"),
        ({"interpol_baseline": "yes"}, "baseline"),
        # No value of the form fits: what the harms suggest stays.
        ({"interpol_baseline": "no"}, xarf.Exploitation.DISTRIBUTION.value),
        ({"uk_sentencing": "a"}, xarf.Exploitation.DISTRIBUTION.value),
        ({}, xarf.Exploitation.DISTRIBUTION.value),
    ],
)
def test_the_draft_of_a_notice_begins_with_what_a_person_graded(case: Case, ana: Actor, values: dict[str, str], finding: str) -> None:
    graded(case, ana, **values)
    assert queries.suggested_finding(case) == finding
    assert finding in {one.value for one in (*xarf.Classification, *xarf.Exploitation)}


@pytest.mark.slow
def test_a_package_says_every_value_with_its_scheme_and_version(printer: None, step: PlanStep, police: Keyholder, ana: Actor, tmp_path: Path) -> None:
    graded(step.case, ana, uk_sentencing="b", somebody_elses="z9")
    data = unpack(build(step, police.authority, GROUNDS, by=ana, now=NOW), police, tmp_path) / "data"
    (told,) = (one for one in json.loads((data / "case.json").read_bytes())["details"] if one["kind"] == "classification")
    assert told["facts"] == {"three_levels, version 1": "c", "uk_sentencing, version 1": "b", "somebody_elses, version 1": "z9"}
    pages = [unescape(path.read_text("utf-8")) for path in data.rglob("summary.html")]
    assert len(pages) == 1
    assert "somebody_elses, version 1" in pages[0]
