"""Every text of the portal, taken from templates and wording as gettext would take them, and every text of its tables."""

import ast
import re
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

import cairndesk.insight
import cairndesk.intake.portal
from cairndesk.cases import taxonomy
from cairndesk.insight.words import FAMILIES
from cairndesk.review.rules.reading import read_scheme

PORTAL, INSIGHT = (Path(room.__file__ or "").parent for room in (cairndesk.intake.portal, cairndesk.insight))
_SCHEME = INSIGHT.parent / "review" / "schemes" / "three_levels.toml"


def messages() -> dict[str, set[str]]:
    """Each text with the names of the files it stands in."""
    found: dict[str, set[str]] = {}
    for path in sorted((*PORTAL.glob("*.py"), *PORTAL.rglob("*.html"))):
        source = path.read_text("utf-8")
        for text in _of_template(source) if path.suffix == ".html" else _of_module(source):
            found.setdefault(text, set()).add(path.name)
    return found


def counted() -> dict[str, set[str]]:
    """The same of the public tables: what is marked in the room that counts, the labels of the taxonomy, and the scheme that ships."""
    found: dict[str, set[str]] = {taxonomy.CAVEAT: {"shape.py"}}
    for path in sorted(INSIGHT.glob("*.py")):
        for text in _of_module(path.read_text("utf-8")):
            found.setdefault(text, set()).add(path.name)
    for name in FAMILIES:
        for code in taxonomy.family(name).codes.values():
            found.setdefault(code.label, set()).add(f"{name}.toml")
    scheme = read_scheme(_SCHEME.read_text("utf-8"), place=_SCHEME.name)
    for text in (scheme.title, *(level.label for level in scheme.levels)):
        found.setdefault(text, set()).add(_SCHEME.name)
    return found


def _of_module(source: str) -> list[str]:
    return [text for _, _, text, _ in extract_python(BytesIO(source.encode()), ["_"], [], {}) if isinstance(text, str)]


def _of_template(source: str) -> list[str]:
    python = templatize(source)
    calls = re.finditer(
        r"gettext\((u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\"|'''.*?''')\)|_\((u?\"(?:[^\"\\]|\\.)*\"|u?'(?:[^'\\]|\\.)*')\)", python, re.DOTALL
    )
    return [ast.literal_eval(call[1] or call[2]) for call in calls]
