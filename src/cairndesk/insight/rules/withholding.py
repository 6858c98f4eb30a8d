"""Disclosure control: what of a count may be shown so that no single child can be found in it.

Cells under the threshold are withheld, and with them as many further cells as are needed so that neither the total nor the
sum of the withheld cells gives one away: the classic primary and complementary cell suppression
(Hundepool et al., Statistical Disclosure Control, 2012, chapter 4), for tables of one dimension with a shown total.
"""

from collections.abc import Mapping

THRESHOLD = 10


def withheld(counts: Mapping[str, int], *, threshold: int = THRESHOLD) -> frozenset[str]:
    """The categories that must not be shown. A true zero says nothing of anybody and is shown, unless nothing is.

    Afterwards either nothing is withheld, or the sum of the withheld cells leaves every small one more than one possible
    value, or everything is withheld, and then the total as well. Further cells are taken from the end of the list and not by
    size: a choice that depends on the counts would tell about them.
    """
    protected = _protected(counts, threshold)
    return frozenset(counts) if protected is None else protected


def is_protectable(counts: Mapping[str, int], *, threshold: int = THRESHOLD) -> bool:
    """Whether `counts` can be shown in part while somebody knows the total; where not, not even the total may be shown."""
    return _protected(counts, threshold) is not None


def _protected(counts: Mapping[str, int], threshold: int) -> frozenset[str] | None:
    small = [code for code, count in counts.items() if 0 < count < threshold]
    if not small:
        return frozenset()
    large = [code for code, count in counts.items() if count >= threshold]
    for taken in range(len(large) + 1):
        hidden = [*small, *large[len(large) - taken :]]
        if _leaves_a_choice(len(small), taken, sum(counts[code] for code in hidden), threshold):
            return frozenset(hidden)
    return None


def _leaves_a_choice(small: int, large: int, together: int, threshold: int) -> bool:
    """Whether the sum of the withheld cells is neither itself a small count nor at an end where only one split is possible."""
    least = small + threshold * large
    most = (threshold - 1) * small
    inside = least + 2 <= together and (large > 0 or together <= most - 2)
    return small + large >= 2 and together >= threshold and inside
