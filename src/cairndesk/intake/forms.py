"""The call-taker's form: the questions of the portal, in the words of the desk."""

from typing import Any
from uuid import UUID

from django import forms

from cairndesk.accounts.models import ApiKey
from cairndesk.cases.actions import MandateTerms
from cairndesk.cases.rules.mandates import SEARCHERS
from cairndesk.intake.rules import QUESTIONS, Answers, Form, Path, unknown
from cairndesk.lib.text import clean
from cairndesk.lib.unknowns import Unknown

PATHS = {
    Path.CHILD: "A child or young person, about themselves",
    Path.FRIEND: "A friend of a child",
    Path.CARER: "A parent or carer",
    Path.PROFESSIONAL: "A professional",
    Path.SURVIVOR: "An adult, about their own childhood",
    Path.ADVICE: "Somebody who wants advice only",
}
CHANNELS = {"phone": "Phone", "walk_in": "In person"}
TITLES = {
    "danger": "Is somebody in danger?",
    "what": "What is happening?",
    "link": "Links, one on each line",
    "setting": "Where does it happen?",
    "service": "App, game or site",
    "handle": "Account name of the person of concern",
    "more": "What else did they say, in their own words?",
    "age": "How old is the child?",
    "safe_contact": "Is it safe to send messages?",
    "tell": "Whom do they ask us not to tell?",
    "wish": "What do they want us to do?",
    "again": "Do they want to be told if it shows up again?",
}
LABELS = {
    "happening_now": "It is happening now",
    "self_harm": "Thoughts of self-harm or suicide",
    "meeting_soon": "A meeting is planned",
    "can_reach": "The person of concern can still reach the child",
    "deadline": "There is a threat with a deadline",
    "not_now": "No danger at this moment",
    "asked_pictures": "Asked for pictures or videos",
    "threatens": "Threats",
    "shared_pictures": "Pictures were passed on",
    "fake_pictures": "Pictures were made or changed by a computer",
    "on_camera": "Something on a live camera",
    "touched": "Somebody touched the child, or made the child touch",
    "secrets": "Secrets, or private talk that feels wrong",
    "gifts": "Gifts, money or game credit",
    "sent_pictures": "Somebody sent unwanted pictures",
    "found": "Found something online",
    "no_action": "A service did not act on a report",
    "not_sure": "Not sure",
    "online": "Online",
    "in_person": "In person",
    "both": "Both",
    "under_10": "Under 10",
    "10_12": "10 to 12",
    "13_15": "13 to 15",
    "16_17": "16 or 17",
    "18_over": "18 or over",
    "yes": "Yes",
    "sometimes": "Sometimes",
    "no": "No",
    "no_family": "Their family",
    "no_school": "Their school",
    "no_police": "The police",
    "all": "All that we can",
    "help_only": "Only find help; write to no site",
    "removal_only": "Only have it taken down; tell no helper about them",
}
# Whoever found it can say this much of it.
_OF_A_FIND = ("link", "what", "danger", "service", "handle", "more")
_NOT_ASKED = ("", "Not asked")
_UNKNOWNS = [(Unknown.DECLINED.value, "Would rather not say"), (Unknown.UNKNOWN.value, "Does not know")]


class CallForm(forms.Form):
    """What a caller said. Every question may stay not asked, declined or unknown, and the three are kept apart."""

    path = forms.ChoiceField(label="Who is telling?", choices=[(p.value, label) for p, label in PATHS.items()], widget=forms.RadioSelect)
    channel = forms.ChoiceField(label="How?", choices=list(CHANNELS.items()), widget=forms.RadioSelect, initial="phone")
    once = forms.UUIDField(widget=forms.HiddenInput, required=False)
    language = forms.CharField(label="Language of the talk", initial="en", max_length=12)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, question in QUESTIONS.items():
            self.fields[name] = _field(name, question.form, question.choices)

    def told(self) -> Answers:
        """The answers in the shape of the portal's; a question that was left alone is not among them."""
        return _told(self.cleaned_data)


class FindForm(forms.Form):
    """What somebody of the desk found by searching: nobody told it, so nothing is asked about a caller."""

    once = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in _OF_A_FIND:
            self.fields[name] = _field(name, QUESTIONS[name].form, QUESTIONS[name].choices)
        self.fields["more"].label = "What is it, in a few plain words?"

    def told(self) -> Answers:
        """As of a call."""
        return _told(self.cleaned_data)


class MandateForm(forms.Form):
    """By which law people search, and from when until when."""

    whose = forms.ChoiceField(label="Whose it is", required=False)
    reference = forms.CharField(label="By which law or order", max_length=200)
    source = forms.CharField(label="Where it can be read", max_length=300, help_text="The law gazette, or the file in which the order lies.")
    valid_from = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    valid_until = forms.DateField(
        label="Before", widget=forms.DateInput(attrs={"type": "date"}), help_text="The day on which it does not hold any more."
    )

    def __init__(self, data: Any = None, *, organisation: UUID) -> None:
        super().__init__(data)
        keys = ApiKey.objects.filter(organisation=organisation, source__in=SEARCHERS, revoked_at=None).order_by("sender", "pk")
        self._whose = {"": "our own people"} | {str(key.pk): key.sender for key in keys}
        self.fields["whose"].choices = list(self._whose.items())  # type: ignore[attr-defined]

    @property
    def whose_words(self) -> str:
        """Whose it is, for a reader."""
        return self._whose[self.cleaned_data["whose"]]

    def terms(self) -> MandateTerms:
        """What was filled in."""
        said = {name: self.cleaned_data[name] for name in ("reference", "source", "valid_from", "valid_until")}
        return MandateTerms(**said, sender=UUID(whose) if (whose := self.cleaned_data["whose"]) else None)


def _told(cleaned: dict[str, Any]) -> Answers:
    return {name: _answer(cleaned[name]) for name in QUESTIONS if cleaned.get(name)}


def _field(name: str, form: Form, choices: tuple[str, ...]) -> forms.Field:
    labels = [(code, LABELS[code]) for code in choices]
    if form is Form.MANY:
        return forms.MultipleChoiceField(label=TITLES[name], choices=[*labels, *_UNKNOWNS], required=False, widget=forms.CheckboxSelectMultiple)
    if form is Form.ONE:
        return forms.ChoiceField(label=TITLES[name], choices=[_NOT_ASKED, *labels, *_UNKNOWNS], required=False)
    rows = 2 if name in {"link", "handle", "service"} else 8
    return forms.CharField(label=TITLES[name], required=False, max_length=20000, widget=forms.Textarea(attrs={"rows": rows}))


def _answer(value: str | list[str]) -> Any:
    """A code of the unknowns beside real answers gives way to them: what was said outweighs what was not."""
    if isinstance(value, str):
        return unknown(Unknown(value)) if value in set(Unknown) else clean(value).strip()
    said = [code for code in value if code not in set(Unknown)]
    return said or unknown(Unknown(value[0]))
