"""Every text of the portal, taken from templates and wording as gettext would take them."""

import ast
import re
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

import cairndesk.intake.portal

PORTAL = Path(cairndesk.intake.portal.__file__).parent


def messages() -> dict[str, set[str]]:
    """Each text with the names of the files it stands in."""
    found: dict[str, set[str]] = {}
    for path in sorted((*PORTAL.glob("*.py"), *PORTAL.rglob("*.html"))):
        source = path.read_text("utf-8")
        for text in _of_template(source) if path.suffix == ".html" else _of_module(source):
            found.setdefault(text, set()).add(path.name)
    return found


def _of_module(source: str) -> list[str]:
    return [text for _, _, text, _ in extract_python(BytesIO(source.encode()), ["_"], [], {}) if isinstance(text, str)]


def _of_template(source: str) -> list[str]:
    python = templatize(source)
    calls = re.finditer(
        r"gettext\((u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\"|'''.*?''')\)|_\((u?\"(?:[^\"\\]|\\.)*\"|u?'(?:[^'\\]|\\.)*')\)", python, re.DOTALL
    )
    return [ast.literal_eval(call[1] or call[2]) for call in calls]
