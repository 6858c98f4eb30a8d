"""Reads of this room: the plan of a case, what is due, what a letter and a package say."""

from cairndesk.response.queries.cards import (
    CONSENT_WORDS,
    TOLD_WORDS,
    Card,
    authorities_for_step,
    card_of,
    cards_of,
    export_key,
    health_now,
    letter_text,
    letters_of,
    next_states,
    preserved,
    purpose_for_step,
    services_for_step,
)
from cairndesk.response.queries.casefile import Release, accounts_of, case_file
from cairndesk.response.queries.due import DeliveryHealth, Due, deliveries_due, due, health
from cairndesk.response.queries.erasing import Extent, erasure_of, extent_in_words, extent_of, hindrances
from cairndesk.response.queries.facts import facts_of, without_a_plan
from cairndesk.response.queries.mail import Mail, Prefilled, mail_of, prefilled, suggested_finding
from cairndesk.response.queries.plan import notice_for, objection_for, package_for, plan_of, preservation_for, referral_for, step_for

__all__ = [
    "CONSENT_WORDS",
    "TOLD_WORDS",
    "Card",
    "DeliveryHealth",
    "Due",
    "Extent",
    "Mail",
    "Prefilled",
    "Release",
    "accounts_of",
    "authorities_for_step",
    "card_of",
    "cards_of",
    "case_file",
    "deliveries_due",
    "due",
    "erasure_of",
    "export_key",
    "extent_in_words",
    "extent_of",
    "facts_of",
    "health",
    "health_now",
    "hindrances",
    "letter_text",
    "letters_of",
    "mail_of",
    "next_states",
    "notice_for",
    "objection_for",
    "package_for",
    "plan_of",
    "prefilled",
    "preservation_for",
    "preserved",
    "purpose_for_step",
    "referral_for",
    "services_for_step",
    "step_for",
    "suggested_finding",
    "without_a_plan",
]
