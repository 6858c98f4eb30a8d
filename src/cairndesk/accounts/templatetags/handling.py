"""Puts the rules of a risky step on the page where the step is taken."""

from typing import Any

from django import template

from cairndesk.accounts.rules.handling import BY_KIND, HANDLING, Step

register = template.Library()


@register.inclusion_tag("accounts/handling.html")
def handling(step: str, *, folded: bool = False) -> dict[str, Any]:
    """The box with the rules of `step`, named as a `Step` or as the kind of a request; `folded` where the page has more to show than this step."""
    found = Step(BY_KIND.get(step, step))
    return {"step": found, "handling": HANDLING[found], "folded": folded}
