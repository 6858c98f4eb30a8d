"""The shapes of a priority that a person sets, of rules that they write, and of what a queue is narrowed to."""

from datetime import date
from typing import cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from cairndesk.cases.taxonomy import family, label
from cairndesk.intake.portal.languages import all_languages
from cairndesk.triage.rules.overriding import SHORTEST, WORDS, Why
from cairndesk.triage.rules.queues import Holder, Narrowing
from cairndesk.triage.rules.shift import LONGEST
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


class ShiftNoteForm(forms.Form):
    """What the next shift has to know."""

    words = forms.CharField(
        label="What does the next shift have to know?",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Write what the next shift has to know, or leave no note."},
    )


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


def _sources() -> list[tuple[str, str]]:
    return [("", "anybody"), *((code, label("report_source", code)) for code in family("report_source").codes)]


def _languages() -> list[tuple[str, str]]:
    return [("", "any"), *((one.code, one.english) for one in all_languages())]


def _day(label: str) -> forms.DateField:
    """A day on which something can have come in; others are slips of the keyboard, and some no calendar holds the day after."""
    lies = "Choose a day between 2000 and 2100."
    bounds = [MinValueValidator(date(2000, 1, 1), lies), MaxValueValidator(date(2100, 12, 31), lies)]
    return forms.DateField(label=label, required=False, validators=bounds, widget=forms.DateInput(attrs={"type": "date"}))


class NarrowForm(forms.Form):
    """What a queue is narrowed to. It stands in the address, so a colleague who opens that sees the same."""

    level = forms.TypedMultipleChoiceField(
        label="Priority",
        choices=[(level, f"{level}: {words}") for level, words in LEVELS.items()],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    late = forms.BooleanField(label="Only where the next step is overdue", required=False)
    holder = forms.TypedChoiceField(
        label="Held by",
        choices=[("", "anybody or nobody"), (Holder.NOBODY, "nobody"), (Holder.ME, "me")],
        coerce=Holder,
        empty_value=None,
        required=False,
    )
    source = forms.ChoiceField(label="Told by", choices=_sources, required=False)
    language = forms.ChoiceField(label="Told in", choices=_languages, required=False)
    since = _day("Came on or after")
    until = _day("Came on or before")

    def clean_until(self) -> date | None:
        """A span that ends before it begins is a slip, not a wish for nothing."""
        since, until = self.cleaned_data.get("since"), cast("date | None", self.cleaned_data["until"])
        if since and until and until < since:
            raise forms.ValidationError("This day is before the first one.")
        return until

    def wanted(self) -> Narrowing:
        """What was asked for; the form has to be valid."""
        said = self.cleaned_data
        return Narrowing(tuple(said["level"]), said["late"], said["holder"], said["source"], said["language"], said["since"], said["until"])
