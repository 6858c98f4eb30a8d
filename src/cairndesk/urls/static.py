"""The files of the desk's own pages: style, icons and its few scripts."""

from contextlib import ExitStack
from typing import Any

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Each in one piece: they are small, and a server that speaks ASGI can only pretend to read a file piece by piece, of which Django warns."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        """The answer that whitenoise has for this request, with its own headers and no other."""
        answer = static_file.get_response(request.method, request.META)
        with ExitStack() as opened:
            body = opened.enter_context(answer.file).read() if answer.file else b""
        response = HttpResponse(body, status=int(answer.status))
        del response["Content-Type"]
        for name, value in answer.headers:
            response[name] = value
        return response
