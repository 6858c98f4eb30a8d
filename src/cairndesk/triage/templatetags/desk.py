"""How the desk's pages put times and identifiers into words."""

from datetime import datetime

from django import template

from cairndesk.lib import spans, text

register = template.Library()


@register.filter
def age(moment: datetime, now: datetime) -> str:
    """How long ago `moment` was: "3 h 10 min"."""
    return spans.in_words(now - moment)


@register.filter
def left(moment: datetime, now: datetime) -> str:
    """How far off `moment` is: "in 20 min", or by how much it is overdue."""
    return f"in {spans.in_words(moment - now)}" if moment >= now else f"overdue by {spans.in_words(now - moment)}"


@register.filter
def shown(identifier: str) -> str:
    """A reported identifier that nothing turns into a link and no surrounding text reorders."""
    return text.isolate(text.defang(identifier))
