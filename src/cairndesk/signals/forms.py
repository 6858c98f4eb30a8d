"""The shape of what supervisors fill in about a list."""

from django import forms


class LimitForm(forms.Form):
    """How much of a list may change by itself: percent of its entries, and rows."""

    share = forms.IntegerField(min_value=0, max_value=1000)
    rows = forms.IntegerField(min_value=0, max_value=1_000_000_000)


class OwnListForm(forms.Form):
    """What the desk's own list allows, and until when it is good."""

    terms = forms.CharField(max_length=1000)
    expires_on = forms.DateField()


class AssessmentForm(forms.Form):
    """What a supervisor writes down of a technical tool."""

    purpose = forms.CharField(max_length=1000)
    lawful_basis = forms.CharField(max_length=1000)
    note = forms.CharField(max_length=4000, required=False)
    assessed_on = forms.DateField()
    due_on = forms.DateField()
