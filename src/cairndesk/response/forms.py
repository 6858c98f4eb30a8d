"""The shape of what people type and choose in this room."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django import forms

from cairndesk.accounts.fields import Line as OneLine
from cairndesk.accounts.models import Organisation
from cairndesk.cases.rules.erasing import WORDS as GROUNDS
from cairndesk.directory.checklists import Asked, Fact
from cairndesk.directory.checklists import Line as ChecklistLine
from cairndesk.exchange.formats import xarf
from cairndesk.intake.rules import OUTCOMES
from cairndesk.response import rules
from cairndesk.response.queries import Line
from cairndesk.response.rules import ANSWERS, AuthorityOutcome, Choice, ComplaintAnswer, NoticeKind, NoticeState, Told

Choices = list[tuple[str, str]]
_WORDS: Mapping[str, Any] = {"widget": forms.Textarea(attrs={"rows": 3}), "max_length": 4000}
_BRIEF: Mapping[str, Any] = {"widget": forms.Textarea(attrs={"rows": 2}), "max_length": 1000}
PRESERVATION: Choices = [
    (Choice.PROVIDER, "Ask the provider to preserve its records"),
    (Choice.AUTHORITY, "An authority preserves, or has preserved, the evidence"),
    (Choice.OWN_RECORD, "The desk's own record of address, time and digests is enough"),
    (Choice.NOT_POSSIBLE, "Nothing can be preserved"),
]
FINDINGS: Choices = [
    ("", "No machine-readable report"),
    *((one.value, f"csam: {one.value}") for one in xarf.Classification),
    *((one.value, f"csem: {one.value}") for one in xarf.Exploitation),
]
CHECKS: Choices = [("", "Choose"), ("yes", "Yes"), ("no", "No"), ("unknown", "Not known"), ("not_applicable", "Does not apply")]
NOTHING_ASKED: Mapping[str, Asked] = MappingProxyType({})
CHOOSERS: Choices = [("child", "the child"), ("survivor", "the victim/survivor"), ("carer", "a carer"), ("guardian", "a guardian")]
OBJECTORS: Choices = [("account_holder", "holder of the account"), ("provider", "provider"), ("reporter", "reporter"), ("other", "somebody else")]


class WordsForm(forms.Form):
    """One field of words that must not be empty."""

    words = forms.CharField(**_WORDS)


class CallBackForm(forms.Form):
    """What came of calling back one thing that went out."""

    what = forms.ChoiceField(choices=[(one.value, one.value) for one in rules.Sent], widget=forms.HiddenInput)
    thing = forms.UUIDField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(label="What came of it?", choices=[(code.value, words) for code, words in rules.CALLED_BACK.items()])
    words = forms.CharField(label="Who was asked, when, and what did they say?", **_WORDS)


class HoldForm(forms.Form):
    """That an authority asked to warn nobody yet; the authorities and the packages of the case are given."""

    authority = forms.ChoiceField(label="Which authority asks?")
    package = forms.ChoiceField(label="Upon which package of ours?", required=False)
    days = forms.IntegerField(
        label="For how many days?",
        min_value=1,
        max_value=rules.LONGEST_DAYS,
        initial=rules.USUAL_DAYS,
        help_text=f"Short, and renewed where it must be; {rules.LONGEST_DAYS} at most.",
    )
    words = forms.CharField(label="Who asked, how, and under which reference?", **_WORDS)

    def __init__(self, *args: Any, authorities: Choices, packages: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["authority"].choices = authorities  # type: ignore[attr-defined]
        self.fields["package"].choices = [("", "none: they asked in another way"), *packages]  # type: ignore[attr-defined]


class HoldEndForm(forms.Form):
    """What a supervisor does about a hold on notices, and why; the days only count for a renewal."""

    days = forms.IntegerField(label="For how many days more?", min_value=1, max_value=rules.LONGEST_DAYS, initial=rules.USUAL_DAYS)
    words = forms.CharField(label="Who was asked, and what did they say?", **_WORDS)


class ComplaintForm(forms.Form):
    """That a provider was told before and did not act; `provider` is the id of one of the providers given."""

    provider = forms.ChoiceField(label="Which provider?")
    told_on = forms.DateField(label="When was it told?", widget=forms.DateInput(attrs={"type": "date"}))
    answer = forms.ChoiceField(
        label="What did it answer?",
        choices=[(ComplaintAnswer.NONE, "Nothing"), (ComplaintAnswer.REFUSED, "That it will not act"), (ComplaintAnswer.PARTLY, "It acted in part")],
    )
    answered_on = forms.DateField(label="When did it answer?", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, providers: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].choices = list(providers)  # type: ignore[attr-defined]


class PreserveForm(forms.Form):
    """The preservation choice; `provider` is the id of one of the providers given."""

    choice = forms.ChoiceField(choices=PRESERVATION, widget=forms.RadioSelect, label="How is the evidence preserved?")
    provider = forms.ChoiceField(required=False, label="Which provider?")
    words = forms.CharField(label="Why this choice?", **_WORDS)

    def __init__(self, *args: Any, providers: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].choices = [("", "none"), *providers]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse to ask nobody."""
        given = super().clean() or {}
        if given.get("choice") == Choice.PROVIDER and not given.get("provider"):
            self.add_error("provider", "Choose the provider that is asked.")
        return given


class ErasureForm(forms.Form):
    """On which ground what was told is to be erased; the six words only where somebody reads them out."""

    ground = forms.ChoiceField(label="Why?", widget=forms.RadioSelect, choices=[(one.value, words.capitalize()) for one, words in GROUNDS.items()])
    words = forms.CharField(
        required=False, max_length=200, label="The six words, as the caller reads them out", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class DraftForm(forms.Form):
    """What every drafted notice says; which providers and addresses are chosen on the page."""

    kind = forms.ChoiceField(
        choices=[("", "what stands beside each of them"), *((k.value, k.value) for k in NoticeKind)], required=False, label="What is asked"
    )
    finding = forms.ChoiceField(choices=FINDINGS, required=False, label="Finding for the machine-readable report")
    legality = forms.CharField(label="On which ground may it not stay?", **_WORDS)
    expression_checked = forms.BooleanField(label="I asked myself whether this is lawful expression, and it is not")
    preserve = forms.CharField(label="What should be preserved?", required=False, max_length=500)


class PackageForm(forms.Form):
    """To whom packages go, one each, and on which ground."""

    authority = forms.MultipleChoiceField(
        label="Who gets a package? Each gets one of its own, with the least that it needs", widget=forms.CheckboxSelectMultiple
    )
    legal_basis = forms.CharField(label="Legal basis", max_length=300)
    purpose = forms.CharField(label="Purpose", max_length=300)
    names_people = forms.BooleanField(required=False, label="Put sealed identities into this package")

    def __init__(self, *args: Any, authorities: Iterable[tuple[str, str]] = (), asked: Mapping[str, Asked] = NOTHING_ASKED, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["authority"].choices = list(authorities)  # type: ignore[attr-defined]
        self._asked = asked
        for one in {asks.code: asks for asks in asked.values()}.values():
            for line in one.lines:
                label = f"{one.label}: {line.asks}"
                self.fields[f"check_{one.code}_{line.name}"] = forms.ChoiceField(choices=CHECKS, required=False, label=label)

    def clean(self) -> dict[str, Any]:
        """Every line of the checklists of the chosen places is answered; lines of other places may stay open."""
        given = super().clean() or {}
        for line, name in self._lines(given):
            if not given.get(name):
                self.add_error(name, f"Answer this for {line.name}; “not known” is an answer.")
        return given

    def checks(self) -> tuple[tuple[str, str], ...]:
        """Each question of those checklists with its answer, once the form is valid."""
        return tuple(dict.fromkeys((line.asks, self.cleaned_data[name]) for line, name in self._lines(self.cleaned_data)))

    def _lines(self, given: Mapping[str, Any]) -> list[tuple[ChecklistLine, str]]:
        asked = {one.code: one for key in given.get("authority", ()) if (one := self._asked.get(key))}
        return [(line, f"check_{code}_{line.name}") for code, one in asked.items() for line in one.lines]


class ReferralForm(forms.Form):
    """To whom somebody is referred, and why that is best for the child."""

    service = forms.ChoiceField(label="Service", widget=forms.RadioSelect)
    best_interests = forms.CharField(label="Why is this best for the child?", **_WORDS)

    def __init__(self, *args: Any, services: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service"].choices = list(services)  # type: ignore[attr-defined]


class ConsentForm(forms.Form):
    """What the person was told and chose."""

    limits_explained = forms.BooleanField(required=False, label="The limits of confidentiality were explained first")
    is_given = forms.TypedChoiceField(
        choices=[("yes", "Yes, wants this"), ("no", "No, does not want this")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        label="What did the person choose?",
    )
    by_whom = forms.ChoiceField(choices=CHOOSERS, label="Who chose?")
    words = forms.CharField(label="Age, maturity, and how it was explained", **_WORDS)


class OverrideForm(forms.Form):
    """Why danger goes before a choice, and whether the child was told."""

    words = forms.CharField(label="Which danger, and why can it not wait?", **_WORDS)
    best_interests = forms.CharField(label="Why is this best for the child?", **_WORDS)
    told = forms.ChoiceField(choices=[(Told.TOLD, "told"), (Told.LATER, "will be told later"), (Told.NOT_SAFE, "telling is not safe")])


class ServiceAnswerForm(forms.Form):
    """What the service answered."""

    is_accepted = forms.TypedChoiceField(
        choices=[("yes", "accepts"), ("no", "declines")], coerce=lambda value: value == "yes", widget=forms.RadioSelect, label="The service"
    )
    first_appointment_on = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}), label="First appointment")
    reference = forms.CharField(required=False, max_length=120, label="Its reference")
    words = forms.CharField(required=False, label="Feedback", **_WORDS)


class ProviderAnswerForm(forms.Form):
    """What the provider answered."""

    answer = forms.ChoiceField(choices=[(a.value, a.value) for a in sorted(ANSWERS - {NoticeState.REAPPEARED})], label="Answer")
    account_action = forms.ChoiceField(
        required=False,
        choices=[("", "not said"), *((a, a.replace("_", " ")) for a in ("removed", "suspended", "restricted", "warned", "no_action"))],
        label="What happened to the account",
    )


class ObjectionForm(forms.Form):
    """An objection to a notice."""

    from_whom = forms.ChoiceField(choices=OBJECTORS, label="Who objects?")
    words = forms.CharField(label="What they say", **_WORDS)


class OutcomeForm(forms.Form):
    """What an authority said; empty is a receipt, `accepted` that it takes the matter on."""

    outcome = forms.ChoiceField(
        required=False,
        choices=[("", "receipt only"), ("accepted", "accepted: it takes it on"), *((o.value, o.value.replace("_", " ")) for o in AuthorityOutcome)],
    )


class CloseForm(forms.Form):
    """Why a case is closed and what the reporter will read."""

    outcome = forms.ChoiceField(choices=[(code, code.replace("_", " ")) for code in OUTCOMES], label="What came of it")
    words = forms.CharField(label="Why is closing best for the child?", **_WORDS)

    def __init__(self, *args: Any, missing: Iterable[Line] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._missing = [line for line in missing if line.may_be_missing]
        for line in self._missing:
            self.fields[f"missing_{line.fact}"] = forms.CharField(label=f"Why is this missing: {line.asks.lower()}?", **_BRIEF)

    def reasons(self) -> dict[Fact, str]:
        """Why each fact is missing, once the form is valid."""
        return {line.fact: self.cleaned_data[f"missing_{line.fact}"] for line in self._missing}


class PartnerForm(forms.Form):
    """A desk of another installation, as the agreement with it says and as it gave its keys."""

    name = OneLine(label="What it is called", max_length=120)
    kind = forms.ChoiceField(label="What it is", choices=Organisation.Kind.choices)
    country = forms.RegexField(r"^[A-Z]{2}$", label="Its country", help_text="Two letters, as in ISO 3166.", max_length=2)
    address = OneLine(label="Where letters go", max_length=300, required=False, help_text="The address they gave, with https. Empty: as files alone.")
    seals_to = forms.RegexField(r"^[0-9a-f]{64}$", label="The key to seal to", help_text="64 hex digits.", max_length=64)
    signs_with = forms.RegexField(r"^[0-9a-f]{64}$", label="The key that it signs with", help_text="64 hex digits.", max_length=64)
    basis = OneLine(label="What the agreement is written down in", max_length=300, help_text="The treaty, law or contract, and its day.")
    valid_from = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    valid_until = forms.DateField(label="Before", widget=forms.DateInput(attrs={"type": "date"}), help_text="The first day without it.")
