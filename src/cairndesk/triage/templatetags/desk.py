"""How the desk's pages put times and identifiers into words."""

from datetime import datetime, timedelta

from django import template

from cairndesk.accounts.together import preload
from cairndesk.cases.models import Case
from cairndesk.cases.queries import limits_of
from cairndesk.directory.models import FIRST_OWN
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
def span(length: timedelta) -> str:
    """A length of time: "45 min"."""
    return spans.in_words(length)


@register.filter
def own_number(version: int) -> int:
    """The number under which people know a version of the priority rules that their organisation wrote."""
    return version - FIRST_OWN + 1


@register.inclusion_tag("desk/limits.html")
def they_asked(case: Case) -> dict[str, object]:
    """What the person who told asked the desk not to do, wherever an act on `case` is decided."""
    preload(case, "choices", "set_aside")
    return {"case": case, "limits": limits_of(case)}


@register.filter
def shown(identifier: str) -> str:
    """A reported identifier that nothing turns into a link and no surrounding text reorders."""
    return text.isolate(text.defang(identifier))
