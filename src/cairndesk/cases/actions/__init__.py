"""Every write to a case: one public function per verb."""

from cairndesk.cases.actions.claim import claim, release
from cairndesk.cases.actions.move import move
from cairndesk.cases.actions.open_case import ReportFacts, add_report, open_case, replace_told

__all__ = ["ReportFacts", "add_report", "claim", "move", "open_case", "release", "replace_told"]
