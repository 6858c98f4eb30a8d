"""What `work` does for triage: assess what came in, and again what was told since or what something new on a list meets."""

from collections.abc import Iterable

from cairndesk.cases.models import Case
from cairndesk.custody.errors import DeskLocked
from cairndesk.lib import belt, clock
from cairndesk.lib.belt import Lane
from cairndesk.lib.logs import log, place
from cairndesk.triage import actions, queries

# One turn ends soon enough that an emergency which came in meanwhile is next.
CASES_A_TURN = 50


def assess() -> int:
    """Assess received cases, emergencies first, then cases with something new; returns how many. A locked desk leaves all in place."""
    return _assess(queries.to_assess(now=clock.now(), most=CASES_A_TURN))


def remember() -> int:
    """Assess cases that no look-back knows, so that it knows them from now on; returns how many."""
    return _assess(queries.to_remember(now=clock.now(), most=CASES_A_TURN))


def judge_anew() -> int:
    """Assess what waits and was judged by other rules than those in force; returns how many."""
    return _assess(queries.to_judge_anew(now=clock.now(), most=CASES_A_TURN))


def restack() -> int:
    """Put cases whose leading case leads them no more under another, or under none; returns how many. Nothing sealed is opened."""
    done = 0
    for case in queries.to_restack(most=CASES_A_TURN):
        try:
            actions.restack(case=case, now=clock.now())
        except Exception as error:  # noqa: BLE001 - one case holds up no other
            log().error("case_not_restacked", **place(error))
            continue
        done += 1
    return done


def _assess(cases: Iterable[Case]) -> int:
    done = 0
    for case in cases:
        try:
            actions.take_in(case=case, now=clock.now())
        except DeskLocked:
            log().info("triage_waits_for_unlock")
            return done
        except Exception as error:  # noqa: BLE001 - one case holds up no other
            _try_later(case)
            log().error("case_not_assessed", attempts=case.attempts + 1, **place(error))
            continue
        done += 1
    return done


def _try_later(case: Case) -> None:
    """One case that cannot be assessed never holds up the others; after the last try it is shown as dead."""
    attempts = case.attempts + 1
    again = belt.next_try(attempts, clock.now())
    Case.objects.filter(pk=case.pk).update(attempts=attempts, next_try_at=again, is_dead=again is None)


LANES = (
    Lane(name="triage.assess", turn=assess),
    Lane(name="triage.rules", turn=judge_anew, every=60.0),
    Lane(name="triage.stacks", turn=restack, every=30.0),
    Lane(name="triage.remember", turn=remember, every=300.0),
)
