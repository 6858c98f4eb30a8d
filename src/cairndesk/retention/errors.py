"""Failures of the retention room.

RetentionError
└── NoSuchThing
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
