"""The shape of what an analyst enters: one choice a feature, harms, a severity level, words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict

from cairndesk.accounts.models import Person
from cairndesk.cases import taxonomy
from cairndesk.cases.taxonomy import Code
from cairndesk.lib.unknowns import Unknown
from cairndesk.review.errors import NotAsShown
from cairndesk.review.rules import FEATURES, Feature, Look
from cairndesk.review.rules.features import BY_NAME
from cairndesk.review.rules.grades import suggest
from cairndesk.review.rules.harms import GROUPS
from cairndesk.review.rules.looking import REASONS
from cairndesk.review.rules.mapping import Grade
from cairndesk.review.rules.severity import Scheme, Section

_UNKNOWNS = {
    Unknown.NOT_ASKED: "Not looked at",
    Unknown.UNKNOWN: "Not known",
    Unknown.NOT_APPLICABLE: "Does not apply",
}


def _choices(feature: Feature) -> list[tuple[str, str]]:
    codes = [(code.code, code.label) for code in taxonomy.family(feature.family).codes.values() if not code.until]
    return [*((unknown.value, words) for unknown, words in _UNKNOWNS.items()), *codes]


class LookForm(forms.Form):
    """Features, harms, severity, doubt and words. Definitions stand beside the choices (`guide`)."""

    harms = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    severity = forms.ChoiceField(widget=forms.RadioSelect)
    is_uncertain = forms.BooleanField(required=False)
    note = forms.CharField(
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say in a sentence why it is classified anew."},
    )

    def __init__(
        self, *args: Any, scheme: Scheme, used: Sequence[Scheme] = (), is_second: bool = False, is_anew: bool = False, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.scheme, self.used = scheme, used
        self.fields["note"].required = is_anew
        self.fields["severity"] = forms.ChoiceField(choices=[(level.code, level.label) for level in scheme.levels], required=not is_second)
        self.fields["harms"] = forms.MultipleChoiceField(choices=[(code.code, code.label) for code in _harms()], required=False)
        for feature in FEATURES:
            self.fields[f"f_{feature.name}"] = forms.ChoiceField(choices=_choices(feature), required=False)
        for graded in used:
            for section in graded.sections:
                levels = [(level.code, level.label) for level in graded.of(section)]
                one, many = [("", "No value"), *levels], forms.CheckboxSelectMultiple
                held = (
                    forms.MultipleChoiceField(choices=levels, required=False, widget=many)
                    if section.is_many
                    else forms.ChoiceField(choices=one, required=False)
                )
                self.fields[_graded(graded, section)] = held

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if any(name.startswith("g-") and name not in self.fields for name in self.data):
            self.add_error(None, "A scheme was changed since this page was drawn. Look at its values once more.")
        return data

    def look(self) -> Look:
        """What the form says; ask only after `is_valid`."""
        data = self.cleaned_data
        features = {feature.name: data[f"f_{feature.name}"] or Unknown.NOT_ASKED.value for feature in FEATURES}
        grades = tuple(grade for scheme in self.used if (grade := self._grade(scheme)).codes)
        return Look(features=features, harms=tuple(data["harms"]), severity=data["severity"], is_uncertain=data["is_uncertain"], grades=grades)

    def _grade(self, scheme: Scheme) -> Grade:
        chosen = [self.cleaned_data[_graded(scheme, section)] for section in scheme.sections]
        codes = tuple(code for held in chosen for code in ([held] if isinstance(held, str) else held) if code)
        return Grade(scheme.name, scheme.version, codes)


class ClassifyForm(LookForm):
    """What is seen, and of which files the hashes shall be published, in the same act."""

    publish = forms.MultipleChoiceField(label="Our own list", required=False)

    def __init__(self, *args: Any, files: Sequence[tuple[str, str]] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["publish"] = forms.MultipleChoiceField(label="Our own list", choices=files, required=False)

    def clean_publish(self) -> list[UUID]:
        return [UUID(pk) for pk in self.cleaned_data["publish"]]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("publish") and data.get("f_shows_abuse") != "yes":
            self.add_error("publish", "Only what shows the abuse or exploitation of a child goes there. Say so above, or choose no file.")
        return data


class SecondLookForm(LookForm):
    """Agree, or say what is seen differently. `first` is the classification that the page showed."""

    first = forms.UUIDField(label="What you looked at", error_messages=dict.fromkeys(("required", "invalid"), NotAsShown.remedy))
    answer = forms.ChoiceField(choices=[("agree", "I agree"), ("differ", "I see it differently")])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("answer") == "differ":
            if not data.get("severity"):
                self.add_error("severity", "Choose the level that you see.")
            if not str(data.get("note", "")).strip():
                self.add_error("note", "Say in a sentence what you see differently.")
        return data


class AdviceForm(forms.Form):
    """The answer to somebody who asked for advice only."""

    words = forms.CharField(
        label="Your answer, in plain words and without names",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}),
        error_messages={"required": "Write the answer first."},
    )


class DestroyForm(forms.Form):
    """Why an original is destroyed."""

    reason = forms.CharField(
        label="Why it is destroyed, in a sentence and without names",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        error_messages={"required": "Say why first."},
    )


class ReasonToLookForm(forms.Form):
    """Why somebody looks at an original, and where they chose to be asked twice, that they want to; none is chosen beforehand."""

    reason = forms.ChoiceField(
        label="Why you look",
        choices=[("", "Choose a reason"), *((code.value, words) for code, words in REASONS.items())],
        error_messages={"required": "Choose why first.", "invalid_choice": "Choose one of these reasons."},
    )
    sure = forms.BooleanField(label="Yes, I want to see it now", error_messages={"required": "You chose to be asked twice. Tick this, or leave it."})

    def __init__(self, *args: Any, asks_twice: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not asks_twice:
            del self.fields["sure"]


class MediaForm(forms.Form):
    """One file to hash. Its name is never read."""

    file = forms.FileField(label="File", error_messages={"empty": "The file is empty.", "required": "Choose a file."})


class InviteForm(forms.Form):
    """A named person of a partner organisation."""

    person = forms.ModelChoiceField(queryset=Person.objects.none(), empty_label=None)

    def __init__(self, *args: Any, people: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["person"] = forms.ModelChoiceField(queryset=people)


def fields_of(form: LookForm) -> dict[str, Any]:
    """What a page needs to show the form."""
    return {"form": form, "scheme": form.scheme, "groups": feature_groups(form), "harms": harm_choices(form), "schemes": grade_fields(form)}


def feature_groups(form: LookForm) -> list[tuple[str, list[dict[str, Any]]]]:
    """The features as the page shows them: by group, each with its choices and the definitions of its codes."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for feature in FEATURES:
        name = f"f_{feature.name}"
        codes = [code for code in taxonomy.family(feature.family).codes.values() if not code.until]
        groups.setdefault(feature.group, []).append({"name": name, "asks": feature.asks, "field": form[name], "codes": codes})
    return list(groups.items())


def grade_fields(form: LookForm) -> list[dict[str, Any]]:
    """The schemes beside the severity as the page shows them, each with its sections, and what the features in the form suggest in each."""
    said = {feature.name: str(form[f"f_{feature.name}"].value() or "") for feature in FEATURES}
    found = []
    for scheme in form.used:
        sections = []
        for section in (one for one in scheme.sections if scheme.of(one)):
            hint, field = suggest(scheme, section, said), form[_graded(scheme, section)]
            because = [taxonomy.label(BY_NAME[name].family, code) for name, code in hint.because] if hint else []
            sections.append({"section": section, "field": field, "levels": scheme.of(section), "hint": hint and hint.level, "because": because})
        found.append({"scheme": scheme, "sections": sections})
    return found


def grades_before(rows: Iterable[dict[str, Any]], used: Sequence[Scheme]) -> dict[str, Any]:
    """What the fields of the schemes begin with: the grades that were given before, where the same scheme is used still."""
    found: dict[str, Any] = {}
    for row in rows:
        for scheme in used:
            for section in scheme.sections if scheme.name == row["scheme"] else ():
                codes = [level.code for level in scheme.of(section) if level.code in row["codes"]]
                found[_graded(scheme, section)] = codes if section.is_many else next(iter(codes), "")
    return found


def typed(form: LookForm, data: QueryDict) -> dict[str, Any]:
    """What somebody typed so far, to begin the form anew with; nothing is checked and nothing is recorded."""
    many = forms.MultipleChoiceField
    return {name: data.getlist(name) if isinstance(field, many) else data.get(name, "") for name, field in form.fields.items()}


def _graded(scheme: Scheme, section: Section) -> str:
    # Parted by what no name may hold; and what was chosen from one version is never recorded under another.
    return f"g-{scheme.name}-{section.code}-{scheme.version}"


@dataclass(frozen=True)
class HarmGroup:
    """What stands under one heading: each harm with whether it is chosen, and how many are."""

    title: str
    choices: list[tuple[Code, bool]]
    chosen: int


def harm_choices(form: LookForm) -> list[HarmGroup]:
    """Every harm in force with its definition and whether it is chosen, in the groups in which a person looks for it."""
    chosen, known = form["harms"].value() or [], {code.code: code for code in _harms()}
    named = {title: [(known[one], one in chosen) for one in codes if one in known] for title, codes in GROUPS.items()}
    return [HarmGroup(title, choices, sum(is_chosen for _, is_chosen in choices)) for title, choices in named.items()]


def _harms() -> list[Code]:
    return [code for code in taxonomy.family("harm").codes.values() if not code.until]
