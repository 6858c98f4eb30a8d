"""When another person must look, who that may be, and who decides when two people see it differently."""

from collections.abc import Iterable
from enum import StrEnum

from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases.rules.facts import CHILD_ACTOR
from cairndesk.lib.unknowns import Unknown
from cairndesk.review.errors import SamePerson, SupervisorDecides
from cairndesk.review.rules.features import Look
from cairndesk.review.rules.severity import Scheme


class Ask(StrEnum):
    """Why another person shall look."""

    SEVERE = "severe"
    UNCERTAIN = "uncertain"
    ABUSE_UNCLEAR = "abuse_unclear"
    CHILD_ACTOR = "child_actor"


WORDS = {
    Ask.SEVERE: "It is severe",
    Ask.UNCERTAIN: "The person who classified it is not certain",
    Ask.ABUSE_UNCLEAR: "It is unclear whether it is abuse",
    Ask.CHILD_ACTOR: "The person of concern may be a child",
}


def second_look(look: Look, scheme: Scheme, used: Iterable[Scheme] = (), *, child_on_record: bool = False) -> tuple[Ask, ...]:
    """The reasons for which another person must look; none: the classification stands. A severe value of any scheme is one.

    `child_on_record`: the case says already that a person of concern is or may be a child, whatever this look says.

    Whether a real child is shown is no such reason: removal does not wait for that question (TRG-15).
    """
    schemes = {one.key: one for one in used}
    levels = [scheme.level(look.severity), *(schemes[grade.key].level(code) for grade in look.grades if grade.key in schemes for code in grade.codes)]
    found = (
        (Ask.SEVERE, any(level is not None and level.is_severe for level in levels)),
        (Ask.UNCERTAIN, look.is_uncertain),
        (Ask.ABUSE_UNCLEAR, look.features.get("shows_abuse") == Unknown.UNKNOWN),
        (Ask.CHILD_ACTOR, child_on_record or look.features.get("actor_age") in CHILD_ACTOR),
    )
    return tuple(ask for ask, holds in found if holds)


def must_be_another(by: Actor, others: Iterable[str]) -> None:
    """Raise SamePerson when `by` is one of `others` (pseudonyms): a second role or a second sign-in makes no second person."""
    if by.pseudonym in set(others):
        raise SamePerson


def may_decide(by: Actor, *, first: str) -> None:
    """Return for a supervisor who did not make the first classification; raise SupervisorDecides otherwise."""
    if Role.SUPERVISOR not in by.roles or by.pseudonym == first:
        raise SupervisorDecides
