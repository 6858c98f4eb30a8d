"""What a page behind the receipt holds and the desk has not: it goes along from page to page, as fields of the form, until it is sent."""

from dataclasses import dataclass, field

from django.http import QueryDict

from cairndesk.intake.portal.steps import DECLINED, answers_from, words_in
from cairndesk.intake.rules import CHOICES, Answer, Answers, unknown
from cairndesk.lib.unknowns import Unknown

PAGES = ("open", "told", "choices", "felt", "objection")
# A button that could not be obeyed leads to the page on which it stands.
_PAGE_OF = {"choose": "choices", "object": "objection"}


@dataclass(frozen=True)
class Draft:
    """`page` is one of PAGES; `ticked` are the choices that a page showed, also those that were left blank there.

    `stands` is the answer about messages that stands already; a page shows it, and only another one is said anew.
    """

    page: str = PAGES[0]
    text: str = ""
    link: str = ""
    ticked: Answers = field(default_factory=dict)
    stands: str = ""

    def hidden(self, *shown: str) -> list[tuple[str, str]]:
        """Name and value of whatever a page must hand on that has fields of its own for `shown`, or has just sent them."""
        held: Answers = {"text": self.text, "link": self.link, **self.ticked}
        return [(name, value) for name, answer in held.items() if answer and name not in shown for value in _values(answer)]


def draft_of(form: QueryDict) -> Draft:
    """What `form` holds, and which page it asks for."""
    stands = form.get("stands", "")
    # A list of which nothing is ticked stands in the form as an empty value.
    shown = tuple(name for name in CHOICES if name in form and not (name == "safe_contact" and form.get(name) == stands))
    ticked = answers_from(form, shown, is_declined=False)
    return Draft(_page_of(form), words_in(form, "text").strip(), words_in(form, "link").strip(), ticked, stands)


def _page_of(form: QueryDict) -> str:
    go = form.get("go", "").partition("-")[0]
    if go in {"", "words"}:
        # The form for the words stands between; it keeps what was asked for.
        go = form.get("then", "")
    if go == "write" and form.get("about") == "told":
        return "told"
    page = _PAGE_OF.get(go, go)
    return page if page in PAGES else PAGES[0]


def _values(answer: Answer) -> list[str]:
    """`answer` as a form holds it."""
    if isinstance(answer, dict):
        return [DECLINED if answer == unknown(Unknown.DECLINED) else ""]
    return answer if isinstance(answer, list) else [answer]
