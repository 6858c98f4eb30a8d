"""Grading a case by schemes beside the severity: what is suggested, what a person chooses, and what is recorded."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client
from tests.review.conftest import CLEAR
from tests.review.test_pages import FORM, anas, at, enter, url
from tests.review.test_schemes import GOOD, data, graded, graded_by
from tests.support.cast import NOON

from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import add_item
from cairndesk.cases.models import Case
from cairndesk.directory.actions import load_samples
from cairndesk.review import actions, errors, queries, scheme
from cairndesk.review.models import Classification
from cairndesk.review.rules import Look
from cairndesk.review.rules.grades import suggested
from cairndesk.review.rules.mapping import Grade
from cairndesk.review.rules.severity import Scheme

__all__ = ["anas", "at", "data", "enter", "graded_by"]


SHOWN = {**CLEAR.features, "age_band": "age_3_6", "depicted_act": "exhibition"}


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.req("TRG-16")
def test_what_a_person_chose_is_recorded_with_scheme_version_and_what_was_suggested(held: Case, ana: Actor, graded_by: list[Scheme]) -> None:
    grades = (Grade("industry", "2022-07", ("a1",)), Grade("uk_sentencing", "2014-04-01", ("c",)))
    add_item(case=held, kind="url", identifier="https://pictures.example/1", by=ana, now=NOON)
    made = actions.classify(case=held, look=Look(features=SHOWN, harms=CLEAR.harms, severity="c", grades=grades), by=ana, now=NOON)
    assert made.grades == [
        {"scheme": "industry", "version": "2022-07", "codes": ["a1"], "suggested": ["a2"]},
        {"scheme": "uk_sentencing", "version": "2014-04-01", "codes": ["c"], "suggested": ["c"]},
        {"scheme": "interpol_baseline", "version": graded_by[2].version, "codes": [], "suggested": list(suggested(graded_by[2], SHOWN))},
    ]
    assert len(queries.grades_in_words(made)) == 2
    assert held.items.get().depicted_act == "exhibition"
    title, value, hint = queries.grades_in_words(made)[0]
    assert (title, value, hint) == (
        "Industry classification, A1 to B2, version 2022-07",
        "A1: prepubescent, sex act",
        "A2: prepubescent, lascivious exhibition",
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "grade",
    [
        Grade("industry", "1999", ("a1",)),
        Grade("industry", "2022-07", ("z",)),
        Grade("iwf_age", "2026-11", ("b0_2",)),
        Grade("industry", "2022-07", ("a1", "a2")),
    ],
)
def test_a_value_of_no_scheme_in_use_is_refused(held: Case, ana: Actor, graded_by: list[Scheme], grade: Grade) -> None:
    with pytest.raises(errors.NotThisFeature):
        actions.classify(case=held, look=Look(severity="c", grades=(grade,)), by=ana, now=NOON)
    assert not Classification.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db
def test_the_page_suggests_and_records_nothing_until_somebody_decides(
    tell: Callable[..., Case], anas: Client, at: datetime, graded_by: list[Scheme]
) -> None:
    case = tell(at=at)
    anas.post(url("claim", case))
    sent = {**FORM, "f_age_band": "age_3_6", "f_depicted_act": "exhibition", "note": "Half a sentence"}
    page = anas.post(url("classify", case), {**sent, "suggest": "yes"}).content.decode()
    assert "The features suggest <b>A2: prepubescent, lascivious exhibition</b>: 3 to 6; Lascivious exhibition." in page
    assert "Half a sentence" in page
    assert "Medium confidence" in page
    assert not Classification.objects.exists()
    # Nothing is chosen for anybody.
    assert '<option value="a2" selected' not in page
    anas.post(url("classify", case), {**sent, **graded("industry", "a2"), **graded("uk_sentencing", "c")})
    assert [(row["scheme"], row["codes"]) for row in Classification.objects.get().grades] == [
        ("industry", ["a2"]),
        ("uk_sentencing", ["c"]),
        # That no value fits is an answer too, and no page speaks of it.
        ("interpol_baseline", []),
    ]
    assert "version 2022-07: <b>A2" in anas.get(url("case", case)).content.decode()


@pytest.mark.slow
@pytest.mark.django_db
def test_what_was_chosen_from_one_version_is_never_recorded_under_the_next(tell: Callable[..., Case], anas: Client, at: datetime, data: Path) -> None:
    scheme.load(GOOD, place="ours.toml")
    case, chosen = tell(at=at), graded("ours", "x")
    anas.post(url("claim", case))
    scheme.load(GOOD.replace('version = "1"', 'version = "2"'), place="ours.toml")
    page = anas.post(url("classify", case), {**FORM, **chosen, "note": "Half a sentence"})
    assert page.status_code == 422
    assert "A scheme was changed since this page was drawn" in page.content.decode()
    assert "Half a sentence" in page.content.decode()
    assert not Classification.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db
def test_a_desk_that_uses_no_other_scheme_is_asked_for_none(tell: Callable[..., Case], anas: Client, at: datetime, data: Path) -> None:
    case = tell(at=at)
    anas.post(url("claim", case))
    assert "schemes of others" not in anas.get(url("classify", case)).content.decode()


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.req("TRG-26")
def test_a_case_says_for_each_place_that_it_is_no_crime_there_and_still_removable_and_supported(
    tell: Callable[..., Case], anas: Client, at: datetime, sam: Actor
) -> None:
    load_samples(by=sam, now=at)
    case = tell(at=at)
    anas.post(url("claim", case))
    anas.post(url("classify", case), {**FORM, "f_authenticity": "fully_synthetic", "f_realism": "drawn"})
    assert len(set(queries.verdicts_of(case).values())) > 1
    page = anas.get(url("case", case)).content.decode()
    assert "Not criminal here; still removable under the provider&#x27;s terms, still supported" in page
    assert "Unlawful here: preserve, remove, report; support is offered" in page
