"""From a posted form to the answers of one page: codes are checked, texts cleaned, and every unknown gets its kind."""

from django.http import QueryDict

from cairndesk.intake.rules import (
    NUMBER,
    QUESTIONS,
    Answer,
    Answers,
    Form,
    Question,
    is_number,
    odd_in,
    reported_links,
    unknown,
    without_media,
)
from cairndesk.lib.text import clean
from cairndesk.lib.unknowns import Unknown

DECLINED = "declined"
"""The value of an *I'd rather not say* beside other choices."""
# Fields that the portal filled in itself.
_OURS = frozenset({"s", "d"})


def answers_from(form: QueryDict, questions: tuple[str, ...], *, is_declined: bool) -> Answers:
    """What `form` answers to each of `questions`; what was left blank is declined if the page was, and unknown otherwise."""
    blank = unknown(Unknown.DECLINED if is_declined else Unknown.UNKNOWN)
    return {name: _answer(form, QUESTIONS[name]) or blank for name in questions}


def words_in(form: QueryDict, name: str) -> str:
    """What was typed into the field `name`, as it may be kept: text only, and nothing that is a picture."""
    return without_media(clean(" ".join(form.getlist(name))))


def odd_typed(form: QueryDict) -> tuple[str, ...]:
    """What in `form` its sender is told about: what `rules.odd_in` finds, and a phone number where a link was asked for."""
    found = odd_in(clean(text) for name in form if name not in _OURS for text in form.getlist(name))
    return (*found, NUMBER) if any(map(is_number, reported_links({"link": words_in(form, "link")}))) else found


def is_blank(answers: Answers) -> bool:
    """Whether nothing at all was filled in or declined."""
    return all(answer == unknown(Unknown.UNKNOWN) for answer in answers.values())


def _answer(form: QueryDict, question: Question) -> Answer | None:
    given = form.getlist(question.name)
    if question.form is Form.TEXT:
        return words_in(form, question.name).strip() or None
    if DECLINED in given:
        return unknown(Unknown.DECLINED)
    chosen = [choice for choice in question.choices if choice in given]
    if question.form is Form.MANY:
        return chosen or None
    return chosen[0] if chosen else None
