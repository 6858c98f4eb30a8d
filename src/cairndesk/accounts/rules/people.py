"""Roles, proofs, verbs, and the doer that every action takes."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from cairndesk.accounts import errors


class Role(StrEnum):
    """What a person is on the desk; one person may hold several."""

    CALL_TAKER = "call_taker"
    ANALYST = "analyst"
    SUPERVISOR = "supervisor"
    LIAISON = "liaison"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    SPECIALIST = "specialist"

    @property
    def words(self) -> str:
        """The role for a reader."""
        return self.value.replace("_", " ")


class Proof(StrEnum):
    """By what a doer proved who they are; the log keeps it."""

    PASSKEY = "passkey"
    PASSWORD = "password"  # noqa: S105 - the name of a kind of proof, not a secret
    DEMO = "demo"
    API = "api"
    SYSTEM = "system"


class Verb(StrEnum):
    """What can be done; each verb is one row of the permission table."""

    REPORT_TAKE = "report.take"
    CASE_READ = "case.read"
    CASE_DESCRIBE = "case.describe"
    GROUPING_KEEP = "grouping.keep"
    CASE_CLAIM = "case.claim"
    CASE_GIVE = "case.give"
    CASE_TRANSFER = "case.transfer"
    TRANSFER_ACCEPT = "transfer.accept"
    ADVICE_GIVE = "advice.give"
    CASE_CLOSE = "case.close"
    CASE_REOPEN = "case.reopen"
    ERASURE_ASK = "erasure.ask"
    TOLD_ERASE = "told.erase"
    IDENTITY_READ = "identity.read"
    OPEN_QUEUE = "open.queue"
    OPEN_REVIEW = "open.review"
    OPEN_SECOND_LOOK = "open.second_look"
    OPEN_RESPOND = "open.respond"
    OPEN_SUPERVISE = "open.supervise"
    TEAM_WORK = "team.work"
    TEAM_SET = "team.set"
    GRANT_WITHDRAW = "grant.withdraw"
    GLASS_BREAK = "glass.break"
    GLASS_REVIEW = "glass.review"
    ACCESS_REVIEW = "access.review"
    MESSAGE_SEND = "message.send"
    PRIORITY_OVERRIDE = "priority.override"
    PRIORITY_RULES_SET = "priority_rules.set"
    SHIFT_NOTE = "shift.note"
    CHOICE_SET_ASIDE = "choice.set_aside"
    CHOICE_REVIEW = "choice.review"
    CALL_BACK_RECORD = "call_back.record"
    MEDIA_HAND_OVER = "media.hand_over"
    MEDIA_LOOK = "media.look"
    LOOKING_BOUND = "looking.bound"
    DESTRUCTION_ASK = "destruction.ask"
    MEDIA_DESTROY = "media.destroy"
    PUBLICATION_ASK = "publication.ask"
    HASHES_PUBLISH = "hashes.publish"
    LIST_IMPORT = "list.import"
    LIST_READ = "list.read"
    TERMS_READ = "terms.read"
    TOOL_ASSESS = "tool.assess"
    MANDATE_SET = "mandate.set"
    ITEM_CLASSIFY = "item.classify"
    SECOND_LOOK_GIVE = "second_look.give"
    CODING_GIVE = "coding.give"
    CODING_SETTLE = "coding.settle"
    TRAINING_TAKE = "training.take"
    TRAINING_LEAD = "training.lead"
    GUEST_INVITE = "guest.invite"
    STEP_APPROVE = "step.approve"
    STEP_RECORD = "step.record"
    STEP_REVIEW = "step.review"
    DIRECTORY_CHANGE = "directory.change"
    DIRECTORY_READ = "directory.read"
    RULES_LOAD = "rules.load"
    SCHEDULE_CONFIRM = "schedule.confirm"
    SHARING_SET = "sharing.set"
    DUTY_SET = "duty.set"
    HOLD_PLACE = "hold.place"
    HOLD_LIFT = "hold.lift"
    RETENTION_READ = "retention.read"
    SUBJECT_REQUEST_RECORD = "subject_request.record"
    SUBJECT_REQUEST_DECIDE = "subject_request.decide"
    NUMBERS_READ = "numbers.read"
    LOG_READ = "log.read"
    PEOPLE_MANAGE = "people.manage"
    PEOPLE_RECOVER = "people.recover"
    ORGANISATION_MANAGE = "organisation.manage"
    API_KEY_MANAGE = "api_key.manage"


# As what a machine may report; codes of the taxonomy's `report_source`, to which a house test holds them.
SENDERS = ("platform", "trusted_flagger", "hotline", "helpline", "police")


@dataclass(frozen=True)
class GuestRight:
    """What one case of another organisation allows its named guest; only rights in date reach an Actor."""

    case: UUID
    organisation: UUID
    verb: Verb


@dataclass(frozen=True)
class Actor:
    """The doer of an action: a person with a proof, a machine with a key, or the desk itself.

    `has_credential`: a training record that is in date now (TRG-01). `guest`: rights on single cases of partners.
    """

    id: UUID | None
    pseudonym: str
    organisation: UUID | None
    roles: frozenset[Role]
    proof: Proof
    name: str
    has_credential: bool = False
    guest: frozenset[GuestRight] = frozenset()

    @property
    def person(self) -> UUID:
        """The person's id; raises NotSignedIn for the desk itself and for machines."""
        if self.id is None:
            raise errors.NotSignedIn
        return self.id

    @property
    def home(self) -> UUID:
        """The organisation's id; raises OtherOrganisation for the desk itself, which has none."""
        if self.organisation is None:
            raise errors.OtherOrganisation
        return self.organisation


# Work that no person starts: draining, matching, publishing. It never makes a person's decision.
SYSTEM = Actor(id=None, pseudonym="00000000-0000-0000-0000-000000000000", organisation=None, roles=frozenset(), proof=Proof.SYSTEM, name="the desk")
