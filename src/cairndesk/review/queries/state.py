"""What stands now where a form replaces it: the answers that the form starts from, and that nobody may have changed meanwhile."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cairndesk.cases.models import Case, CasePerson, ContactStep, HarmCode, Incident, Item
from cairndesk.cases.queries import corroboration
from cairndesk.review.rules.known import ASKED, HOLDABLE, HOLDER, MADE_WITH, Kind
from cairndesk.triage.rules.stacks import CONTENT

About = CasePerson | Item | None
State = dict[str, Any]


def state_of(case: Case, kind: Kind, about: About) -> State:
    """The present answers by the names of the form's questions; empty for a form that only adds."""
    return _READ[kind](case, about) if kind in _READ else {}


def first_incident(case: Case) -> Incident | None:
    """The incident to which facts recorded by hand belong."""
    return case.incidents.order_by("described_at", "pk").first()


def marked(marks: Iterable[Any], families: Iterable[str]) -> State:
    """Family → the codes that are marked, in their order."""
    held = [one.mark.partition(".") for one in marks]
    return {family: [code for found, _, code in held if found == family] for family in families}


def _answers(row: Any, kind: Kind) -> State:
    return {name: getattr(row, name) for name in ASKED[kind].columns} if row else {}


def _danger(case: Case, about: About) -> State:
    return _answers(first_incident(case), Kind.DANGER)


def _person(case: Case, about: About) -> State:
    return _answers(about, Kind.PERSON)


def _support(case: Case, about: Any) -> State:
    return marked(about.support.order_by("mark"), ASKED[Kind.SUPPORT].families)


def _item(case: Case, about: Any) -> State:
    whose = {HOLDER: str(about.holder_id or "")} if about.kind in HOLDABLE else {}
    made = {**_answers(about, Kind.ITEM), MADE_WITH: str(about.made_with_id or "")} if about.kind in CONTENT else {}
    return marked(about.marks.order_by("mark"), ASKED[Kind.ITEM].families) | whose | made


def _incident_marks(kind: Kind) -> Callable[[Case, About], State]:
    def marks(case: Case, about: About) -> State:
        held = first_incident(case)
        return marked(held.marks.all() if held else (), ASKED[kind].families)

    return marks


def _checklist(case: Case, about: About) -> State:
    return corroboration(first_incident(case) or Incident(case=case))


def _lead(case: Case, about: About) -> State:
    return {"harm": str(HarmCode.objects.filter(incident=first_incident(case), is_lead=True).values_list("pk", flat=True).first() or "")}


def _order(case: Case, about: About) -> State:
    steps = ContactStep.objects.filter(incident=first_incident(case))
    return {f"at_{step.pk}": str(place) for place, step in enumerate(steps, 1)}


_READ: Mapping[Kind, Callable[[Case, Any], State]] = {
    Kind.DANGER: _danger, Kind.PERSON: _person, Kind.SUPPORT: _support, Kind.ITEM: _item,
    Kind.MARKS: _incident_marks(Kind.MARKS), Kind.TOLD: _incident_marks(Kind.TOLD), Kind.CHECKLIST: _checklist, Kind.LEAD: _lead, Kind.ORDER: _order,
}  # fmt: skip
