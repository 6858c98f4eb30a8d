"""Which facts people record by hand, in which words they are asked, and when two people wrote at the same time."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
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
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Asked:
    """How one kind is asked: the heading, what the button does, the columns in their order with their questions, and the sealed words."""

    heading: str
    button: str
    columns: Mapping[str, str]
    words: str = ""
    help: str = ""


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
        help="Codes only: nobody is named here. Who somebody is goes into a sealed record of its own.",
    ),
    Kind.ITEMS: Asked("Addresses, accounts, hashes and wallets", "Record these items", {"service": "Short name of the service, never of a person"}),
    Kind.SIGHTING: Asked(
        "Where an item was seen",
        "Record this sighting",
        {
            "seen_at": "When was it seen?",
            "precision": "How exactly is that known?",
            "service": "Short name of the service, never of a person",
            "platform_type": "Kind of platform",
            "space": "Public or closed?",
            "country_host": "Country where it is hosted",
            "is_reappearance": "It had been removed before",
        },
        words="Where exactly (kept sealed)",
    ),
    Kind.STEP: Asked(
        "A step of the contact path",
        "Add this step at the end",
        {
            "step": "What happened here?",
            "service": "Short name of the service, never of a person",
            "platform_type": "Kind of platform",
            "space": "Public or closed?",
            "encryption": "Encrypted?",
            "at": "When?",
            "precision": "How exactly is that known?",
        },
        help="In order: where the contact began, where it moved to, where anything was shared.",
    ),
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
        help="Wallets and account numbers are recorded as items, where they are sealed and matched.",
    ),
    Kind.PLACE: Asked(
        "A place",
        "Record this place",
        {"kind": "What kind of place?", "at": "When?", "is_planned": "It is planned and has not happened yet"},
        words="Where (kept sealed)",
    ),
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
