"""Telling supervisors who are not at the desk that somebody took emergency access: a mail that says that, and nothing else."""

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import uuid5

from cairndesk.cases.actions import mark_mailed, mark_told, tell_later
from cairndesk.cases.models import BrokenGlass
from cairndesk.lib.errors import DeskError
from cairndesk.response.adapters.egress import Egress
from cairndesk.response.adapters.smtp import Server, send

_SUBJECT = "Emergency access at the desk"
_TEXT = """Somebody took emergency access at the desk.

Please sign in and open the page Access: a supervisor who is another person says whether it was needed.
This mail says nothing of a case or of a person, and nobody reads an answer to it.
"""


def tell_of_glass(*, glass: BrokenGlass, server: Server, egress: Egress, sender: str, recipients: Sequence[str], now: datetime) -> DeskError | None:
    """Afterwards the server has a mail about `glass` for everybody in `recipients`, or whoever lacks it is tried later; returns what was in the way.

    An address that the server refuses for good holds nobody else's up, and counts as told if anybody was. One mail comes twice rather than never.
    """
    troubles: list[DeskError] = []
    for recipient in (one for one in recipients if one not in glass.mailed):
        try:
            send(server, egress, sender=sender, recipient=recipient, message=_mail(glass, sender, recipient, now))
        except DeskError as failure:
            troubles.append(failure)
        else:
            mark_mailed(glass=glass, recipient=recipient)
    if glass.mailed and not any(one.retryable for one in troubles):
        mark_told(glass=glass, now=now)
    else:
        tell_later(glass=glass, now=now)
    return troubles[0] if troubles else None


def _mail(glass: BrokenGlass, sender: str, recipient: str, now: datetime) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = sender, recipient, _SUBJECT, format_datetime(now)
    # By it a server, or a reader, drops the second copy; it leads nobody to the row.
    mail["Message-ID"] = f"<{uuid5(glass.pk, 'told')}@{sender.rpartition('@')[2]}>"
    mail.set_content(_TEXT)
    return mail.as_bytes()
