"""What a decision about a case may rest upon: codes and times, never a word that somebody said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cairndesk.cases import taxonomy
from cairndesk.lib.unknowns import Unknown

DANGERS = ("abuse_now", "meeting_planned", "location_known", "self_harm", "continuing_access", "active_contact")
# Whoever stands so near a child can be warned by a careless notice, and can go on.
NEAR = frozenset({"parent", "carer", "relative", "partner", "friend_of_family", "professional", "known_in_person"})
_HOUSEHOLD = frozenset({"parent", "carer"})
CHILD_ACTOR = frozenset({"child", "mixed_group"})
"""Ages of a person of concern who is or may be a child: everywhere the same, or one page keeps quiet what the next one tells."""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """The facts of all incidents of a case together. Dangers are `yes` as soon as one incident says so.

    `nearness` names one by one what says that a person of concern goes on having access, or is near the child: which record, and its code.
    `raising` holds the keys (`family.code`) of every code that makes a case more urgent. Nothing here makes it less urgent.
    """

    abuse_now: str = Unknown.NOT_ASKED.value
    meeting_planned: str = Unknown.NOT_ASKED.value
    location_known: str = Unknown.NOT_ASKED.value
    self_harm: str = Unknown.NOT_ASKED.value
    continuing_access: str = Unknown.NOT_ASKED.value
    active_contact: str = Unknown.NOT_ASKED.value
    meeting_at: datetime | None = None
    deadlines: tuple[datetime, ...] = ()
    threats: int = 0
    demands: frozenset[str] = frozenset()
    harms: frozenset[str] = frozenset()
    lead_harms: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()
    child_ages: frozenset[str] = frozenset()
    relations: frozenset[str] = frozenset()
    actor_ages: frozenset[str] = frozenset()
    novelty: frozenset[str] = frozenset()
    authenticity: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()
    raising: frozenset[str] = field(default=frozenset())
    nearness: frozenset[str] = frozenset()

    @property
    def has_youngest_band(self) -> bool:
        """Whether a child of the youngest bands is concerned, by stated or by apparent age."""
        return bool(self.child_ages & taxonomy.members("age_band", "youngest"))

    @property
    def has_new_material(self) -> bool:
        """Whether material was not seen before: a child may still be unknown to everybody who could help."""
        return "new" in self.novelty

    @property
    def somebody_is_near(self) -> bool:
        """Whether a person of concern may go on having access: said so, or near to the child by relation."""
        return self.continuing_access == "yes" or bool(self.relations & NEAR)

    @property
    def household_conflict(self) -> bool:
        """Whether notices that could reach the household must wait until a person has looked at the risk."""
        return bool(self.relations & _HOUSEHOLD) or "parental_production" in self.harms

    @property
    def has_child_actor(self) -> bool:
        """Whether a child may have harmed another child: care and diversion come first. It never lowers urgency."""
        return bool(self.actor_ages & CHILD_ACTOR)


def together(answers: Iterable[str]) -> str:
    """One answer from several: yes before no, no before not knowing, and the four kinds of unknown kept apart."""
    given = set(answers)
    order = ("yes", "no", Unknown.UNKNOWN, Unknown.DECLINED, Unknown.NOT_APPLICABLE, Unknown.NOT_ASKED)
    return next((str(answer) for answer in order if answer in given), Unknown.NOT_ASKED.value)


def raising(codes: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """The keys among `codes` (family to codes) that make a case more urgent."""
    return frozenset(f"{family}.{code}" for family, held in codes.items() for code in held if taxonomy.raises_urgency(family, code))
