"""The root of every failure that Cairndesk names: code, status, remedy, and whether trying again may help."""

from collections.abc import Mapping

HEADINGS: Mapping[int, str] = {
    400: "This request cannot be read",
    401: "Please sign in",
    403: "Your role does not allow this",
    404: "There is nothing here for you",
    409: "The case has moved on",
    410: "This link is spent",
    422: "Something is missing or does not fit",
    429: "Please wait a little",
    503: "This cannot be done right now",
}


class DeskError(Exception):
    """A failure with a stable code; `remedy` tells the caller what to do, never what they did wrong."""

    code = "desk.failed"
    status = 500
    remedy = "Try again; if it stays, run `cairndesk doctor`."
    retryable = False

    def __init__(self, detail: str = "") -> None:
        self.detail = detail
        super().__init__(detail or self.remedy)

    @property
    def heading(self) -> str:
        """What happened, in a few words that all failures of this status share."""
        return HEADINGS.get(self.status, "This did not work")


def problem(status: int, code: str, title: str, detail: str, **more: object) -> dict[str, object]:
    """A problem document (RFC 9457), as a machine is told of a failure."""
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code, **more}


def problem_of(failure: DeskError) -> dict[str, object]:
    """The problem document of a named failure."""
    return problem(failure.status, failure.code, failure.heading, failure.detail or failure.remedy)
