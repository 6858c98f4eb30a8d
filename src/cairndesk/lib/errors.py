"""The root of every failure that Cairndesk names: code, status, remedy, and whether trying again may help."""


class DeskError(Exception):
    """A failure with a stable code; `remedy` tells the caller what to do, never what they did wrong."""

    code = "desk.failed"
    status = 500
    remedy = "Try again; if it stays, run `cairndesk doctor`."
    retryable = False

    def __init__(self, detail: str = "") -> None:
        self.detail = detail
        super().__init__(detail or self.remedy)


def problem(status: int, code: str, title: str, detail: str, **more: object) -> dict[str, object]:
    """A problem document (RFC 9457), as a machine is told of a failure."""
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code, **more}
