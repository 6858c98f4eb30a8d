"""Puts the word of a case into a form, wherever the usual one stands in it."""

from collections.abc import Callable
from typing import TypeVar

from django import forms

from cairndesk.cases.rules.wording import Word, said, stands_in

_Form = TypeVar("_Form", bound=forms.BaseForm)
# The question after the word itself names every word.
_NAMES_THEM = {"preferred_term"}


def reworded(form: _Form, find: Callable[[], Word]) -> _Form:
    """The same form with the word that `find` gives in its labels, help and choices; it is asked for only where the usual one stands there."""
    asked = {name: field for name, field in form.fields.items() if name not in _NAMES_THEM}
    if not any(stands_in(text) for field in asked.values() for text in _texts(field)):
        return form
    word = find()
    for field in asked.values():
        field.label, field.help_text = said(str(field.label), word), said(str(field.help_text), word)
        if choices := getattr(field, "choices", None):
            field.choices = [(value, said(str(words), word)) for value, words in choices]  # type: ignore[attr-defined]
    return form


def _texts(field: forms.Field) -> list[str]:
    return [str(field.label), str(field.help_text), *(str(words) for _, words in getattr(field, "choices", []))]
