"""From a posted form to the answers of one page: codes are checked, texts cleaned, and every unknown gets its kind."""

from django.http import QueryDict

from cairndesk.intake.rules import QUESTIONS, Answer, Answers, Form, Question, unknown
from cairndesk.lib.text import clean
from cairndesk.lib.unknowns import Unknown

DECLINED = "declined"
"""The value of an *I'd rather not say* beside other choices."""


def answers_from(form: QueryDict, questions: tuple[str, ...], *, is_declined: bool) -> Answers:
    """What `form` answers to each of `questions`; what was left blank is declined if the page was, and unknown otherwise."""
    blank = unknown(Unknown.DECLINED if is_declined else Unknown.UNKNOWN)
    return {name: _answer(form, QUESTIONS[name]) or blank for name in questions}


def is_blank(answers: Answers) -> bool:
    """Whether nothing at all was filled in or declined."""
    return all(answer == unknown(Unknown.UNKNOWN) for answer in answers.values())


def _answer(form: QueryDict, question: Question) -> Answer | None:
    given = form.getlist(question.name)
    if question.form is Form.TEXT:
        return clean(" ".join(given)).strip() or None
    if DECLINED in given:
        return unknown(Unknown.DECLINED)
    chosen = [choice for choice in question.choices if choice in given]
    if question.form is Form.MANY:
        return chosen or None
    return chosen[0] if chosen else None
