"""Puts beside every talk with a reporter what may be asked, and what nobody asks."""

from typing import Any

from django import template

from cairndesk.cases.models import Case
from cairndesk.intake.queries import needed_for
from cairndesk.intake.rules.asking import NOT_ASKED

register = template.Library()


@register.inclusion_tag("intake/asking.html")
def asking(case: Case | None = None, *, folded: bool = False) -> dict[str, Any]:
    """The box: what is needed for protection now, with what is known of `case`, and what is left to a trained interviewer."""
    return {"needs": needed_for(case), "not_asked": NOT_ASKED, "folded": folded}
