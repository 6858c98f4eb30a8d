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
from cairndesk.response.adapters.egress import Egress
from cairndesk.response.adapters.smtp import Server, send
from cairndesk.response.adapters.web import Web, origin
from cairndesk.response.errors import NotAllowedOut
from cairndesk.response.models import AlarmPage

_SUBJECT = "Somebody needs the desk now"
_TEXT = """An alarm rings at the desk, and nobody has taken it yet.

Please open {desk} and take the case.
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


def page(*, due: AlarmPage, ways: Ways, now: datetime) -> DeskError | None:
    """Afterwards the other side has the page and the log says so, or it is tried later; returns what was in the way.

    One page comes twice rather than never.
    """
    due.attempts += 1
    # Ahead of the attempt, so that one which ends in any other way is not tried again at once.
    due.next_try_at = min(belt.next_try(due.attempts, now) or now + PAGE_AGAIN, now + PAGE_AGAIN)
    due.save()
    try:
        if is_web(due.to):
            _post(due, ways)
        else:
            _mail(due, ways, now)
    except DeskError as failure:
        return failure
    due.sent_at = due.next_try_at = now
    due.save()
    detail: dict[str, str | int] = {"turn": due.turn, "way": "web" if is_web(due.to) else "mail"}
    record(event=Event.RESPONSE_ALARM_PAGED, subject_kind="organisation", subject=due.alarm.organisation_id, by=SYSTEM, now=now, detail=detail)
    return None


def _mail(due: AlarmPage, ways: Ways, now: datetime) -> None:
    if ways.mail is None:
        raise NotAllowedOut("no mail server is configured")
    server, egress, sender = ways.mail
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = sender, due.to, _SUBJECT, format_datetime(now)
    # By it a server, or a reader, drops the second copy; it leads nobody to the row. Whoever comes on duty at the same address gets another.
    mail["Message-ID"] = f"<{uuid5(NAMESPACE_URL, f'{due.alarm_id} {due.turn} {due.to} {due.sent_at}')}@{sender.rpartition('@')[2]}>"
    mail.set_content(_TEXT.format(desk=ways.desk))
    send(server, egress, sender=sender, recipient=due.to, message=mail.as_bytes())


def _post(due: AlarmPage, ways: Ways) -> None:
    _, host, port = origin(urlsplit(due.to))
    if (host, port) not in set(ways.hosts):
        raise NotAllowedOut("`paging.hosts` does not name the host of this address")
    body = json.dumps({"what": "alarm", "turn": due.turn + 1, "desk": ways.desk}).encode()
    web = Web(base=due.to, egress=Egress([(host, port)]), seconds=_SECONDS, limit=_MOST)
    web.post(due.to, body, {"Content-Type": "application/json"}, io.BytesIO(), taken=_TAKEN)
