"""The shape of what people enter about holds."""

from django import forms

from cairndesk.cases.rules.holding import WORDS

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
