"""The compiled half of hashing and the one in NumPy see the same picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cairndesk.signals.engine import compiled, means, pdq


@settings(deadline=None, max_examples=40)
@given(st.integers(5, 700), st.integers(5, 700), st.booleans(), st.integers(0, 1 << 32))
def test_both_halves_see_the_same(height: int, width: int, in_colour: bool, seed: int) -> None:  # noqa: FBT001 - drawn by hypothesis
    assert compiled.library(), "the compiled half was not built: .ci/kernel does that"
    dice = np.random.default_rng(seed)
    shape = (height, width, 3) if in_colour else (height, width)
    # Coarse blocks and some grain, so that there is something to see at every size.
    coarse = dice.integers(0, 200, (8, 8, *shape[2:]))
    picture = (np.repeat(np.repeat(coarse, -(-height // 8), 0), -(-width // 8), 1)[:height, :width] + dice.integers(0, 56, shape)).astype(np.uint8)
    rows = means.rows_of(width)
    strips = [picture[top : top + rows] for top in range(0, height, rows)]
    both, details = [], []
    for library in (compiled.library(), None):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(means, "library", lambda library=library: library)
            patch.setattr(pdq, "library", lambda library=library: library)
            both.append(means.means(strips, height, width))
            details.append(pdq.quality(both[-1]))
    assert np.abs(both[0] - both[1]).max() < 0.01
    assert abs(details[0] - details[1]) <= 1
