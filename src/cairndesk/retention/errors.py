"""Failures of the retention room.

RetentionError
├── NoSuchThing
└── NotToday
"""

from cairndesk.lib.errors import DeskError


class RetentionError(DeskError):
    """A failure about how long something is kept."""

    code = "retention.failed"
    status = 409


class NoSuchThing(RetentionError):
    """There is nothing of that kind here, or not any more."""

    code = "retention.no_such_thing"
    status = 404
    remedy = "Go back and load the page again."


class NotToday(RetentionError):
    """The day that a person read off another clock is not the day that this machine has."""

    code = "retention.not_today"
    remedy = "Set the clock of the machine first; what is destroyed by a wrong clock cannot be brought back."
