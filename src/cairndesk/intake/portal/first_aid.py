"""First aid before, during and after telling: pages that ask nothing, keep nothing, and give back the form they were opened from."""

from django.http import HttpRequest, HttpResponse

from cairndesk.intake.portal import first_aid_words as words
from cairndesk.intake.portal import pages
from cairndesk.intake.portal.aside import interrupt
from cairndesk.intake.portal.doors import Door, door
from cairndesk.intake.portal.first_aid_words import AIDS
from cairndesk.intake.portal.pages import Place
from cairndesk.intake.portal.wording import Text
from cairndesk.intake.rules import Answers, Path, ticked

_OF_PATH = {Path.FRIEND: words.FRIEND, Path.CARER: words.CARER, Path.PROFESSIONAL: words.PROFESSIONAL}
# What a child says of danger or of what happens, and the page that fits; the more pressing first.
_OF_ANSWER = {
    "deadline": words.THREATENED,
    "meeting_soon": words.MEETING,
    "can_reach": words.HOME,
    "threatens": words.THREATENED,
    "shared_pictures": words.SHARED,
    "fake_pictures": words.FAKE,
    "asked_pictures": words.ASKED,
    "found": words.SAW,
    "secrets": words.MEETING,
    # Nobody is told what they did not say: not that it is at home, and not that they sent a picture.
    "touched": words.CHOICES,
}
# What somebody asked of a child once is nothing to say no to today.
_LONG_AGO = _OF_ANSWER | {"asked_pictures": words.RIGHTS}
_MOST = 2
Shown = tuple[str, Text]


@door("GET", "HEAD", "POST")
async def first_aid(request: HttpRequest, place: Place) -> HttpResponse:
    """All situations, as readers say them."""
    context = {"aids": [(place.door(f"help/{number}"), aid.asked) for number, aid in AIDS.items()]}
    return interrupt(request, place, "first_aid.html", context, door="help")


@door("GET", "HEAD", "POST")
async def to_call(request: HttpRequest, place: Place) -> HttpResponse:
    """Everybody who can be called, with all that is known of them."""
    return interrupt(request, place, "to_call.html", {"every": pages.helpers(place)}, door="help/call")


@door("GET", "HEAD")
async def quiet(request: HttpRequest, place: Place) -> HttpResponse:
    """For people who worry about themselves: it stands apart, takes nothing in, leads to no door of ours, and is told of nobody's visit."""
    return pages.draw(place, "quiet.html", {"every": pages.helpers(place, own_thoughts=True)}, door="quiet")


def one_aid(number: int) -> Door:
    """The view of the page under `number`."""

    @door("GET", "HEAD", "POST")
    async def shown(request: HttpRequest, place: Place) -> HttpResponse:
        one = AIDS[number]
        leads, to = one.on or ("", 0)
        further = {"leads": leads, "to": place.door(f"help/{to}"), "name": AIDS[to].asked} if to else {}
        return interrupt(request, place, "aid.html", {"one": one, "next": place.door("next"), **further}, door=f"help/{number}")

    return shown


def fitting(place: Place, path: Path, answers: Answers) -> list[Shown]:
    """Address and words of the pages, at most two, that fit who tells and what was answered so far."""
    said = [*dangers(answers), *ticked(answers, "what")]
    pages_of = _LONG_AGO if path is Path.SURVIVOR else _OF_ANSWER
    found = [_OF_PATH[path]] if path in _OF_PATH else [number for code, number in pages_of.items() if code in said]
    return [(place.door(f"help/{number}"), AIDS[number].asked) for number in list(dict.fromkeys(found))[:_MOST]]


def dangers(answers: Answers) -> list[str]:
    """The dangers that a page may speak of: where it only happens online, nobody is told of home for having said that they can be reached."""
    is_far = answers.get("setting") == "online"
    return [code for code in ticked(answers, "danger") if not (is_far and code == "can_reach")]
