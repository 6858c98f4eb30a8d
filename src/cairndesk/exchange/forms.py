"""Shapes of what people type on the pages of this room."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from cairndesk.accounts.fields import Line
from cairndesk.accounts.models import Organisation


class AgreementForm(forms.Form):
    """That cases may go between us and another organisation: with whom, on which basis, and when."""

    partner = forms.ModelChoiceField(Organisation.objects.none(), label="With whom", to_field_name="slug", empty_label=None)
    basis = Line(label="What it is written down in", max_length=300, help_text="The treaty, law or contract, and its day.")
    valid_from = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    valid_until = forms.DateField(label="Before", widget=forms.DateInput(attrs={"type": "date"}), help_text="The first day without it.")

    def __init__(self, *args: Any, partners: QuerySet[Organisation], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["partner"].queryset = partners  # type: ignore[attr-defined]


class EndOfAgreement(forms.Form):
    """Why it ends."""

    why = Line(max_length=300)
