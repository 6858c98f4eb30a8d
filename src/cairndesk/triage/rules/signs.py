"""Signs of danger, and where each comes from: what was told, what was recorded, what met a list.

Nothing here reads whether an image is real, who is behind an account, whether the actors are peers, or anybody's gender:
what a rule does not know it cannot use to make a child wait (TRG-10 to TRG-14, TRG-28).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from cairndesk.cases.rules.facts import CaseFacts


class Sign(StrEnum):
    """One thing that makes a case more urgent. No sign makes a case less so."""

    DANGER_NOW = "danger_now"
    MEETING = "meeting"
    SELF_HARM = "self_harm"
    DEADLINE = "deadline"
    ACTIVE_CONTACT = "active_contact"
    CONTINUING_ACCESS = "continuing_access"
    LIVE = "live"
    CONTACT_ABUSE = "contact_abuse"
    THREAT = "threat"
    LOCATION_KNOWN = "location_known"
    YOUNGEST = "youngest"
    RAISING_CODE = "raising_code"
    ORGANISED = "organised"
    LISTED = "listed"
    NEW_MATERIAL = "new_material"
    IMAGES_SHARED = "images_shared"
    CHILD_TELLS = "child_tells"
    ALIKE = "alike"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the priority is made from. `time_left` is the time until the nearest deadline or meeting, None where none is dated."""

    signs: frozenset[Sign] = frozenset()
    raising: frozenset[str] = frozenset()
    time_left: timedelta | None = None
    advice_only: bool = False


# What the portal, the staff form and the API ask, in their codes. Made-up pictures weigh the same as others.
TOLD: Mapping[tuple[str, str], Sign] = {
    ("danger", "happening_now"): Sign.DANGER_NOW,
    ("danger", "self_harm"): Sign.SELF_HARM,
    ("danger", "meeting_soon"): Sign.MEETING,
    ("danger", "can_reach"): Sign.CONTINUING_ACCESS,
    ("danger", "deadline"): Sign.DEADLINE,
    ("what", "threatens"): Sign.THREAT,
    ("what", "touched"): Sign.CONTACT_ABUSE,
    ("what", "on_camera"): Sign.LIVE,
    ("what", "asked_pictures"): Sign.ACTIVE_CONTACT,
    ("what", "secrets"): Sign.ACTIVE_CONTACT,
    ("what", "gifts"): Sign.ACTIVE_CONTACT,
    ("what", "shared_pictures"): Sign.IMAGES_SHARED,
    ("what", "fake_pictures"): Sign.IMAGES_SHARED,
    ("what", "sent_pictures"): Sign.IMAGES_SHARED,
    ("age", "under_10"): Sign.YOUNGEST,
}

_SELF_HARM = frozenset({"impact.self_harm", "impact.suicidal_thoughts", "demand.self_harm"})
_THREATS = frozenset({"sexual_extortion", "financial_sexual_extortion", "threat_to_share"})
_MEETINGS = frozenset({"demand.meeting", "solicitation_stage.meeting_arranged"})
_IMAGES = frozenset({"material_production", "material_distribution", "altered_imagery", "onward_sharing", "image_based_abuse", "parental_production"})
# Families whose codes have a sign of their own.
_SAID_ELSEWHERE = ("age_band.", "novelty.")

# What staff recorded. A "no" takes nothing away from what somebody told.
RECORDED: tuple[tuple[Sign, Callable[[CaseFacts], bool]], ...] = (
    (Sign.DANGER_NOW, lambda known: known.abuse_now == "yes"),
    (Sign.MEETING, lambda known: known.meeting_planned == "yes" or known.meeting_at is not None or bool(known.raising & _MEETINGS)),
    (Sign.SELF_HARM, lambda known: known.self_harm == "yes" or bool(known.raising & _SELF_HARM)),
    (Sign.DEADLINE, lambda known: bool(known.deadlines)),
    (Sign.ACTIVE_CONTACT, lambda known: known.active_contact == "yes"),
    (Sign.CONTINUING_ACCESS, lambda known: known.somebody_is_near or known.household_conflict),
    (Sign.LIVE, lambda known: "live_streaming" in known.harms),
    (Sign.CONTACT_ABUSE, lambda known: "contact_abuse" in known.harms),
    (Sign.THREAT, lambda known: known.threats > 0 or bool(known.harms & _THREATS)),
    (Sign.LOCATION_KNOWN, lambda known: known.location_known == "yes"),
    (Sign.YOUNGEST, lambda known: known.has_youngest_band),
    (Sign.RAISING_CODE, lambda known: bool(_raising(known))),
    (Sign.ORGANISED, lambda known: any(mark.startswith("organised_pattern.") for mark in known.marks)),
    (Sign.NEW_MATERIAL, lambda known: known.has_new_material),
    (Sign.IMAGES_SHARED, lambda known: bool(known.harms & _IMAGES)),
)


def facts_of(
    *,
    told: Iterable[Mapping[str, Any]],
    paths: Iterable[str],
    known: CaseFacts,
    listed: bool,
    advice_only: bool,
    as_of: datetime,
    alike: bool = False,
) -> Facts:
    """The facts of a case from the answers of all its reports and from its records.

    `listed`: a list whose owner lets it count was met. `alike`: a picture looks like one of a case that nobody has linked with it.
    """
    signs = {sign for answers in told for sign in _told_signs(answers)}
    signs |= {sign for sign, holds in RECORDED if holds(known)}
    if listed:
        signs.add(Sign.LISTED)
    if alike:
        signs.add(Sign.ALIKE)
    if "child" in set(paths):
        signs.add(Sign.CHILD_TELLS)
    moments = [*known.deadlines, *([known.meeting_at] if known.meeting_at else [])]
    left = min((max(moment - as_of, timedelta()) for moment in moments), default=None)
    return Facts(signs=frozenset(signs), raising=_raising(known), time_left=left, advice_only=advice_only)


def _raising(known: CaseFacts) -> frozenset[str]:
    return frozenset(key for key in known.raising if not key.startswith(_SAID_ELSEWHERE))


def _told_signs(answers: Mapping[str, Any]) -> Iterable[Sign]:
    for (question, code), sign in TOLD.items():
        answer = answers.get(question)
        if answer == code or (isinstance(answer, list) and code in answer):
            yield sign
