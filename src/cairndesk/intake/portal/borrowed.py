"""Texts that another language lends to a language pack, drawn so that a reader, and whoever reads aloud to them, knows it."""

import re

from cairndesk.intake.portal.languages import Language, all_languages
from cairndesk.lib.catalogues import BORROWED

_TAG = re.compile(r"(<[^<>]*>)")
# Where a browser takes what stands between the tags as text alone.
_BARE = {"title", "option", "textarea", "style", "script"}
_OPENS, _CLOSES = BORROWED


def told_apart(page: str, language: Language) -> str:
    """The page with each lent text in an element of its language and direction; where no element can stand, it stands alone."""
    if _OPENS not in page:
        return page
    lender = next(one for one in all_languages() if one.code == language.falls_back)
    opens = f'<span lang="{lender.code}" dir="{"rtl" if lender.is_rtl else "ltr"}">'
    parts, bare = [], ""
    for part in _TAG.split(page):
        named = re.match(r"<(/?)([a-z]+)", part)
        if named and named[2] in _BARE:
            bare = "" if named[1] else named[2]
        as_is = bool(named) or bool(bare)
        parts.append(part.replace(_OPENS, "" if as_is else opens).replace(_CLOSES, "" if as_is else "</span>"))
    return "".join(parts)
