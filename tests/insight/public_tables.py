"""Every table that is laid out in public, with every code that can stand in it; figures mean nothing."""

from collections.abc import Iterator
from datetime import date
from itertools import cycle
from typing import Any

from django.utils import translation

from cairndesk.cases import taxonomy
from cairndesk.cases.models import Report
from cairndesk.insight import layout
from cairndesk.insight.queries import dimensions as by
from cairndesk.insight.rules import BANDS, Cell, Split, Table
from cairndesk.intake.forms import CHANNELS
from cairndesk.intake.rules import BESIDE, HELPED, OUTCOMES
from cairndesk.lib.unknowns import Unknown
from cairndesk.response.rules import NOT_YET_OUT, ComplaintAnswer, NoticeState
from cairndesk.review.scheme import in_force

ON = date(2026, 6, 1)
_YEARS = ("2026", "2025")
_MADE, _GENDER, _REALISM, _OVER_YEARS = by.SELF_GENERATED, by.GENDER, by.REALISM, by.last_years(ON)


def in_public(language: str) -> list[dict[str, Any]]:
    """The tables as the portal reads them, in a language."""
    with translation.override(language):
        return [layout.shown(table, on=ON) for table in tables()]


def tables() -> Iterator[Table]:
    scheme = in_force()
    levels = [f"{scheme.name}@{scheme.version}/{level.code}" for level in scheme.levels]
    yield _table("reports_by_source", _family("report_source"), _MADE, family="report_source")
    yield _table("reports_by_channel", ("portal", "api", *CHANNELS, by.NONE_YET), _MADE)
    yield _table("reports_by_state", Report.Completeness.values, _MADE)
    yield _table("reports_by_year", _YEARS, _MADE)
    yield _table("cases_by_harm", _family("harm"), _MADE, _GENDER, family="harm")
    yield _table("cases_by_harm_over_years", _family("harm"), _MADE, _OVER_YEARS, family="harm")
    yield _table("cases_by_severity", (*levels, by.NONE_YET), _MADE)
    yield _table("cases_by_priority", tuple("12345"), _MADE)
    yield _table("cases_by_outcome", (*OUTCOMES, by.NONE_YET), _MADE)
    yield _table("cases_by_year", _YEARS, _MADE)
    yield _table("cases_by_time_to_first_action", (code for code, _ in BANDS), _MADE)
    yield _table("notices_by_outcome", (state for state in NoticeState if state not in NOT_YET_OUT), _MADE)
    yield _table("notices_by_time_to_removal", (code for code, _ in BANDS), _MADE)
    yield _table("complaints_by_answer", ComplaintAnswer, _MADE, _OVER_YEARS)
    yield _table("complaints_by_time_since_told", (code for code, _ in BANDS), _MADE)
    for unit in ("addresses", "pages", "files"):
        yield _table(f"{unit}_by_authenticity", _family("authenticity"), _MADE, _REALISM, family="authenticity")
        yield _table(f"{unit}_by_novelty", _family("novelty"), _MADE, family="novelty")
    yield _table("answers_by_felt", BESIDE["felt"].choices)
    yield _table("page_answers_by_page", HELPED["page"].choices, by.Dimension("helped", ("no", "yes")))


def _family(name: str) -> tuple[str, ...]:
    return (*taxonomy.family(name).codes, by.NONE_YET, *Unknown)


def _table(name: str, codes: Any, *divided: by.Dimension, family: str = "") -> Table:
    figures = cycle((120, 60, None, 0))
    cells = tuple(Cell(str(code), figure) for code, figure in zip(codes, figures, strict=False))
    splits = tuple(
        Split(one.id, one.codes, {cell.code: (60, None, 0, 70, 80, 90, 100)[: len(one.codes)] for cell in cells}, (60,) * len(one.codes))
        for one in divided
    )
    return Table(name, name.partition("_by_")[0], cells, 500, splits, family)
