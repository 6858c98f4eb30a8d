"""The shape of what is entered about access to cases."""

from django import forms

from cairndesk.cases.rules.glass import FINDINGS, REASONS


class GlassForm(forms.Form):
    """Why somebody takes emergency access."""

    reason = forms.ChoiceField(
        label="It cannot wait because", choices=[(code.value, words) for code, words in REASONS.items()], widget=forms.RadioSelect
    )
    why = forms.CharField(
        label="What happened, in a sentence and without names",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        error_messages={"required": "Say what happened first."},
    )


class FindingForm(forms.Form):
    """What another person found of an emergency access."""

    finding = forms.ChoiceField(choices=[(code.value, words) for code, words in FINDINGS.items()])
