"""The library `threatexchange` (extra `exchanges`), with every request of it carried by our own way out, and its failures in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from types import ModuleType
from typing import Any

from cairndesk.lib.errors import DeskError
from cairndesk.response.adapters.web import Web
from cairndesk.response.errors import AnswerUnreadable, ExchangesMissing

_EXCHANGES = "threatexchange.exchanges"


def client_of(name: str) -> ModuleType:
    """A module of the library's `exchanges`. Raises ExchangesMissing where it is not installed."""
    try:
        return import_module(f"{_EXCHANGES}.{name}")
    except ImportError as error:
        raise ExchangesMissing from error


def session_over(web: Web) -> Any:
    """A `requests.Session` that reads through `web` and in no other way: no proxy or password of the environment, no redirect, no retry."""
    from requests import Response, Session  # noqa: PLC0415 - comes with the library, which may not be here
    from requests.adapters import BaseAdapter  # noqa: PLC0415 - the same

    class Carrier(BaseAdapter):
        def send(self, request: Any, *_: object, **__: object) -> Response:
            if request.method != "GET":
                raise AnswerUnreadable("the library wanted to do more than read")
            into, response = BytesIO(), Response()
            answer = web.get(request.url, request.headers, into)
            response.status_code, response.url, response.request = answer.status, request.url, request
            response.headers.update(answer.headers)
            response.raw = BytesIO(into.getvalue())
            return response

        def close(self) -> None:
            """Nothing is kept open."""

    session = Session()
    session.trust_env = False
    session.adapters.clear()
    for scheme in ("https://", "http://"):
        session.mount(scheme, Carrier())
    return session


@contextmanager
def understood() -> Iterator[None]:
    """What the library stumbles over in the block is an answer that cannot be read; its own words might hold what was in the answer."""
    try:
        yield
    except DeskError:
        raise
    except Exception as error:  # noqa: BLE001 - the library fails in many ways, and each means the same
        raise AnswerUnreadable(f"the answer of the source cannot be read ({type(error).__name__})") from None
