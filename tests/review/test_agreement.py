"""How far two codings agree: against another library, and against another way to the same interval."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from cairndesk.review.rules import Look
from cairndesk.review.rules.agreement import Coded, agreement, by_field, differing, is_drawn
from cairndesk.review.rules.mapping import Grade

CODES = st.sampled_from(["a", "b", "c"])


@pytest.mark.slow
@given(st.lists(st.tuples(CODES, CODES), min_size=1, max_size=60))
def test_kappa_is_that_of_another_library(pairs: list[tuple[str, str]]) -> None:
    found = agreement(pairs)
    codes = {code for pair in pairs for code in pair}
    if len(codes) == 1:
        assert (found.kappa, found.observed) == (None, 1.0)
        return
    one, other = zip(*pairs, strict=True)
    assert found.kappa == pytest.approx(cohen_kappa_score(one, other), abs=1e-12)
    assert found.low is not None
    assert found.high is not None
    assert -1 <= found.low <= found.kappa <= found.high <= 1


def kappa_of(shares: list[list[float]]) -> float:
    places = range(len(shares))
    observed = sum(shares[at][at] for at in places)
    expected = sum(sum(shares[at]) * sum(row[at] for row in shares) for at in places)
    return (observed - expected) / (1 - expected)


def test_the_interval_is_that_of_the_slope_of_kappa_over_the_cells() -> None:
    """By another way than the formula: the variance of a smooth function of shares that are drawn together, with slopes by small steps."""
    counts = [[22, 5, 1], [4, 18, 3], [2, 3, 12]]
    pairs = [(str(one), str(other)) for one, row in enumerate(counts) for other, count in enumerate(row) for _ in range(count)]
    total = len(pairs)
    shares = [[count / total for count in row] for row in counts]
    step, slopes = 1e-6, []
    for one in range(3):
        for other in range(3):
            moved = [[share + step * ((row, column) == (one, other)) for column, share in enumerate(held)] for row, held in enumerate(shares)]
            slopes.append((kappa_of(moved) - kappa_of(shares)) / step)
    flat = [share for row in shares for share in row]
    mean = sum(share * slope for share, slope in zip(flat, slopes, strict=True))
    variance = (sum(share * slope**2 for share, slope in zip(flat, slopes, strict=True)) - mean**2) / total
    found = agreement(pairs)
    assert found.kappa == pytest.approx(kappa_of(shares))
    assert found.low == pytest.approx(kappa_of(shares) - 1.959964 * variance**0.5, abs=1e-4)
    assert found.high == pytest.approx(kappa_of(shares) + 1.959964 * variance**0.5, abs=1e-4)


def test_two_who_guess_agree_no_more_than_chance() -> None:
    drawn = random.Random(7)  # noqa: S311 - made-up codes
    found = agreement([(drawn.choice("abc"), drawn.choice("abc")) for _ in range(4000)])
    assert found.kappa == pytest.approx(0, abs=0.05)


def test_fields_are_paired_where_both_answered_and_harms_one_by_one() -> None:
    one = Coded(Look({"age_band": "age_3_6", "realism": "not_asked"}, ("solicitation",), "a"), "own@1")
    other = Coded(Look({"age_band": "unknown", "realism": "drawn"}, ("solicitation", "sexual_extortion"), "b"), "own@1")
    fields = by_field([(one, other)])
    assert fields["severity"] == [("a", "b")]
    assert fields["age_band"] == [("age_3_6", "unknown")]
    assert "realism" not in fields
    assert fields["harm.sexual_extortion"] == [("no", "yes")]
    # Who could not tell contradicts nobody.
    assert differing(one, other) == ("severity", "harms")


@pytest.mark.parametrize("version", ["other@1", "own@2"])
def test_levels_of_two_schemes_or_of_two_versions_are_not_compared(version: str) -> None:
    one, other = Coded(Look({}, (), "a"), "own@1"), Coded(Look({}, (), "b"), version)
    assert "severity" not in by_field([(one, other)])
    assert differing(one, other) == ()


def test_that_no_value_of_a_scheme_fits_is_an_answer_where_both_were_asked_for_one() -> None:
    def coded(*grades: Grade) -> Coded:
        return Coded(Look({}, (), "a", grades=grades), "own@1")

    chosen, nothing = coded(Grade("uk", "1", ("a",))), coded(Grade("uk", "1", ()))
    assert by_field([(chosen, nothing)])["grade.uk@1"] == [("a", "none")]
    assert differing(chosen, nothing) == ("grade.uk@1",)
    # Who was asked by another version, or not at all, contradicts nobody.
    for asked_otherwise in (coded(Grade("uk", "2", ("b",))), coded()):
        assert differing(chosen, asked_otherwise) == ()


@pytest.mark.slow
@given(st.binary(min_size=32, max_size=32), st.integers(0, 99))
def test_a_larger_share_draws_what_a_smaller_one_drew(digest: bytes, percent: int) -> None:
    assert not is_drawn(digest, 0)
    assert is_drawn(digest, 100)
    assert is_drawn(digest, percent + 1) or not is_drawn(digest, percent)
