"""Decisions of the spine: which stages there are and which moves between them are legal."""

from cairndesk.cases.rules.stages import MOVES, Stage, may_move

__all__ = ["MOVES", "Stage", "may_move"]
