"""The portal as one ASGI application: the edge outermost, then Django without a database."""

from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.core.asgi import get_asgi_application

from cairndesk.intake.portal import pages, site
from cairndesk.lib.edge import Edge, Limits

_RESERVED = 32 * 1024 * 1024


def application() -> Edge:
    """The portal of this process, with the spool's descriptor open; call it before the walls go up."""
    inner = get_asgi_application()
    site.current()
    scheme: Literal["http", "https"] = "https" if urlsplit(settings.CAIRNDESK.portal.public_url).scheme == "https" else "http"
    # Whoever fills the memory by other doors leaves room for those who tell.
    limits = Limits(body=settings.CAIRNDESK.portal.body_limit, reserved=_RESERVED, reserved_for="/next")
    return Edge(inner, scheme=scheme, page=pages.edge_page, limits=limits, headers=pages.headers())
