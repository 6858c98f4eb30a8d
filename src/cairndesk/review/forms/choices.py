"""The shape of what is entered when a choice is set aside."""

from django import forms

from cairndesk.cases.rules.choices import FINDINGS, GROUNDS, LIMITS


class SetAsideForm(forms.Form):
    """Against which choice the desk acts, on which ground, and what exactly leaves none."""

    limit = forms.ChoiceField(choices=[(code.value, words) for code, words in LIMITS.items()], widget=forms.HiddenInput)
    ground = forms.ChoiceField(label="It cannot be otherwise, because", choices=[(c.value, w) for c, w in GROUNDS.items()], widget=forms.RadioSelect)
    why = forms.CharField(
        label="Which danger, or which law and which duty in it",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        error_messages={"required": "Say which danger, or which law."},
    )


class AsideFindingForm(forms.Form):
    """What another person found of a choice that was set aside."""

    finding = forms.ChoiceField(choices=[(code.value, words) for code, words in FINDINGS.items()])
