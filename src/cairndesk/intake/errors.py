"""Failures of the intake room.

IntakeError
├── UnreadableFile
├── UnknownReport
├── NothingTold
├── TakenAlready
├── EmptyFile
├── NotAsAFile
├── NotAsLines
├── TooManyLines
├── NotTheSixWords
├── NotAskedFor
├── MessageStands
├── NoRoom              (retryable)
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
    remedy = "Keep the files in the spool that end in .aside: torn, or sealed to a key that is missing. What opens later is taken in by itself."


class UnknownReport(IntakeError):
    """The sender has handed over no such report; another sender's is answered alike."""

    code = "intake.unknown_report"
    status = 404
    remedy = "Check the id; only reports that were handed over with your own key can be asked after."


class NothingTold(IntakeError):
    """A report needs what is happening, or a link."""

    code = "intake.nothing_told"
    remedy = "Say what is happening, or give a link; either is enough."


class TakenAlready(IntakeError):
    """The form of a call was sent a second time; one call is one case."""

    code = "intake.taken_already"
    status = 409
    remedy = "This call is written down, and its case waits in the queue. Its six words were shown once; open the form anew for another call."


class EmptyFile(IntakeError):
    """A file without a byte was handed over."""

    code = "intake.empty_file"
    remedy = "Choose the file again; the one that arrived was empty."


class NotAsAFile(IntakeError):
    """A file came inside a form; its name and its wrapping would have been hashed with it."""

    code = "intake.not_as_a_file"
    status = 415
    remedy = "Send the bytes of one file as the body, with the content type application/octet-stream; no name, no form."


class NotAsLines(IntakeError):
    """A batch came as something else than JSON lines; none of it was taken."""

    code = "intake.not_as_lines"
    status = 415
    remedy = "Send one report a line, with the content type application/x-ndjson."


class TooManyLines(IntakeError):
    """A batch has more reports than are taken at once; none of it was taken."""

    code = "intake.too_many_lines"
    status = 413
    remedy = "Divide the batch; what was taken before under the same keys is the same report."


class NotTheSixWords(IntakeError):
    """The words that were read out open no mailbox of this case."""

    code = "intake.not_the_six_words"
    remedy = "Ask for the six words again, slowly; without them nobody can show to be the reporter of this case."


class NotAskedFor(IntakeError):
    """The reporter did not ask to be told when it shows up again."""

    code = "intake.not_asked_for"
    status = 409
    remedy = "Some do not want to know. They can choose it behind their six words; until then nobody tells them."


class ReusedKey(IntakeError):
    """An idempotency key came back with another body."""

    code = "intake.reused_key"
    status = 409
    remedy = "Use a new Idempotency-Key for a new report; repeat a key only with the same body."


class MessageStands(IntakeError):
    """A message cannot be taken back any more: its time is over, it lies behind the six words, or somebody else wrote it."""

    code = "intake.message_stands"
    status = 409
    remedy = "The message stands. Where it is wrong, write another one that puts it right."


class NoRoom(IntakeError):
    """The disk is as good as full. What was handed over is not here, in no part."""

    code = "intake.no_room"
    status = 503
    remedy = "Keep the report and hand it over again later, under the same key; the desk has to make room first."
    retryable = True
