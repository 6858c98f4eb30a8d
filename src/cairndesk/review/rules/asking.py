"""Which of the facts that staff record may be asked of a child, and why; everything else is only written down where it was told or seen."""

from collections.abc import Mapping

from cairndesk.review.rules.known import Kind

ANYTHING = "*"

MAY_ASK: Mapping[Kind, Mapping[str, str]] = {
    Kind.DANGER: {
        "abuse_now": "Help may be needed this minute.",
        "meeting_planned": "A meeting can be prevented.",
        "meeting_at": "Only in time.",
        "meeting_place": "Somebody has to be there first.",
        "location_known": "They may need another place.",
        "continuing_access": "Somebody has to step between.",
        "active_contact": "It decides what they are advised to do.",
        "self_harm": "Somebody has to be with them.",
    },
    Kind.PERSON: {
        "stated_age": "Age decides which law protects and which help fits.",
        "preferred_term": "They are called as they wish.",
        "country": "Help is where they are.",
    },
    Kind.THREAT: {"deadline": "Until when there is time."},
    Kind.ITEMS: {"lines": "A link or an account name, if they have it: it can be preserved and taken down."},
    Kind.SUPPORT: {"support_need": "What would help them."},
    Kind.TOLD: {"told_whom": "Whether a grown-up whom they trust knows, and can be there."},
}
# Told or seen, never asked: these go to a trained interviewer, or to nobody. `*`: whatever the form holds.
IF_TOLD: Mapping[Kind, frozenset[str]] = {
    Kind.DANGER: frozenset({"setting"}),
    Kind.PERSON: frozenset({"role", "apparent_age", "age_at_report", "gender", "relation", "actor_age", "actor_part", "allegation"}),
    Kind.ITEMS: frozenset({"as_kind", "service", "chain", "coin"}),
    Kind.SIGHTING: frozenset({"item", "seen_at", "precision", "service", "platform_type", "space", "country_host", "is_reappearance", "words"}),
    Kind.STEP: frozenset({"step", "service", "platform_type", "space", "encryption", "at", "precision"}),
    Kind.THREAT: frozenset({"demand", "basis", "amount_band", "rail", "paid", "audiences", "words"}),
    Kind.PAYMENT: frozenset({"rail", "purpose", "amount_band", "paid", "obfuscation", "country", "at", "wallet"}),
    Kind.PLACE: frozenset({"kind", "at", "is_planned", "words"}),
    Kind.ROLE: frozenset({"role"}),
    Kind.SUPPORT: frozenset({"impact"}),
    Kind.SENSITIVE: frozenset({ANYTHING}),
    Kind.ITEM: frozenset({ANYTHING}),
    Kind.MARKS: frozenset(
        {"tactic", "targeting", "context", "exposed_detail", "other_violence", "concealment", "organised_pattern"}
        | {"trafficking_stage", "trafficking_purpose", "systemic_complaint", "diversion"}
    ),
    Kind.TOLD: frozenset({"barrier"}),
    Kind.CHECKLIST: frozenset({ANYTHING}),
    Kind.EVIDENCE: frozenset({ANYTHING}),
    Kind.DISCLOSURE: frozenset({ANYTHING}),
    Kind.IDENTIFICATION: frozenset({ANYTHING}),
    Kind.CLUE: frozenset({ANYTHING}),
    Kind.LEAD: frozenset({ANYTHING}),
    Kind.ORDER: frozenset({ANYTHING}),
}
