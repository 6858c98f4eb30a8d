"""Reads of cases that other rooms may use; every one is bound to an organisation or to a case that somebody may see."""

from cairndesk.cases.queries.choices import Stands, aside_to_review, choices_of, limits_of, set_aside_since
from cairndesk.cases.queries.facts import Moment, case_facts, help_sought_in, timeline
from cairndesk.cases.queries.grants import glass_of, glass_to_review, glass_untold, live_grants, opens_to, taken_off
from cairndesk.cases.queries.groupings import descriptions_held, descriptions_to_go, groupings_of, suggested_groupings, with_child_actor
from cairndesk.cases.queries.holds import holds_of, holds_to_review, is_held
from cairndesk.cases.queries.identification import clues_of, is_being_identified, standing_tracks, tracks_of
from cairndesk.cases.queries.items import (
    Suggestion,
    UnitCounts,
    aliases,
    cases_with_identifier,
    corroboration,
    identifier_of,
    is_shown,
    items,
    linked_with,
    listed_items,
    people_to_match,
    seen_between,
    suggested_links,
    unit_counts,
)
from cairndesk.cases.queries.known import Fact, Known, known, people
from cairndesk.cases.queries.mandates import mandate_on, mandates_of
from cairndesk.cases.queries.sample import is_veiled, samples_for, veiled_from
from cairndesk.cases.queries.sharing import items_of_a_child, kept_apart_from, of_a_child, terms_of, terms_to_compare, with_values_of
from cairndesk.cases.queries.stage import case_for, waiting
from cairndesk.cases.queries.team import hidden_from, hides_any, narrow_seat, part_for, require_whole, seats_of, team_of

__all__ = [
    "Fact",
    "Known",
    "Moment",
    "Stands",
    "Suggestion",
    "UnitCounts",
    "aliases",
    "aside_to_review",
    "case_facts",
    "case_for",
    "cases_with_identifier",
    "choices_of",
    "clues_of",
    "corroboration",
    "descriptions_held",
    "descriptions_to_go",
    "glass_of",
    "glass_to_review",
    "glass_untold",
    "groupings_of",
    "help_sought_in",
    "hidden_from",
    "hides_any",
    "holds_of",
    "holds_to_review",
    "identifier_of",
    "is_being_identified",
    "is_held",
    "is_shown",
    "is_veiled",
    "items",
    "items_of_a_child",
    "kept_apart_from",
    "known",
    "limits_of",
    "linked_with",
    "listed_items",
    "live_grants",
    "mandate_on",
    "mandates_of",
    "narrow_seat",
    "of_a_child",
    "opens_to",
    "part_for",
    "people",
    "people_to_match",
    "require_whole",
    "samples_for",
    "seats_of",
    "seen_between",
    "set_aside_since",
    "standing_tracks",
    "suggested_groupings",
    "suggested_links",
    "taken_off",
    "team_of",
    "terms_of",
    "terms_to_compare",
    "timeline",
    "tracks_of",
    "unit_counts",
    "veiled_from",
    "waiting",
    "with_child_actor",
    "with_values_of",
]
