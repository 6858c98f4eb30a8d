"""The form for facts that stand in columns of their own, made from these columns and the codes that they take."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from django import forms
from django.db import models

from cairndesk.cases import taxonomy
from cairndesk.cases.models import (
    Case,
    CasePerson,
    Clue,
    CodeOrUnknown,
    ContactStep,
    CountryOrUnknown,
    Disclosure,
    Identification,
    Incident,
    Item,
    Payment,
    Place,
    Sighting,
    Threat,
)
from cairndesk.cases.rules.countries import COUNTRIES
from cairndesk.cases.taxonomy import Code
from cairndesk.lib.text import clean
from cairndesk.lib.unknowns import Unknown
from cairndesk.review.queries.names import items_to_choose
from cairndesk.review.queries.state import About, State
from cairndesk.review.rules.known import ASKED, IDENTITY_REASONS, WALLETS, Kind
from cairndesk.signals.engine.identifiers import HASH_DIGITS, Identifier, recognise
from cairndesk.signals.engine.identifiers import Kind as Read
from cairndesk.signals.errors import NotAnIdentifier

MODELS: dict[Kind, type[models.Model]] = {
    Kind.DANGER: Incident, Kind.PERSON: CasePerson, Kind.ITEMS: Item, Kind.SIGHTING: Sighting, Kind.STEP: ContactStep,
    Kind.THREAT: Threat, Kind.PAYMENT: Payment, Kind.DISCLOSURE: Disclosure, Kind.PLACE: Place,
    Kind.IDENTIFICATION: Identification, Kind.CLUE: Clue,
}  # fmt: skip
MOST_LINES = 200
Line = tuple[str, str, str, str]
_MOST_WORDS, _MOST_SERVICE = 4000, 60
_TEXT = {"rows": "3", "dir": "auto"}
_UNKNOWNS = [(str(unknown), taxonomy.label("yes_no", unknown)) for unknown in Unknown]


class OneCode(forms.ChoiceField):
    """One of several codes; `codes` are the definitions that stand beside the choices (TRG-22)."""

    def __init__(self, *, codes: Iterable[Code] = (), **options: Any) -> None:
        super().__init__(**options)
        self.codes = tuple(codes)


class SomeCodes(forms.MultipleChoiceField):
    """Any number of codes of one family; their definitions stand beside the boxes (TRG-22)."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, family: str, *, label: str = "") -> None:
        self.codes = codes_of(family)
        choices = [(code.code, code.label) for code in self.codes]
        super().__init__(label=label or taxonomy.family(family).title, choices=choices, required=False, help_text=taxonomy.family(family).about)


class Sheet(forms.Form):
    """What every form for what is known has in common: its kind, its case, what it is about, and what stands now."""

    def __init__(self, data: Any = None, *, kind: Kind, case: Case, about: About = None, state: State | None = None, of: str = "") -> None:
        super().__init__(data, initial=state)
        self.kind, self.asked, self.case, self.about, self.of = kind, ASKED[kind], case, about, of
        self.ask()

    def ask(self) -> None:
        """Add the questions."""

    def facts(self) -> dict[str, Any]:
        """The answers that stand in columns of their own; ask only after `is_valid`."""
        return {}


class FactForm(Sheet):
    """One fact of one kind."""

    def ask(self) -> None:
        """The questions of the columns, and around them what the kind needs beside."""
        columns = MODELS[self.kind]._meta
        if self.kind is Kind.PERSON and self.about is None:
            self.fields["role"] = role_field()
        if self.kind is Kind.SIGHTING:
            self.fields["item"] = forms.ChoiceField(label="Which item?", choices=list(items_to_choose(self.case).items()))
        if self.kind is Kind.ITEMS:
            kinds = [code for code in codes_of("item_kind") if code.code != "media"]
            choices = [("", "Read it from each line"), *((code.code, code.label) for code in kinds)]
            self.fields["as_kind"] = OneCode(label="What kind are they?", choices=choices, required=False, codes=kinds)
            self.fields["lines"] = forms.CharField(label="One in each line", max_length=40_000, widget=area(8))
        for name, question in self.asked.columns.items():
            self.fields[name] = field_of(columns.get_field(name), question)
        if self.kind is Kind.THREAT:
            self.fields["audiences"] = SomeCodes("threat_audience", label="Who is it to be shown to?")
        if self.kind is Kind.DISCLOSURE:
            self.fields["reference"] = forms.CharField(label="Its reference (kept sealed)", max_length=200)
        if self.kind in {Kind.PAYMENT, Kind.DISCLOSURE} and (wallets := items_to_choose(self.case, WALLETS)):
            choices = [("", "None of these"), *wallets.items()]
            self.fields["wallet"] = forms.ChoiceField(label="Through which wallet or payment account?", choices=choices, required=False)
        if self.asked.words:
            self.fields["words"] = words_field(self.asked.words)

    def facts(self) -> dict[str, Any]:
        """Times with their zone; what was left empty is left out."""
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
        if not self.errors and not said and self.kind is not Kind.DANGER and self.about is None:
            raise forms.ValidationError("Nothing is answered yet. Answer at least one question.")
        return data


def guides(form: forms.Form) -> list[tuple[str, tuple[Code, ...]]]:
    """The definitions of the choices, once for all questions with one answer that have the same ones (TRG-22)."""
    asked: dict[tuple[Code, ...], list[str]] = {}
    for field in form.fields.values():
        if isinstance(field, OneCode) and field.codes:
            asked.setdefault(field.codes, []).append(str(field.label))
    return [(" · ".join(questions), codes) for codes, questions in asked.items()]


class IdentityForm(forms.Form):
    """Who a person is; all of it is optional."""

    name = forms.CharField(label="Name or nickname", max_length=200, required=False)
    contact = forms.CharField(label="How to reach the person safely", max_length=500, required=False)
    word = forms.CharField(label="The word that the person wants for themselves, if it is one of their own", max_length=60, required=False)
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


def area(rows: int) -> forms.Textarea:
    """A box for words, in the direction of what is typed."""
    return forms.Textarea(attrs={"rows": rows, "dir": "auto"})


def words_field(question: str) -> forms.CharField:
    """A question that is answered in words."""
    return forms.CharField(label=question, max_length=_MOST_WORDS, required=False, widget=area(3))


def role_field() -> OneCode:
    """The role of a person."""
    codes = codes_of("person_role")
    return OneCode(label="Role in this case", choices=[("", "Choose"), *((code.code, code.label) for code in codes)], codes=codes)


def code_field(family: str, question: str, *, unknowns: bool = True) -> OneCode:
    """One code of `family`, or why there is none."""
    codes = [] if family == "yes_no" else codes_of(family)
    choices = [*(_UNKNOWNS if unknowns else []), *_codes(family)]
    return OneCode(label=question, choices=choices, required=not unknowns, codes=codes)


def codes_of(family: str) -> list[Code]:
    """The codes of `family` that may still be chosen."""
    return [code for code in taxonomy.family(family).codes.values() if not code.until]


def _codes(family: str) -> list[tuple[str, str]]:
    return [(code.code, taxonomy.label(family, code.code)) for code in codes_of(family)]


def field_of(column: Any, question: str) -> forms.Field:
    """How the answer to one question is given."""
    if isinstance(column, CodeOrUnknown):
        return code_field(column.family, question, unknowns=column.unknowns)
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
