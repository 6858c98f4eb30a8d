"""How far two people agree when they code the same cases: Cohen's kappa with an interval, and what counts as a difference."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import sqrt

from cairndesk.lib.unknowns import Unknown
from cairndesk.review.rules.features import Look

# Under so many pairs the interval says next to nothing, and who reads the figure would read two people.
FEWEST = 20
# Half the width of an interval that holds in 95 of 100 samples, in standard errors.
_Z = 1.959964
# An answer that nobody gave agrees and disagrees with none. That something cannot be known is an answer.
_NO_ANSWER = frozenset({Unknown.NOT_ASKED.value, Unknown.DECLINED.value, ""})
_SAID = {True: "yes", False: "no"}

# Where no value of a scheme fits.
_NONE = "none"

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Coded:
    """What one person coded, and the scheme with its version by which they graded severity."""

    look: Look
    graded_by: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """`pairs`: how many cases both coded; `observed`: the share of them coded alike. `kappa`, `low`, `high`: None where all is one code."""

    pairs: int
    observed: float
    kappa: float | None
    low: float | None
    high: float | None

    @property
    def is_withheld(self) -> bool:
        """Whether there are too few pairs to say anything."""
        return self.pairs < FEWEST


def agreement(pairs: Sequence[Pair]) -> Agreement:
    """Cohen's kappa over nominal codes, (observed - expected) / (1 - expected), with its 95 % interval. Raises ValueError without a pair.

    Kappa: J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20 (1960), 37-46.
    Interval: the large-sample standard error of J. L. Fleiss, J. Cohen and B. S. Everitt, Psychological Bulletin 72 (1969), 323-327, cut off at
    -1 and 1. Levels of severity are taken as names as well: no scheme says how far its levels lie apart, so no weights are invented.
    """
    total = len(pairs)
    if not total:
        raise ValueError("agreement needs a pair")
    cells = {cell: count / total for cell, count in Counter(pairs).items()}
    codes = sorted({code for pair in pairs for code in pair})
    first = {code: sum(share for (one, _), share in cells.items() if one == code) for code in codes}
    second = {code: sum(share for (_, other), share in cells.items() if other == code) for code in codes}
    observed = sum(share for (one, other), share in cells.items() if one == other)
    expected = sum(first[code] * second[code] for code in codes)
    if len(codes) == 1:
        return Agreement(total, observed, None, None, None)
    kappa = (observed - expected) / (1 - expected)
    alike = sum(cells.get((code, code), 0.0) * (1 - (first[code] + second[code]) * (1 - kappa)) ** 2 for code in codes)
    apart = (1 - kappa) ** 2 * sum(cells.get((a, b), 0.0) * (second[a] + first[b]) ** 2 for a, b in product(codes, codes) if a != b)
    variance = (alike + apart - (kappa - expected * (1 - kappa)) ** 2) / (total * (1 - expected) ** 2)
    reach = _Z * sqrt(max(variance, 0.0))
    return Agreement(total, observed, kappa, max(-1.0, kappa - reach), min(1.0, kappa + reach))


def answered(first: Coded, second: Coded) -> dict[str, Pair]:
    """Field → the two codes: each feature that both answered, and as `grade.<scheme>@<version>` each scheme in which both were asked for a value.

    So with severity: a level says nothing beside one of another scheme, or of another version.
    """
    found = {"severity": (first.look.severity, second.look.severity)} if first.graded_by == second.graded_by else {}
    for name in first.look.features:
        pair = (first.look.features[name], second.look.features.get(name, Unknown.NOT_ASKED.value))
        if not _NO_ANSWER & set(pair):
            found[name] = pair
    values = [{grade.key: "+".join(sorted(grade.codes)) or _NONE for grade in one.look.grades} for one in (first, second)]
    return found | {f"grade.{key}": (values[0][key], values[1][key]) for key in values[0] if key in values[1]}


def harm_pairs(looks: Sequence[tuple[Look, Look]]) -> dict[str, list[Pair]]:
    """Harm → for each case whether the one and the other coded it, for every harm that anybody coded.

    A kappa for each code and not one overlap of the sets: it takes chance off, and names the code whose definition two people read differently.
    """
    harms = sorted({harm for pair in looks for look in pair for harm in look.harms})
    return {harm: [(_SAID[harm in one.harms], _SAID[harm in other.harms]) for one, other in looks] for harm in harms}


def differing(first: Coded, second: Coded) -> tuple[str, ...]:
    """The fields in which two codings say different things; that one of them could not tell is no difference, severity and harms always count.

    Where severity was graded by two schemes, or two versions of one, the levels are not compared.
    """
    unclear = {one.value for one in Unknown}
    fields = [name for name, pair in answered(first, second).items() if pair[0] != pair[1] and not unclear & set(pair)]
    return (*fields, *(("harms",) if set(first.look.harms) != set(second.look.harms) else ()))


def is_drawn(digest: bytes, percent: int) -> bool:
    """Whether a case falls into the sample of so many percent, by a keyed digest of its id: always the same, and unforeseen without the key."""
    return int.from_bytes(digest[:8]) * 100 < percent << 64


def by_field(codings: Sequence[tuple[Coded, Coded]]) -> Mapping[str, list[Pair]]:
    """Field → its pairs over all cases: severity, then each feature, then each harm as `harm.<code>`."""
    found: dict[str, list[Pair]] = {}
    for one, other in codings:
        for name, pair in answered(one, other).items():
            found.setdefault(name, []).append(pair)
    harms = harm_pairs([(one.look, other.look) for one, other in codings])
    return found | {f"harm.{harm}": pairs for harm, pairs in harms.items()}
