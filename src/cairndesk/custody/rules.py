"""The closed vocabulary of the log and the vault, and the precision at which the log keeps time."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from cairndesk.custody.ledger.entry import Vocabulary
from cairndesk.lib.clock import to_hour

POLICY_VERSION = 1
"""The version of the permission table under which an act was allowed; goes into every entry."""


class Event(StrEnum):
    """Everything that the log can say, as `room.subject.verb_past`. A line is never renamed: old logs carry it."""

    # custody
    CUSTODY_KEYRING_CREATED = "custody.keyring.created"  # a desk got its keys
    CUSTODY_KEY_ADDED = "custody.key.added"  # an organisation got an intake key
    CUSTODY_ITEM_OPENED = "custody.item.opened"  # a person opened a sealed item
    CUSTODY_BACKUP_MADE = "custody.backup.made"  # a sealed copy of the desk was written
    CUSTODY_BACKUP_VERIFIED = "custody.backup.verified"  # a sealed copy was opened again and found whole
    # cases
    CASES_CASE_OPENED = "cases.case.opened"  # a case was opened from a report
    CASES_REPORT_ADDED = "cases.report.added"  # a report, or more of one, came to a case
    CASES_STAGE_CHANGED = "cases.stage.changed"  # a case moved from one stage to another
    # intake
    INTAKE_ALARM_RAISED = "intake.alarm.raised"  # somebody said that it is happening now
    INTAKE_ALARM_ANSWERED = "intake.alarm.answered"  # a person took the case behind an alarm
    INTAKE_MESSAGE_RECEIVED = "intake.message.received"  # the reporter wrote
    INTAKE_MESSAGE_SENT = "intake.message.sent"  # the desk wrote to the reporter
    INTAKE_MESSAGES_READ = "intake.messages.read"  # a person read the conversation
    INTAKE_MILESTONE_TOLD = "intake.milestone.told"  # the reporter may now see that something happened
    INTAKE_RECEIPT_MADE = "intake.receipt.made"  # a caller was given six words


class Purpose(StrEnum):
    """What a sealed item is; bound into its encryption, so that one cannot be passed off as another."""

    FRAGMENT = "fragment"  # the answers of one page of a draft
    TOLD = "told"  # the answers of a whole report
    NARRATIVE = "narrative"  # what happened, in somebody's words
    IDENTITY = "identity"  # who a person is
    CONTACT = "contact"  # how to reach a person
    IDENTIFIER = "identifier"  # a URL, an account, a phone number, a wallet
    PLACE = "place"  # where something is or was
    MESSAGE = "message"  # one message between a reporter and the desk
    NOTE = "note"  # what staff wrote for staff
    REASON = "reason"  # why a person decided as they did
    RECEIPT = "receipt"  # the key of a reporter's mailbox
    DOCUMENT = "document"  # a notice, a package summary, a letter


class Proof(StrEnum):
    """By what the doer of an act proved who they are."""

    PASSKEY = "passkey"
    PASSWORD = "password"  # noqa: S105 - the name of a kind of proof, not a secret
    DEMO = "demo"
    API = "api"
    SYSTEM = "system"


class Doer(Protocol):
    """As much of an actor as the log takes."""

    @property
    def pseudonym(self) -> str:
        """A name that only the desk can resolve."""

    @property
    def proof(self) -> str:
        """One of `Proof`."""


class Subject(Protocol):
    """Anything with an id that entries are about."""

    @property
    def id(self) -> UUID:
        """The id."""


VOCABULARY = Vocabulary(types=frozenset(Event), proofs=frozenset(Proof))

# What the desk does by itself in these rooms follows within seconds of a reporter's act and would give its time away.
_FOLLOWS_THE_REPORTER = frozenset({"intake", "cases", "triage", "signals"})


def log_time(event: Event, proof: Proof, now: datetime) -> int:
    """Seconds since 1970 for the entry: exact for staff acts, the full hour for what follows from the portal."""
    room = event.value.partition(".")[0]
    hidden = proof is Proof.SYSTEM and room in _FOLLOWS_THE_REPORTER
    return int((to_hour(now) if hidden else now).timestamp())
