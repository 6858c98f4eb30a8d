"""A lane that did something is due again at once: one that always finds something would keep a processor busy day and night."""

import pytest
from tests.signals.conftest import Importing

from cairndesk import work
from cairndesk.custody import beside
from cairndesk.lib import belt
from cairndesk.lib.belt import Lane

MOST = 20


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("room", work.ROOMS)
def test_every_lane_of_a_desk_with_a_list_comes_to_rest(take_in: Importing, room: str) -> None:
    take_in("ab" * 16)

    def turns(lane: Lane) -> int:
        for turn in range(MOST):
            done = belt.take_turn(lane)
            beside.wait_for(room)
            if done.failure or not done.done:
                return turn
        return MOST

    assert [lane.name for lane in work._of(room) if turns(lane) == MOST] == []
