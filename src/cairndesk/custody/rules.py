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
    # directory
    DIRECTORY_ENTRY_ADDED = "directory.entry.added"  # a contact or a provider was entered
    DIRECTORY_ENTRY_CHANGED = "directory.entry.changed"  # it was changed, and its check taken back
    DIRECTORY_ENTRY_CHECKED = "directory.entry.checked"  # a person reached it
    DIRECTORY_ENTRY_RETIRED = "directory.entry.retired"  # it is not used any more
    DIRECTORY_RULES_LOADED = "directory.rules.loaded"  # a dated rule set was loaded
    # response
    RESPONSE_PLAN_PROPOSED = "response.plan.proposed"  # the desk proposed steps
    RESPONSE_STEP_APPROVED = "response.step.approved"  # a person approved one step
    RESPONSE_STEP_SKIPPED = "response.step.skipped"  # a person skipped one step and said why
    RESPONSE_STEP_DONE = "response.step.done"  # a step came to its end
    RESPONSE_PRESERVATION_CHOSEN = "response.preservation.chosen"  # a person chose how evidence is preserved
    RESPONSE_NOTICE_DRAFTED = "response.notice.drafted"  # a notice was written, not sent
    RESPONSE_NOTICE_QUEUED = "response.notice.queued"  # a person sent a notice on its way
    RESPONSE_NOTICE_SENT = "response.notice.sent"  # the mail server took a notice
    RESPONSE_NOTICE_ANSWERED = "response.notice.answered"  # a provider answered
    RESPONSE_NOTICE_REMINDED = "response.notice.reminded"  # a reminder was due and was drafted
    RESPONSE_NOTICE_ESCALATED = "response.notice.escalated"  # a person took a notice one step up
    RESPONSE_NOTICE_COUNTERED = "response.notice.countered"  # somebody objected to a notice
    RESPONSE_NOTICE_REVERSED = "response.notice.reversed"  # a notice was withdrawn after review
    RESPONSE_NOTICE_UPHELD = "response.notice.upheld"  # a notice stood after review
    RESPONSE_PACKAGE_BUILT = "response.package.built"  # an authority package was closed
    RESPONSE_PACKAGE_TAKEN = "response.package.taken"  # a person took the closed package to hand it over
    RESPONSE_PACKAGE_HANDED_OVER = "response.package.handed_over"  # the authority got it
    RESPONSE_PACKAGE_ACKNOWLEDGED = "response.package.acknowledged"  # the authority said so
    RESPONSE_REFERRAL_DRAFTED = "response.referral.drafted"  # a referral was begun
    RESPONSE_REFERRAL_DECIDED = "response.referral.decided"  # consent, refusal or override was recorded
    RESPONSE_REFERRAL_MADE = "response.referral.made"  # the service got it
    RESPONSE_REFERRAL_ANSWERED = "response.referral.answered"  # the service answered
    RESPONSE_OVERRIDE_SIGNED_OFF = "response.override.signed_off"  # a second person looked at an override
    RESPONSE_CASE_CLOSED = "response.case.closed"  # a person closed the case with a best-interests note
    RESPONSE_DELIVERY_GIVEN_UP = "response.delivery.given_up"  # a delivery could not be made

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
