"""Many things in turns of as many as one statement takes."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Thing = TypeVar("Thing")

AT_ONCE = 500
"""SQLite takes a limited number of values in one statement."""


def batches(things: Iterable[Thing], size: int = AT_ONCE) -> Iterator[list[Thing]]:
    """`things` in their order, `size` at a time and the rest last; none of them is asked for before its turn."""
    rest = iter(things)
    while some := list(islice(rest, size)):
        yield some
