"""What `work` does for review: carries out what people decided for many cases at once, a few at a time, and takes up again what burns."""

from cairndesk.custody.errors import DeskLocked
from cairndesk.lib import clock
from cairndesk.lib.belt import Lane
from cairndesk.lib.logs import log, place
from cairndesk.review import actions
from cairndesk.review.queries.looks import left_in_danger
from cairndesk.review.queries.stacks import decisions_due

# One turn ends soon enough that an emergency which came in meanwhile is next.
CASES_A_TURN = 50


def carry_out() -> int:
    """Carry out decisions about stacks whose time to be taken back is over; returns for how many cases. A locked desk leaves all in place."""
    done = 0
    actions.begin_anew(now=clock.now())
    for decision in decisions_due(now=clock.now()):
        try:
            done += actions.carry_out(decision=decision, most=CASES_A_TURN - done, now=clock.now())
        except DeskLocked:
            raise
        except Exception as error:  # noqa: BLE001 - it is tried again; what others decided is carried out meanwhile
            log().error("stack_not_carried_out", **place(error))
        if done >= CASES_A_TURN:
            break
    return done


def take_up_again() -> int:
    """Put back what burns and was left half done, and ring for it; returns how many cases."""
    return sum(actions.take_up_again(case=case, now=clock.now()) for case in left_in_danger(now=clock.now()))


LANES = (Lane(name="review.left", turn=take_up_again, every=30.0), Lane(name="review.stacks", turn=carry_out, every=5.0))
