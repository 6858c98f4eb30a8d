"""What whoever is new at the desk reads before the first invented case, and ticks as read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """One part, under its heading, as sentences that stand as a list."""

    code: str
    title: str
    says: tuple[str, ...]


ORIENTATION = (
    Section(
        "desk",
        "What this desk does",
        (
            "People tell what happened to a child or what they found. The desk keeps it sealed, says how urgent it is, and shows why.",
            "You decide; rules and lists only suggest. What you decide has your name in the log, and somebody else can put it right.",
            "Whoever is in danger now comes first on every screen. If you are not sure whether somebody is, they are.",
            "What is told is opened for a reason, for a time, and each opening is logged. Nothing is copied out of the desk.",
        ),
    ),
    Section(
        "words",
        "Words we use",
        (
            "We say child sexual abuse material, because it is the record of harm done to a child.",
            "A person of concern is whoever may have done something. Until a court has found it, the desk does not know.",
            "A child is never the cause: nothing they wore, sent or believed made it happen. Write no word that says otherwise, in no note.",
            "The page Terms says what each code includes and what it leaves out. Where two fit, take the one that tells most, and say so.",
        ),
    ),
    Section(
        "looking",
        "How to look safely",
        (
            "You need not look to decide. What was told and what lists say is often enough, and nobody asks why you did not.",
            "Where a desk may show anything, it is small, grey and blurred, for one reason, and once.",
            "Never open a reported address in a browser, and never search for what was reported.",
            "What was handed over by mistake is not passed on to a colleague to have a look: say what happened to a supervisor.",
        ),
    ),
    Section(
        "stopping",
        "When to stop",
        (
            "Put a case back whenever you want. “Not this one” costs nothing, and nobody asks.",
            "Take the breaks that the desk offers, and more. It counts minutes so that you need not; what it counts is yours alone.",
            "Pictures that come back at night, sleep that does not, or feeling nothing at all: talk to the person who supports you, early.",
            "If somebody at this desk asks you to look at more than the work needs, say no, and tell a supervisor or an auditor.",
        ),
    ),
)
CODES = tuple(section.code for section in ORIENTATION)
