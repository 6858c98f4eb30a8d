"""The shape of what people enter about holds and about requests of data subjects."""

from typing import Any

from django import forms

from cairndesk.cases.rules.holding import WORDS
from cairndesk.retention.rules import AGAINST_WORDS, ASKED_WORDS, CHECKED_WORDS, DECISION_WORDS, REFUSAL_WORDS, TOLD_WORDS, WHO_WORDS, Against

_DAY = forms.DateInput(attrs={"type": "date"})
_WORDS = forms.Textarea(attrs={"rows": 3})


class HoldForm(forms.Form):
    """Why nothing may be destroyed, and when somebody looks at it again."""

    ground = forms.ChoiceField(label="Why?", widget=forms.RadioSelect, choices=[(one.value, words.capitalize()) for one, words in WORDS.items()])
    why = forms.CharField(label="In your words: who asked, under which number", max_length=2000, widget=_WORDS)
    review_on = forms.DateField(label="Look at it again on", widget=_DAY)


class ReviewForm(forms.Form):
    """When somebody looks at a hold again that stands."""

    review_on = forms.DateField(label="It stands; look at it again on", widget=_DAY)


class LiftForm(forms.Form):
    """Why a hold is not needed any more."""

    why = forms.CharField(label="Why is it not needed any more?", max_length=2000, widget=_WORDS)


def _radio(label: str, words: Any) -> forms.ChoiceField:
    choices = [(code.value, said.capitalize()) for code, said in words.items()]
    return forms.ChoiceField(label=label, widget=forms.RadioSelect, choices=choices)


class RequestForm(forms.Form):
    """What a person asked for who stands in the records."""

    asked = _radio("They ask", ASKED_WORDS)
    who = _radio("Who asks?", WHO_WORDS)
    words = forms.CharField(label="What do they ask, in their words?", max_length=4000, widget=_WORDS)
    received_on = forms.DateField(label="Asked on", widget=_DAY)
    number = forms.CharField(label="Number of the case, if it is known", max_length=16, required=False)
    against = forms.ChoiceField(
        label="If they object: to what?",
        required=False,
        choices=[("", "no objection"), *((code.value, AGAINST_WORDS[code].capitalize()) for code in (Against.VERDICT, Against.LISTED))],
    )
    thing = forms.CharField(label="If it is on our own list: the exact address or hash", max_length=4000, required=False)


class ObjectForm(forms.Form):
    """What a person says against how their request was decided."""

    words = forms.CharField(label="What do they say against it, in their words?", max_length=4000, widget=_WORDS)


class TellForm(forms.Form):
    """How a person was told what came of their request."""

    how = _radio("How were they told, with the reasons?", TOLD_WORDS)
    words = forms.CharField(label="Behind the six words: what they read", max_length=4000, required=False, widget=_WORDS)


class CheckForm(forms.Form):
    """How the desk knows who asks, and which person of the case they are."""

    checked = _radio("How do you know who asks?", CHECKED_WORDS)
    number = forms.CharField(label="Number of the case", max_length=16, required=False)
    person = forms.ChoiceField(label="Which person of the case they are", required=False)
    words = forms.CharField(
        required=False, max_length=200, label="The six words, as they read them out", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, people: Any = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["person"].choices = [("", "not known, or not written down"), *people]  # type: ignore[attr-defined]


class DecideForm(forms.Form):
    """What a supervisor decides, with reasons that can be told."""

    decision = _radio("Decision", DECISION_WORDS)
    refusals = forms.MultipleChoiceField(
        label="Why not, or not all of it",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(code.value, said.capitalize()) for code, said in REFUSAL_WORDS.items()],
    )
    why = forms.CharField(label="Why, in a sentence that can be told", max_length=2000, widget=_WORDS)
