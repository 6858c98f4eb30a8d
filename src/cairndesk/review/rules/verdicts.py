"""What each jurisdiction makes of the same features: derived from dated rules, never recorded by hand, never legal advice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cairndesk.directory.rules import Rule
from cairndesk.lib.unknowns import Unknown


class VerdictCode(StrEnum):
    """The answers that the desk understands; the rule sets of the directory speak in the first three."""

    UNLAWFUL = "unlawful"
    HARMFUL = "lawful_but_harmful"
    NOT_UNLAWFUL = "not_unlawful"
    UNDECIDED = "undecided"


WORDS: Mapping[VerdictCode, str] = {
    VerdictCode.UNLAWFUL: "Unlawful here: preserve, remove, report; support is offered",
    VerdictCode.HARMFUL: "Not criminal here; still removable under the provider's terms, still supported",
    VerdictCode.NOT_UNLAWFUL: "Not criminal here; still removable where the person shown did not agree, still supported",
    VerdictCode.UNDECIDED: "No rule here covers what is recorded; somebody has to ask, and support does not wait for the answer",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One jurisdiction's answer with the rule set it comes from; `set_code` is empty where no rule decided."""

    jurisdiction: str
    code: VerdictCode
    words: str
    set_code: str = ""
    source: str = ""
    note: str = ""
    is_sample: bool = False


def verdicts(features: Mapping[str, str], rules: Iterable[Rule], on: date) -> tuple[Verdict, ...]:
    """One verdict per jurisdiction that has rules, by name; within one, the first rule that applies on the day decides."""
    asked = _as_rules_ask(features)
    by_place: dict[str, list[Rule]] = {}
    for rule in rules:
        by_place.setdefault(rule.jurisdiction, []).append(rule)
    return tuple(_one(place, held, asked, on) for place, held in sorted(by_place.items()))


def _one(place: str, held: list[Rule], features: Mapping[str, str], on: date) -> Verdict:
    rule = next((rule for rule in held if rule.applies(features, on)), None)
    if rule is None or rule.verdict not in set(VerdictCode):
        return Verdict(place, VerdictCode.UNDECIDED, WORDS[VerdictCode.UNDECIDED])
    code = VerdictCode(rule.verdict)
    return Verdict(place, code, WORDS[code], rule.set_code, rule.source, rule.note, rule.is_sample)


def _as_rules_ask(features: Mapping[str, str]) -> dict[str, str]:
    """The features as rules read them: an authenticity that is not known is undetermined, which rules treat as real (TRG-13)."""
    known = {name: value for name, value in features.items() if value not in set(Unknown)}
    return {"authenticity": "undetermined", **known}
