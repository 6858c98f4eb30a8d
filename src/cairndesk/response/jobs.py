"""What `work` does for response: propose plans for classified cases, and put out what people have sent."""

import secrets

import structlog
from django.conf import settings

from cairndesk.accounts.rules import SYSTEM
from cairndesk.cases.models import Case
from cairndesk.config import Mail
from cairndesk.lib import clock
from cairndesk.lib.belt import Lane
from cairndesk.lib.errors import DeskError
from cairndesk.response import actions, queries
from cairndesk.response.adapters.egress import Egress
from cairndesk.response.adapters.smtp import Server

log = structlog.get_logger()
# One turn must end soon, so that a full lane, or a mail server that does not answer, leaves room for the others.
LETTERS_A_TURN = 1
CASES_A_TURN = 50


def propose() -> int:
    """Lay what is missing of the plan of every classified case, and what cannot wait of those in danger; returns for how many.

    Nothing in it goes out by itself.
    """
    laid = 0
    for case in queries.without_a_plan()[:CASES_A_TURN]:
        laid += _propose(case)
    return laid


def _propose(case: Case) -> bool:
    try:
        return bool(actions.propose_plan(case=case, facts=queries.facts_of(case), by=SYSTEM, now=clock.now()))
    except DeskError as failure:
        # One case that cannot be planned never holds up the others; it stays at its stage, where people see it.
        log.warning("case_not_planned", case=str(case.pk), code=failure.code)
        return False


def deliver() -> int:
    """Try the letter that is due first; returns how many arrived, and after one the belt comes back at once.

    Without a mail server they wait, and the health page says so.
    """
    mail: Mail = settings.CAIRNDESK.mail
    if not mail.host or not mail.sender:
        return 0
    server, egress, worker = server_of(mail), Egress([(mail.host, mail.port)]), f"work-{secrets.token_hex(8)}"
    due = queries.deliveries_due(clock.now())[:LETTERS_A_TURN]
    return sum(
        actions.deliver(delivery=one, server=server, egress=egress, sender=mail.sender, worker=worker, by=SYSTEM, now=clock.now()) for one in due
    )


def remind() -> int:
    """Count a reminder for everything that waits too long for somebody outside; returns how many. A person sends the letter."""
    return actions.remind(now=clock.now())


def server_of(mail: Mail) -> Server:
    """The operator's mail server, with its password read from the file that the configuration names."""
    password = mail.password_file.read_text("utf-8").strip() if mail.password_file else ""
    return Server(mail.host, mail.port, mail.tls, mail.username, password)


LANES = (
    Lane(name="response.propose", turn=propose),
    Lane(name="response.deliver", turn=deliver),
    Lane(name="response.remind", turn=remind, every=300.0),
)
