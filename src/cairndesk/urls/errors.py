"""How a failure looks: a page that says what to do, or a problem document for a machine (RFC 9457)."""

import errno
import sys
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from cairndesk.lib.errors import HEADINGS, DeskError, problem, problem_of
from cairndesk.lib.reserve import ease

# A disk that is full, over quota, broken, or was made read-only because it is broken.
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})


class Room:
    """Releases the reserve before anybody signs out, or reads what the log must name first, on a disk that is full."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        ease(settings.DATA / "db")
        return self.get_response(request)


class ErrorPages:
    """Turns every named failure that a view raises into its page or its problem document."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, failure: Exception) -> HttpResponse | None:
        """The answer to a DeskError; None (Django's own way) for everything else."""
        return answer(request, failure) if isinstance(failure, DeskError) else None


def answer(request: HttpRequest, failure: DeskError) -> HttpResponse:
    """The page, or the problem document below /api/, that says what `failure` means and what to do."""
    if request.path.startswith("/api/"):
        return JsonResponse(problem_of(failure), status=failure.status, content_type="application/problem+json")
    detail = failure.detail if failure.detail != failure.remedy else ""
    context = {"heading": failure.heading, "detail": detail, "remedy": failure.remedy, "code": failure.code, "retryable": failure.retryable}
    return render(request, "desk/error.html", context, status=failure.status)


class NoSuchPage(DeskError):
    """No door of the desk has this address."""

    code = "desk.no_such_page"
    status = 404
    remedy = "Check the address, or start from the first screen."


class BadAddress(DeskError):
    """Django refused to read the request."""

    code = "desk.bad_request"
    status = 400
    remedy = "Go back, load the page again and repeat what you did."


class NotReceived(DeskError):
    """The disk or the database took nothing: of what was sent nothing is kept, in no part."""

    code = "desk.not_received"
    status = 503
    remedy = "We have not received this. Keep this page open, and send it again in a minute; nothing of it was kept."
    retryable = True


class FormExpired(DeskError):
    """The page was too old, or came from elsewhere."""

    code = "desk.form_expired"
    status = 403
    remedy = "Go back, load the page again and send it once more; what you typed is still in the page before."


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for 404."""
    return answer(request, NoSuchPage())


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for 400."""
    return answer(request, BadAddress())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's view for a form without its token."""
    return answer(request, FormExpired())


def broken(request: HttpRequest) -> HttpResponse:
    """Django's handler for 500; it may not touch the database, which may be what broke."""
    failure: type[DeskError] = NotReceived if _takes_nothing(sys.exc_info()[1]) else DeskError
    heading = HEADINGS.get(failure.status, "The desk failed")
    if request.path.startswith("/api/"):
        body = problem(failure.status, failure.code, heading, failure.remedy)
        return JsonResponse(body, status=failure.status, content_type="application/problem+json")
    page = f'<!doctype html><html lang="en"><title>{heading}</title><h1>{heading}</h1><p>{failure.remedy} <a href="/">First screen</a></p></html>'
    return HttpResponse(page, status=failure.status)


def _takes_nothing(failure: BaseException | None) -> bool:
    """Whether `failure` is the disk's or the database's, so that trying again may help; its transaction has been taken back."""
    return isinstance(failure, OperationalError | InterfaceError) or (isinstance(failure, OSError) and failure.errno in _DISK)
