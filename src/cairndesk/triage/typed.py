"""What somebody typed is never lost because an act is refused."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.forms import Form

from cairndesk.lib.errors import DeskError

# It moved on, something is missing, the desk is locked: the page comes back. Whoever may not do it at all is told so elsewhere.
_COMES_BACK = frozenset({409, 422, 503})


@contextmanager
def said_on(form: Form) -> Iterator[None]:
    """Runs an act; where it is refused, `form` carries why, and everything that was typed."""
    try:
        yield
    except DeskError as refused:
        if refused.status not in _COMES_BACK:
            raise
        form.add_error(None, refused.remedy)
