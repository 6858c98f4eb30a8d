"""The forms for what does not stand in columns of one row: roles, marks, checklist, evidence, which harm leads, the order of steps."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings

from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case, ContactStep, HarmCode, Item
from cairndesk.cases.rules.identification import WITH_UNIT
from cairndesk.directory.queries import authorities_for
from cairndesk.lib.text import clean
from cairndesk.lib.unknowns import Unknown
from cairndesk.review.forms.known import FactForm, OneCode, Sheet, SomeCodes, code_field, codes_of, field_of, role_field, words_field
from cairndesk.review.queries.known import step_words
from cairndesk.review.queries.names import accounts_to_be_clear_of, items_to_choose, people_to_choose, people_to_identify
from cairndesk.review.queries.state import About, State, first_incident
from cairndesk.review.rules.known import EVIDENCE_FACTS, HOLDER, IN_ORDER, MADE_WITH, MAKERS, PLACES, Kind

_MOST = 1000


class RoleForm(Sheet):
    """One more role of a person."""

    def ask(self) -> None:
        self.fields["role"] = role_field()


class MarksForm(Sheet):
    """Of several families, the codes that apply."""

    def ask(self) -> None:
        for family in self.asked.families:
            if family == IN_ORDER:
                self._ask_in_order()
            else:
                self.fields[family] = SomeCodes(family)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if IN_ORDER in self.asked.families:
            told = [data.get(f"{IN_ORDER}_{place}", "") for place in range(len(PLACES))]
            # More places than the form has were filled by other hands; they keep standing at the end.
            data[IN_ORDER] = list(dict.fromkeys(code for code in told if code)) + self._held()[len(PLACES) :]
        return data

    def _held(self) -> list[str]:
        return list(self.initial.get(IN_ORDER, ()))

    def _ask_in_order(self) -> None:
        codes = codes_of(IN_ORDER)
        choices = [("", "Nobody more"), *((code.code, code.label) for code in codes)]
        for place, question in enumerate(PLACES):
            held = dict(enumerate(self._held())).get(place, "")
            self.fields[f"{IN_ORDER}_{place}"] = OneCode(label=question, choices=choices, required=False, initial=held, codes=codes)


class ItemForm(MarksForm):
    """What an item is and what was done about it, and whose it is where it can be somebody's."""

    def ask(self) -> None:
        people = people_to_choose(self.case) if HOLDER in self.initial else {}
        if people:
            choices = [("", "Nobody's, or not known"), *people.items()]
            self.fields[HOLDER] = forms.ChoiceField(label="Whose is it?", choices=choices, required=False)
        if MADE_WITH in self.initial:
            for name, question in self.asked.columns.items():
                self.fields[name] = field_of(Item._meta.get_field(name), question)
            makers = [("", "Not known, or none of these"), *items_to_choose(self.case, MAKERS).items()]
            self.fields[MADE_WITH] = forms.ChoiceField(label="With which tool or model of this case?", choices=makers, required=False)
        super().ask()

    def clean(self) -> dict[str, Any]:
        """A question that was not sent is not answered."""
        data = super().clean()
        return data | {name: data[name] or Unknown.NOT_ASKED.value for name in self.asked.columns if name in data}


class ChecklistForm(Sheet):
    """Each line of the checklist: yes, no, or why that is not known."""

    def ask(self) -> None:
        for code in codes_of("corroboration"):
            self.fields[code.code] = code_field("yes_no", code.label)
            self.fields[code.code].help_text = code.definition

    def clean(self) -> dict[str, Any]:
        """A line that was not sent stays as it stands."""
        data = super().clean() or self.cleaned_data
        return {kind: answer or self.initial.get(kind, Unknown.NOT_ASKED) for kind, answer in data.items()}


class SensitiveForm(Sheet):
    """One of the attributes that the operator allows; what stands already is not shown."""

    def ask(self) -> None:
        allowed = [code for code in codes_of("sensitive") if code.code in settings.CAIRNDESK.desks.sensitive_attributes]
        self.fields["attribute"] = OneCode(
            codes=allowed, label="What is it about?", choices=[("", "Choose"), *((code.code, code.label) for code in allowed)]
        )
        self.fields["answer"] = code_field("sensitive_answer", "Answer")
        self.fields["words"] = words_field(self.asked.words)

    def clean_words(self) -> str:
        return clean(self.cleaned_data["words"])


class EvidenceForm(Sheet):
    """The facts that one kind of evidence (`of`) takes; at least one is needed."""

    def ask(self) -> None:
        self._names = taxonomy.family("evidence_kind").codes[self.of].fields
        for name in self._names:
            self.fields[f"f_{name}"] = forms.CharField(label=EVIDENCE_FACTS[name], max_length=_MOST, required=False)
            self.fields[f"f_{name}"].widget.attrs["dir"] = "auto"
        if items := items_to_choose(self.case):
            choices = [("", "None of these"), *items.items()]
            self.fields["item"] = forms.ChoiceField(label="Which item is it about?", choices=choices, required=False)
        self.fields["integrity_concern"] = code_field("integrity_concern", "Is there doubt whether it is what it seems?")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        data["told"] = {name: words for name in self._names if (words := clean(data.get(f"f_{name}", "")).strip())}
        if not self.errors and not data["told"]:
            raise forms.ValidationError("Nothing is written yet. One fact is enough.")
        return data


class IdentificationForm(FactForm):
    """Who is to be identified, how that stands, and which unit does the image work: one of the directory, or a name."""

    def ask(self) -> None:
        self.fields["person"] = forms.ChoiceField(label="Who is it about?", choices=list(people_to_identify(self.case).items()))
        super().ask()
        if accounts := accounts_to_be_clear_of(self.case):
            said = f"I know that this person told none of the {accounts} accounts here by somebody to whom it happened"
            help_text = "Fewer people are recorded who told. If one may be theirs, record no track: who they are is theirs to say."
            self.fields["told_none"] = forms.BooleanField(label=said, help_text=help_text, required=False)
        names = [one.name for one in authorities_for(self.case.organisation.country, organisation=self.case.organisation_id)]
        choices = [("", "None of these"), *((name, name) for name in dict.fromkeys(names))]
        self.fields["authority"] = forms.ChoiceField(label="Which authorised unit of the directory?", choices=choices, required=False)
        self.fields["other_unit"] = forms.CharField(label="Or another unit (its name, and no person's)", max_length=120, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        data["unit"] = clean(data.get("other_unit", "")).strip() or data.get("authority", "")
        if "told_none" in self.fields and not data.get("told_none"):
            self.add_error("told_none", "No track is recorded for somebody who may have told us themselves. Tick this only if you know it.")
        if data.get("status") == WITH_UNIT and not data["unit"]:
            self.add_error("authority", "Say which unit it is with.")
        return data


class ClueForm(FactForm):
    """One clue, in words, and from which item it is."""

    def ask(self) -> None:
        super().ask()
        self.fields["words"].required = True
        if items := items_to_choose(self.case):
            self.fields["item"] = forms.ChoiceField(label="From which item?", choices=[("", "From none of these"), *items.items()], required=False)


class LeadForm(Sheet):
    """Which harm of the case leads."""

    def ask(self) -> None:
        harms = HarmCode.objects.filter(incident=first_incident(self.case)).order_by("harm", "pk")
        choices = [(str(one.pk), taxonomy.label("harm", one.harm)) for one in harms]
        self.fields["harm"] = forms.ChoiceField(label="Which harm leads?", choices=choices, widget=forms.RadioSelect)


class OrderForm(Sheet):
    """The place of each step of the contact path."""

    def ask(self) -> None:
        self._steps = list(ContactStep.objects.filter(incident=first_incident(self.case)))
        places = [(str(place), str(place)) for place in range(1, len(self._steps) + 1)]
        for step in self._steps:
            self.fields[f"at_{step.pk}"] = forms.ChoiceField(label=step_words(step), choices=places)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        places: dict[str, UUID] = {data.get(f"at_{step.pk}", ""): step.pk for step in self._steps}
        if not self.errors and len(places) < len(self._steps):
            raise forms.ValidationError("Two steps have the same place. Give each step a place of its own.")
        data["order"] = [places[place] for place in sorted(places, key=lambda place: int(place or 0))]
        return data


_FORMS: dict[Kind, type[Sheet]] = {
    Kind.ROLE: RoleForm, Kind.SUPPORT: MarksForm, Kind.ITEM: ItemForm, Kind.MARKS: MarksForm, Kind.TOLD: MarksForm, Kind.CHECKLIST: ChecklistForm,
    Kind.SENSITIVE: SensitiveForm, Kind.EVIDENCE: EvidenceForm, Kind.LEAD: LeadForm, Kind.ORDER: OrderForm,
    Kind.IDENTIFICATION: IdentificationForm, Kind.CLUE: ClueForm,
}  # fmt: skip


def form_for(data: Any, *, kind: Kind, case: Case, about: About, state: State, of: str) -> Sheet:
    """The form of one kind, with what stands now."""
    return _FORMS.get(kind, FactForm)(data, kind=kind, case=case, about=about, state=state, of=of)
