"""The forms for facts that people record by hand, made from the columns that hold them and the codes that these take."""

from datetime import UTC
from typing import Any

from django import forms
from django.db import models

from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case, CasePerson, CodeOrUnknown, ContactStep, CountryOrUnknown, Incident, Item, Payment, Place, Sighting, Threat
from cairndesk.cases.queries import items as items_of
from cairndesk.cases.rules.countries import COUNTRIES
from cairndesk.lib.text import clean
from cairndesk.lib.unknowns import Unknown
from cairndesk.review.rules.known import ASKED, IDENTITY_REASONS, Kind
from cairndesk.signals.engine.identifiers import HASH_DIGITS, Identifier, recognise
from cairndesk.signals.engine.identifiers import Kind as Read
from cairndesk.signals.errors import NotAnIdentifier

MODELS: dict[Kind, type[models.Model]] = {
    Kind.DANGER: Incident, Kind.PERSON: CasePerson, Kind.ITEMS: Item, Kind.SIGHTING: Sighting, Kind.STEP: ContactStep,
    Kind.THREAT: Threat, Kind.PAYMENT: Payment, Kind.PLACE: Place,
}  # fmt: skip
MOST_LINES = 200
Line = tuple[str, str, str, str]
_MOST_WORDS, _MOST_SERVICE = 4000, 60
_TEXT = {"rows": "3", "dir": "auto"}
_UNKNOWNS = [(str(unknown), taxonomy.label("yes_no", unknown)) for unknown in Unknown]


class FactForm(forms.Form):
    """One fact of one kind. `codes(name)` are the definitions that stand beside a question."""

    def __init__(self, data: Any = None, *, kind: Kind, case: Case, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.kind, self.asked = kind, ASKED[kind]
        columns = MODELS[kind]._meta
        if kind is Kind.PERSON:
            self.fields["role"] = forms.ChoiceField(label="Role in this case", choices=_codes("person_role"))
        if kind is Kind.SIGHTING:
            items = [(str(item.pk), f"{taxonomy.label('item_kind', item.kind)} {place}") for place, item in enumerate(_shown(case), 1)]
            self.fields["item"] = forms.ChoiceField(label="Which item?", choices=items)
        if kind is Kind.ITEMS:
            kinds = [("", "Read it from each line"), *((code, words) for code, words in _codes("item_kind") if code != "media")]
            self.fields["as_kind"] = forms.ChoiceField(label="What kind are they?", choices=kinds, required=False)
            self.fields["lines"] = forms.CharField(label="One in each line", max_length=40_000, widget=_area(8))
        for name, question in self.asked.columns.items():
            self.fields[name] = _field(columns.get_field(name), question)
        if kind is Kind.THREAT:
            widget, choices = forms.CheckboxSelectMultiple, _codes("threat_audience")
            self.fields["audiences"] = forms.MultipleChoiceField(label="Who is it to be shown to?", choices=choices, required=False, widget=widget)
        if self.asked.words:
            self.fields["words"] = forms.CharField(label=self.asked.words, max_length=_MOST_WORDS, required=False, widget=_area(3))

    def facts(self) -> dict[str, Any]:
        """The answers to the questions of the kind, times with their zone; ask only after `is_valid`. What was left empty is left out."""
        told = {name: self.cleaned_data[name] for name in self.asked.columns}
        return {name: value for name, value in told.items() if value not in ("", None)}

    def clean_lines(self) -> list[Line]:
        """Kind, kind of hash, service and text of each reading of each line; a line that cannot be read is named, and nothing is lost."""
        # Each once, in the order in which they came.
        lines = list(dict.fromkeys(line.strip() for line in clean(self.cleaned_data["lines"]).splitlines() if line.strip()))
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(f"These are {len(lines)} lines. Please record at most {MOST_LINES} at a time.")
        if chosen := self.cleaned_data.get("as_kind"):
            return [(chosen, "", "", line) for line in lines]
        found: list[Line] = []
        wrong: list[str] = []
        for number, line in enumerate(lines, 1):
            try:
                # 64 digits alone may be either of two hashes: both are kept, so that neither is missed.
                found.extend(_line(read, line) for read in recognise(line))
            except NotAnIdentifier as why:
                wrong.append(f"Line {number} cannot be read: {why.detail or 'it has no known form'} Choose what kind it is, or record it apart.")
        if wrong:
            raise forms.ValidationError(wrong)
        return found

    def clean_words(self) -> str:
        """The words without control characters, which could reorder or hide what stands beside them."""
        return clean(self.cleaned_data["words"])

    def clean(self) -> dict[str, Any]:
        """A fact that says nothing is not recorded."""
        data = super().clean() or self.cleaned_data
        said = [value for value in data.values() if value and value not in list(Unknown)]
        if not self.errors and not said and self.kind is not Kind.DANGER:
            raise forms.ValidationError("Nothing is answered yet. Answer at least one question.")
        return data


def guides(form: FactForm) -> list[tuple[str, list[taxonomy.Code]]]:
    """The questions whose choices have definitions, with these (TRG-22)."""
    columns = MODELS[form.kind]._meta
    asked = [(question, columns.get_field(name)) for name, question in form.asked.columns.items()]
    coded = [(question, column.family) for question, column in asked if isinstance(column, CodeOrUnknown) and column.family != "yes_no"]
    coded += [("Role in this case", "person_role")] if form.kind is Kind.PERSON else []
    return [(question, [code for code in taxonomy.family(family).codes.values() if not code.until]) for question, family in coded]


class IdentityForm(forms.Form):
    """Who a person is; all of it is optional."""

    name = forms.CharField(label="Name or nickname", max_length=200, required=False)
    contact = forms.CharField(label="How to reach the person safely", max_length=500, required=False)
    more = forms.CharField(label="Anything else that says who it is", max_length=_MOST_WORDS, required=False, widget=forms.Textarea(_TEXT))

    def clean(self) -> dict[str, Any]:
        data = {name: clean(value) for name, value in (super().clean() or self.cleaned_data).items()}
        if not any(data.values()):
            raise forms.ValidationError("Nothing is written yet.")
        return data


class ReasonForm(forms.Form):
    """Why an identity is opened."""

    reason = forms.ChoiceField(label="Why it is opened", choices=list(IDENTITY_REASONS.items()))


def _line(read: Identifier, line: str) -> Line:
    if read.kind in HASH_DIGITS:
        return "media", read.kind.value, "", read.value
    if read.kind is Read.ACCOUNT:
        service, _, handle = read.value.partition("/")
        if len(service) > _MOST_SERVICE:
            raise NotAnIdentifier(f"The name of the service is longer than {_MOST_SERVICE} letters.")
        return "account", "", service, handle
    return "url" if read.kind is Read.URL_PREFIX else read.kind.value, "", "", line


def _shown(case: Case) -> list[Item]:
    return list(items_of(case).order_by("added_at", "pk"))


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "dir": "auto"})


def _codes(family: str) -> list[tuple[str, str]]:
    return [(code.code, code.label) for code in taxonomy.family(family).codes.values() if not code.until]


def _field(column: Any, question: str) -> forms.Field:
    """How the answer to one question is given."""
    if isinstance(column, CodeOrUnknown):
        return forms.ChoiceField(
            label=question, choices=[*(_UNKNOWNS if column.unknowns else []), *_codes(column.family)], required=not column.unknowns
        )
    if isinstance(column, CountryOrUnknown):
        return forms.ChoiceField(label=question, choices=[*_UNKNOWNS, *((two, two) for two in sorted(COUNTRIES))], required=False)
    if isinstance(column, models.BooleanField):
        return forms.BooleanField(label=question, required=False)
    if isinstance(column, models.DateTimeField):
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        return _Moment(label=f"{question} (UTC)", required=not column.null, widget=widget)
    return forms.SlugField(label=question, max_length=_MOST_SERVICE, required=False)


class _Moment(forms.DateTimeField):
    """A time that is typed and kept in UTC, whatever the time zone of the desk."""

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        return found and found.replace(tzinfo=UTC)
