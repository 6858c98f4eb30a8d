"""From the form of one kind to the acts of the spine that record it; what a form leaves as it stands is not recorded again."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cairndesk.cases import actions as cases
from cairndesk.cases.models import Case, CasePerson, HarmCode, Incident, Item
from cairndesk.lib.text import clean
from cairndesk.review import errors
from cairndesk.review.queries.state import first_incident
from cairndesk.review.rules.known import ASKED, HOLDER, IN_ORDER, MADE_WITH, MAKERS, Kind


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form said: `facts` are columns, `more` is the rest; `held` is what stands now and `who` is who records it, and when."""

    case: Case
    about: Any
    facts: Mapping[str, Any]
    more: Mapping[str, Any]
    held: Mapping[str, Any]
    who: dict[str, Any]

    @property
    def incident(self) -> Incident:
        """The incident to which facts recorded by hand belong; there is one from the first fact on."""
        return first_incident(self.case) or cases.describe_incident(case=self.case, facts={}, **self.who)

    def rest(self, name: str) -> dict[str, Any]:
        """The facts without the one that the act takes apart."""
        return {key: value for key, value in self.facts.items() if key != name}

    def changed(self, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
        """Those answers that differ from what stands now; of codes that are ticked the order says nothing."""
        for name in names:
            told, held = self.more[name], self.held.get(name)
            ticked = isinstance(told, list) and name != IN_ORDER
            if sorted(told) != sorted(held or ()) if ticked else told != held:
                yield name, told

    def item(self, name: str) -> Item | None:
        """The item that was chosen; None where none was. Raises NoSuchAccount for one of another case, or one that was taken back."""
        if not self.more.get(name):
            return None
        found = Item.objects.filter(case=self.case, pk=self.more[name]).first()
        if found is None:
            raise errors.NoSuchAccount
        return found


def write(kind: Kind, sent: Sent) -> None:
    """Afterwards what `sent` says is on record."""
    _WRITE[kind](sent)


def _danger(sent: Sent) -> None:
    # What was emptied is emptied: a meeting that is off has no time any more.
    facts = {"meeting_at": None, **sent.facts}
    held = first_incident(sent.case)
    if held is None:
        cases.describe_incident(case=sent.case, facts=facts, **sent.who)
    else:
        cases.amend_incident(incident=held, facts=facts, **sent.who)


def _person(sent: Sent) -> None:
    if sent.about is None:
        cases.add_person(case=sent.case, role=sent.more["role"], facts=sent.facts, **sent.who)
    else:
        cases.amend_person(person=sent.about, facts=sent.facts, **sent.who)


def _role(sent: Sent) -> None:
    cases.give_role(person=sent.about, role=sent.more["role"], **sent.who)


def _support(sent: Sent) -> None:
    for family, codes in sent.changed(sent.held):
        cases.record_support(person=sent.about, family=family, codes=codes, **sent.who)


def _sensitive(sent: Sent) -> None:
    more = sent.more
    cases.record_sensitive(person=sent.about, attribute=more["attribute"], answer=more["answer"], words=more["words"], **sent.who)


def _items(sent: Sent) -> None:
    for kind, hash_kind, service, text in sent.more["lines"]:
        told = {"service": service or sent.facts.get("service", ""), **({"hash_kind": hash_kind} if hash_kind else {})}
        told |= {name: sent.facts[name] for name in ("chain", "coin") if kind == "wallet" and name in sent.facts}
        cases.add_item(case=sent.case, kind=kind, identifier=text, facts=told, **sent.who)


def _item(sent: Sent) -> None:
    for name, told in sent.changed(name for name in sent.held if name in sent.more):
        if name == HOLDER:
            holder = CasePerson.objects.filter(case=sent.case, pk=told).first() if told else None
            cases.amend_item(item=sent.about, facts={HOLDER: holder}, **sent.who)
        elif name == MADE_WITH:
            tool = sent.case.items.filter(pk=told, kind__in=MAKERS).first() if told else None
            cases.amend_item(item=sent.about, facts={MADE_WITH: tool}, **sent.who)
        elif name in ASKED[Kind.ITEM].columns:
            cases.amend_item(item=sent.about, facts={name: told}, **sent.who)
        else:
            cases.mark_item(item=sent.about, family=name, codes=told, **sent.who)


def _sighting(sent: Sent) -> None:
    item = sent.item("item")
    if item is None:
        raise errors.NoSuchAccount
    cases.record_sighting(item=item, seen_at=sent.facts["seen_at"], where=sent.more["words"], facts=sent.rest("seen_at"), **sent.who)


def _step(sent: Sent) -> None:
    cases.add_contact_step(incident=sent.incident, step=sent.facts["step"], facts=sent.rest("step"), **sent.who)


def _order(sent: Sent) -> None:
    cases.order_contact_steps(incident=sent.incident, order=sent.more["order"], **sent.who)


def _threat(sent: Sent) -> None:
    more = sent.more
    cases.record_threat(incident=sent.incident, facts=sent.facts, audiences=more["audiences"], words=more["words"], **sent.who)


def _payment(sent: Sent) -> None:
    cases.record_payment(incident=sent.incident, facts=sent.facts, wallet=sent.item("wallet"), **sent.who)


def _disclosure(sent: Sent) -> None:
    reference, wallet = clean(sent.more["reference"]), sent.item("wallet")
    cases.record_disclosure(incident=sent.incident, reference=reference, facts=sent.facts, wallet=wallet, **sent.who)


def _place(sent: Sent) -> None:
    cases.record_place(incident=sent.incident, where=sent.more["words"], **sent.facts, **sent.who)


def _lead(sent: Sent) -> None:
    harm = HarmCode.objects.filter(incident=first_incident(sent.case), pk=sent.more["harm"]).first()
    if harm is None:
        raise errors.NoSuchAccount
    if not harm.is_lead:
        cases.set_lead_harm(harm=harm, **sent.who)


def _marks(sent: Sent) -> None:
    for family, codes in sent.changed(sent.held):
        cases.mark_incident(incident=sent.incident, family=family, codes=codes, **sent.who)


def _checklist(sent: Sent) -> None:
    for kind, answer in sent.changed(sent.held):
        cases.answer_corroboration(incident=sent.incident, kind=kind, answer=answer, **sent.who)


def _identification(sent: Sent) -> None:
    person = CasePerson.objects.filter(case=sent.case, pk=sent.more["person"]).first()
    if person is None:
        raise errors.NoSuchAccount
    cases.record_identification(
        person=person, status=sent.facts["status"], unit=clean(sent.more["unit"]), told_none=bool(sent.more.get("told_none")), **sent.who
    )


def _clue(sent: Sent) -> None:
    cases.record_clue(case=sent.case, kind=sent.facts["kind"], words=sent.more["words"], item=sent.item("item"), **sent.who)


def _evidence(sent: Sent) -> None:
    more = sent.more
    doubt = {"integrity_concern": more["integrity_concern"]}
    cases.add_evidence(incident=sent.incident, kind=more["of"], facts=more["told"], item=sent.item("item"), **doubt, **sent.who)


_WRITE: Mapping[Kind, Callable[[Sent], None]] = {
    Kind.DANGER: _danger, Kind.PERSON: _person, Kind.ROLE: _role, Kind.SUPPORT: _support, Kind.SENSITIVE: _sensitive,
    Kind.ITEMS: _items, Kind.ITEM: _item, Kind.SIGHTING: _sighting, Kind.STEP: _step, Kind.ORDER: _order, Kind.THREAT: _threat,
    Kind.PAYMENT: _payment, Kind.DISCLOSURE: _disclosure, Kind.PLACE: _place, Kind.LEAD: _lead, Kind.MARKS: _marks, Kind.TOLD: _marks,
    Kind.CHECKLIST: _checklist, Kind.EVIDENCE: _evidence, Kind.IDENTIFICATION: _identification, Kind.CLUE: _clue,
}  # fmt: skip
