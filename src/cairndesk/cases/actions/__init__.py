"""Every write to a case: one public function per verb."""

from cairndesk.cases.actions.choices import aside_digest, carry_choices, respect, review_aside, set_aside
from cairndesk.cases.actions.claim import claim, release
from cairndesk.cases.actions.depict import record_depiction, record_item_role, withdraw_depiction, withdraw_item_role
from cairndesk.cases.actions.describe import amend_incident, answer_corroboration, describe_incident, mark_incident
from cairndesk.cases.actions.erase import erase_told
from cairndesk.cases.actions.facts import open_words, take_back
from cairndesk.cases.actions.glass import break_glass, glass_digest, mark_mailed, mark_told, review_glass, tell_later
from cairndesk.cases.actions.grants import (
    admit,
    give_grant,
    is_on,
    keep_limits,
    lapse_grants,
    let_on_again,
    must_not_be_off,
    those_on,
    withdraw_grants,
)
from cairndesk.cases.actions.groupings import (
    change_grouping,
    describe_grouping,
    group_case,
    make_grouping,
    open_grouping,
    ungroup_case,
)
from cairndesk.cases.actions.harm import code_harm, set_lead_harm, withdraw_harm
from cairndesk.cases.actions.holds import lift_hold, place_hold, require_no_hold, review_hold
from cairndesk.cases.actions.identification import forget_units, record_clue, record_identification
from cairndesk.cases.actions.items import add_evidence, amend_item, mark_item, open_identifier, record_sighting
from cairndesk.cases.actions.lease import go_on
from cairndesk.cases.actions.link import keep_apart, link_cases, take_back_link
from cairndesk.cases.actions.mandates import MandateTerms, end_mandate, enter_mandate, mandate_digest
from cairndesk.cases.actions.move import move, move_held
from cairndesk.cases.actions.open_case import (
    Named,
    ReportFacts,
    add_item,
    add_named,
    add_report,
    carry_items,
    keep_choices,
    open_case,
    replace_told,
)
from cairndesk.cases.actions.path import add_contact_step, order_contact_steps, record_disclosure, record_payment, record_place, record_threat
from cairndesk.cases.actions.people import (
    add_person,
    amend_person,
    give_role,
    read_identity,
    read_sensitive,
    record_sensitive,
    record_support,
    seal_identity,
)
from cairndesk.cases.actions.sample import draw, end_sample, give_up_sample, see_coding, take_sample
from cairndesk.cases.actions.team import seat, unseat

__all__ = [
    "MandateTerms",
    "Named",
    "ReportFacts",
    "add_contact_step",
    "add_evidence",
    "add_item",
    "add_named",
    "add_person",
    "add_report",
    "admit",
    "amend_incident",
    "amend_item",
    "amend_person",
    "answer_corroboration",
    "aside_digest",
    "break_glass",
    "carry_choices",
    "carry_items",
    "change_grouping",
    "claim",
    "code_harm",
    "describe_grouping",
    "describe_incident",
    "draw",
    "end_mandate",
    "end_sample",
    "enter_mandate",
    "erase_told",
    "forget_units",
    "give_grant",
    "give_role",
    "give_up_sample",
    "glass_digest",
    "go_on",
    "group_case",
    "is_on",
    "keep_apart",
    "keep_choices",
    "keep_limits",
    "lapse_grants",
    "let_on_again",
    "lift_hold",
    "link_cases",
    "make_grouping",
    "mandate_digest",
    "mark_incident",
    "mark_item",
    "mark_mailed",
    "mark_told",
    "move",
    "move_held",
    "must_not_be_off",
    "open_case",
    "open_grouping",
    "open_identifier",
    "open_words",
    "order_contact_steps",
    "place_hold",
    "read_identity",
    "read_sensitive",
    "record_clue",
    "record_depiction",
    "record_disclosure",
    "record_identification",
    "record_item_role",
    "record_payment",
    "record_place",
    "record_sensitive",
    "record_sighting",
    "record_support",
    "record_threat",
    "release",
    "replace_told",
    "require_no_hold",
    "respect",
    "review_aside",
    "review_glass",
    "review_hold",
    "seal_identity",
    "seat",
    "see_coding",
    "set_aside",
    "set_lead_harm",
    "take_back",
    "take_back_link",
    "take_sample",
    "tell_later",
    "those_on",
    "ungroup_case",
    "unseat",
    "withdraw_depiction",
    "withdraw_grants",
    "withdraw_harm",
    "withdraw_item_role",
]
