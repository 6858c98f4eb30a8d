"""A page that only interrupts: it keeps nothing, and whoever opened it from a page with a form gets that page back as it was."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

from cairndesk.intake.portal import pages
from cairndesk.intake.portal.doors import posted
from cairndesk.intake.portal.draft import PAGES
from cairndesk.intake.portal.pages import Place
from cairndesk.intake.rules import BESIDE, QUESTIONS
from cairndesk.lib.text import clean

# To which door a page goes back, by what its button says. What was typed travels along, so that reading this loses nothing.
_ORIGINS = {"stay": "next", **dict.fromkeys((*PAGES, "words"), "back")}
_CARRIED = ("s", "d", "then", "text", *BESIDE, *QUESTIONS)


def interrupt(request: HttpRequest, place: Place, template: str, context: Mapping[str, Any], *, door: str) -> HttpResponse:
    """The page `template`; opened from a page with a form, it leads back there (`aside.html`), also from other languages and voices."""
    form = posted(request)
    go = form.get("go", "")
    if go not in _ORIGINS:
        return pages.draw(place, template, context, door=door)
    held = {"origin": place.door(_ORIGINS[go]), "go": go, "carried": carried(form)}
    return pages.draw(place, template, {**context, **held}, door=door, stay=go)


def carried(form: QueryDict) -> list[tuple[str, str]]:
    """What a page that only interrupts hands back as it came: the draft, and what was typed on its page."""
    # Once the words have opened something they stand in no page any more; until then they are only typed.
    names = (*_CARRIED, "words") if form.get("go") == "words" else _CARRIED
    return [(name, clean(value)) for name in names for value in form.getlist(name)]
