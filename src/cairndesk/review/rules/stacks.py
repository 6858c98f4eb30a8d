"""Who is never decided about together with others, and what one classification says of a case that is like the one it was made for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from cairndesk.lib.unknowns import Unknown
from cairndesk.review.rules.features import BY_NAME, Look
from cairndesk.triage.rules.stacks import LISTED, RETOLD


class Follows(StrEnum):
    """Where a case of a decided stack stands."""

    WAITS = "waits"
    FOLLOWED = "followed"
    STAYED = "stayed"


class Out(StrEnum):
    """Why a case is not decided about with its stack; the codes stand in records, so never rename one.

    `UNREAD` has three reasons that are not told apart, so that no list and no log says where a child is a person of concern (PRI-10).
    `CHILD_ACTOR` and `TOLD_ITSELF` are given no more.
    """

    EMERGENCY = "emergency"
    DANGER = "danger"
    NEW_SIGN = "new_sign"
    FURTHER = "further"
    DIFFERS = "differs"
    CHILD_ACTOR = "child_actor"
    TOLD_ITSELF = "told_itself"
    UNREAD = "unread"
    CLAIMED = "claimed"
    MOVED_ON = "moved_on"
    ELSEWHERE = "elsewhere"
    CHANGED = "changed"
    LEFT_OUT = "left_out"
    TAKEN_BACK = "taken_back"
    NOT_ALLOWED = "not_allowed"
    REFUSED = "refused"


_BY_ITSELF = "it must be read by itself"
WORDS: Mapping[Out, str] = {
    Out.EMERGENCY: "it stands in the emergency lane",
    Out.DANGER: "there are signs that a child is in danger",
    Out.NEW_SIGN: "it holds something new: another child may be shown",
    Out.FURTHER: "it names something that the leading case does not",
    Out.DIFFERS: "its words differ a little: read it",
    Out.CHILD_ACTOR: _BY_ITSELF,
    Out.TOLD_ITSELF: _BY_ITSELF,
    Out.UNREAD: _BY_ITSELF,
    Out.CLAIMED: "somebody has it",
    Out.MOVED_ON: "it does not wait in the queue any more",
    Out.ELSEWHERE: "another decision about it is under way",
    Out.CHANGED: "it came in or changed meanwhile",
    Out.LEFT_OUT: "it was left out",
    Out.TAKEN_BACK: "the decision was taken back",
    Out.NOT_ALLOWED: "whoever decided may not do that any more",
    Out.REFUSED: "it could not be recorded",
}
OF_WORDS = frozenset({Out.FURTHER, Out.DIFFERS})
"""What is said of a case whose words are like those of the leading one, and of no other: no log keeps it."""
_DANGER = 2
"""Up to this level a case waits hours at most: every rule that gives it names a child who may be in danger."""
_TELLS = frozenset({"child", "adult_survivor"})
# What the material shows, and nothing about whoever told: danger, relations and contact are asked anew of every case.
_SHOWN = ("shows_abuse", "authenticity", "realism", "depicted_act", "media_type", "self_generated", "self_generated_context", "age_band")
# What the label of a list says: another file may show another act and another child.
_SAID_BY_LABEL = ("shows_abuse",)
_OF_MATERIAL = ("material_production", "material_distribution", "material_possession", "material_access", "material_interaction")
_SAME_FILE = frozenset({"sha256", "sha1", "md5"})
_SAME_PICTURE = frozenset({"pdq", "picture"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is known of a waiting case without opening anything; `has_new`: what it shows is not in the leading case, or is recorded as new.

    `has_further`: only its words are like those of the leading case, and it names something that is not there. `differs`: they are not the same.
    """

    is_queued: bool
    is_emergency: bool
    level: int
    is_claimed: bool
    is_elsewhere: bool
    has_child_actor: bool
    has_new: bool
    has_further: bool
    differs: bool
    sources: Collection[str]
    unread: bool


def held_out(case: Waiting) -> Out | None:
    """Why `case` is never decided about with its stack; None where it may be. The child's danger is asked first."""
    by_itself = case.has_child_actor or case.unread or bool(_TELLS & set(case.sources))
    found = (
        (Out.EMERGENCY, case.is_emergency),
        (Out.DANGER, case.level <= _DANGER),
        (Out.MOVED_ON, not case.is_queued),
        (Out.CLAIMED, case.is_claimed),
        (Out.ELSEWHERE, case.is_elsewhere),
        (Out.NEW_SIGN, case.has_new),
        (Out.FURTHER, case.has_further),
        (Out.UNREAD, by_itself),
        (Out.DIFFERS, case.differs),
    )
    return next((why for why, holds in found if holds), None)


def taken_over(look: Look, because: Collection[str], *, looks_listed: bool = False) -> Look:
    """What was seen in the leading case, as it holds for a case that is like it `because` of these codes.

    Where only their words are the same nobody saw anything in it, so nothing of what was seen; harms and severity were read there and stand here too.
    Where only a list calls both the same: the severity, that abuse is shown, and the harms of material; another file was looked at there.
    It is a variant of what is known where it only looks like what is listed (`looks_listed`).
    """
    features = dict.fromkeys(BY_NAME, Unknown.NOT_ASKED.value)
    if set(because) == {LISTED}:
        features |= look.known(*_SAID_BY_LABEL) | {"novelty": "known_variant" if looks_listed else "known"}
        return replace(look, features=features, harms=tuple(harm for harm in look.harms if harm in _OF_MATERIAL), grades=())
    if RETOLD in because:
        return replace(look, features=features, grades=())
    features |= look.known(*_SHOWN)
    if _SAME_FILE & set(because):
        features["novelty"] = "known"
    elif _SAME_PICTURE & set(because):
        features["novelty"] = "known_variant"
    return replace(look, features=features)
