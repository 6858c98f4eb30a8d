"""Who gets which function in the team of a case."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from cairndesk.accounts.models import Person
from cairndesk.cases import taxonomy


class SeatForm(forms.Form):
    """One person and their function; the last day is for somebody of a partner."""

    person = forms.ModelChoiceField(label="Who", queryset=Person.objects.none())
    function = forms.ChoiceField(label="As what")
    until = forms.DateField(
        label="Until the end of",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="For somebody of another organisation, within a month. Ours stay until they are taken off.",
    )

    def __init__(self, data: Any = None, *, people: QuerySet[Person]) -> None:
        super().__init__(data)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        self.fields["person"].label_from_instance = lambda one: f"{one.name}, {one.organisation.name}"  # type: ignore[attr-defined]
        codes = taxonomy.family("team_function").codes.values()
        self.fields["function"].choices = [(one.code, one.label) for one in codes]  # type: ignore[attr-defined]
