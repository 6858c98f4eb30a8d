"""The form for what a person has to do with an item."""

from typing import Any

from django import forms

from cairndesk.cases import taxonomy
from cairndesk.cases.taxonomy import Code

SHOWN = "shown"


class PartForm(forms.Form):
    """A person of the case, and whether they are shown in the item or did something with it."""

    person = forms.ChoiceField(label="Who")
    part = forms.ChoiceField(label="Is shown in it, or did this with it")

    def __init__(self, data: Any = None, *, people: dict[str, str]) -> None:
        super().__init__(data)
        parts = [(code.code, code.label) for code in image_roles()]
        self.fields["person"] = forms.ChoiceField(label="Who", choices=[("", "Choose"), *people.items()])
        self.fields["part"] = forms.ChoiceField(
            label="Is shown in it, or did this with it", choices=[("", "Choose"), (SHOWN, "Is shown in it, as its victim"), *parts]
        )


def image_roles() -> list[Code]:
    """What somebody can have done with an item, with its definition."""
    return [code for code in taxonomy.family("image_role").codes.values() if not code.until]
