"""How to handle what can do harm: a few rules for each risky step, shown where the step is taken, and together on one page."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cairndesk.accounts.rules.acts import Kind
from cairndesk.accounts.rules.people import Verb


class Step(StrEnum):
    """A step that cannot be undone, opens what is sealed, or lets something leave the desk."""

    READ_ACCOUNT = "read_account"
    READ_ITEM = "read_item"
    IDENTITY = "identity"
    EMERGENCY = "emergency"
    FILE = "file"
    LOOK = "look"
    JUDGE = "judge"
    PUBLISH = "publish"
    SEND = "send"
    PACKAGE = "package"
    SUMMARY = "summary"
    OVERRIDE = "override"
    SET_ASIDE = "set_aside"
    HAND_OVER = "hand_over"
    LIST_OUT = "list_out"
    CLOSE = "close"
    DESTROY = "destroy"
    ERASE = "erase"
    LIFT_HOLD = "lift_hold"
    SCHEDULE = "schedule"
    SHARING = "sharing"
    GIVE = "give"
    ROLES = "roles"
    KEYS = "keys"
    MEDIA = "media"
    MANDATE = "mandate"


@dataclass(frozen=True, slots=True)
class Handling:
    """What the step is called, and its rules, each one sentence or two."""

    title: str
    rules: tuple[str, ...]


HANDLING: Mapping[Step, Handling] = {
    Step.READ_ACCOUNT: Handling(
        "Reading what was told",
        (
            "Read it once, and only if your work needs it. Nobody should have to tell it again because of you.",
            "Copy nothing out of it: no note, no picture of the screen, no chat.",
            "Take a break afterwards. Ask a colleague to go on if it is too much; that is part of the work.",
        ),
    ),
    Step.READ_ITEM: Handling(
        "Reading a reported address or account",
        (
            "Do not open it in a browser, and do not search for it. The law lets few people look, and a visit can warn somebody.",
            "Copy it nowhere. Notices and packages take it from here by themselves.",
        ),
    ),
    Step.IDENTITY: Handling(
        "Who somebody is",
        (
            "Open or write it only to protect this person, and write no name anywhere else.",
            "Make no search for them outside the desk.",
        ),
    ),
    Step.EMERGENCY: Handling(
        "Emergency access",
        (
            "Only where a child cannot wait and nobody who is on the case can be reached.",
            "Look at what you need to act, act, and say at once to a supervisor what you did.",
        ),
    ),
    Step.FILE: Handling(
        "Handing over a file",
        (
            "Only a file that the desk may hold by the law that is named here. Ask nobody to send you one, and no child ever.",
            "Do not open it first. Delete your own copy and empty the bin as soon as it is here, and leave none in mail or chat.",
            "The hashes or the address do as well wherever you have them.",
        ),
    ),
    Step.LOOK: Handling(
        "Looking at a small copy",
        (
            "You need not look to decide. What was told and what the lists say is often enough, and nobody asks why you did not.",
            "Look when you are not alone, not at the end of a long day, and once. Whether blur and grey protect is not known: look less.",
            "Stop whenever you want, and be stricter with yourself than your organisation is. Take a break, and talk if it stays with you.",
        ),
    ),
    Step.JUDGE: Handling(
        "Judging what it is",
        (
            "Judge by what is described and what the lists say. Look at nothing twice, and never out of curiosity.",
            "Say “uncertain” when you are; a second person looks then.",
        ),
    ),
    Step.PUBLISH: Handling(
        "Putting it on a list",
        (
            "What goes on a list meets every later report, and elsewhere it can remove and block. A wrong line harms people who did nothing.",
            "Confirm only what you are sure shows the abuse or exploitation of a child. Doubt means no.",
            "Hashes and addresses on a list are secret: give them to nobody by hand.",
        ),
    ),
    Step.SEND: Handling(
        "Writing to a provider",
        (
            "First the child, then the evidence, then the removal: could this letter warn somebody who is near the child?",
            "A letter names addresses and grounds, and never who told us or who is shown.",
        ),
    ),
    Step.PACKAGE: Handling(
        "A package for an authority",
        (
            "Check to whom it is closed and by which route it goes. A package with the wrong key cannot be called back.",
            "Put identities in only where the authority needs them to protect somebody.",
            "Hand the package and the key that checks it over by two ways, and delete your copy once its arrival is recorded.",
        ),
    ),
    Step.SUMMARY: Handling(
        "Giving on what was told",
        (
            "It goes to the service that was chosen, to nobody else, and by a way that nobody at home can read.",
            "Ask the service to read it and not to ask for it again.",
        ),
    ),
    Step.OVERRIDE: Handling(
        "Acting against a choice",
        (
            "Only where there is danger, and only as far as the danger goes.",
            "Tell the child before, if that is safe, and say why. Another person looks at it.",
        ),
    ),
    Step.SET_ASIDE: Handling(
        "Setting aside what somebody asked of us",
        (
            "Only where somebody may come to serious harm now, or where a law leaves no choice, and only as far as that goes.",
            "Ask them first, if that is safe. Behind their receipt they read that we do it, and on which ground.",
            "Every supervisor sees that you did it. Talk with one before, if there is time.",
        ),
    ),
    Step.HAND_OVER: Handling(
        "Giving a case to another organisation",
        (
            "What was told goes along, and what they do with it you do not decide. Give what they need to act.",
            "Check first whether the person who told us said no to it.",
        ),
    ),
    Step.LIST_OUT: Handling(
        "A list that leaves the house",
        (
            "Hashes, addresses and terms on a list are secret. Check who asked for them, and under which agreement.",
            "Hand a file over by a way that only they can open, and delete your copy once they have it.",
        ),
    ),
    Step.CLOSE: Handling(
        "Closing a case",
        (
            "Ask last: is the child safe, does somebody stay in touch, is everything preserved that a court may need?",
            "Write the reasons so that a stranger understands them in five years, without names.",
        ),
    ),
    Step.DESTROY: Handling(
        "Destroying an original",
        (
            "Nobody can bring it back. Ask first whether an authority, a court or the child may still need it.",
            "Destroy here and nowhere by hand: only so the log proves that it was here and is gone.",
        ),
    ),
    Step.ERASE: Handling(
        "Erasing what was told",
        (
            "It is the right of whoever told it. Make it easy, and ask for no reason.",
            "Check who asks. Somebody who wants to silence a child may ask for it too.",
        ),
    ),
    Step.LIFT_HOLD: Handling(
        "Lifting a hold",
        (
            "Whoever asked for the hold says that it may end, in writing. A date that has passed is not enough.",
            "What the hold kept can be destroyed from the next hour on.",
        ),
    ),
    Step.SCHEDULE: Handling(
        "A retention schedule in force",
        (
            "From then on the desk destroys by itself. Read every line, and compare it with the law that it names.",
            "Look first which holds are missing.",
        ),
    ),
    Step.SHARING: Handling(
        "What may leave the desk, and to whom",
        (
            "A rule that is too wide lets out what a child told; one that is too narrow keeps a child in danger from those who can help.",
            "Enter what a lawyer of your jurisdiction says, with the basis, and have a colleague read it before you do.",
        ),
    ),
    Step.MANDATE: Handling(
        "A mandate to search",
        (
            "Who searches without a law that lets them may commit a crime, and spoils what was found. Ask a lawyer of your jurisdiction first.",
            "Enter the law or the order itself, never a promise of one, and the last day that it names.",
        ),
    ),
    Step.GIVE: Handling(
        "Giving somebody what is theirs",
        (
            "Check once more who asks. What is given goes to that person alone, by a way that is safe for them.",
            "Leave out what belongs to another child.",
        ),
    ),
    Step.ROLES: Handling(
        "Changing what somebody may do",
        (
            "Give the least that the work needs, and take roles away on the day on which somebody leaves.",
            "Nobody gives themselves a role, and nobody is talked into agreeing in a hurry.",
        ),
    ),
    Step.KEYS: Handling(
        "Passkeys",
        (
            "A passkey is yours alone. Lend it to nobody, and say at once when it is lost.",
            "Before you agree to replace a lost one, see or call the person yourself. A mail is not enough.",
        ),
    ),
    Step.MEDIA: Handling(
        "How the desk treats files",
        (
            "Change this only with the text of the law that allows it, and with a lawyer.",
            "Taking no files is the safe choice. Hashes and addresses are enough for most work.",
        ),
    ),
}

# What takes two people, as the step that it is.
BY_KIND: Mapping[str, Step] = {
    Kind.ROLES: Step.ROLES,
    Kind.DESTROY: Step.DESTROY,
    Kind.PUBLISH: Step.PUBLISH,
    Kind.ERASE: Step.ERASE,
    Kind.EXPORT: Step.PACKAGE,
    Kind.LIFT_HOLD: Step.LIFT_HOLD,
    Kind.HAND_OVER: Step.HAND_OVER,
    Kind.CROSS_OVER: Step.HAND_OVER,
    Kind.WRITE_OUT: Step.LIST_OUT,
    Kind.OPEN_LISTS: Step.LIST_OUT,
    Kind.SET_RULE: Step.SHARING,
    Kind.END_RULE: Step.SHARING,
    Kind.SET_TABLE: Step.SHARING,
}
# What each verb risks; None: what it does can be put right, and opens nothing to anybody. A new verb stands here before it is used.
RISKS: Mapping[Verb, Step | None] = {
    Verb.REPORT_TAKE: None,
    Verb.CASE_READ: Step.READ_ACCOUNT,
    Verb.CASE_DESCRIBE: Step.IDENTITY,
    Verb.GROUPING_KEEP: None,
    Verb.CASE_CLAIM: None,
    Verb.CASE_TRANSFER: Step.HAND_OVER,
    Verb.TRANSFER_ACCEPT: None,
    Verb.ADVICE_GIVE: None,
    Verb.CASE_CLOSE: Step.CLOSE,
    Verb.CASE_REOPEN: None,
    Verb.ERASURE_ASK: Step.ERASE,
    Verb.TOLD_ERASE: Step.ERASE,
    Verb.IDENTITY_READ: Step.IDENTITY,
    Verb.OPEN_QUEUE: Step.READ_ACCOUNT,
    Verb.OPEN_REVIEW: Step.READ_ITEM,
    Verb.OPEN_SECOND_LOOK: Step.READ_ITEM,
    Verb.OPEN_RESPOND: Step.READ_ITEM,
    Verb.OPEN_SUPERVISE: Step.READ_ITEM,
    Verb.TEAM_WORK: Step.READ_ACCOUNT,
    Verb.TEAM_SET: None,
    Verb.GRANT_WITHDRAW: None,
    Verb.GLASS_BREAK: Step.EMERGENCY,
    Verb.GLASS_REVIEW: None,
    Verb.ACCESS_REVIEW: None,
    Verb.MESSAGE_SEND: None,
    Verb.PRIORITY_OVERRIDE: None,
    Verb.PRIORITY_RULES_SET: None,
    Verb.CASE_GIVE: None,
    Verb.SHIFT_NOTE: None,
    Verb.CHOICE_SET_ASIDE: Step.SET_ASIDE,
    Verb.CHOICE_REVIEW: None,
    Verb.CALL_BACK_RECORD: None,
    Verb.MEDIA_HAND_OVER: Step.FILE,
    Verb.MEDIA_LOOK: Step.LOOK,
    Verb.LOOKING_BOUND: None,
    Verb.DESTRUCTION_ASK: Step.DESTROY,
    Verb.MEDIA_DESTROY: Step.DESTROY,
    Verb.PUBLICATION_ASK: Step.PUBLISH,
    Verb.HASHES_PUBLISH: Step.PUBLISH,
    Verb.LIST_IMPORT: None,
    Verb.LIST_READ: None,
    Verb.TERMS_READ: None,
    Verb.TOOL_ASSESS: None,
    Verb.MANDATE_SET: Step.MANDATE,
    Verb.ITEM_CLASSIFY: Step.JUDGE,
    Verb.SECOND_LOOK_GIVE: Step.JUDGE,
    Verb.CODING_GIVE: Step.JUDGE,
    Verb.CODING_SETTLE: Step.JUDGE,
    Verb.TRAINING_TAKE: None,
    Verb.TRAINING_LEAD: None,
    Verb.GUEST_INVITE: None,
    Verb.STEP_APPROVE: Step.SEND,
    Verb.STEP_RECORD: Step.PACKAGE,
    Verb.STEP_REVIEW: Step.OVERRIDE,
    Verb.DIRECTORY_CHANGE: None,
    Verb.DIRECTORY_READ: None,
    Verb.RULES_LOAD: None,
    Verb.SCHEDULE_CONFIRM: Step.SCHEDULE,
    Verb.SHARING_SET: Step.SHARING,
    Verb.DUTY_SET: None,
    Verb.HOLD_PLACE: None,
    Verb.HOLD_LIFT: Step.LIFT_HOLD,
    Verb.RETENTION_READ: None,
    Verb.SUBJECT_REQUEST_RECORD: None,
    Verb.SUBJECT_REQUEST_DECIDE: Step.GIVE,
    Verb.NUMBERS_READ: None,
    Verb.LOG_READ: None,
    Verb.PEOPLE_MANAGE: Step.ROLES,
    Verb.PEOPLE_RECOVER: Step.KEYS,
    Verb.ORGANISATION_MANAGE: Step.MEDIA,
    Verb.API_KEY_MANAGE: None,
}
