"""The shape of what somebody says about themselves: minutes looked elsewhere, and how they want to be shown anything."""

from typing import Any

from django import forms

from cairndesk.review.rules.exposure import MOST_MINUTES
from cairndesk.review.rules.looking import BLURS, SIDES, Comfort
from cairndesk.triage.rules.work import WORDS, Work


class ElsewhereForm(forms.Form):
    """Minutes looked at in another system, until now."""

    minutes = forms.IntegerField(
        label="Minutes that you looked in another system, up to now",
        min_value=1,
        max_value=MOST_MINUTES,
        error_messages={"required": "Write how many minutes."},
    )


class WorkForm(forms.Form):
    """The kinds of work that somebody leaves out."""

    leave_out = forms.TypedMultipleChoiceField(
        label="Leave out",
        required=False,
        coerce=Work,
        choices=[(kind.value, words) for kind, words in WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
    )


class ComfortForm(forms.Form):
    """How somebody wants to be shown anything; what the desk does not let anybody have is not offered."""

    side = forms.TypedChoiceField(label="Size of a small copy", coerce=int)
    blur = forms.TypedChoiceField(label="Blur of a small copy", coerce=int)
    is_grey = forms.BooleanField(label="Without colour, a clear view too", required=False)
    asks_twice = forms.BooleanField(label="Ask me twice each time", required=False)
    no_video = forms.BooleanField(label="Show me no videos", required=False)
    no_clear = forms.BooleanField(label="Offer me no clear view", required=False)

    def __init__(self, *args: Any, desk: Comfort, **options: Any) -> None:
        super().__init__(*args, **options)
        sides = sorted({desk.side, *(side for side in SIDES if side < desk.side)}, reverse=True)
        blurs = sorted({desk.blur, *(blur for blur in BLURS if blur > desk.blur)})
        self.fields["side"] = forms.TypedChoiceField(label="Size of a small copy", coerce=int, choices=[(side, f"{side} pixels") for side in sides])
        self.fields["blur"] = forms.TypedChoiceField(label="Blur of a small copy", coerce=int, choices=[(blur, f"{blur} pixels") for blur in blurs])
        # Without colour is offered also where the desk draws every small copy so: a clear view follows what the person chose.
        if desk.no_clear:
            del self.fields["no_clear"]

    def wanted(self, desk: Comfort) -> Comfort:
        """What was chosen; ask only after `is_valid`."""
        return Comfort(**({"no_clear": desk.no_clear} | self.cleaned_data))
