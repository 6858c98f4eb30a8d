"""The form for what a person has to do with an item."""

from typing import Any

from django import forms

from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case
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


def people_of(case: Case) -> dict[str, str]:
    """The people of `case` by their roles, in the order they were recorded; nobody is named by this."""
    found = {}
    for number, person in enumerate(case.people.prefetch_related("roles").order_by("added_at", "pk"), 1):
        roles = ", ".join(sorted(taxonomy.label("person_role", held.role) for held in person.roles.all()))
        found[str(person.pk)] = f"Person {number}: {roles or 'no role'}"
    return found
