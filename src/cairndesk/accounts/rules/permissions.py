"""The one table role × verb × stage: enforced from here, rendered in the manual from here."""

from collections.abc import Mapping
from uuid import UUID

from cairndesk.accounts import errors
from cairndesk.accounts.rules.people import Actor, Proof, Role, Verb

# The names of the spine's stages, in their order; a house test holds them equal to cases.rules.Stage.
STAGES = ("received", "queued", "reviewing", "second_look", "classified", "acting", "answered", "closed")

# A verb that no stage bounds.
ALWAYS: frozenset[str] = frozenset({"*"})

_INCOMING = frozenset({"received", "queued"})
_OPEN = frozenset(STAGES) - {"closed"}
_ANY = frozenset(STAGES)
_TO_ACT = frozenset({"classified", "acting"})
_JUDGED = frozenset({"reviewing", "second_look", "classified", "acting", "answered"})
_ACTED = frozenset({"acting", "answered"})
_LOOK = frozenset({"second_look"})
_CALL, _ANA, _SUP, _LIA, _ADM, _AUD = Role.CALL_TAKER, Role.ANALYST, Role.SUPERVISOR, Role.LIAISON, Role.ADMINISTRATOR, Role.AUDITOR
_SPE = Role.SPECIALIST

# Role → the stages at which it may; ALWAYS for verbs that no stage bounds. What is not here is refused.
# Administrators look after people and auditors after the log: neither has a verb that opens a case.
PERMISSIONS: Mapping[Verb, Mapping[Role, frozenset[str]]] = {
    Verb.REPORT_TAKE: {_CALL: ALWAYS, _ANA: ALWAYS, _SUP: ALWAYS},
    Verb.CASE_READ: {_CALL: _INCOMING, _ANA: _ANY, _SUP: _ANY, _LIA: _TO_ACT | {"answered", "closed"}},
    Verb.CASE_DESCRIBE: {_CALL: _INCOMING, _ANA: _OPEN, _SUP: _OPEN},
    # Which cases belong together is for those who judge cases; no machine says it.
    Verb.GROUPING_KEEP: {_ANA: ALWAYS, _SUP: ALWAYS},
    Verb.CASE_CLAIM: {_ANA: frozenset({"queued"}), _SUP: frozenset({"queued"})},
    # Whoever shares the work out says who should take a case; it is still taken by hand.
    Verb.CASE_GIVE: {_SUP: frozenset({"queued"})},
    Verb.CASE_TRANSFER: {_SUP: _OPEN, _LIA: _TO_ACT},
    Verb.TRANSFER_ACCEPT: {_SUP: ALWAYS, _LIA: ALWAYS},
    # Who asked for advice only is answered by whoever may write to them; nothing is judged and nothing is shown.
    Verb.ADVICE_GIVE: {_CALL: frozenset({"queued"}), _ANA: frozenset({"queued"}), _SUP: frozenset({"queued"})},
    Verb.CASE_CLOSE: {_ANA: frozenset({"answered"}), _SUP: frozenset({"answered"})},
    Verb.CASE_REOPEN: {_SUP: frozenset({"answered", "closed"})},
    # Whoever hears the wish writes it down; a supervisor who is another person does it, once the belt has read what came in.
    Verb.ERASURE_ASK: {_CALL: _INCOMING, _ANA: _ANY, _SUP: _ANY},
    Verb.TOLD_ERASE: {_SUP: _ANY - {"received"}},
    # The reporter's identity is kept from those who judge what was reported (INT-02).
    Verb.IDENTITY_READ: {_SUP: _OPEN, _LIA: _TO_ACT | {"answered"}},
    # For which purpose something sealed of a case is opened to whom: `accounts/rules/grants.py` says what each purpose opens.
    Verb.OPEN_QUEUE: {_CALL: _INCOMING, _ANA: _INCOMING, _SUP: _INCOMING},
    Verb.OPEN_REVIEW: {_ANA: frozenset({"reviewing"}), _SUP: frozenset({"reviewing"})},
    Verb.OPEN_SECOND_LOOK: {_ANA: _LOOK, _SUP: _LOOK},
    Verb.OPEN_RESPOND: {_ANA: _TO_ACT | {"answered"}, _SUP: _TO_ACT | {"answered"}, _LIA: _TO_ACT | {"answered"}},
    Verb.OPEN_SUPERVISE: {_SUP: _ANY},
    # To have a function in the team of a case, which shows its part of that case and no other; a specialist sees nothing else.
    Verb.TEAM_WORK: {_CALL: ALWAYS, _ANA: ALWAYS, _SUP: ALWAYS, _LIA: ALWAYS, _SPE: ALWAYS},
    Verb.TEAM_SET: {_SUP: _ANY},
    Verb.GRANT_WITHDRAW: {_SUP: _ANY},
    # Loud, short, and looked at by a supervisor who is another person; supervisors need none, they answer for every case.
    Verb.GLASS_BREAK: {_ANA: _ANY, _LIA: _TO_ACT | {"answered", "closed"}},
    Verb.GLASS_REVIEW: {_SUP: _ANY},
    Verb.ACCESS_REVIEW: {_SUP: ALWAYS, _AUD: ALWAYS},
    Verb.MESSAGE_SEND: {_CALL: _INCOMING, _ANA: _OPEN, _SUP: _OPEN, _LIA: _TO_ACT | {"answered"}},
    Verb.PRIORITY_OVERRIDE: {_ANA: _OPEN, _SUP: _OPEN},
    # Whoever answers for the work says how soon somebody looks; everybody at the desk reads it.
    Verb.PRIORITY_RULES_SET: {_SUP: ALWAYS},
    # Whoever works on cases hands their shift on and takes one over.
    Verb.SHIFT_NOTE: {_CALL: ALWAYS, _ANA: ALWAYS, _SUP: ALWAYS, _LIA: ALWAYS},
    # Against what a child asked acts only who judges, never who merely writes to them.
    Verb.CHOICE_SET_ASIDE: {_ANA: _OPEN, _SUP: _OPEN},
    # Looked at by a supervisor who is another person, also once the case is closed.
    Verb.CHOICE_REVIEW: {_SUP: _ANY},
    # Whoever chose otherwise brings the case back to the queue, and what went out cannot wait until it is judged anew.
    Verb.CALL_BACK_RECORD: {_ANA: _ANY, _SUP: _ANY, _LIA: _TO_ACT | {"answered", "closed"}},
    Verb.MEDIA_HAND_OVER: {_ANA: _OPEN, _SUP: _OPEN},
    # Only whoever judges it, and never a guest: which law lets people look is a matter of each organisation.
    Verb.MEDIA_LOOK: {_ANA: frozenset({"reviewing", "second_look"}), _SUP: frozenset({"reviewing", "second_look"})},
    # Whoever answers for the people says how, and for how long, they are shown anything; that shows nobody anything, so it takes no training.
    Verb.LOOKING_BOUND: {_SUP: ALWAYS},
    # One person says why, a supervisor who is another one does it with a fresh proof; also once a case is closed: originals outlive it.
    Verb.DESTRUCTION_ASK: {_ANA: _ANY, _SUP: _ANY},
    Verb.MEDIA_DESTROY: {_SUP: _ANY},
    # Who judged a file asks; a supervisor who is another person puts its hashes where every later report meets them.
    Verb.PUBLICATION_ASK: {_ANA: _JUDGED, _SUP: _JUDGED},
    Verb.HASHES_PUBLISH: {_SUP: _JUDGED},
    Verb.LIST_IMPORT: {_SUP: ALWAYS},
    Verb.LIST_READ: {_ANA: ALWAYS, _SUP: ALWAYS, _ADM: ALWAYS},
    # The words themselves are for those who judge what was told, and for nobody who only looks after the desk.
    Verb.TERMS_READ: {_ANA: ALWAYS, _SUP: ALWAYS},
    # Whoever answers for the work answers for its tools.
    Verb.TOOL_ASSESS: {_SUP: ALWAYS},
    # By what law people may search at all is for whoever answers for the work.
    Verb.MANDATE_SET: {_SUP: ALWAYS},
    Verb.ITEM_CLASSIFY: {_ANA: frozenset({"reviewing"}), _SUP: frozenset({"reviewing"})},
    Verb.SECOND_LOOK_GIVE: {_ANA: _LOOK, _SUP: _LOOK},
    # Who judges cases also codes some of them a second time, without knowing the first coding; a supervisor who is a third person settles.
    Verb.CODING_GIVE: {_ANA: _ANY - _INCOMING, _SUP: _ANY - _INCOMING},
    Verb.CODING_SETTLE: {_SUP: _TO_ACT | {"answered", "closed"}},
    # Who takes reports in or judges them learns it on invented cases; a supervisor whose own training is in date keeps these and signs it off.
    Verb.TRAINING_TAKE: {_CALL: ALWAYS, _ANA: ALWAYS, _SUP: ALWAYS},
    Verb.TRAINING_LEAD: {_SUP: ALWAYS},
    Verb.GUEST_INVITE: {_SUP: frozenset({"reviewing", "second_look"})},
    # Before anything is classified only a supervisor may let a step go out: safeguarding and referral in danger.
    Verb.STEP_APPROVE: {_ANA: _TO_ACT, _SUP: _TO_ACT | {"queued", "reviewing", "second_look"}, _LIA: _TO_ACT},
    Verb.STEP_RECORD: {_ANA: _ACTED, _SUP: _ACTED, _LIA: _ACTED},
    Verb.STEP_REVIEW: {_ANA: _OPEN - _INCOMING, _SUP: _OPEN - _INCOMING},
    Verb.DIRECTORY_CHANGE: {_SUP: ALWAYS, _LIA: ALWAYS, _ADM: ALWAYS},
    # What a rule set says moves every verdict; looking after contacts is no reason to decide that.
    Verb.RULES_LOAD: {_SUP: ALWAYS, _ADM: ALWAYS},
    # What a schedule says is destroyed by itself, so another person than the one who loaded it puts it in force.
    Verb.SCHEDULE_CONFIRM: {_SUP: ALWAYS, _ADM: ALWAYS},
    # What may be given to whom binds everybody at the desk, whatever else they may do.
    Verb.SHARING_SET: {_SUP: ALWAYS, _ADM: ALWAYS},
    # Who is on duty is paged when an alarm rings; everybody may read the roster.
    Verb.DUTY_SET: {_SUP: ALWAYS, _ADM: ALWAYS},
    # Keeping takes one person; letting go takes two, and the second is a supervisor.
    Verb.HOLD_PLACE: {_ANA: _ANY, _SUP: _ANY, _LIA: _TO_ACT | {"answered", "closed"}},
    Verb.HOLD_LIFT: {_SUP: _ANY},
    # What will be destroyed and what is held, by numbers of cases and classes of records.
    Verb.RETENTION_READ: {_SUP: ALWAYS, _AUD: ALWAYS},
    # Whoever hears a person ask for what is theirs writes it down; what they get is a supervisor's decision.
    Verb.SUBJECT_REQUEST_RECORD: {_CALL: ALWAYS, _ANA: ALWAYS, _SUP: ALWAYS, _LIA: ALWAYS},
    Verb.SUBJECT_REQUEST_DECIDE: {_SUP: ALWAYS},
    Verb.DIRECTORY_READ: dict.fromkeys(Role, ALWAYS),
    Verb.NUMBERS_READ: {_ANA: ALWAYS, _SUP: ALWAYS, _LIA: ALWAYS, _ADM: ALWAYS, _AUD: ALWAYS},
    Verb.LOG_READ: {_SUP: ALWAYS, _AUD: ALWAYS},
    Verb.PEOPLE_MANAGE: {_ADM: ALWAYS},
    # The second person when a lost passkey is replaced.
    Verb.PEOPLE_RECOVER: {_ADM: ALWAYS, _SUP: ALWAYS},
    Verb.ORGANISATION_MANAGE: {_ADM: ALWAYS},
    Verb.API_KEY_MANAGE: {_ADM: ALWAYS},
}

# Screening and what steers or ends it, classifying, training others, confirming for a list, handling media and breaking glass need a
# training record that is in date (TRG-01). Giving a case to somebody screens nothing: it can only be given to who has one, and is taken by hand.
CREDENTIAL_VERBS = frozenset(
    {Verb.CASE_CLAIM, Verb.PRIORITY_OVERRIDE, Verb.MEDIA_HAND_OVER, Verb.ITEM_CLASSIFY, Verb.SECOND_LOOK_GIVE, Verb.STEP_REVIEW}
    | {Verb.PUBLICATION_ASK, Verb.HASHES_PUBLISH, Verb.GLASS_BREAK, Verb.CHOICE_SET_ASIDE, Verb.MEDIA_LOOK}
    | {Verb.CODING_GIVE, Verb.CODING_SETTLE, Verb.TERMS_READ, Verb.TRAINING_LEAD, Verb.GROUPING_KEEP}
    | {Verb.PRIORITY_RULES_SET, Verb.ADVICE_GIVE},
)

# All that a machine may do, whatever else it was given: the desk drains the spool, a key hands over reports. People decide (DET-04).
MACHINES: Mapping[Proof, frozenset[Verb]] = {Proof.SYSTEM: frozenset({Verb.REPORT_TAKE}), Proof.API: frozenset({Verb.REPORT_TAKE})}

# What a right on one case, or on one request, of a partner opens there, and at which stage: a second look and what it needs to see; or
# the answer to that request, and nothing of its case.
GUESTS: Mapping[Verb, Mapping[Verb, frozenset[str]]] = {
    Verb.SECOND_LOOK_GIVE: {Verb.SECOND_LOOK_GIVE: _LOOK, Verb.CASE_READ: _LOOK, Verb.OPEN_SECOND_LOOK: _LOOK},
    Verb.MEDIA_DESTROY: {Verb.MEDIA_DESTROY: _ANY},
    Verb.HASHES_PUBLISH: {Verb.HASHES_PUBLISH: _JUDGED},
    Verb.TOLD_ERASE: {Verb.TOLD_ERASE: _ANY - {"received"}},
    Verb.STEP_APPROVE: {Verb.STEP_APPROVE: _TO_ACT},
    Verb.HOLD_LIFT: {Verb.HOLD_LIFT: _ANY},
    Verb.CASE_TRANSFER: {Verb.CASE_TRANSFER: _OPEN},
    Verb.LIST_IMPORT: {Verb.LIST_IMPORT: ALWAYS},
    Verb.SHARING_SET: {Verb.SHARING_SET: ALWAYS},
    Verb.SUBJECT_REQUEST_DECIDE: {Verb.SUBJECT_REQUEST_DECIDE: ALWAYS},
    Verb.PEOPLE_RECOVER: {Verb.PEOPLE_RECOVER: ALWAYS},
}


def permits(roles: frozenset[Role], verb: Verb, stage: str | None = None) -> bool:
    """Whether any of `roles` may do `verb` at `stage` (None: not about a case)."""
    stages = {allowed for role in roles for allowed in PERMISSIONS[verb].get(role, ())}
    return "*" in stages or (stage is not None and stage in stages)


def may_somewhere(by: Actor, verb: Verb) -> bool:
    """Whether `by` may do `verb` at some stage or on some case: what a door asks before the action asks exactly."""
    held = verb in MACHINES[by.proof] if _is_machine(by, None) else any(PERMISSIONS[verb].get(role) for role in by.roles)
    as_guest = any(verb in GUESTS[right.verb] for right in by.guest)
    return (held or as_guest) and _has_credential(by, verb)


def require(by: Actor, verb: Verb, *, organisation: UUID | None, stage: str | None = None, case: UUID | None = None) -> None:
    """Return if `by` may do `verb` on a thing of `organisation` at `stage`.

    `case` lets a named guest of a partner organisation in. Raises OtherOrganisation (which looks like absence),
    CredentialOutOfDate or NotPermitted.
    """
    at_home = organisation is None or by.organisation == organisation or by.proof is Proof.SYSTEM
    if not at_home and not _is_guest(by, verb, organisation, stage, case):
        raise errors.OtherOrganisation
    if not (verb in MACHINES[by.proof] if _is_machine(by, stage) else permits(by.roles, verb, stage)):
        raise errors.NotPermitted(f"{verb.value} at {stage or 'any stage'}")
    if not _has_credential(by, verb):
        raise errors.CredentialOutOfDate(verb.value)


def _is_machine(by: Actor, stage: str | None) -> bool:
    """Whether `by` is no person: a key, or the desk itself. A person who is named at the command line looks after lists, and decides no case."""
    return by.proof is Proof.API or (by.proof is Proof.SYSTEM and (by.id is None or stage is not None))


def _has_credential(by: Actor, verb: Verb) -> bool:
    return verb not in CREDENTIAL_VERBS or by.has_credential


def _is_guest(by: Actor, verb: Verb, organisation: UUID | None, stage: str | None, case: UUID | None) -> bool:
    """Whether a right of `by` covers exactly this case, this verb and this stage."""
    rights = [right for right in by.guest if case is not None and right.case == case and right.organisation == organisation]
    return any({stage, "*"} & GUESTS[right.verb].get(verb, frozenset()) for right in rights)
