"""Fields of forms that more than one room asks with."""

from typing import Any

from django import forms

from cairndesk.lib import text


class Line(forms.CharField):
    """One line of text without marks that could reorder what is shown."""

    def clean(self, value: Any) -> str:
        return text.clean(super().clean(value)).replace("\n", " ").strip()
