"""Failures of the retention room.

RetentionError
├── NoSuchThing
├── NotToday
├── RequestUnclear
├── DecidedBefore
├── DecidedFirst
└── ClockDoubted
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


class RequestUnclear(RetentionError):
    """A request, or its decision, leaves something open that must be written down."""

    code = "retention.request_unclear"
    status = 422
    remedy = "Write down what the detail names."


class DecidedBefore(RetentionError):
    """The request was decided, or not yet decided in a way that allows this."""

    code = "retention.decided_before"
    remedy = "Load the page again and see what was decided."


class DecidedFirst(RetentionError):
    """Whoever decided something does not decide the objection to it; nor decides whoever wrote a request down, or how the desk knows who asks."""

    code = "retention.decided_first"
    status = 403
    remedy = (
        "Have another supervisor of this desk decide it, who neither wrote it down nor decided first. "
        "A desk that has none names a supervisor of a partner organisation for this one request."
    )


class ClockDoubted(RetentionError):
    """The clock of the machine and our own counting of the time say different days: nothing is destroyed by either."""

    code = "retention.clock_doubted"
    remedy = "Have whoever runs the machine set its clock, or read the day off another one: `cairndesk retention time --today`."
