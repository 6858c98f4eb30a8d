"""Filing: one sealed fragment into the spool, on disk before anything is promised."""

import asyncio
from datetime import datetime

from cairndesk.custody.sealing import hpke
from cairndesk.intake import receipt
from cairndesk.intake.portal import site
from cairndesk.intake.portal.state import Telling
from cairndesk.intake.published import Desk
from cairndesk.intake.rules import Answers, Fragment, Kind, fragment_context, is_happening_now
from cairndesk.intake.spool import SpoolFile
from cairndesk.lib.clock import to_hour


async def file_answers(desk: Desk, language: str, telling: Telling, answers: Answers, *, is_done: bool, now: datetime) -> None:
    """Afterwards the answers of the open page are kept. Raises OSError, and then they are not."""
    fragment = Fragment(
        kind=Kind.ANSWERS,
        organisation=str(desk.id),
        hour=_hour(now),
        draft=telling.draft,
        step=telling.step,
        counter=telling.counter,
        path=telling.path,
        language=language,
        answers=answers,
        done=is_done,
    )
    await _put(desk, fragment, happening_now=is_happening_now(answers))


async def file_receipt(desk: Desk, language: str, telling: Telling, opened: receipt.Opened, *, now: datetime) -> None:
    """Afterwards the draft can be found again by its receipt. Raises OSError, and then it cannot."""
    fragment = Fragment(
        kind=Kind.RECEIPT,
        organisation=str(desk.id),
        hour=_hour(now),
        draft=telling.draft,
        path=telling.path,
        language=language,
        receipt_index=opened.index,
        mailbox_public=opened.public.hex(),
    )
    await _put(desk, fragment, happening_now=False)


async def file_message(desk: Desk, language: str, index: str, text: str, answers: Answers, *, now: datetime) -> None:
    """Afterwards a message under a receipt is kept. Raises OSError, and then it is not."""
    fragment = Fragment(
        kind=Kind.MESSAGE,
        organisation=str(desk.id),
        hour=_hour(now),
        language=language,
        answers=answers,
        receipt_index=index,
        text=text,
    )
    await _put(desk, fragment, happening_now=False)


async def _put(desk: Desk, fragment: Fragment, *, happening_now: bool) -> None:
    sealed = hpke.seal(desk.intake_public, fragment.to_json(), fragment_context(desk.id))
    await asyncio.to_thread(site.current().spool.put, SpoolFile(desk.id, happening_now, sealed))


def _hour(now: datetime) -> str:
    return to_hour(now).strftime("%Y-%m-%dT%H:%MZ")
