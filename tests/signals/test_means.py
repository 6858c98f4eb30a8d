"""The compiled half of hashing and the one in NumPy see the same picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cairndesk.signals.engine import compiled, means, pdq


@pytest.mark.slow
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
    hashes = pdq._compiled(both[0]), pdq._plain(both[0])
    # Sums in another order may differ in their last digit, and a wave in the very middle then falls on the other side.
    assert np.unpackbits(hashes[0] ^ hashes[1], axis=1).sum(axis=1).max() <= 2


@pytest.mark.parametrize("library", ["compiled", "plain"])
@pytest.mark.parametrize("grain", [0, 2])
@pytest.mark.parametrize("axis", [0, 1])
def test_stripes_are_plain_whatever_grain_lies_over_them(library: str, grain: int, axis: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if library == "plain":
        monkeypatch.setattr(pdq, "library", lambda: None)
    stripes = np.where(np.arange(640) % 80 < 40, 30, 220)
    picture = np.broadcast_to(stripes if axis else stripes[:, None], (640, 640)) + np.random.default_rng(1).integers(0, grain + 1, (640, 640))
    assert pdq.quality(means.means([picture.astype(np.uint8)], 640, 640)) == 0
    crossed = np.where(np.arange(640) % 90 < 45, 0.4, 1.0)
    assert pdq.quality(means.means([(picture * (crossed[:, None] if axis else crossed)).astype(np.uint8)], 640, 640)) > 0
