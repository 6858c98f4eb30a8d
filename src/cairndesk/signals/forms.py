"""The shape of what supervisors fill in about a list."""

from typing import Any

from django import forms

from cairndesk.signals.rules import SeenBy


class LimitForm(forms.Form):
    """How much of a list may change by itself: percent of its entries, and rows."""

    share = forms.IntegerField(min_value=0, max_value=1000)
    rows = forms.IntegerField(min_value=0, max_value=1_000_000_000)


class RenewForm(forms.Form):
    """Until when a list is good now."""

    expires_on = forms.DateField()


class OwnListForm(forms.Form):
    """What the desk's own list allows, until when it is good, and who beside staff is told."""

    terms = forms.CharField(max_length=1000)
    expires_on = forms.DateField()
    to_machines = forms.BooleanField(required=False)
    may_share = forms.BooleanField(required=False)

    def papers(self) -> dict[str, Any]:
        """The fields as `make_own_list` takes them."""
        told = {name: value for name, value in self.cleaned_data.items() if name != "to_machines"}
        return told | {"seen_by": SeenBy.MACHINES if self.cleaned_data["to_machines"] else SeenBy.STAFF}


class AssessmentForm(forms.Form):
    """What a supervisor writes down of a technical tool."""

    purpose = forms.CharField(max_length=1000)
    lawful_basis = forms.CharField(max_length=1000)
    note = forms.CharField(max_length=4000, required=False)
    assessed_on = forms.DateField()
    due_on = forms.DateField()
