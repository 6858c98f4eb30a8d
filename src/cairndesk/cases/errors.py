"""Failures of the cases room.

CasesError
├── IllegalMove
├── AlreadyClaimed
├── NotYourClaim
├── UnknownCode
└── DepictedChildIsVictim
"""

from cairndesk.lib.errors import DeskError


class CasesError(DeskError):
    """A failure about a case."""

    code = "cases.failed"
    status = 409


class IllegalMove(CasesError):
    """The case cannot go from its stage to the one asked for."""

    code = "cases.illegal_move"
    remedy = "Load the case again; somebody may have moved it on."


class AlreadyClaimed(CasesError):
    """Another person holds the case."""

    code = "cases.already_claimed"
    remedy = "Take the next case; this one is in good hands."


class NotYourClaim(CasesError):
    """The act belongs to the person who holds the case."""

    code = "cases.not_your_claim"
    remedy = "Claim the case first, or ask the person who holds it."


class UnknownCode(CasesError):
    """A code is not in the taxonomy that is in force."""

    code = "cases.unknown_code"
    status = 422
    remedy = "Choose a code that the taxonomy defines, or one of the four kinds of unknown."


class DepictedChildIsVictim(CasesError):
    """A child shown in an image can hold only the victim role for that image."""

    code = "cases.depicted_child_is_victim"
    status = 422
    remedy = "Record the child as victim of this image; record what another person did with that person."
