"""Telling: one page after the other, each kept before the next is shown, and the receipt at the end."""

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

from cairndesk.intake.portal import pages, site
from cairndesk.intake.portal.doors import door, not_open, posted
from cairndesk.intake.portal.fields import fields_of
from cairndesk.intake.portal.first_aid import dangers, fitting
from cairndesk.intake.portal.icons import icon
from cairndesk.intake.portal.pages import Place
from cairndesk.intake.portal.picture import takes
from cairndesk.intake.portal.state import StateLost, Telling
from cairndesk.intake.portal.steps import answers_from, is_blank, odd_typed
from cairndesk.intake.portal.wording import PATHS
from cairndesk.intake.published import Desk, NothingPublished
from cairndesk.intake.rules import (
    PICTURES,
    TELLING,
    Answers,
    Fragment,
    Kind,
    Path,
    hour_of,
    is_happening_now,
    is_told,
    pictures_in,
    ticked,
    with_pictures,
)
from cairndesk.lib import clock
from cairndesk.lib.text import clean

_AFTER_DANGER = 2


@door("GET", "HEAD")
async def welcome(request: HttpRequest, place: Place) -> HttpResponse:
    """The first page: reassurance, then who tells."""
    return _welcome(place)


@door("POST")
async def following(request: HttpRequest, place: Place) -> HttpResponse:
    """Keep the page that was sent, then show the next one."""
    form, now = posted(request), clock.now()
    try:
        telling, is_new = _telling(form, place, now)
    except StateLost:
        return _welcome(place, notice="start_again")
    if is_new:
        return _step(place, telling, now) if site.current().is_open(place.desk) else not_open(place)
    if telling.is_kept and not telling.is_resumed:
        return _receipt(place, telling, now)
    is_cold = telling.is_hasty(now) or bool(getattr(request, "scope", {}).get("cairndesk.is_cold"))
    if telling.is_kept and is_blank(answers_from(form, telling.questions, is_declined=False)):
        # A restart took the six words out of our memory. New ones open the same page, and so do the first ones, where they were written down.
        return await _finished(place, telling, now, is_cold=is_cold)
    return await _kept(place, form, replace(telling, is_kept=False), now, is_cold=is_cold)


def _telling(form: QueryDict, place: Place, now: datetime) -> tuple[Telling, bool]:
    """The draft that `form` goes on with, and whether it starts here. Raises StateLost when the form belongs to none."""
    path = form.get("path", "")
    if path in set(Path):
        return Telling.start(Path(path), place.language.code), True
    try:
        return site.current().keyholder.open_telling(form.get("s", ""), organisation=_desk(place).slug, now=now), False
    except StateLost:
        return Telling.resume(form.get("d", ""), place.language.code), False


async def _kept(place: Place, form: QueryDict, telling: Telling, now: datetime, *, is_cold: bool) -> HttpResponse:
    """File the page, then go where the pressed button leads."""
    go = form.get("go", "next")
    answers = answers_from(form, telling.questions, is_declined=go == "decline")
    # A page that was only turned back or put into another language, and holds nothing, must not wipe what it held before.
    if go in {"back", "stay"} and is_blank(answers):
        return _step(place, telling.at(telling.step - (go == "back")), now)
    if go == "picture":
        return await _picture(place, form, telling.told({} if is_blank(answers) else answers, telling.counter), now, is_cold=is_cold)
    told = telling.told(answers, site.current().counters.after(telling.draft, telling.counter))
    is_done = go == "send" or (go in {"next", "decline"} and told.step == told.steps)
    if go not in {"back", "stay"} and not _is_enough(told, is_done=is_done):
        return _step(place, told, now, notice="nothing_told", status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        await _file(place, told, Kind.ANSWERS, now, is_cold=is_cold, step=told.step, counter=told.counter, answers=answers, done=is_done)
    except OSError:
        return _step(place, replace(told, is_resumed=telling.is_resumed), now, notice="not_received", status=HTTPStatus.SERVICE_UNAVAILABLE)
    told = replace(told, is_heard=is_happening_now(told.answers))
    if is_done:
        return await _finished(place, told, now, is_cold=is_cold, odd=odd_typed(form))
    return _step(place, told.at(told.step + {"back": -1, "stay": 0}.get(go, 1)), now, odd=odd_typed(form))


async def _picture(place: Place, form: QueryDict, telling: Telling, now: datetime, *, is_cold: bool) -> HttpResponse:
    """Keep the hashes that the phone made, as a page of their own that is never shown; then the page from which they were made goes on."""
    said: Answers = {"picture": with_pictures(telling.answers, clean(form.get("picture", "")))}
    told = telling.told(said, site.current().counters.after(telling.draft, telling.counter))
    if not pictures_in(said):
        return _step(place, telling, now)
    try:
        await _file(place, told, Kind.ANSWERS, now, is_cold=is_cold, step=PICTURES, counter=told.counter, answers=said)
    except OSError:
        return _step(place, telling, now, notice="not_received", status=HTTPStatus.SERVICE_UNAVAILABLE)
    return _step(place, told, now, notice="picture_kept")


def _is_enough(telling: Telling, *, is_done: bool) -> bool:
    """Whether the page may be left: what is happening, or a link, is all that is required, where it is asked or at the end.

    After a restart the earlier pages are kept, but their answers are no longer at hand; then they are taken to be there.
    """
    if telling.is_resumed and "what" not in telling.questions:
        return True
    asks = "what" in telling.questions or (telling.path is Path.ADVICE and "more" in telling.questions)
    return is_told(telling.answers) or not (is_done or asks)


async def _finished(place: Place, telling: Telling, now: datetime, *, is_cold: bool, odd: tuple[str, ...] = ()) -> HttpResponse:
    """The answers are kept; now the receipt is. Without it they stay kept, and the page says so."""
    here = site.current()
    try:
        opened = await here.filing.run(here.stretch, telling.parts)
        await _file(place, telling, Kind.RECEIPT, now, is_cold=is_cold, receipt_index=opened.index, mailbox_public=opened.public.hex())
    except (OSError, NothingPublished):
        return _step(place, telling, now, notice="no_receipt_yet", status=HTTPStatus.SERVICE_UNAVAILABLE)
    return _receipt(place, replace(telling, is_kept=True, is_resumed=False), now, odd=odd)


def _receipt(place: Place, telling: Telling, now: datetime, odd: tuple[str, ...] = ()) -> HttpResponse:
    """The six words. Of what was told only the danger travels on, so that this page can be read in other words too."""
    danger: Answers = {"danger": dangers(telling.answers)}
    context = {
        "parts": telling.parts,
        "clear": telling.clear,
        "next": place.door("next"),
        "sealed": site.current().keyholder.seal_telling(replace(telling, answers=danger), organisation=_desk(place).slug, now=now),
        "is_urgent": is_happening_now(danger),
        "is_advice": telling.path is Path.ADVICE,
        "aids": fitting(place, telling.path, danger),
        "odd": odd,
        "judged": place.door(TELLING),
    }
    return pages.draw(place, "receipt.html", context, door="next", stay="stay")


async def _file(place: Place, telling: Telling, kind: Kind, now: datetime, *, is_cold: bool, **held: Any) -> None:
    """Afterwards this part of the draft is kept, on disk before anything is promised. Raises OSError, and then it is not."""
    desk, language = _desk(place), place.language.code
    fragment = Fragment(kind, str(desk.id), hour_of(now), draft=telling.draft, path=telling.path, language=language, **held)
    await site.current().spool.keep(fragment, public=desk.key_at(now), is_cold=is_cold)


def _step(place: Place, telling: Telling, now: datetime, *, notice: str = "", status: int = HTTPStatus.OK, odd: tuple[str, ...] = ()) -> HttpResponse:
    fields, is_urgent = fields_of(telling.questions, telling.path, telling.answers), is_happening_now(telling.answers)
    sealed = site.current().keyholder.seal_telling(telling.shown(now), organisation=_desk(place).slug, now=now)
    asks_link = "link" in telling.questions
    context = {
        "telling": telling,
        "sealed": sealed,
        "first": fields[0],
        "others": fields[1:],
        "next": place.door("next"),
        "picture": place.door("picture"),
        "size": takes(place, sealed, telling.clear) if asks_link else 0,
        "odd": odd,
        "notice": notice or ("resumed" if telling.is_resumed else ""),
        "is_urgent": is_urgent,
        "is_heard": telling.is_heard,
        "is_self_harm": "self_harm" in ticked(telling.answers, "danger"),
        # Open on the page after danger was named, and where we could not hear of it; later a link leads to the same numbers at the foot.
        "shows_help": telling.step == _AFTER_DANGER or (is_urgent and not telling.is_heard),
        "is_last": telling.step == telling.steps,
        "may_send": telling.step > 1,
        "asks_link": asks_link,
        "asks_handle": "handle" in telling.questions,
        "aids": fitting(place, telling.path, telling.answers) if telling.step >= _AFTER_DANGER else (),
    }
    return pages.draw(place, "step.html", context, status=status, door="next", stay="stay")


def _welcome(place: Place, notice: str = "") -> HttpResponse:
    if not site.current().is_open(place.desk):
        return not_open(place)
    paths = [(path.value, *words, icon(path.value)) for path, words in PATHS.items()]
    return pages.draw(place, "welcome.html", {"paths": paths, "next": place.door("next"), "notice": notice})


def _desk(place: Place) -> Desk:
    if place.desk is None:
        raise NothingPublished
    return place.desk
