"""The shape of a priority that a person sets."""

from django import forms

from cairndesk.triage.rules.overriding import SHORTEST, WORDS, Why
from cairndesk.triage.rules.table import LEVELS, LONGEST_TEXT


class RulesForm(forms.Form):
    """A file of priority rules; what is wrong with it is said by the table itself, with the line."""

    text = forms.CharField(
        label="The rules",
        max_length=LONGEST_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 30, "spellcheck": "false", "class": "code", "dir": "ltr"}),
    )

    def clean_text(self) -> str:
        """With the line ends of a file; a browser sends others."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")


class PriorityForm(forms.Form):
    """A level, a kind of reason, and a sentence."""

    level = forms.TypedChoiceField(label="Priority", choices=[(level, f"{level}: {words}") for level, words in LEVELS.items()], coerce=int)
    why = forms.TypedChoiceField(label="Kind of reason", choices=[(why.value, words) for why, words in WORDS.items()], coerce=Why)
    words = forms.CharField(
        label="Why, in a sentence",
        min_length=SHORTEST,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say in a sentence why.", "min_length": "Say a little more, so that somebody can follow it later."},
    )
