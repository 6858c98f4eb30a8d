"""What `work` does for review: carries out what people decided for many cases at once, a few at a time."""

from cairndesk.lib import clock
from cairndesk.lib.belt import Lane
from cairndesk.review import actions
from cairndesk.review.queries.stacks import decisions_due

# One turn ends soon enough that an emergency which came in meanwhile is next.
CASES_A_TURN = 50


def carry_out() -> int:
    """Carry out decisions about stacks whose time to be taken back is over; returns for how many cases. A locked desk leaves all in place."""
    done = 0
    for decision in decisions_due(now=clock.now()):
        done += actions.carry_out(decision=decision, most=CASES_A_TURN - done, now=clock.now())
        if done >= CASES_A_TURN:
            break
    return done


LANES = (Lane(name="review.stacks", turn=carry_out, every=5.0),)
