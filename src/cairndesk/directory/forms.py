"""The shape of an entry as an operator types it; several values stand one a line."""

from collections.abc import Mapping
from typing import Any

from django import forms

from cairndesk.directory.rules import EXPERTISE, AuthorityKind, Cost, Kind, Platform

MOST_RULES = 100_000


def _named(kinds: type[Kind] | type[Cost] | type[AuthorityKind] | type[Platform]) -> list[tuple[str, str]]:
    return [(one.value, one.value.replace("_", " ")) for one in kinds]


class Lines(forms.CharField):
    """Several short values, one a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "max_length": 2000} | options)

    def prepare_value(self, value: Any) -> Any:
        """A stored list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Lines as a list, without empty ones."""
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]


def _line(label: str, length: int = 160, *, required: bool = False) -> forms.CharField:
    return forms.CharField(label=label, max_length=length, required=required)


def _words(label: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class EntryForm(forms.Form):
    """What every entry says."""

    name = _line("Name", required=True)
    country = _line("Country (two letters; empty: everywhere)", 2)

    def clean_country(self) -> str:
        """Two capitals, however they were typed."""
        return str(self.cleaned_data["country"]).upper()


class OwnedForm(EntryForm):
    """An entry that may be for one organisation alone. An entry that all share stays shared: others may lead people to it."""

    is_own = forms.BooleanField(label="For our organisation alone: no other one on this desk is shown it", required=False, initial=True)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.initial and not self.initial.get("is_own"):
            del self.fields["is_own"]


class ServiceForm(OwnedForm):
    """Who helps a person."""

    kind = forms.ChoiceField(label="What it does", choices=_named(Kind))
    languages = Lines(label="Languages (tags such as en, pt-BR)")
    area = _line("Area", 120)
    hours = _line("Hours", 120)
    is_always_open = forms.BooleanField(label="Always open", required=False)
    cost = forms.ChoiceField(label="Cost of a call", choices=_named(Cost))
    phone = _line("Telephone", 40)
    text_number = _line("Text message", 40)
    chat = _line("Chat (web address)", 200)
    web = _line("Web address", 200)
    email = _line("Mail", 200)
    visit = _line("In person, or another way without a screen", 300)
    ages_from = forms.IntegerField(label="Serves from age", min_value=0, max_value=120, required=False)
    ages_to = forms.IntegerField(label="Serves to age", min_value=0, max_value=120, required=False)
    genders = Lines(label="Serves only (girls, boys, non_binary, or words of your own; empty: everyone)")
    disability_access = Lines(label="Access (sign_language, text, wheelchair, or words of your own)")
    expertise = forms.MultipleChoiceField(
        label="Dedicated to, or experienced with", choices=list(EXPERTISE.items()), required=False, widget=forms.CheckboxSelectMultiple
    )
    is_trauma_informed = forms.BooleanField(label="Works in a trauma-informed way", required=False)
    waiting_weeks = forms.IntegerField(label="Present wait, weeks", min_value=0, max_value=300, required=False)
    source = _line("Where this was learned", 300)
    note = _words("Note")


class AuthorityForm(OwnedForm):
    """Who may act by law."""

    kinds = forms.MultipleChoiceField(label="Competent as", choices=_named(AuthorityKind), widget=forms.CheckboxSelectMultiple)
    age_recipient = _line("Its age recipient (age1…)", 80)
    email = _line("Mail", 200)
    phone = _line("Telephone", 40)
    route = _words("How a package reaches it")
    legal_basis = _line("Legal basis or agreement", 300)
    source = _line("Where this was learned", 300)
    note = _words("Note")


class ProviderForm(EntryForm):
    """Who can remove and preserve."""

    domains = Lines(label="Host names it answers for")
    legal_entity = _line("Legal entity")
    platform_types = forms.MultipleChoiceField(
        label="Kinds of service", choices=_named(Platform), required=False, widget=forms.CheckboxSelectMultiple
    )
    notice_address = _line("Mail address for notices", 200)
    escalation_address = _line("Mail address for escalations", 200)
    records_address = _line("Mail address for requests about bookings and records (rental platforms)", 200)
    contact_route = _words("Other ways to reach it")
    formats = forms.MultipleChoiceField(
        label="Takes", choices=[("letter", "letter"), ("xarf", "XARF")], required=False, widget=forms.CheckboxSelectMultiple
    )
    answer_hours = forms.IntegerField(label="Answers within, hours", min_value=1, max_value=1000, initial=48)
    preserve_days = forms.IntegerField(label="Preserves for, days (0: not known)", min_value=0, max_value=3650, initial=0)
    authority_route = _words("How authorities reach it")
    protocol_notes = _words("What was agreed")
    flagger_status = _line("Our status as flagger there", 200)
    flagger_mandate = _line("Our mandate", 200)
    source = _line("Where this was learned", 300)
    note = _words("Note")


class CheckForm(forms.Form):
    """The day on which somebody reached the contact."""

    checked_on = forms.DateField(label="Reached on", widget=forms.DateInput(attrs={"type": "date"}))


class RulesForm(forms.Form):
    """A rule set as TOML, pasted or as a file."""

    text = forms.CharField(label="Paste it", max_length=MOST_RULES, required=False, widget=forms.Textarea(attrs={"rows": 20, "spellcheck": "false"}))
    file = forms.FileField(label="Or choose its file", required=False, allow_empty_file=True)

    def clean(self) -> dict[str, Any]:
        """`text` is the set, whichever way it came."""
        held = super().clean() or self.cleaned_data
        if (file := held.get("file")) is not None:
            held["text"] = self._read(file.read(MOST_RULES + 1))
        if not self.errors and not held.get("text", "").strip():
            self.add_error("text", "Paste a rule set or choose its file.")
        return held

    def _read(self, data: bytes) -> str:
        if len(data) > MOST_RULES:
            self.add_error("file", f"The file is larger than {MOST_RULES} bytes.")
            return ""
        try:
            return str(data, "utf-8")
        except UnicodeDecodeError:
            self.add_error("file", "The file is not text in UTF-8.")
            return ""


FORMS: Mapping[str, type[EntryForm]] = {"service": ServiceForm, "authority": AuthorityForm, "provider": ProviderForm}


def lines_of(kind: str, fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What an entry says, by the labels of its form; what it does not say is left out."""
    shown = [(str(field.label), _said(fields.get(name))) for name, field in FORMS[kind].base_fields.items() if name != "name"]
    return [(label, said) for label, said in shown if said]


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_said(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else ""
    if value in EXPERTISE:
        return EXPERTISE[value]
    known = value in {*Kind, *Cost, *AuthorityKind, *Platform} if isinstance(value, str) else False
    return "" if value is None else str(value).replace("_", " ") if known else str(value)
