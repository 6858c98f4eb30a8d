"""What a process that serves pages does with its memory once it is ready."""

import gc
from collections.abc import Iterator

import pytest

from cairndesk.serve import child


@pytest.fixture
def as_before() -> Iterator[None]:
    thresholds, was_on = gc.get_threshold(), gc.isenabled()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    if not was_on:
        gc.disable()


@pytest.mark.usefixtures("as_before")
def test_what_is_loaded_is_looked_through_no_more_and_the_rest_seldom() -> None:
    gc.disable()
    child.settle()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold()[0] == 50_000
