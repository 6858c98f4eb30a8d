"""Who may do what: roles, verbs and the one table role × verb × stage, enforced and rendered from here."""

from collections.abc import Mapping
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
    CASE_CLAIM = "case.claim"
    CASE_TRANSFER = "case.transfer"
    CASE_CLOSE = "case.close"
    CASE_REOPEN = "case.reopen"
    IDENTITY_READ = "identity.read"
    MESSAGE_SEND = "message.send"
    PRIORITY_OVERRIDE = "priority.override"
    MEDIA_HAND_OVER = "media.hand_over"
    LIST_IMPORT = "list.import"
    LIST_READ = "list.read"
    ITEM_CLASSIFY = "item.classify"
    SECOND_LOOK_GIVE = "second_look.give"
    STEP_APPROVE = "step.approve"
    STEP_RECORD = "step.record"
    DIRECTORY_CHANGE = "directory.change"
    DIRECTORY_READ = "directory.read"
    NUMBERS_READ = "numbers.read"
    LOG_READ = "log.read"
    PEOPLE_MANAGE = "people.manage"
    ORGANISATION_MANAGE = "organisation.manage"


@dataclass(frozen=True)
class Actor:
    """The doer of an action: a person with a proof, a machine with a key, or the desk itself."""

    id: UUID | None
    pseudonym: str
    organisation: UUID | None
    roles: frozenset[Role]
    proof: Proof
    name: str


# Work that no person starts: draining, matching, publishing. It may do what the belt needs and never a person's decision.
SYSTEM = Actor(id=None, pseudonym="00000000-0000-0000-0000-000000000000", organisation=None, roles=frozenset(), proof=Proof.SYSTEM, name="the desk")

ALWAYS: frozenset[str] = frozenset({"*"})
_OPEN = frozenset({"received", "queued", "reviewing", "second_look", "classified", "acting", "answered"})
_CALL, _ANA, _SUP, _LIA, _ADM, _AUD = Role.CALL_TAKER, Role.ANALYST, Role.SUPERVISOR, Role.LIAISON, Role.ADMINISTRATOR, Role.AUDITOR

# Role → the stages at which it may; ALWAYS for verbs that no stage bounds. What is not here is refused.
PERMISSIONS: Mapping[Verb, Mapping[Role, frozenset[str]]] = {
    Verb.REPORT_TAKE: {_CALL: ALWAYS, _ANA: ALWAYS, _SUP: ALWAYS},
    Verb.CASE_READ: {_CALL: frozenset({"received", "queued"}), _ANA: ALWAYS, _SUP: ALWAYS, _LIA: ALWAYS},
    Verb.CASE_DESCRIBE: {_CALL: frozenset({"received", "queued"}), _ANA: _OPEN, _SUP: _OPEN},
    Verb.CASE_CLAIM: {_ANA: frozenset({"queued"}), _SUP: frozenset({"queued"})},
    Verb.CASE_TRANSFER: {_SUP: _OPEN, _LIA: _OPEN},
    Verb.CASE_CLOSE: {_ANA: frozenset({"answered"}), _SUP: frozenset({"answered", "acting"})},
    Verb.CASE_REOPEN: {_SUP: frozenset({"closed", "answered"})},
    Verb.IDENTITY_READ: {_SUP: ALWAYS, _LIA: frozenset({"classified", "acting", "answered"})},
    Verb.MESSAGE_SEND: {_CALL: _OPEN, _ANA: _OPEN, _SUP: _OPEN, _LIA: _OPEN},
    Verb.PRIORITY_OVERRIDE: {_ANA: _OPEN, _SUP: _OPEN},
    Verb.MEDIA_HAND_OVER: {_ANA: _OPEN, _SUP: _OPEN},
    Verb.LIST_IMPORT: {_SUP: ALWAYS, _ADM: ALWAYS},
    Verb.LIST_READ: {_ANA: ALWAYS, _SUP: ALWAYS, _ADM: ALWAYS, _AUD: ALWAYS},
    Verb.ITEM_CLASSIFY: {_ANA: frozenset({"reviewing"}), _SUP: frozenset({"reviewing"})},
    Verb.SECOND_LOOK_GIVE: {_ANA: frozenset({"second_look"}), _SUP: frozenset({"second_look"})},
    Verb.STEP_APPROVE: {
        _ANA: frozenset({"classified", "acting"}),
        _SUP: frozenset({"reviewing", "second_look", "classified", "acting"}),
        _LIA: frozenset({"classified", "acting"}),
    },
    Verb.STEP_RECORD: {_ANA: frozenset({"acting", "answered"}), _SUP: frozenset({"acting", "answered"}), _LIA: frozenset({"acting", "answered"})},
    Verb.DIRECTORY_CHANGE: {_SUP: ALWAYS, _LIA: ALWAYS, _ADM: ALWAYS},
    Verb.DIRECTORY_READ: {role: ALWAYS for role in Role},
    Verb.NUMBERS_READ: {_ANA: ALWAYS, _SUP: ALWAYS, _LIA: ALWAYS, _ADM: ALWAYS, _AUD: ALWAYS},
    Verb.LOG_READ: {_SUP: ALWAYS, _AUD: ALWAYS},
    Verb.PEOPLE_MANAGE: {_ADM: ALWAYS},
    Verb.ORGANISATION_MANAGE: {_ADM: ALWAYS},
}


def permits(roles: frozenset[Role], verb: Verb, stage: str | None = None) -> bool:
    """Whether any of `roles` may do `verb` at `stage` (None: not about a case)."""
    stages = frozenset().union(*(PERMISSIONS[verb].get(role, frozenset()) for role in roles))
    return stages == ALWAYS or bool(stages & ALWAYS) or (stage is not None and stage in stages)


def require(by: Actor, verb: Verb, *, organisation: UUID | None, stage: str | None = None) -> None:
    """Return if `by` may do `verb` on a thing of `organisation` at `stage`; else raise OtherOrganisation or NotPermitted."""
    if organisation is not None and by.organisation != organisation:
        raise errors.OtherOrganisation
    if not permits(by.roles, verb, stage):
        raise errors.NotPermitted(f"{verb.value} at {stage or 'any stage'}")
