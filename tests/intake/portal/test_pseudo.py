"""Whatever a page says comes from the catalogue."""

import re
from html.parser import HTMLParser

import pytest
from tests.intake.portal.messages import messages
from tests.intake.portal.pseudo import CLOSE, OPEN, accented, pages_in_pseudo

_SPOKEN = {"title", "aria-label", "alt", "placeholder"}
_VOID = {"meta", "link", "input", "br", "img", "hr"}


class Untranslated(HTMLParser):
    """What stands on a page beside translated texts.

    Left out is what no translator could say otherwise: names, addresses, numbers, codes and words of the operator or of whoever tells, which
    are isolated (`bdi`, `dir=auto`) or marked as of another language; what stands in a field; style and script.
    """

    def __init__(self, page: str, language: str) -> None:
        super().__init__()
        self.language, self.left = language, list[str]()
        self._inside: list[bool] = []
        # What is isolated may stand in the midst of a translation, and goes first.
        self.feed(re.sub("<bdi[ >].*?</bdi>", "", page, flags=re.DOTALL))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        apart = tag in {"style", "script", "textarea"} or held.get("dir") == "auto" or held.get("lang") not in {None, self.language}
        if tag not in _VOID:
            self._inside.append(apart or (held.get("lang") is None and bool(self._inside) and self._inside[-1]))
        if not (apart or (self._inside and self._inside[-1])):
            self._look(*(text or "" for name, text in attrs if name in _SPOKEN))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not (self._inside and self._inside[-1]):
            self._look(data)

    def _look(self, *texts: str) -> None:
        self.left += [text.strip() for text in texts if re.search(r"[^\W\d_]", _without(text))]


def _without(text: str) -> str:
    """`text` without what is translated; a translation may be filled into another."""
    rest, count = re.subn(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", "", text)
    return _without(rest) if count else rest


def test_what_is_not_translated_is_seen() -> None:
    page = (
        '<html lang="en-XA"><p>⟦Öpéén⟧ <b>Open</b><i title="Close">⟦x⟧</i><bdi>Name</bdi><a lang="fr">Nom</a><br>⟦a⟧ and ⟦b⟧<br>⟦a ⟦b⟧ c⟧</p></html>'
    )
    assert Untranslated(page, "en-XA").left == ["Open", "Close", "⟦a⟧ and ⟦b⟧"]


def test_the_long_language_is_two_fifths_longer() -> None:
    assert sum(len(accented(text)) for text in messages()) > 1.35 * sum(map(len, messages()))


@pytest.mark.slow
@pytest.mark.req("INT-05")
@pytest.mark.parametrize("code", ["en-XA", "ar-XB"])
def test_every_word_of_every_page_comes_from_the_catalogue(code: str) -> None:
    pages = pages_in_pseudo()[code]
    assert len(pages) > 40
    # The empty page speaks no language.
    left = {name: Untranslated(page, code).left for name, page in pages.items() if name != "blank"}
    assert {name: texts for name, texts in left.items() if texts} == {}
