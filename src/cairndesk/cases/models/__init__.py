"""The tables of the spine."""

from cairndesk.cases.models.belt import BeltRow
from cairndesk.cases.models.case import Case, Report, StageChange

__all__ = ["BeltRow", "Case", "Report", "StageChange"]
