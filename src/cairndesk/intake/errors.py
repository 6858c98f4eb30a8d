"""Failures of the intake room.

IntakeError
├── UnreadableFile
├── UnknownReport
├── NothingTold
└── ReusedKey
"""

from cairndesk.lib.errors import DeskError


class IntakeError(DeskError):
    """A failure on the way in."""

    code = "intake.failed"
    status = 422


class UnreadableFile(IntakeError):
    """A spool file cannot be opened or read; it is set aside, never deleted."""

    code = "intake.unreadable_file"
    status = 500
    remedy = "Look at the folder spool/aside; a file there was sealed to a key that this desk does not hold, or was torn."


class UnknownReport(IntakeError):
    """The sender has handed over no such report; another sender's is answered alike."""

    code = "intake.unknown_report"
    status = 404
    remedy = "Check the id; only reports that were handed over with your own key can be asked after."


class NothingTold(IntakeError):
    """A report needs what is happening, or a link."""

    code = "intake.nothing_told"
    remedy = "Say what is happening, or give a link; either is enough."


class ReusedKey(IntakeError):
    """An idempotency key came back with another body."""

    code = "intake.reused_key"
    status = 409
    remedy = "Use a new Idempotency-Key for a new report; repeat a key only with the same body."
