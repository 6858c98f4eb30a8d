"""The shapes of a training: an answer to an invented case, until when a sign-off holds, and the file of a set."""

from datetime import date, timedelta
from typing import Any

from django import forms

from cairndesk.cases import taxonomy
from cairndesk.review.rules.calibration import FIRST, LONGEST_TEXT, QUESTIONS, Answer
from cairndesk.review.rules.harms import GROUPS
from cairndesk.triage.rules.table import LEVELS

_YEAR = timedelta(days=365)


def _harms() -> list[Any]:
    known = {code.code: code.label for code in taxonomy.family("harm").codes.values() if not code.until}
    groups = [(title, [(code, known[code]) for code in codes if code in known]) for title, codes in GROUPS.items()]
    return [("", "Choose"), *groups]


class AnswerForm(forms.Form):
    """How urgent, which harm, what first: nothing is chosen beforehand."""

    level = forms.TypedChoiceField(
        label=QUESTIONS["level"],
        choices=[("", "Choose"), *((level, f"{level}: {words}") for level, words in LEVELS.items())],
        coerce=int,
        error_messages={"required": "Choose how urgent it is."},
    )
    harm = forms.ChoiceField(label=QUESTIONS["harm"], choices=_harms, error_messages={"required": "Choose a harm."})
    first = forms.ChoiceField(
        label=QUESTIONS["first"], choices=[("", "Choose"), *FIRST.items()], error_messages={"required": "Choose what comes first."}
    )

    def answer(self) -> Answer:
        """What was chosen; ask only after `is_valid`."""
        return Answer(self.cleaned_data["level"], self.cleaned_data["harm"], self.cleaned_data["first"])


class SignOffForm(forms.Form):
    """Through which day the training holds."""

    until = forms.DateField(label="Their training is in date until", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, today: date, longest: timedelta, present: date | None, **options: Any) -> None:
        """Begins with a year from `today`, or with the `present` day where that is later, so that nobody shortens it unawares."""
        self._first, self._last = today + timedelta(days=1), today + longest
        super().__init__(*args, **options)
        self.fields["until"].initial = min(max(present or today, today + _YEAR), self._last)
        if present is not None:
            self.fields["until"].help_text = f"On record until now: {present:%Y-%m-%d}."

    def clean_until(self) -> date:
        """A day after today that lies near enough."""
        until: date = self.cleaned_data["until"]
        if not self._first <= until <= self._last:
            raise forms.ValidationError(f"Choose a day from {self._first:%Y-%m-%d} to {self._last:%Y-%m-%d}.")
        return until


class SetForm(forms.Form):
    """A file of invented cases; what is wrong with it is said by the set itself, with the line."""

    text = forms.CharField(
        label="The invented cases",
        max_length=LONGEST_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 30, "spellcheck": "false", "class": "code", "dir": "ltr"}),
    )

    def clean_text(self) -> str:
        """With the line ends of a file; a browser sends others."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")
