"""Cases of double coding: one that waits, one that a person codes now, and one of which two codings differ."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.two_people import another

from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import take_sample
from cairndesk.cases.models import Case
from cairndesk.lib import clock
from cairndesk.review import actions
from cairndesk.review.rules import Look

_LOOK = Look(features={"shows_abuse": "yes", "age_band": "age_13_15"}, harms=("solicitation",), severity="c")


@dataclass(frozen=True)
class CodedTwice:
    """Ana classified all three; Sam has taken one."""

    waiting: Case
    taken: Case
    differing: Case


def coded_twice(tell: Callable[[dict[str, Any]], Case], *, ana: Actor, sam: Actor) -> CodedTwice:
    """Afterwards all three stand in the database."""
    now, found = clock.now(), []
    for _ in range(3):
        case = actions.claim(case=tell({"what": ["asked_pictures"], "more": "He asks every day."}), by=ana, now=now)
        actions.draw_for_coding(made=actions.classify(case=case, look=_LOOK, by=ana, now=now), by=ana, now=now, percent=100)
        found.append(case)
    take_sample(case=found[1], by=sam, now=now)
    other = another(sam)
    take_sample(case=found[2], by=other, now=now)
    actions.code_blind(case=found[2], look=Look(_LOOK.features | {"age_band": "age_11_12"}, (), "a"), by=other, now=now)
    return CodedTwice(*found)
