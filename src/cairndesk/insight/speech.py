"""In which language the words of a table are said: that which is in force, by the catalogue of the numbers, else English."""

import functools
import io
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from django.utils.translation import get_language, get_language_bidi, to_locale

from cairndesk.intake.portal.languages import NUMBERS, catalogue_of
from cairndesk.lib.catalogues import SOURCE, compiled

_ISOLATE, _END = "\u2068", "\u2069"


def said(text: str, **filled: str) -> str:
    """`text` with its fields filled in; what no catalogue holds, such as words of the operator's own scheme, stays as it is."""
    whole = _catalogue(catalogue_of(to_locale(get_language() or SOURCE), domain=NUMBERS)).gettext(text)
    return whole % filled if filled else whole


def apart(words: str) -> str:
    """Words, a code or a day that stand in a sentence of another direction: isolated where people write from right to left."""
    return f"{_ISOLATE}{words}{_END}" if get_language_bidi() else words


@functools.cache
def _catalogue(path: Path) -> NullTranslations:
    """Read from the source, so that it speaks as well where nothing could be compiled."""
    return GNUTranslations(io.BytesIO(compiled(path.read_text("utf-8")))) if path.exists() else NullTranslations()
