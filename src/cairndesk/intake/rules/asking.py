"""What a child or another reporter is asked, and why; and what nobody at the desk asks.

The desk asks for what protects now. What happened, in detail, is asked once, by somebody who is trained for it, with a court in mind:
every further interview hurts again and makes the account worth less (A/79/122, paragraph 99(h)).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cairndesk.cases.rules.facts import CaseFacts
from cairndesk.lib.unknowns import Unknown

# Every question that a page of the portal, or a form for a talk with a reporter, may put. A field without a line here fails a test.
WHY: Mapping[str, str] = {
    "danger": "Whoever is in danger now comes first, and is given numbers to call.",
    "what": "What kind of help it needs. Ticks, so that nobody has to find words.",
    "link": "So that it can be preserved and taken down.",
    "picture": "So that copies can be found and taken down, without anybody here seeing it.",
    "setting": "Whether somebody in reach must act, or a service.",
    "service": "Which service can remove and preserve.",
    "handle": "So that the account can be found and stopped.",
    "more": "Room for their own words, once. It is never asked again.",
    "age": "Bands only: age decides which law protects and which help fits.",
    "safe_contact": "An answer in the wrong hands puts a child in danger.",
    "tell": "Who must not learn of it: the wrong person told can hurt a child. Left open, nothing is asked of them.",
    "wish": "It is about them, so what we do is theirs to choose.",
    "again": "Some want to know when it comes back, and some do not. Nobody is told unasked.",
    "felt": "So that the desk learns whether telling helped. It is asked of nobody who does not press the button.",
    "helped": "So that pages which do not help are written anew. Only sums are kept, of nobody who does not press a button.",
    "text": "Room to add something by themselves.",
    "words": "The way back to their own report.",
    "path": "Who tells: a child is asked less, and in other words.",
    "channel": "By which way they came; the call-taker knows it and asks nobody.",
    "language": "So that they are answered in a language they speak.",
    "limits_explained": "Nobody can choose who was not told what follows.",
    "is_given": "It is their choice.",
    "by_whom": "Whose choice it was.",
}


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that is needed for protection now: as it may be asked, and whether the desk knows it already."""

    asks: str
    is_known: bool = False


NOT_ASKED = (
    "Ask nothing that they told already, or that stands here.",
    "Do not ask why, who is to blame, or anything that holds its answer.",
    "Do not ask what exactly was done, how often or in which order, and not to describe a picture. A trained interviewer asks that, once.",
    "Do not ask for proof, to look at it again, or to send anything.",
    "If they tell more by themselves: listen, thank them, write it down in their words, and ask no further.",
    "Say what happens next and what you cannot promise. It is never their fault.",
)


def needs(facts: CaseFacts | None = None) -> tuple[Need, ...]:
    """What may be asked for protection, the most urgent first; known is what stands in `facts`."""
    held = facts or CaseFacts()
    unknown = {Unknown.NOT_ASKED, Unknown.UNKNOWN}
    return (
        Need("Is it happening now, or is somebody hurt?", held.abuse_now not in unknown),
        Need("Do they think about hurting themselves, or about not living?", held.self_harm not in unknown),
        Need("Can the person still get to them, or does that person know where they are?", held.continuing_access not in unknown),
        Need("Is a meeting planned, and when?", held.meeting_planned not in unknown),
        Need("Must something happen by a set time?", bool(held.deadlines)),
        Need("About how old are they?", bool(held.child_ages - {one.value for one in Unknown})),
        Need("Is there a grown-up they trust, and is it safe to answer them here?"),
        Need("Where is it, if it is online: a link or an account name, if they have one?"),
    )
