"""The desk as one ASGI application: the edge outermost, then the window on a host of its own, then the look-up door, then Django."""

import json
from typing import Literal
from urllib.parse import urlsplit

from django.core.asgi import get_asgi_application

from cairndesk.accounts.headers import HEADERS
from cairndesk.config import BATCH_LIMIT, Config
from cairndesk.lib.edge import Edge, Limits, Page
from cairndesk.lib.errors import problem
from cairndesk.review.window import Window
from cairndesk.signals.door import CHECK, Door
from cairndesk.signals.hma import UPLOADS

# The only doors through which a file may come; everywhere else but at the door for many reports a body is as small as on the portal.
MEDIA_DOORS = ("/cases/*/media/", "/api/v1/reports/*/media", CHECK, *UPLOADS)
BATCH = "/api/v1/reports/batch"
_WORDS = {
    408: ("This took too long", "The connection was too slow. Please try again."),
    413: ("This is too large", "Please send less at once, or a smaller file."),
    415: ("This cannot be read", "Please send it again without compression."),
    503: ("The desk is very busy", "Please try again in a minute."),
}


def application(config: Config) -> Edge:
    """The desk of this process."""
    scheme: Literal["http", "https"] = "https" if urlsplit(config.desk.public_url).scheme == "https" else "http"
    # The room around the file: the boundaries and the other fields of the form.
    file = config.desk.media_limit + 65536
    limits = Limits(body_by_path=dict.fromkeys(MEDIA_DOORS, file) | {BATCH: BATCH_LIMIT}, together=max(8 * file, 4 * BATCH_LIMIT))
    door = Door(get_asgi_application(), rate=config.desk.checks_a_second)
    window = Window(door, origin=config.desk.look_origin, desk=config.desk.origin)
    return Edge(
        window,
        scheme=scheme,
        page=page,
        limits=limits,
        headers={**HEADERS, "Cache-Control": "no-store"},
        quick=window.beside(door.at_once),
    )


def page(status: int, path: str) -> Page:
    """What the edge says instead of the desk: a problem document for a machine, a page for a person."""
    title, remedy = _WORDS[status]
    if path.startswith("/api/"):
        body = problem(status, f"edge.{status}", title, remedy)
        return Page("application/problem+json", json.dumps(body).encode())
    text = f'<!doctype html><html lang="en"><title>{title}</title><h1>{title}</h1><p>{remedy} <a href="/">First screen</a></p></html>'
    return Page("text/html; charset=utf-8", text.encode())
