"""The technical tools of the desk, what each is for, and when one is switched off: nobody assessed it in time (DET-23)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.errors import AssessmentRefused

# A fresh desk may begin at once; by then somebody has weighed each tool.
FIRST_DUE = timedelta(days=90)
WARN_BEFORE = timedelta(days=30)
# "Regularly" is at least every two years.
MOST = timedelta(days=731)


class Tool(StrEnum):
    """A tool; the codes stand in records, so never rename one."""

    EXACT = "exact_matching"
    NEAR = "near_matching"
    TERMS = "glossary_hints"
    READING = "reading_words"
    FILES = "file_hashing"
    DOOR = "look_up_door"
    GIVING = "giving_lists"
    ANALYSERS = "local_analysers"


@dataclass(frozen=True, slots=True)
class About:
    """What a tool is called, what it does, and what becomes of the work while it is off."""

    title: str
    does: str
    when_off: str


TOOLS: Mapping[Tool, About] = {
    Tool.EXACT: About(
        "Exact matching",
        "Compares links, accounts, numbers and digests that were reported with the lists that are held.",
        "Reports come in as ever; their cases say that they were not looked up, and are looked up when it is on again.",
    ),
    Tool.NEAR: About(
        "Near matching",
        "Compares how pictures and the frames of videos look with the lists that are held.",
        "Reports come in as ever; their cases say that they were not looked up, and are looked up when it is on again.",
    ),
    Tool.TERMS: About(
        "Glossary hints",
        "Marks the places of what was told that meet a restricted term.",
        "Hints that were found stay; what is told meanwhile gets its hints when it is on again.",
    ),
    Tool.READING: About(
        "Reading identifiers out of words",
        "Finds links, accounts and numbers in what was told, and makes an item of each that is on a list.",
        "Words stay words, for people to read; they are read again when it is on again.",
    ),
    Tool.FILES: About(
        "Hashing of files",
        "Takes the digests and the look of a file that is handed over, behind walls.",
        "No file is taken; reports with links and hashes come in as ever.",
    ),
    Tool.DOOR: About(
        "Look-up door for machines",
        "Answers platforms and partners whether something is on a list that machines may be told of.",
        "Machines are told with status 503 that it is off; they can report as ever.",
    ),
    Tool.GIVING: About(
        "Giving lists to partners",
        "Lets partners fetch the lists whose papers allow it.",
        "Partners are told with status 503 that it is off.",
    ),
    Tool.ANALYSERS: About(
        "Local analysers",
        "Lets analysers that the configuration names look at files behind walls; what they say is a hint beside their error rates.",
        "No analyser is run; files are hashed and matched as ever. None runs before the configuration names one.",
    ),
}
# What a case was not asked of while they were off is noted with it, and made up for.
OF_CASES = frozenset({Tool.EXACT, Tool.NEAR, Tool.TERMS, Tool.READING})


def needed_for(kind: Kind) -> Tool:
    """The tool that looks up values of this kind."""
    return Tool.NEAR if kind is Kind.PDQ else Tool.EXACT


def check(*, purpose: str, lawful_basis: str, assessed_on: date, due_on: date, today: date) -> None:
    """Return where that can stand as an assessment; raise AssessmentRefused with what is missing."""
    if not purpose.strip() or not lawful_basis.strip():
        raise AssessmentRefused("Name the purpose and the lawful basis.")
    if assessed_on > today:
        raise AssessmentRefused("An assessment was made today or before.")
    if not today <= due_on <= assessed_on + MOST:
        raise AssessmentRefused("The next one is due today or later, and within two years of this one.")
