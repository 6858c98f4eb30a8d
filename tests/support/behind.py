"""What lies behind the six words once nothing that the desk did can be taken back any more."""

from typing import Any

import pytest

from cairndesk.accounts import undo
from cairndesk.cases.models import Case
from cairndesk.intake.known import known_of
from cairndesk.intake.models import Receipt
from cairndesk.intake.publish import mailbox_of
from cairndesk.intake.rules import Mailbox
from cairndesk.lib import clock


def behind(case: Case, slip: Receipt | None = None) -> Mailbox:
    """The mailbox of `case` half a minute from now."""
    return mailbox_of(case, slip or Receipt(), known_of(case, clock.now() + undo.window()))


@pytest.fixture
def no_wait(settings: Any) -> None:
    """What the desk does lies behind the six words at once, for tests of what lies there."""
    desk = settings.CAIRNDESK.desk.model_copy(update={"undo_seconds": 0})
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"desk": desk})
