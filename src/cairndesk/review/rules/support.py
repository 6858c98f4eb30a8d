"""Which experience of a service may fit a child, from what is known of them. It opens more help; it closes none and moves no queue."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cairndesk.directory.rules import Expertise
from cairndesk.lib.unknowns import Unknown

_FAMILY = frozenset({"parent", "carer", "relative"})
_ONLINE = frozenset({"online", "both"})
# What somebody may tell of themselves, where the operator allows asking; what no service is known for stays sealed and is matched with nothing.
_TOLD: Mapping[str, Expertise] = {
    "disability": Expertise.DISABILITY,
    "origin": Expertise.ETHNIC_MINORITY,
    "faith": Expertise.FAITH,
    "earlier_trafficking": Expertise.TRAFFICKING,
}


@dataclass(frozen=True, slots=True)
class Known:
    """Codes of the case: what those who were harmed told of themselves (attribute, answer), and their genders; relations of people of concern."""

    told: frozenset[tuple[str, str]] = frozenset()
    genders: frozenset[str] = frozenset()
    relations: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()
    harms: frozenset[str] = frozenset()


def fitting(known: Known) -> tuple[Expertise, ...]:
    """The experiences that may fit, by code; an unknown or a no opens nothing and says nothing."""
    return tuple(sorted(set(_fitting(known))))


def _fitting(known: Known) -> Iterator[Expertise]:
    yield from (_TOLD[name] for name, answer in known.told if name in _TOLD and answer not in {"no", *Unknown})
    if "boy_or_man" in known.genders:
        yield Expertise.BOYS
    if known.relations & _FAMILY:
        yield Expertise.INTRA_FAMILIAL
    if known.settings & _ONLINE:
        yield Expertise.ONLINE
    if any(harm.startswith("trafficking_") for harm in known.harms):
        yield Expertise.TRAFFICKING
