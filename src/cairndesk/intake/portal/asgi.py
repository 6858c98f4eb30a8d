"""The portal as one ASGI application: the edge outermost, then Django without a database."""

from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.core.asgi import get_asgi_application

from cairndesk.intake.portal import pages, site
from cairndesk.intake.portal.crowd import Crowd
from cairndesk.lib import clock
from cairndesk.lib.edge import Edge, Headers, Limits, header

_RESERVED = 32 * 1024 * 1024


def application() -> Edge:
    """The portal of this process, with the spool's descriptor open; call it before the walls go up."""
    inner = get_asgi_application()
    site.current()
    scheme: Literal["http", "https"] = "https" if urlsplit(settings.CAIRNDESK.portal.public_url).scheme == "https" else "http"
    told_by = settings.CAIRNDESK.portal.address_header.lower().encode("ascii")
    return Edge(inner, scheme=scheme, page=pages.edge_page, limits=limits(), headers=pages.headers(), hidden=[told_by], crowd=_crowd(told_by))


def limits() -> Limits:
    """How much the portal takes in at once; whoever fills the memory by other doors leaves room for those who tell."""
    return Limits(body=settings.CAIRNDESK.portal.body_limit, reserved=_RESERVED, reserved_for="/next")


def _crowd(told_by: bytes) -> Callable[[Headers], bool]:
    """Who sends too many, by the header in which the proxy names the visitor; where there is none, as behind an onion, nobody does."""
    crowd = Crowd()

    def is_crowded(headers: Headers) -> bool:
        address = header(headers, told_by).decode("latin-1").strip() if told_by else ""
        return bool(address) and crowd.is_crowded(address, clock.now())

    return is_crowded
