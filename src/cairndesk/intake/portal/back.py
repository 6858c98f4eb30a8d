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
from cairndesk.intake.portal.draft import Draft, draft_of
from cairndesk.intake.portal.fields import Field, field_of, fields_of, told_lines
from cairndesk.intake.portal.pages import Place
from cairndesk.intake.portal.state import StateLost
from cairndesk.intake.portal.steps import answers_from, odd_typed
from cairndesk.intake.portal.wording import ALL_THE_SAME, ASKED_NOT_TO, FELT, LATE, MILESTONES, OUTCOMES, PROMISES
from cairndesk.intake.published import NothingPublished
from cairndesk.intake.rules import CHOICES, NO_WORDS, STONES, Answers, Fragment, Kind, Mailbox, Path, SetAside, asks_to_be_read, hour_of
from cairndesk.lib import clock
from cairndesk.lib.text import clean

Draw = Callable[[Place, Mailbox, str, Draft], HttpResponse]
# What each page has fields for; whatever else was typed or ticked before goes along unseen.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "mailbox": ("text", "link", "safe_contact"),
    "message": ("text", "link", "safe_contact"),
    "told": ("text",),
    "choices": CHOICES,
    "felt": ("text",),
    "objection": ("text",),
}


@door("GET", "HEAD", "POST")
async def back(request: HttpRequest, place: Place) -> HttpResponse:
    """The form for the six words, what they open, and the messages that are written behind them."""
    if request.method != "POST":
        return _form(place, Draft())
    form, now = posted(request), clock.now()
    draft = draft_of(form)
    try:
        parts, index = site.current().keyholder.open_return(form.get("s", ""), organisation=_slug(place), now=now)
    except StateLost:
        return await _by_words(place, form, draft, now)
    sealed = site.current().keyholder.seal_return(parts, index, organisation=_slug(place), now=now)
    go, _, felt = form.get("go", "").partition("-")
    if go == "write":
        return await _write(place, form, draft, sealed, index, now)
    if go == "choose":
        return await _choose(place, form, draft, sealed, index, now)
    if go == "object" or (go == "felt" and felt in FELT):
        return await _say(place, form, draft, sealed, index, now, felt=felt)
    return await _open(place, parts, draft, now, sealed=sealed)


async def _by_words(place: Place, form: QueryDict, draft: Draft, now: datetime) -> HttpResponse:
    """Words as typed; one that is not in the list is named without any look-up."""
    typed = form.get("words", "")
    if form.get("s") and not typed:
        # A restart has closed the way back; what was being written goes on in the form.
        return _form(place, draft, notice="words_again")
    if form.get("go") == "words":
        return _form(place, draft, typed=clean(typed))
    try:
        parts = receipt.normalise(typed)
    except receipt.NotAReceipt as odd:
        context = {"word": odd.word, "near": odd.near}
        notice = "odd_word" if odd.word else "count"
        return _form(place, draft, notice=notice, typed=clean(typed), status=HTTPStatus.UNPROCESSABLE_ENTITY, extra=context)
    return await _open(place, parts, draft, now)


async def _open(place: Place, parts: receipt.Parts, draft: Draft, now: datetime, *, sealed: str = "") -> HttpResponse:
    """The page that `draft` asks for; `sealed` if the words were opened before, and then they never stand in a page again."""
    here = site.current()
    try:
        opened, box = await here.lookups.run(here.look_up, parts)
    except LaneBusy:
        typed = "" if sealed else " ".join(parts)
        return _form(place, draft, notice="busy", typed=typed, status=HTTPStatus.SERVICE_UNAVAILABLE, extra={"sealed": sealed})
    if box is None:
        # Of the words that were typed nothing stands in this answer: unknown, erased and expired receipts get the same bytes.
        held = {"back": place.door("back"), "draft": draft, "held": draft.hidden()}
        return pages.filled(pages.draw(place, "no_such.html", held, door="back", stay="words"))
    sealed = here.keyholder.seal_return(parts, opened.index, organisation=_slug(place), now=now)
    return pages.filled(_PAGES[draft.page](place, box, sealed, draft))


async def _write(place: Place, form: QueryDict, draft: Draft, sealed: str, index: str, now: datetime) -> HttpResponse:
    """Keep a message; it needs no look-up, so it never waits behind one."""
    said: Answers = {"link": draft.link, "safe_contact": draft.ticked.get("safe_contact", ""), "about": "told" if draft.page == "told" else ""}
    held = {"safe": _safe(draft), "about": said["about"], "odd": odd_typed(form)}
    if not draft.text and not draft.link:
        return _page(place, "message", sealed, draft, held | {"notice": "empty"}, status=HTTPStatus.UNPROCESSABLE_ENTITY, stay=draft.page)
    answers = {name: answer for name, answer in said.items() if answer}
    kept = await _is_filed(place, index, draft.text or draft.link, answers, now)
    return _after(place, "message", sealed, draft, held, stay=draft.page, is_kept=kept)


async def _choose(place: Place, form: QueryDict, draft: Draft, sealed: str, index: str, now: datetime) -> HttpResponse:
    """Keep what was chosen; like a message it needs no look-up."""
    answers: Answers = {**answers_from(form, CHOICES, is_declined=False), "about": "choices"}
    kept = await _is_filed(place, index, NO_WORDS, answers, now)
    return _after(place, "choices", sealed, draft, {"fields": fields_of(CHOICES, Path.CHILD, answers)}, stay="choices", is_kept=kept)


async def _say(place: Place, form: QueryDict, draft: Draft, sealed: str, index: str, now: datetime, *, felt: str) -> HttpResponse:
    """Keep how it felt, or that somebody else is to look again; words may stand beside it, and need not."""
    answers: Answers = {"about": "felt", "felt": felt} if felt else {"about": "objection"}
    kept = await _is_filed(place, index, draft.text or NO_WORDS, answers, now)
    held = {"faces": FELT, "felt": felt, "is_read": asks_to_be_read(answers, draft.text or NO_WORDS), "odd": odd_typed(form)}
    return _after(place, draft.page, sealed, draft, held, stay=draft.page, is_kept=kept)


async def _is_filed(place: Place, index: str, text: str, answers: Answers, now: datetime) -> bool:
    """Whether a message under a receipt is kept now."""
    desk, language = place.desk, place.language.code
    if desk is None:
        raise NothingPublished
    fragment = Fragment(Kind.MESSAGE, str(desk.id), hour_of(now), language=language, answers=answers, receipt_index=index, text=text)
    try:
        await site.current().spool.keep(fragment, public=desk.key_at(now))
    except OSError:
        return False
    return True


def _after(place: Place, name: str, sealed: str, draft: Draft, context: Mapping[str, object], *, stay: str, is_kept: bool) -> HttpResponse:
    """The page that says what was kept, from where the mailbox opens again; or the same page as it was, because nothing was kept."""
    if is_kept:
        return _page(place, name, sealed, draft, {**context, "notice": "kept"}, stay="open")
    return _page(place, name, sealed, draft, {**context, "notice": "not_received"}, status=HTTPStatus.SERVICE_UNAVAILABLE, stay=stay)


def _page(
    place: Place, name: str, sealed: str, draft: Draft, context: Mapping[str, object], *, stay: str, status: int = HTTPStatus.OK
) -> HttpResponse:
    """The page `name` behind the receipt, with all of `draft`: in the fields it has, and beside them."""
    held = {"back": place.door("back"), "sealed": sealed, "draft": draft, "held": draft.hidden(*_FIELDS[name])}
    return pages.draw(place, f"{name}.html", {**held, **context}, status=status, door="back", stay=stay)


def _safe(draft: Draft) -> Field:
    """Whether messages are safe, as it was ticked, or as it stands."""
    return field_of("safe_contact", Path.CHILD, draft.ticked.get("safe_contact") or draft.stands)


def _mailbox(place: Place, box: Mailbox, sealed: str, draft: Draft) -> HttpResponse:
    reached, today = {stone.code for stone in box.milestones}, clock.now().date()
    stands = box.chosen.get("safe_contact")
    draft = replace(draft, stands=stands if isinstance(stands, str) else "")
    context = {
        "going_on": [MILESTONES[code] for code in ("looking_again", "seen_again", "handed_over")],
        "stones": [(MILESTONES[stone.code], stone.hour, box.holder if stone.code == "handed_over" else "") for stone in box.milestones],
        "ahead": [MILESTONES[code] for code in STONES if code not in reached] if "closed" not in reached else [],
        "outcome": OUTCOMES.get(box.outcome, ""),
        # What adds to the own account is shown with it, behind a step of its own.
        "messages": [one for one in reversed(box.messages) if not (one.corrects and box.told)],
        "safe": _safe(draft),
        "promises": [(PROMISES[one.code], one.by) for one in box.promises if one.by >= today],
        "late": [(LATE[one.code], one.by) for one in box.promises if one.by < today],
        "has_told": box.told is not None,
        "set_aside": [(ASKED_NOT_TO[one.limit], ALL_THE_SAME[one.ground], one.hour) for one in box.set_aside if _is_worded(one)],
    }
    return _page(place, "mailbox", sealed, draft, context, stay="open")


def _is_worded(one: SetAside) -> bool:
    return one.limit in ASKED_NOT_TO and one.ground in ALL_THE_SAME


def _told(place: Place, box: Mailbox, sealed: str, draft: Draft) -> HttpResponse:
    """What was told, word for word, what was added since, and a box to add more; it is asked for by a step of its own."""
    if box.told is None:
        return _mailbox(place, box, sealed, draft)
    added = [one for one in box.messages if one.corrects]
    context = {"lines": told_lines(box.told), "hour": box.told.hour, "added": added}
    return _page(place, "told", sealed, draft, context, stay="told")


def _choices(place: Place, box: Mailbox, sealed: str, draft: Draft) -> HttpResponse:
    """What was chosen, to be changed; what was ticked since and not sent yet goes before it."""
    context = {"fields": fields_of(CHOICES, Path.CHILD, {**box.chosen, **draft.ticked})}
    return _page(place, "choices", sealed, draft, context, stay="choices")


def _feeling(place: Place, box: Mailbox, sealed: str, draft: Draft) -> HttpResponse:
    """How it felt to tell: three buttons, and room for words."""
    return _page(place, "felt", sealed, draft, {"faces": FELT}, stay="felt")


def _objecting(place: Place, box: Mailbox, sealed: str, draft: Draft) -> HttpResponse:
    """That somebody else is to look at it again, and who that will be."""
    return _page(place, "objection", sealed, draft, {}, stay="objection")


_PAGES: Mapping[str, Draw] = {"open": _mailbox, "told": _told, "choices": _choices, "felt": _feeling, "objection": _objecting}


def _form(
    place: Place,
    draft: Draft,
    *,
    notice: str = "",
    typed: str = "",
    status: int = HTTPStatus.OK,
    extra: Mapping[str, object] | None = None,
) -> HttpResponse:
    context = {"back": place.door("back"), "notice": notice, "typed": typed, "draft": draft, "held": draft.hidden(), **(extra or {})}
    return pages.draw(place, "back.html", context, status=status, door="back", stay="words")


def _slug(place: Place) -> str:
    return place.desk.slug if place.desk else ""
