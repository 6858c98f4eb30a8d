"""Whether a page helped: two buttons under each page that explains, and under the receipt; of a press only a sum is kept."""

from contextlib import suppress
from datetime import datetime

from django.http import HttpRequest, HttpResponse

from cairndesk.intake.portal import site
from cairndesk.intake.portal.aside import interrupt
from cairndesk.intake.portal.doors import Door, door
from cairndesk.intake.portal.pages import Place
from cairndesk.intake.rules import TELLING, Answers, Fragment, Kind, hour_of, month_of
from cairndesk.lib import clock

SIGNS = {"y": "yes", "n": "no"}
"""What stands behind the address of a page when one of its buttons is pressed."""


def pressed(page: str, sign: str) -> Door:
    """The view for a press under `page`: it thanks whoever presses, whatever becomes of it, and gives back the form that the page was opened from.

    Nothing of that form is looked at: what goes along there, a draft or six words, goes back and nowhere else. A press is not the same press twice,
    since nobody is known again: a page that is sent anew counts anew.
    """

    @door("POST")
    async def thanked(request: HttpRequest, place: Place) -> HttpResponse:
        if not getattr(request, "scope", {}).get("cairndesk.is_cold"):
            await _keep(place, {"page": page, "voice": place.voice.variant or "middle", "helped": SIGNS[sign]}, clock.now())
        context = {"judged": "", "again": place.door(page), "has_helped": SIGNS[sign] == "yes", "has_words": page == TELLING}
        return interrupt(request, place, "thanks.html", context, door=page)

    return thanked


async def _keep(place: Place, answers: Answers, now: datetime) -> None:
    """Keep a press, unless there are too many or reports need the room: nobody is told so, and nobody waits for it."""
    here = site.current()
    if place.desk is None or here.presses[place.desk.id].take():
        return
    fragment = Fragment(Kind.HELPED, str(place.desk.id), hour_of(month_of(now)), language=place.language.code, answers=answers)
    with suppress(OSError):
        await here.spool.keep_if_quiet(fragment, public=place.desk.key_at(now))
