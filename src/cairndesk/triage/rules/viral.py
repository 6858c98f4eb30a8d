"""Why a person says that material is known to be shared widely; the codes stand in records, so never rename one."""

from collections.abc import Mapping
from enum import StrEnum


class Viral(StrEnum):
    """What makes it so. It says nothing of how bad it is, and lowers no urgency: the child is shown again each time."""

    MANY_REPORTS = "many_reports"
    TO_WARN = "to_warn"
    TOLD_BY_OTHERS = "told_by_others"


WORDS: Mapping[Viral, str] = {
    Viral.MANY_REPORTS: "many people who do not know each other report it",
    Viral.TO_WARN: "people pass it on to warn, or to find the child",
    Viral.TOLD_BY_OTHERS: "another desk, a provider or the press says so",
}
