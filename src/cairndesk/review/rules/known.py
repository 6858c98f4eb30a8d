"""Which facts people record by hand, in which words they are asked, and when two people wrote at the same time."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """The kinds of facts that have a page of their own."""

    DANGER = "danger"
    PERSON = "person"
    ITEMS = "items"
    SIGHTING = "sighting"
    STEP = "contact"
    THREAT = "threat"
    PAYMENT = "payment"
    DISCLOSURE = "disclosure"
    PLACE = "place"
    ROLE = "role"
    SUPPORT = "support"
    SENSITIVE = "sensitive"
    ITEM = "item"
    MARKS = "circumstances"
    TOLD = "told"
    CHECKLIST = "corroboration"
    EVIDENCE = "evidence"
    IDENTIFICATION = "identification"
    CLUE = "clue"
    LEAD = "lead"
    ORDER = "order"


class Subject(StrEnum):
    """What a form can be about, beside the case."""

    PERSON = "person"
    ITEM = "item"


# What each of these is about; a person is recorded without one, and changed with one.
ABOUT: Mapping[Kind, Subject] = {
    Kind.PERSON: Subject.PERSON,
    Kind.ROLE: Subject.PERSON,
    Kind.SUPPORT: Subject.PERSON,
    Kind.SENSITIVE: Subject.PERSON,
    Kind.ITEM: Subject.ITEM,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """How one kind is asked: the heading, what the button does, the columns in their order with their questions, and the sealed words.

    `families` are those of which several codes may be marked; `title` stands over what was recorded, and `again` leads to the form
    from there.
    """

    heading: str
    button: str
    columns: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    help: str = ""
    families: tuple[str, ...] = ()
    title: str = ""
    again: str = "Record another"


ASKED: Mapping[Kind, Asked] = {
    Kind.DANGER: Asked(
        "What makes it urgent",
        "Record these answers",
        {
            "abuse_now": "Is the abuse happening now?",
            "meeting_planned": "Is a meeting planned?",
            "meeting_at": "When is the meeting?",
            "meeting_place": "At what kind of place?",
            "location_known": "Does the other person know where the child is?",
            "continuing_access": "Does the other person go on having access to the child?",
            "active_contact": "Are they in contact now?",
            "self_harm": "Is there a risk of self-harm?",
            "setting": "Online, in person, or both?",
        },
        help="The queue follows at once. What was not asked stays “Not asked”.",
        again="Change these answers",
    ),
    Kind.PERSON: Asked(
        "A person and their role",
        "Record this person",
        {
            "stated_age": "Age as told",
            "apparent_age": "Age as it appears",
            "age_at_report": "Age at the time of the report",
            "gender": "Gender",
            "relation": "Relation to the child",
            "actor_age": "If a person of concern: child or adult?",
            "actor_part": "If a person of concern: what part?",
            "allegation": "How sure is the allegation?",
            "preferred_term": "Which word does the person want?",
            "country": "Country",
        },
        help="Codes only: nobody is named here. Who somebody is goes into a sealed record of its own. What is changed stays readable.",
        title="People",
    ),
    Kind.ROLE: Asked(
        "One more role",
        "Give this role",
        help="One person may hold several roles. A child whom an item shows is its victim, and never a person of concern over it.",
    ),
    Kind.SUPPORT: Asked(
        "What the person tells of and may need",
        "Keep this in the support record",
        help="For help, and for nothing else: it is no part of any description of the case. What is not ticked is taken off.",
        families=("impact", "support_need"),
    ),
    Kind.SENSITIVE: Asked(
        "A sensitive answer",
        "Seal this answer",
        words="In the person's own words (kept sealed)",
        help="Only what the person wants to say and what opens more help. A supervisor or a liaison can open it, with a reason that the log keeps. "
        "An earlier answer to the same question is erased.",
    ),
    Kind.ITEMS: Asked(
        "Addresses, accounts, hashes and wallets",
        "Record these items",
        {
            "service": "Service (its short name, never of a person)",
            "chain": "If wallets: on which chain? Left out, the address tells it",
            "coin": "If wallets: in which coin?",
        },
        again="Record more",
    ),
    Kind.ITEM: Asked(
        "What this item is and what was done about it",
        "Mark this",
        {
            "ai_source": "If software made or altered it: from what?",
            "derived_from_known": "Does it show a child whose abuse is on record, or come from such material?",
        },
        help="What is not ticked is taken off; what stood there before stays readable. "
        "A tool or a model is recorded as an item first, where it is sealed and matched.",
        families=("platform_type", "offer_type", "payment_rail", "ai_technique", "account_action"),
    ),
    Kind.SIGHTING: Asked(
        "Where an item was seen",
        "Record this sighting",
        {
            "seen_at": "When was it seen?",
            "precision": "How exactly is that known?",
            "service": "Service (its short name, never of a person)",
            "platform_type": "Kind of platform",
            "space": "Public or closed?",
            "country_host": "Country where it is hosted",
            "is_reappearance": "It had been removed before",
        },
        words="Where exactly (kept sealed)",
        title="Where items were seen",
    ),
    Kind.STEP: Asked(
        "A step of the contact path",
        "Add this step at the end",
        {
            "step": "What happened here?",
            "service": "Service (its short name, never of a person)",
            "platform_type": "Kind of platform",
            "space": "Public or closed?",
            "encryption": "Encrypted?",
            "at": "When?",
            "precision": "How exactly is that known?",
        },
        help="In order: where the contact began, where it moved to, where anything was shared.",
        title="The contact path",
        again="Add a step at the end",
    ),
    Kind.ORDER: Asked("The order of the contact path", "Put the steps in this order", help="1 is where it began."),
    Kind.THREAT: Asked(
        "A threat",
        "Record this threat",
        {
            "demand": "What is demanded?",
            "basis": "What is threatened?",
            "deadline": "Until when?",
            "amount_band": "How much?",
            "rail": "To be paid how?",
            "paid": "Was anything paid?",
        },
        words="The words of the threat (kept sealed)",
        help="A threat counts whether or not an image exists. A deadline moves the case in the queue at once.",
        title="Threats",
    ),
    Kind.PAYMENT: Asked(
        "A payment, made or offered",
        "Record this payment",
        {
            "rail": "How?",
            "purpose": "What for?",
            "amount_band": "How much?",
            "paid": "Was it paid?",
            "obfuscation": "Was it hidden?",
            "country": "Country",
            "at": "When?",
        },
        help="Wallets and payment accounts are recorded as items first, where they are sealed and matched.",
        title="Payments, made or offered",
    ),
    Kind.DISCLOSURE: Asked(
        "A financial disclosure",
        "Record this disclosure",
        {"filer": "Who made it?", "recipient": "To whom?", "at": "When?"},
        help="That doubtful payments were disclosed, such as a report of a suspicious transaction. It is only written down here: nothing is sent. "
        "In many places nobody may hear of such a report who is not concerned with it.",
        title="Financial disclosures",
    ),
    Kind.PLACE: Asked(
        "A place",
        "Record this place",
        {"kind": "What kind of place?", "at": "When?", "is_planned": "It is planned and has not happened yet"},
        words="Where (kept sealed)",
        title="Places",
    ),
    Kind.MARKS: Asked(
        "Circumstances",
        "Mark these circumstances",
        help="Open what is needed and tick all that apply. What is not ticked is taken off; what stood there before stays readable.",
        families=(
            "tactic", "targeting", "context", "exposed_detail", "other_violence", "concealment",
            "organised_pattern", "trafficking_stage", "trafficking_purpose", "systemic_complaint", "diversion",
        ),
        again="Change what is ticked",
    ),
    Kind.TOLD: Asked(
        "Who was told before",
        "Keep who was told",
        help="In the order in which they were told. Nobody is an answer too, and never a fault of the child.",
        families=("told_whom", "barrier"),
        again="Change these answers",
    ),
    Kind.CHECKLIST: Asked(
        "What could support the account",
        "Keep these answers",
        help="For what left no recording. A no is an answer too; nobody has to prove what happened.",
        again="Change these answers",
    ),
    Kind.EVIDENCE: Asked(
        "Facts that can serve as evidence",
        "Seal these facts",
        help="Traces are enough: content is never needed, and none may be put here. All of it is kept sealed.",
        title="Evidence",
    ),
    Kind.IDENTIFICATION: Asked(
        "Victim identification",
        "Record how it stands",
        {"status": "How does it stand?"},
        help="For somebody to whom it happened and whom nobody who could protect them knows; never to find out who told, or who is of concern. "
        "Image work is done by the authorised unit, and nothing is sent to it by this. What stood before stays readable.",
        title="How it stands",
        again="Record how it stands now",
    ),
    Kind.CLUE: Asked(
        "A clue",
        "Seal this clue",
        {"kind": "What does it tell of?"},
        words="The clue, in words (kept sealed)",
        help="A clue describes surroundings and objects, never the child's body or what is done to the child. Here are only words: no picture is "
        "shown, cut or sent.",
        title="Clues",
    ),
    Kind.LEAD: Asked(
        "Which harm leads",
        "Let this harm lead",
        help="All harms stay on record and count; one leads where a single word is asked for.",
        title="Harms",
        again="Choose which harm leads",
    ),
}  # fmt: skip
# They stand on a page of their own.
OF_IDENTIFICATION = frozenset({Kind.IDENTIFICATION, Kind.CLUE})
# Forms that show what stands now and replace it: whoever sends one must have seen the newest state.
REPLACE = frozenset({Kind.DANGER, Kind.PERSON, Kind.SUPPORT, Kind.ITEM, Kind.MARKS, Kind.TOLD, Kind.CHECKLIST, Kind.LEAD, Kind.ORDER})
# The one family whose order says something; as many places are asked for.
IN_ORDER, PLACES = "told_whom", tuple(f"Who was told {place}?" for place in ("first", "second", "third", "fourth", "fifth"))
WALLETS = frozenset({"wallet", "payment_account"})
# What can be somebody's; two that are of one person are aliases.
# Items that show or hold something; an account or a phone number is neither real nor made up. And by what software it was made.
MADE_WITH, MAKERS = "made_with", frozenset({"tool", "model"})
HOLDER, HOLDABLE = "holder", WALLETS | {"account", "group", "phone", "email", "device", "domain", "url", "web_page"}
# The facts that the kinds of evidence take, as questions.
EVIDENCE_FACTS: Mapping[str, str] = {
    "hash_kind": "Kind of hash",
    "hash": "Hash",
    "size_bytes": "Size in bytes",
    "length_seconds": "Length in seconds",
    "seen_at": "When was it seen?",
    "source": "Where does it come from?",
    "observed_at": "When was it observed?",
    "value": "What was observed",
    "service": "Service",
    "from_account": "From which account",
    "to_account": "To which account",
    "first_at": "When was the first message?",
    "last_at": "When was the last message?",
    "messages": "How many messages, or their words",
    "rail": "Way of payment",
    "reference": "Reference of the payment",
    "amount": "Amount",
    "currency": "Currency",
    "paid_at": "When was it paid?",
    "address": "Address",
    "offer": "What was offered",
    "handle": "Name of the account",
    "first_seen": "When was it first seen?",
    "last_seen": "When was it last seen?",
    "room": "Room or channel",
    "started_at": "When did it start?",
    "ended_at": "When did it end?",
    "viewers": "How many viewers",
    "kind": "Kind of device",
    "identifier": "Identifier of the device",
    "held_by": "Who holds it",
    "witness": "Who saw or heard it",
    "statement": "What was seen or heard",
    "examiner": "Who examined it, and for whom",
    "method": "By which method or tool",
    "examined_at": "When was it examined?",
    "finding": "What was found, and how sure it is",
}

# Why an identity is opened; a code, because the log holds no words.
IDENTITY_REASONS: Mapping[str, str] = {
    "safeguarding": "To protect somebody now",
    "referral": "To refer the person to help they agreed to",
    "authority": "To hand the case to an authority",
    "correction": "To correct the record",
}


def fingerprint(values: Mapping[str, object]) -> str:
    """What a form remembers of the state it was made from; another one means that somebody wrote meanwhile."""
    return hashlib.sha256(repr(sorted((name, str(value)) for name, value in values.items())).encode()).hexdigest()[:16]
