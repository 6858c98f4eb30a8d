"""Decisions of review: which features are recorded, what a jurisdiction makes of them, and when another person must look."""

from cairndesk.review.rules.features import FEATURES, Feature, Look, check_look
from cairndesk.review.rules.second import Ask, may_decide, must_be_another, second_look
from cairndesk.review.rules.verdicts import WORDS, Verdict, VerdictCode, verdicts

__all__ = [
    "FEATURES",
    "WORDS",
    "Ask",
    "Feature",
    "Look",
    "Verdict",
    "VerdictCode",
    "check_look",
    "may_decide",
    "must_be_another",
    "second_look",
    "verdicts",
]
