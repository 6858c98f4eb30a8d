"""The way back: six words open milestones, outcome and messages; wrong ones of any kind get one and the same answer."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, QueryDict

from cairndesk.intake import receipt
from cairndesk.intake.lane import LaneBusy
from cairndesk.intake.portal import pages, site
from cairndesk.intake.portal.doors import door, posted
from cairndesk.intake.portal.fields import field_of, fields_of, told_lines
from cairndesk.intake.portal.pages import Place
from cairndesk.intake.portal.state import StateLost
from cairndesk.intake.portal.steps import answers_from, odd_typed, words_in
from cairndesk.intake.portal.wording import ALL_THE_SAME, ASKED_NOT_TO, FELT, LATE, MILESTONES, OUTCOMES, PROMISES
from cairndesk.intake.published import NothingPublished
from cairndesk.intake.rules import CHOICES, NO_WORDS, STONES, Answers, Fragment, Kind, Mailbox, Path, SetAside, hour_of
from cairndesk.lib import clock
from cairndesk.lib.text import clean

_ASKED_HERE = ("safe_contact", "link")
Draw = Callable[[Place, Mailbox, str, str], HttpResponse]


@door("GET", "HEAD", "POST")
async def back(request: HttpRequest, place: Place) -> HttpResponse:
    """The form for the six words, what they open, and the messages that are written behind them."""
    if request.method != "POST":
        return _form(place)
    form, now = posted(request), clock.now()
    try:
        parts, index = site.current().keyholder.open_return(form.get("s", ""), organisation=_slug(place), now=now)
    except StateLost:
        return await _by_words(place, form, now)
    go, _, felt = form.get("go", "").partition("-")
    if go == "write":
        return await _write(place, form, parts, index, now)
    if go == "choose":
        return await _choose(place, form, parts, index, now)
    if go == "object" or (go == "felt" and felt in FELT):
        return await _say(place, form, parts, index, now, felt=felt)
    return await _open(place, parts, _typed(form), now, draw=_PAGES.get(go, _mailbox), ticked=_ticked(form))


async def _by_words(place: Place, form: QueryDict, now: datetime) -> HttpResponse:
    """Words as typed; one that is not in the list is named without any look-up."""
    typed = form.get("words", "")
    draft = _typed(form)
    if form.get("go") == "words":
        return _form(place, typed=clean(typed), draft=draft)
    if form.get("s") and not typed:
        # A restart has closed the way back; what was being written goes on in the form.
        return _form(place, notice="words_again", draft=draft)
    try:
        parts = receipt.normalise(typed)
    except receipt.NotAReceipt as odd:
        context = {"word": odd.word, "near": odd.near}
        notice = "odd_word" if odd.word else "count"
        return _form(place, notice=notice, typed=clean(typed), draft=draft, status=HTTPStatus.UNPROCESSABLE_ENTITY, extra=context)
    return await _open(place, parts, draft, now)


def _typed(form: QueryDict) -> str:
    """What was being written when another page was opened; it goes on in the next form."""
    return "\n".join(part for part in (words_in(form, "text"), words_in(form, "link")) if part.strip())


def _ticked(form: QueryDict) -> Answers:
    """What was ticked on the page of choices and not sent yet; a page in other words shows it again."""
    return answers_from(form, CHOICES, is_declined=False) if any(name in form for name in CHOICES) else {}


async def _open(
    place: Place, parts: receipt.Parts, draft: str, now: datetime, draw: Draw | None = None, ticked: Answers | None = None
) -> HttpResponse:
    here = site.current()
    try:
        opened, box = await here.lookups.run(here.look_up, parts)
    except LaneBusy:
        return _form(place, notice="busy", typed=" ".join(parts), draft=draft, status=HTTPStatus.SERVICE_UNAVAILABLE)
    if box is None:
        # Nothing of what was typed stands in this answer: unknown, erased and expired receipts get the same bytes.
        return pages.filled(pages.draw(place, "no_such.html", {"back": place.door("back")}))
    sealed = here.keyholder.seal_return(parts, opened.index, organisation=_slug(place), now=now)
    return pages.filled((draw or _mailbox)(place, replace(box, chosen=ticked or box.chosen), sealed, draft))


async def _write(place: Place, form: QueryDict, parts: receipt.Parts, index: str, now: datetime) -> HttpResponse:
    """Keep a message; it needs no look-up, so it never waits behind one."""
    text, link = words_in(form, "text").strip(), words_in(form, "link")
    answers = {name: answer for name, answer in answers_from(form, _ASKED_HERE, is_declined=False).items() if name in form}
    if form.get("about") == "told":
        answers["about"] = "told"
    sealed = site.current().keyholder.seal_return(parts, index, organisation=_slug(place), now=now)
    safe = field_of("safe_contact", Path.CHILD, answers.get("safe_contact"))
    held = {
        "back": place.door("back"),
        "sealed": sealed,
        "draft": text,
        "link": link,
        "safe": safe,
        "about": answers.get("about", ""),
        "odd": odd_typed(form),
    }
    if not text and not link:
        return pages.draw(place, "message.html", held | {"notice": "empty"}, status=HTTPStatus.UNPROCESSABLE_ENTITY, door="back", stay="open")
    try:
        await _file(place, index, text or link, answers, now)
    except OSError:
        return pages.draw(place, "message.html", held | {"notice": "not_received"}, status=HTTPStatus.SERVICE_UNAVAILABLE, door="back", stay="open")
    return pages.draw(place, "message.html", held | {"notice": "kept"}, door="back", stay="open")


async def _choose(place: Place, form: QueryDict, parts: receipt.Parts, index: str, now: datetime) -> HttpResponse:
    """Keep what was chosen; like a message it needs no look-up."""
    answers: Answers = {**answers_from(form, CHOICES, is_declined=False), "about": "choices"}
    sealed = site.current().keyholder.seal_return(parts, index, organisation=_slug(place), now=now)
    held = {"back": place.door("back"), "sealed": sealed, "fields": fields_of(CHOICES, Path.CHILD, answers)}
    try:
        await _file(place, index, NO_WORDS, answers, now)
    except OSError:
        return pages.draw(
            place, "choices.html", held | {"notice": "not_received"}, status=HTTPStatus.SERVICE_UNAVAILABLE, door="back", stay="choices"
        )
    return pages.draw(place, "choices.html", held | {"notice": "kept"}, door="back", stay="open")


async def _say(place: Place, form: QueryDict, parts: receipt.Parts, index: str, now: datetime, *, felt: str) -> HttpResponse:
    """Keep how it felt, or that somebody else is to look again; words may stand beside it, and need not."""
    text = words_in(form, "text").strip()
    answers: Answers = {"about": "felt", "felt": felt} if felt else {"about": "objection"}
    sealed = site.current().keyholder.seal_return(parts, index, organisation=_slug(place), now=now)
    held = {"back": place.door("back"), "sealed": sealed, "draft": text, "faces": FELT, "felt": felt, "odd": odd_typed(form)}
    page = "felt.html" if felt else "objection.html"
    try:
        await _file(place, index, text or NO_WORDS, answers, now)
    except OSError:
        stay = "felt" if felt else "objection"
        return pages.draw(place, page, held | {"notice": "not_received"}, status=HTTPStatus.SERVICE_UNAVAILABLE, door="back", stay=stay)
    return pages.draw(place, page, held | {"notice": "kept"}, door="back", stay="open")


async def _file(place: Place, index: str, text: str, answers: Answers, now: datetime) -> None:
    """Afterwards a message under a receipt is kept. Raises OSError, and then it is not."""
    desk, language = place.desk, place.language.code
    if desk is None:
        raise NothingPublished
    fragment = Fragment(Kind.MESSAGE, str(desk.id), hour_of(now), language=language, answers=answers, receipt_index=index, text=text)
    await site.current().spool.keep(fragment, public=desk.key_at(now))


def _mailbox(place: Place, box: Mailbox, sealed: str, draft: str) -> HttpResponse:
    reached, today = {stone.code for stone in box.milestones}, clock.now().date()
    context = {
        "back": place.door("back"),
        "sealed": sealed,
        "going_on": [MILESTONES[code] for code in ("looking_again", "seen_again")],
        "stones": [(MILESTONES[stone.code], stone.hour) for stone in box.milestones],
        "ahead": [MILESTONES[code] for code in STONES if code not in reached] if "closed" not in reached else [],
        "outcome": OUTCOMES.get(box.outcome, ""),
        # What adds to the own account is shown with it, behind a step of its own.
        "messages": [one for one in reversed(box.messages) if not (one.corrects and box.told)],
        "safe": field_of("safe_contact", Path.CHILD, None),
        "draft": draft,
        "promises": [(PROMISES[one.code], one.by) for one in box.promises if one.by >= today],
        "late": [(LATE[one.code], one.by) for one in box.promises if one.by < today],
        "has_told": box.told is not None,
        "set_aside": [(ASKED_NOT_TO[one.limit], ALL_THE_SAME[one.ground], one.hour) for one in box.set_aside if _is_worded(one)],
    }
    return pages.draw(place, "mailbox.html", context, door="back", stay="open")


def _is_worded(one: SetAside) -> bool:
    return one.limit in ASKED_NOT_TO and one.ground in ALL_THE_SAME


def _told(place: Place, box: Mailbox, sealed: str, draft: str) -> HttpResponse:
    """What was told, word for word, what was added since, and a box to add more; it is asked for by a step of its own."""
    if box.told is None:
        return _mailbox(place, box, sealed, draft)
    added = [one for one in box.messages if one.corrects]
    context = {"back": place.door("back"), "sealed": sealed, "draft": draft, "lines": told_lines(box.told), "hour": box.told.hour, "added": added}
    return pages.draw(place, "told.html", context, door="back", stay="told")


def _choices(place: Place, box: Mailbox, sealed: str, draft: str) -> HttpResponse:
    """What was chosen, to be changed."""
    context = {"back": place.door("back"), "sealed": sealed, "draft": draft, "fields": fields_of(CHOICES, Path.CHILD, box.chosen)}
    return pages.draw(place, "choices.html", context, door="back", stay="choices")


def _feeling(place: Place, box: Mailbox, sealed: str, draft: str) -> HttpResponse:
    """How it felt to tell: three buttons, and room for words."""
    context = {"back": place.door("back"), "sealed": sealed, "draft": draft, "faces": FELT}
    return pages.draw(place, "felt.html", context, door="back", stay="felt")


def _objecting(place: Place, box: Mailbox, sealed: str, draft: str) -> HttpResponse:
    """That somebody else is to look at it again, and who that will be."""
    return pages.draw(place, "objection.html", {"back": place.door("back"), "sealed": sealed, "draft": draft}, door="back", stay="objection")


_PAGES: Mapping[str, Draw] = {"told": _told, "choices": _choices, "felt": _feeling, "objection": _objecting}


def _form(
    place: Place,
    *,
    notice: str = "",
    typed: str = "",
    draft: str = "",
    status: int = HTTPStatus.OK,
    extra: Mapping[str, object] | None = None,
) -> HttpResponse:
    context = {"back": place.door("back"), "notice": notice, "typed": typed, "draft": draft, **(extra or {})}
    return pages.draw(place, "back.html", context, status=status, door="back", stay="words")


def _slug(place: Place) -> str:
    return place.desk.slug if place.desk else ""
