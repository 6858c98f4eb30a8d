"""Shapes of what people type on the pages of this room."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.db.models import QuerySet

from cairndesk.accounts.fields import Line
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SENDERS, Role
from cairndesk.accounts.rules.sharing import DATA_WORDS, RECIPIENT_WORDS

ROLES = [(role.value, role.value.replace("_", " ")) for role in Role]
SOURCES = [(code, code.replace("_", " ")) for code in SENDERS]


class PasswordSignIn(forms.Form):
    """Name, password, code."""

    sign_in_name = Line(label="Sign-in name", max_length=80, widget=forms.TextInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(label="Password", max_length=256, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))
    code = forms.CharField(
        label="Code of your generator", max_length=10, widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    )


class NewPassword(forms.Form):
    """A password twice, and a first code that proves the generator."""

    password = forms.CharField(label="Password", max_length=256, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))
    again = forms.CharField(label="The same again", max_length=256, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))
    code = forms.CharField(label="Code that the generator shows now", max_length=10, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    secret = forms.CharField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        held = super().clean() or {}
        if held.get("password") != held.get("again"):
            self.add_error("again", "The two passwords differ.")
        return held


class NewPerson(forms.Form):
    """Somebody who joins."""

    name = Line(label="Name", max_length=120)
    sign_in_name = Line(label="Sign-in name", max_length=80, help_text="Shown only to that person and to administrators.")
    roles = forms.MultipleChoiceField(label="Roles", choices=ROLES, widget=forms.CheckboxSelectMultiple)
    credential_until = forms.DateField(
        label="Training in date until", required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text="Needed to screen and to review."
    )

    def clean_sign_in_name(self) -> str:
        name: str = self.cleaned_data["sign_in_name"]
        if Person.objects.filter(sign_in_name=name).exists():
            raise forms.ValidationError("This sign-in name is taken.")
        return name


class Roles(forms.Form):
    """The roles that a person shall have."""

    roles = forms.MultipleChoiceField(label="Roles", choices=ROLES, required=False, widget=forms.CheckboxSelectMultiple)


class Credential(forms.Form):
    """Until when a person's training holds."""

    until = forms.DateField(label="Training in date until", required=False, widget=forms.DateInput(attrs={"type": "date"}))


class NewOrganisation(forms.Form):
    """A further desk."""

    name = Line(label="Name", max_length=120)
    slug = forms.SlugField(label="Address", max_length=40, help_text="Its public site will be at /o/ and this word.")
    country = forms.RegexField(label="Country, two letters", regex=r"^[A-Za-z]{2}$", required=False)
    kind = forms.ChoiceField(label="It is", choices=Organisation.Kind.choices)


class KindOf(forms.Form):
    """What one of the desks is."""

    organisation = forms.ModelChoiceField(label="Organisation", queryset=Organisation.objects.order_by("-is_first", "name"))
    kind = forms.ChoiceField(label="It is", choices=Organisation.Kind.choices)


class MediaSwitch(forms.Form):
    """How the desk may handle media, and by what law."""

    mode = forms.ChoiceField(label="How media are handled", choices=Organisation.Media.choices)
    basis = Line(label="Law or permission that allows it", max_length=200, required=False)


class NewApiKey(forms.Form):
    """A machine that will hand over reports."""

    sender = Line(label="Sender", max_length=120)
    source = forms.ChoiceField(label="It is", choices=SOURCES)
    may_look_up = forms.BooleanField(
        label="It may look things up", required=False, help_text="In those lists whose owners allow that machines see them."
    )
    may_read_lists = forms.BooleanField(
        label="It may fetch lists",
        required=False,
        help_text="Whole lists, those whose owners allow that partners have them. A supervisor is asked to let it.",
    )


class EndOfRule(forms.Form):
    """Why a rule ends."""

    why = Line(max_length=300)


class SharingForm(forms.Form):
    """What may or may not be given to whom, from when, on which basis."""

    what = forms.ChoiceField(label="What", choices=[(code.value, said.capitalize()) for code, said in DATA_WORDS.items()])
    recipient = forms.ChoiceField(label="To", choices=[(code.value, said.capitalize()) for code, said in RECIPIENT_WORDS.items()])
    country = forms.RegexField(
        r"^[A-Za-z]{2}$",
        label="In which country: two letters",
        required=False,
        help_text="Empty: everywhere.",
        widget=forms.TextInput(attrs={"size": 4}),
    )
    is_allowed = forms.ChoiceField(label="Rule", choices=[("no", "May not be given"), ("yes", "May be given")], widget=forms.RadioSelect)
    basis = Line(label="On which basis: the law or the agreement, and who said so", max_length=300)
    valid_from = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    valid_until = forms.DateField(
        label="Before",
        required=False,
        help_text="The day on which it does not hold any more. Empty: until two people end it.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class Moment(forms.DateTimeField):
    """A time that is typed and kept in UTC, whatever the time zone of the machine."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **options)

    def clean(self, value: Any) -> Any:
        found: datetime | None = super().clean(value)
        return found and found.replace(tzinfo=UTC)


class DutyForm(forms.Form):
    """One turn of duty, and in how many weeks more it comes again."""

    person = forms.ModelChoiceField(label="Who is on duty?", queryset=Person.objects.none())
    begins = Moment(label="From (UTC)")
    ends = Moment(label="Until (UTC)")
    page_to = Line(
        label="Where does an alarm page them?",
        help_text="A mail address, or a web address (https) that takes a POST. Empty: on the screen alone.",
        max_length=200,
        required=False,
    )
    reads = forms.BooleanField(
        label="Reads reports during this turn",
        help_text="Only then may the public site say that somebody reads now. Leave it out for who is on call alone: they are paged all the same.",
        required=False,
    )
    weeks = forms.IntegerField(label="In how many weeks more, at the same hours?", min_value=0, max_value=26)

    def __init__(self, data: Any = None, *, people: QuerySet[Person], **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
