"""Every write to a case: one public function per verb."""

from cairndesk.cases.actions.claim import claim, release
from cairndesk.cases.actions.move import move
from cairndesk.cases.actions.open_case import add_report, open_case

__all__ = ["add_report", "claim", "move", "open_case", "release"]
