"""What is kept, for how long, who sees it and what can be asked for, in words for children; and the way back to the page it was opened from."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from cairndesk.custody.retention import RecordClass, Term
from cairndesk.intake.portal import site
from cairndesk.intake.portal.aside import interrupt
from cairndesk.intake.portal.doors import door
from cairndesk.intake.portal.pages import Place
from cairndesk.intake.portal.tested import tried
from cairndesk.intake.portal.wording import Text
from cairndesk.intake.published import TOLD_OF, Desk

_NAMES: dict[RecordClass, Text] = {
    RecordClass.ACCOUNT: _("What you told us"),
    RecordClass.MESSAGE: _("What we wrote to each other"),
    RecordClass.DRAFT: _("What you told, if you never pressed “Send” at the end"),
}


@dataclass(frozen=True)
class Kept:
    """One line of how long: days, counted from when it came in (`least`, 0: none) and from when we finish (`most`, None: no end is set)."""

    name: Text
    least: int
    most: int | None


@door("GET", "HEAD", "POST")
async def privacy(request: HttpRequest, place: Place) -> HttpResponse:
    """The notice; it stores nothing. Opened from a page with a form, it leads back to that page as it was."""
    tested, pages = tried()
    context = {"kept": kept(place.desk), "words": _days_of_words(place.desk), "tested": tested, "pages": pages}
    return interrupt(request, place, "privacy.html", context, door="privacy")


def kept(desk: Desk | None) -> list[Kept]:
    """How long each class of TOLD_OF is kept, by the schedule that binds the desk."""
    terms = [(kind, desk.kept.get(kind, Term()) if desk else Term()) for kind in TOLD_OF]
    return [Kept(_NAMES[kind], term.minimum, term.maximum) for kind, term in terms]


def _days_of_words(desk: Desk | None) -> int:
    """How long after the end the six words still open anything: no longer than receipts are kept, nor than what lies behind them."""
    most = desk.kept.get(RecordClass.MESSAGE, Term()).maximum if desk else None
    days = site.current().config.receipts.keep_days
    return days if most is None else min(days, most)
