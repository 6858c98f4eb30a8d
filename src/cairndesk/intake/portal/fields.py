"""The fields of a page as templates draw them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from cairndesk.intake.portal.icons import icon
from cairndesk.intake.portal.wording import Text, wording
from cairndesk.intake.rules import QUESTIONS, Account, Answer, Answers, Form, Path, unknown, unknown_of
from cairndesk.lib.unknowns import Unknown

_LONG = {"more", "link"}


@dataclass(frozen=True)
class Choice:
    """One answer in a list; `icon` is the address of a small picture beside it, or empty."""

    code: str
    label: Text
    is_chosen: bool
    icon: str = ""


@dataclass(frozen=True)
class Field:
    """One question of a page; `kind` is `checkbox`, `radio`, `long` or `short`."""

    name: str
    kind: str
    asked: Text
    hint: Text
    choices: tuple[Choice, ...]
    value: str
    is_declined: bool


def fields_of(names: Iterable[str], path: Path, answers: Answers) -> tuple[Field, ...]:
    """The questions `names` as asked on `path`, filled with what was answered before."""
    return tuple(field_of(name, path, answers.get(name)) for name in names)


def field_of(name: str, path: Path, answer: Answer | None) -> Field:
    """One question, filled with `answer`."""
    question, words = QUESTIONS[name], wording(name, path)
    chosen = {answer} if isinstance(answer, str) else set(answer) if unknown_of(answer) is None and isinstance(answer, list) else set()
    return Field(
        name=name,
        kind=_kind(name, question.form),
        asked=words.asked,
        hint=words.hint,
        choices=tuple(Choice(code, (words.choices or {})[code], code in chosen, icon(code)) for code in question.choices),
        value=answer if isinstance(answer, str) and question.form is Form.TEXT else "",
        is_declined=answer == unknown(Unknown.DECLINED),
    )


def told_lines(account: Account) -> list[tuple[Text, list[Text]]]:
    """Each question that was answered, as it was asked, with what was answered; own words first, and left as they are."""
    shown = [(QUESTIONS[name].form is not Form.TEXT, name, answer) for name, answer in account.answers.items() if name in QUESTIONS]
    lines = [(field_of(name, Path(account.path), answer), answer) for _, name, answer in sorted(shown, key=lambda one: one[0])]
    return [(field.asked, said) for field, answer in lines if (said := _said(field, answer))]


def _said(field: Field, answer: Answer) -> list[Text]:
    if field.value:
        return [field.value]
    return [_("I’d rather not say")] if field.is_declined else [choice.label for choice in field.choices if choice.is_chosen]


def _kind(name: str, form: Form) -> str:
    if form is Form.TEXT:
        return "long" if name in _LONG else "short"
    return "checkbox" if form is Form.MANY else "radio"
