"""The shape of what people enter about groups, campaigns and patterns."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from cairndesk.cases.models import Case, Grouping
from cairndesk.cases.rules.groupings import GONE, KINDS, STATES, WHY, Gone, Why
from cairndesk.lib.text import clean

_DAY = forms.DateInput(attrs={"type": "date"})


def _choices(words: Mapping[Any, str]) -> list[tuple[str, str]]:
    return [(code.value, said[:1].upper() + said[1:]) for code, said in words.items()]


def _kind() -> forms.ChoiceField:
    return forms.ChoiceField(label="What are they together?", choices=[(kind.value, name) for kind, (name, _) in KINDS.items()])


def _why(label: str = "Why do they belong together?") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=_choices(WHY), initial=Why.LINK.value)


class MakeForm(forms.Form):
    """A new record of these `cases`."""

    kind = _kind()
    why = _why()

    def __init__(self, data: Any = None, *, cases: Iterable[Case], prefix: str = "") -> None:
        super().__init__(data, auto_id=f"{prefix}_%s")
        held = [(str(one.pk), one.number) for one in cases]
        self.fields["cases"] = forms.MultipleChoiceField(
            label="Which cases?", choices=held, initial=[pk for pk, _ in held], widget=forms.CheckboxSelectMultiple
        )


class JoinForm(forms.Form):
    """Into which record a case is put."""

    why = _why("Why does it belong there?")

    def __init__(self, data: Any = None, *, groupings: Iterable[Grouping]) -> None:
        super().__init__(data, auto_id="join_%s")
        self.fields["grouping"] = forms.ChoiceField(
            label="Which record?", choices=[(str(one.pk), f"{one.name}, {one.kind_words.lower()}") for one in groupings]
        )
        self.order_fields(["grouping", "why"])


class ChangeForm(forms.Form):
    """What it is, how it stands, and when it was seen."""

    kind = _kind()
    state = forms.ChoiceField(label="How does it stand?", choices=_choices(STATES))
    first_seen = forms.DateField(label="First seen on", widget=_DAY, required=False)
    last_seen = forms.DateField(label="Last seen on", widget=_DAY, required=False)

    def clean(self) -> dict[str, Any]:
        """Days in their order."""
        data = super().clean() or self.cleaned_data
        first, last = data.get("first_seen"), data.get("last_seen")
        if first and last and last < first:
            raise forms.ValidationError("It was seen last before it was seen first. Put the two days in order.")
        return data


class AddForm(forms.Form):
    """One more case, by its number."""

    number = forms.CharField(label="Number of the case", max_length=16)
    why = _why("Why does it belong here?")


class OutForm(forms.Form):
    """Which case is taken out, and why; that a child is concerned is said by the case itself."""

    case = forms.ChoiceField(label="Which case?")
    gone = forms.ChoiceField(label="Why?", choices=_choices({code: words for code, words in GONE.items() if code is not Gone.CHILD}))

    def __init__(self, data: Any = None, *, cases: Iterable[Case]) -> None:
        super().__init__(data, auto_id="out_%s")
        self.fields["case"].choices = [(str(one.pk), one.number) for one in cases]  # type: ignore[attr-defined]


class WordsForm(forms.Form):
    """What people see in it."""

    words = forms.CharField(
        label="What is seen in all of these cases, without names (kept sealed)",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text="Say what was seen, and accuse nobody. It goes with the first of these cases that is erased; what stood there before goes now.",
    )

    def clean_words(self) -> str:
        """Without control characters, which could reorder or hide what stands beside them."""
        return clean(self.cleaned_data["words"])
