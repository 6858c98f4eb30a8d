from hypothesis import given
from hypothesis import strategies as st

from cairndesk.lib.batches import batches


@given(things=st.lists(st.integers(), max_size=50), size=st.integers(1, 12))
def test_every_thing_comes_once_in_its_order_and_only_the_last_turn_is_short(things: list[int], size: int) -> None:
    turns = list(batches(things, size))
    assert [one for turn in turns for one in turn] == things
    assert all(len(turn) == size for turn in turns[:-1])
    assert all(turns)


def test_nothing_is_asked_for_before_its_turn() -> None:
    asked: list[int] = []

    def asking() -> "object":
        for number in range(6):
            asked.append(number)
            yield number

    turns = batches(asking(), 2)
    assert next(turns) == [0, 1]
    assert asked == [0, 1]
