"""The report as a PDF for archives (PDF/A-2a, so tagged for screen readers), by WeasyPrint.

WeasyPrint needs Pango, which is not part of Python. Where it is missing a package goes out with the page alone and says so: a hand-over
that protects a child does not wait for a library of fonts, and the page tells the same.
"""

import ctypes
import logging
from functools import cache
from importlib.util import find_spec
from typing import Any

_VARIANT = "pdf/a-2a"


def is_here() -> bool:
    """Whether a PDF can be made, without loading all that it takes."""
    try:
        ctypes.CDLL("libpangoft2-1.0.so.0")
    except OSError:
        return False
    return find_spec("weasyprint") is not None


@cache
def library() -> Any | None:
    """WeasyPrint, or None where it or Pango is missing. The first call takes about a second."""
    try:
        import weasyprint  # noqa: PLC0415 - loads Pango, which not every process needs and not every machine has
    except (ImportError, OSError):
        return None
    # It would name parts of the page in a log that is not ours.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    return weasyprint


def write(page: bytes, identifier: bytes) -> bytes | None:
    """`page` as a PDF, the same bytes for the same page, fonts and `identifier`; None where the library is missing."""
    weasyprint = library()
    if weasyprint is None:
        return None
    # A page that names an address must not make the desk reach for it, not even for a file of its own.
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())
    document = weasyprint.HTML(string=page.decode(), url_fetcher=nothing)
    made: bytes = document.write_pdf(pdf_variant=_VARIANT, pdf_identifier=identifier)
    return made
