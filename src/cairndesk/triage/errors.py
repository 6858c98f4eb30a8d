"""Failures of the triage room.

TriageError
├── NoReason
├── NoSuchLevel
├── NoSuchRules
├── JudgedAnew
├── NothingWoke
└── RulesBroken
"""

from cairndesk.lib.errors import DeskError


class TriageError(DeskError):
    """A failure about the priority of a case."""

    code = "triage.failed"
    status = 422


class NoReason(TriageError):
    """A priority was set by hand without a reason that somebody could follow later."""

    code = "triage.no_reason"
    remedy = "Say in a sentence why; the words are sealed and stay with the case."


class NoSuchLevel(TriageError):
    """Priorities go from 1 to 5."""

    code = "triage.no_such_level"
    remedy = "Choose one of the levels from 1 (now) to 5 (when there is time)."


class JudgedAnew(TriageError):
    """A priority was to be set by somebody who was shown what the rules or a colleague said before; something else stands now."""

    code = "triage.judged_anew"
    status = 409
    remedy = "Something new came in, or somebody else set the priority, since you opened this page. Read what stands now, then send it again."


class NothingWoke(TriageError):
    """Nothing that may have shown up again waits in this case; somebody else was faster."""

    code = "triage.nothing_woke"
    status = 409
    remedy = "Look at the case again; what may have shown up is decided."


class RulesBroken(TriageError):
    """A file of priority rules that cannot be used: the number of the line, counted from 1, and why. The rules in force stay."""

    code = "triage.rules_broken"
    remedy = "Mend that line and try again; the rules in force stay as they are."

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"Line {line}: {reason}.")
        self.line, self.reason = line, reason


class NoSuchRules(TriageError):
    """Rules were asked for that this organisation does not have."""

    code = "triage.no_such_rules"
    status = 404
    remedy = "Look at the list of versions again."


class NothingSaid(TriageError):
    """A note for the next shift was sent without words."""

    code = "triage.nothing_said"
    remedy = "Write what the next shift has to know, or leave no note."


class NoSuchNote(TriageError):
    """A note for the next shift was asked for that is not there, or is there no longer."""

    code = "triage.no_such_note"
    status = 404
    remedy = "Look at the notes again; each is kept for fourteen days."


class NobodyToGiveTo(TriageError):
    """A case was to be given to somebody who cannot take it: not of this organisation, without the role, or without training in date."""

    code = "triage.nobody_to_give_to"
    remedy = "Choose somebody of the list, or leave the case to whoever takes the next."
