"""Who may do what, and at which stage: written by hand from what each role is for, and never read from the desk's own table.

A call-taker takes in, an analyst judges, a supervisor judges, hands over and answers for both, a liaison deals with the world
outside, an administrator looks after people, and an auditor reads what was done. Whatever does not stand here is refused.
"""

from cairndesk.accounts.rules import Role, Verb

STAGES = ("received", "queued", "reviewing", "second_look", "classified", "acting", "answered", "closed")
_SHORT = {"every": STAGES, "open": STAGES[:-1], "always": ("always",)}

_TEXT = """
Taking in
    report.take         call_taker analyst supervisor: always
    message.send        call_taker: received queued | analyst supervisor: open | liaison: classified acting answered
    advice.give         call_taker analyst supervisor: queued

Knowing the case: nobody who runs the desk or checks it opens one, and who judges a report does not see who made it
    case.read           call_taker: received queued | analyst supervisor: every | liaison: classified acting answered closed
    case.describe       call_taker: received queued | analyst supervisor: open
    open.queue          call_taker analyst supervisor: received queued
    open.review         analyst supervisor: reviewing
    open.second_look    analyst supervisor: second_look
    open.respond        analyst supervisor liaison: classified acting answered
    open.supervise      supervisor: every
    team.work           call_taker analyst supervisor liaison specialist: always
    team.set            supervisor: every
    grant.withdraw      supervisor: every
    glass.break         analyst: every | liaison: classified acting answered closed
    glass.review        supervisor: every
    identity.read       supervisor: open | liaison: classified acting answered
    media.hand_over     analyst supervisor: open
    destruction.ask     analyst supervisor: every
    media.look          analyst supervisor: reviewing second_look
    looking.bound       supervisor: always
    media.destroy       supervisor: every

Judging
    grouping.keep       analyst supervisor: always
    case.claim          analyst supervisor: queued
    case.give           supervisor: queued
    priority.override   analyst supervisor: open
    priority_rules.set  supervisor: always
    shift.note          call_taker analyst supervisor liaison: always
    choice.set_aside    analyst supervisor: open
    choice.review       supervisor: every
    call_back.record    analyst supervisor: every | liaison: classified acting answered closed
    item.classify       analyst supervisor: reviewing
    second_look.give    analyst supervisor: second_look
    coding.give         analyst supervisor: reviewing second_look classified acting answered closed
    coding.settle       supervisor: classified acting answered closed
    training.take       call_taker analyst supervisor: always
    training.lead       supervisor: always
    guest.invite        supervisor: reviewing second_look
    publication.ask     analyst supervisor: reviewing second_look classified acting answered
    hashes.publish      supervisor: reviewing second_look classified acting answered

Acting: before it is judged only a supervisor lets a step go out
    step.approve        supervisor: queued reviewing second_look classified acting | analyst liaison: classified acting
    step.record         analyst supervisor liaison: acting answered
    step.review         analyst supervisor: reviewing second_look classified acting answered
    case.transfer       supervisor: open | liaison: classified acting
    transfer.accept     supervisor liaison: always

Ending
    case.close          analyst supervisor: answered
    case.reopen         supervisor: answered closed
    erasure.ask         call_taker: received queued | analyst supervisor: every
    hold.place          analyst supervisor: every | liaison: classified acting answered closed
    hold.lift           supervisor: every
    told.erase          supervisor: queued reviewing second_look classified acting answered closed

What the desk knows of the world
    list.read           analyst supervisor administrator: always
    terms.read          analyst supervisor: always
    list.import         supervisor: always
    tool.assess         supervisor: always
    mandate.set         supervisor: always
    directory.read      call_taker analyst supervisor liaison administrator auditor specialist: always
    directory.change    supervisor liaison administrator: always
    rules.load          supervisor administrator: always
    schedule.confirm    supervisor administrator: always
    sharing.set         supervisor administrator: always
    duty.set            supervisor administrator: always

Running the desk and answering for it
    people.manage       administrator: always
    people.recover      administrator supervisor: always
    organisation.manage administrator: always
    api_key.manage      administrator: always
    numbers.read        analyst supervisor liaison administrator auditor: always
    log.read            supervisor auditor: always
    access.review       supervisor auditor: always
    subject_request.record call_taker analyst supervisor liaison: always
    subject_request.decide supervisor: always
    retention.read      supervisor auditor: always
"""

# What takes a training record that is in date (TRG-01): judging, and whatever comes near to material.
TRAINED = frozenset(
    {"case.claim", "priority.override", "media.hand_over", "item.classify", "second_look.give", "step.review", "publication.ask", "hashes.publish"}
    | {"glass.break", "choice.set_aside", "media.look", "coding.give", "coding.settle", "terms.read", "training.lead", "grouping.keep"}
    | {"priority_rules.set", "advice.give"}
)

# What each purpose of a grant opens. Whoever looks a second time learns neither who it is nor what was said since.
OPENED = {
    "queue": "account identifier fact note messages",
    "review": "account identifier fact note messages original",
    "second_look": "account identifier fact note original",
    "coding": "account identifier",
    "respond": "account identifier fact note messages letters identity",
    "supervise": "account identifier fact note messages letters identity",
    "subject": "account messages identity",
    "emergency": "account identifier fact note messages identity",
    "team": "account identifier fact messages",
}


def _read() -> dict[tuple[str, str], frozenset[str]]:
    """Verb and role → the stages, or `always`."""
    found = {}
    for line in _TEXT.splitlines():
        if line.startswith("    "):
            verb, _, cells = line.strip().partition(" ")
            for cell in cells.split("|"):
                roles, _, stages = cell.strip().partition(": ")
                allowed = frozenset(_SHORT.get(stages, stages.split()))
                found |= {(verb, role): allowed for role in roles.split()}
    return found


MATRIX = _read()


def may(role: Role, verb: Verb, stage: str | None) -> bool:
    """Whether `role` may do `verb` at `stage` (None: where no case is concerned)."""
    return bool(MATRIX.get((verb.value, role.value), frozenset()) & {"always", stage})


def may_somewhere(role: Role, verb: Verb) -> bool:
    """Whether `role` may do `verb` at some stage, or where no case is concerned."""
    return (verb.value, role.value) in MATRIX
