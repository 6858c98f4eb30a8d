"""Paging whoever is on duty: by mail or by a POST to an address of theirs, without a word of the case."""

import io
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from cairndesk.accounts.rules import SYSTEM
from cairndesk.accounts.rules.duty import PAGE_AGAIN, is_web
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.lib import belt
from cairndesk.lib.errors import DeskError
from cairndesk.response import rules
from cairndesk.response.adapters.egress import Egress
from cairndesk.response.adapters.smtp import Server, send
from cairndesk.response.adapters.web import Web, origin
from cairndesk.response.errors import NotAllowedOut
from cairndesk.response.models import AlarmPage, NoticeHold

_SUBJECT = "Somebody needs the desk now"
_RAN_OUT = "A hold at the desk ran out"
_TEXT = """An alarm rings at the desk, and nobody has taken it yet.

Please open {desk} and take the case.
This message says nothing of a case or of a person, and nobody reads an answer to it.
"""
_RAN_OUT_TEXT = """A hold on notices ran out, and it stands until somebody renews or lifts it.

Please open {desk} and look at what waits.
This message says nothing of a case or of a person, and nobody reads an answer to it.
"""
# Whatever takes a page answers shortly or not at all: others wait for theirs.
_SECONDS, _MOST = 10.0, 4096
_TAKEN = range(200, 300)


@dataclass(frozen=True, slots=True)
class Ways:
    """How a page may go out: the mail server and the sender, if there is one, the hosts of web addresses, and where the desk is."""

    mail: tuple[Server, Egress, str] | None
    hosts: Collection[tuple[str, int]]
    desk: str


@dataclass(frozen=True, slots=True)
class Said:
    """One page in its two forms: a mail of `subject` and `text`, whose id follows from `once`, or a POST that says `what` in which `turn`."""

    what: str
    subject: str
    text: str
    once: str
    turn: int = 1


def page(*, due: AlarmPage, ways: Ways, now: datetime) -> DeskError | None:
    """Afterwards the other side has the page and the log says so, or it is tried later; returns what was in the way.

    One page comes twice rather than never.
    """
    due.attempts += 1
    # Ahead of the attempt, so that one which ends in any other way is not tried again at once.
    due.next_try_at = min(belt.next_try(due.attempts, now) or now + PAGE_AGAIN, now + PAGE_AGAIN)
    due.save()
    try:
        # By it a server, or a reader, drops the second copy; it leads nobody to the row. Whoever comes on duty at the same address gets another.
        _reach(due.to, Said("alarm", _SUBJECT, _TEXT, f"{due.alarm_id} {due.turn} {due.to} {due.sent_at}", due.turn + 1), ways, now)
    except DeskError as failure:
        return failure
    due.sent_at = due.next_try_at = now
    due.save()
    detail: dict[str, str | int] = {"turn": due.turn, "way": "web" if is_web(due.to) else "mail"}
    record(event=Event.RESPONSE_ALARM_PAGED, subject_kind="organisation", subject=due.alarm.organisation_id, by=SYSTEM, now=now, detail=detail)
    return None


def page_hold(*, hold: NoticeHold, to: Collection[str], ways: Ways, now: datetime) -> DeskError | None:
    """Afterwards everybody in `to` who could be reached knows that a hold on notices ran out; returns what was in the way.

    They are told again tomorrow; where nobody could be reached it is tried again after a while.
    """
    troubles: list[DeskError] = []
    for one in to:
        try:
            _reach(one, Said("hold_ran_out", _RAN_OUT, _RAN_OUT_TEXT, f"{hold.pk} {one} {now.date()}"), ways, now)
        except DeskError as failure:
            troubles.append(failure)
    reached = len(to) - len(troubles)
    NoticeHold.objects.filter(pk=hold.pk).update(next_page_at=now + (rules.PAGE_AGAIN if reached else PAGE_AGAIN))
    if reached:
        record(event=Event.RESPONSE_HOLD_PAGED, subject_kind="case", subject=hold.case_id, by=SYSTEM, now=now, detail={"reached": reached})
    return troubles[0] if troubles else None


def _reach(to: str, said: Said, ways: Ways, now: datetime) -> None:
    if is_web(to):
        _post(to, said, ways)
    else:
        _mail(to, said, ways, now)


def _mail(to: str, said: Said, ways: Ways, now: datetime) -> None:
    if ways.mail is None:
        raise NotAllowedOut("no mail server is configured")
    server, egress, sender = ways.mail
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = sender, to, said.subject, format_datetime(now)
    mail["Message-ID"] = f"<{uuid5(NAMESPACE_URL, said.once)}@{sender.rpartition('@')[2]}>"
    mail.set_content(said.text.format(desk=ways.desk))
    send(server, egress, sender=sender, recipient=to, message=mail.as_bytes())


def _post(to: str, said: Said, ways: Ways) -> None:
    _, host, port = origin(urlsplit(to))
    if (host, port) not in set(ways.hosts):
        raise NotAllowedOut("`paging.hosts` does not name the host of this address")
    body = json.dumps({"what": said.what, "turn": said.turn, "desk": ways.desk}).encode()
    web = Web(base=to, egress=Egress([(host, port)]), seconds=_SECONDS, limit=_MOST)
    web.post(to, body, {"Content-Type": "application/json"}, io.BytesIO(), taken=_TAKEN)
