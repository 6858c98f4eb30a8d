"""Puts beside a choice of codes what leads to their ids, versions and sources, the aid for a hard boundary, and a stage into words."""

from typing import Any

from django import template

from cairndesk.cases import taxonomy
from cairndesk.cases.taxonomy import Code
from cairndesk.review.rules.boundary import aid
from cairndesk.review.rules.cards import HarmCard, harm_cards
from cairndesk.review.rules.story import STAGES

register = template.Library()


@register.inclusion_tag("review/terms_line.html")
def terms_line() -> dict[str, Any]:
    """In which version the codes of this page are in force, and the page with the id, the version and the source of each."""
    return {"version": taxonomy.load().versions[-1].name}


@register.inclusion_tag("review/boundary.html")
def boundary() -> dict[str, Any]:
    """The decision aid."""
    return {"aid": aid()}


@register.filter
def harm_card(code: Code) -> HarmCard | None:
    """The card of a harm; nothing for a code of another family."""
    return harm_cards().get(code.code) if code.family == "harm" else None


@register.filter
def stage_words(stage: str) -> str:
    """Where a case stands, to go on after "it is"."""
    return STAGES[stage]
