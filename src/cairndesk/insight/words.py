"""Tables in words: titles, units, caveats and the names of categories, for the desk and for the public page."""

from typing import Any

from cairndesk.cases import taxonomy
from cairndesk.insight.queries import NONE_YET, Numbers
from cairndesk.insight.rules import FLOOR, Table

TITLES = {
    "reports_by_source": "Reports by who told us",
    "reports_by_channel": "Reports by the way they came",
    "reports_by_state": "Reports sent and left unfinished",
    "cases_by_harm": "Cases by the harm that leads",
    "cases_by_priority": "Cases by priority, 1 is most urgent",
    "cases_by_outcome": "Cases by outcome",
    "cases_by_time_to_first_action": "Time until a person took the case",
    "notices_by_outcome": "Notices by what became of them; a withdrawn one was reversed after an objection",
    "notices_by_time_to_removal": "Time from notice to removal",
}
MEDIANS = {"time_to_first_action": "Median time until a person took the case", "time_to_removal": "Median time from notice to removal"}
CAVEATS = {FLOOR: "This counts what was reported to this desk. It does not tell how much there is."}
WITHHELD = "Small counts are withheld, and with them others that would give them away."
_NAMES = {
    NONE_YET: "None yet",
    "within_1_h": "Within 1 hour",
    "within_24_h": "Within 24 hours",
    "within_7_days": "Within 7 days",
    "longer": "Longer",
    "portal": "Public page",
    "phone": "Phone",
    "walk_in": "In person",
    "api": "By machine",
    "done": "Sent",
    "unfinished": "Left unfinished",
}
_FAMILIES = {"reports_by_source": "report_source", "cases_by_harm": "harm"}


def name_of(table: str, code: str) -> str:
    """The category in words; the taxonomy's own label where the category is one of its codes."""
    family = _FAMILIES.get(table)
    if family and code != NONE_YET:
        return taxonomy.label(family, code)
    return _NAMES.get(code, code.replace("_", " ").capitalize())


def shown(table: Table) -> dict[str, Any]:
    """`table` with words, in the shape that the portal reads."""
    rows = [[name_of(table.id, cell.code), cell.count] for cell in table.cells]
    return {
        "id": table.id,
        "title": TITLES[table.id],
        "unit": table.unit,
        "caveats": [*(CAVEATS[code] for code in table.caveats), WITHHELD],
        "headers": ["", f"Number of {table.unit}"],
        "rows": [*rows, ["All", table.total]],
    }


def medians(numbers: Numbers) -> list[tuple[str, str]]:
    """The medians as a title and hours; a withheld one says so."""
    return [(MEDIANS[name], "withheld" if hours is None else f"{hours:g} h") for name, hours in numbers.medians.items()]
