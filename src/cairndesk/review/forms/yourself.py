"""The shape of what somebody says about themselves: minutes looked elsewhere, and how they want to be shown anything."""

from dataclasses import asdict, replace
from typing import Any

from django import forms

from cairndesk.review.rules.exposure import MOST_MINUTES
from cairndesk.review.rules.looking import BLURS, LEAST_DAY, LEAST_STRETCH, SIDES, UNSAID, Comfort, strictest
from cairndesk.triage.rules.work import WORDS, Work

_MINUTES = {"day": LEAST_DAY, "stretch": LEAST_STRETCH}


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
    """How somebody wants to be shown anything; what `most`, which stands above them, lets nobody have is not offered, and refused with the bound."""

    side = forms.TypedChoiceField(label="Size of a small copy", coerce=int)
    blur = forms.TypedChoiceField(label="Blur of a small copy", coerce=int)
    day = forms.IntegerField(label="Minutes of pictures and videos in 24 hours", required=False)
    stretch = forms.IntegerField(label="Minutes of heavy things, after which a break is proposed", required=False)
    is_grey = forms.BooleanField(label="Without colour, a clear view too", required=False)
    asks_twice = forms.BooleanField(label="Ask me twice each time", required=False)
    no_video = forms.BooleanField(label="Show me no videos", required=False)
    no_clear = forms.BooleanField(label="Offer me no clear view", required=False)
    bound = "your organisation"

    def __init__(self, data: Any = None, *, most: Comfort, now: Comfort, is_viewed: bool) -> None:
        self._most = most
        unsaid = {name for name, value in asdict(now).items() if value == UNSAID}
        super().__init__(data, initial={name: value for name, value in asdict(strictest(now, most)).items() if name not in unsaid})
        sides = sorted({most.side, *(side for side in SIDES if side < most.side)}, reverse=True)
        blurs = sorted({most.blur, *(blur for blur in BLURS if blur > most.blur)})
        for name, sizes, word in (("side", sides, "most"), ("blur", blurs, "least")):
            refused = f"By the bound of {self.bound} it is {sizes[0]} pixels at {word}. Choose one of these."
            choices = [(size, f"{size} pixels") for size in sizes]
            self.fields[name] = forms.TypedChoiceField(
                label=self.fields[name].label, coerce=int, choices=choices, error_messages={"invalid_choice": refused}
            )
        for name, least in _MINUTES.items():
            largest = getattr(most, name)
            refused = f"By the bound of {self.bound} it is {largest} minutes at most, and {least} at least. Left empty it is {largest}."
            said = dict.fromkeys(("min_value", "max_value", "invalid"), refused)
            label = f"{self.fields[name].label}; left empty: {largest}"
            self.fields[name] = forms.IntegerField(label=label, required=False, min_value=least, max_value=largest, error_messages=said)
        # What is switched on for everybody is no choice of anybody, nor is how that is drawn which nobody sees; what they chose before stays.
        for name in list(self.fields):
            if name not in _MINUTES and (getattr(most, name) is True or not is_viewed):
                del self.fields[name]

    def wanted(self, before: Comfort) -> Comfort:
        """What was chosen, where they chose `before`; ask only after `is_valid`.

        What is not asked stays, but for what is laxer than the bound by now: nobody is refused for a number that they did not send.
        """
        said: dict[str, Any] = {name: UNSAID if value is None else value for name, value in self.cleaned_data.items()}
        bounded = replace(before, side=min(before.side, self._most.side), blur=max(before.blur, self._most.blur))
        return replace(bounded, **said)


class BoundsForm(ComfortForm):
    """How an organisation shows anything to anybody."""

    is_grey = forms.BooleanField(label="Everything without colour, a clear view too", required=False)
    asks_twice = forms.BooleanField(label="Everybody is asked twice each time", required=False)
    no_video = forms.BooleanField(label="No videos", required=False)
    no_clear = forms.BooleanField(label="No clear view", required=False)
    bound = "this installation"
