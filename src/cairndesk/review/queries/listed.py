"""The page of what is known: groups of lines, each with who recorded it and when, what was taken back and what stood there before."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from cairndesk.cases import taxonomy
from cairndesk.cases.models import CasePerson, ContactStep, Disclosure, Earlier, Evidence, Identification, Incident, Item
from cairndesk.cases.queries import Known
from cairndesk.cases.rules.identification import RUNNING, is_clear_of, is_who_told
from cairndesk.lib.unknowns import Unknown
from cairndesk.review.queries.known import answers_of, checklist_words, fact_words, joined, line_of, marks_words, step_words, threat_words
from cairndesk.review.queries.names import item_names, may_be_identified, person_names, standing_roles
from cairndesk.review.queries.state import marked
from cairndesk.review.queries.wording import role_words, usual_in
from cairndesk.review.rules.known import ASKED, OF_IDENTIFICATION, Kind
from cairndesk.triage.queries import names_of


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who did it and when; empty where that was not kept yet."""

    who: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """What stood in the same place until somebody changed it."""

    words: str
    stamp: Stamp
    until: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its words and what belongs to it, who recorded it, and what stood there before.

    `is_fact` says that it can be taken back, `is_sealed` that sealed words belong to it.
    """

    pk: UUID
    words: str
    stamp: Stamp
    taken_back: Stamp | None = None
    is_fact: bool = False
    is_sealed: bool = False
    more: tuple[str, ...] = ()
    before: tuple[Before, ...] = ()
    roles: tuple[tuple[str, str], ...] = ()
    has_identity: bool = False
    sensitive: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """The facts of one kind; `can_add` says whether more of it can be recorded by hand now."""

    kind: Kind
    title: str
    again: str
    lines: tuple[Line, ...]
    can_add: bool = True


class Page:
    """Turns what was recorded into lines. Support, and how identifying somebody stands, are told to the own organisation only (`at_home`)."""

    def __init__(self, found: Known, *, at_home: bool) -> None:
        self.found, self.at_home = found, at_home
        self.usual = usual_in(found.people)
        self.people, self.items = person_names(found.people, usual=self.usual), item_names(found.items)
        self.names = names_of(_everybody(found))
        self.free = {one.pk for one in may_be_identified(found.people, is_self_told=found.self_told > 0)}
        # Oldest first, so that of each person the newest stays.
        newest = {one.person_id: one for one in found.identifications if one.taken_back_at is None}
        self.tracks = {person: one for person, one in newest.items() if self._counts(one)}
        self.hashes = Counter(one.same_file_as_id for one in found.items)

    def groups(self) -> list[Group]:
        """Every kind, in the order in which a case is understood; also those of which nothing was recorded yet."""
        found = self.found
        standing = any(item.taken_back_at is None for item in found.items)
        rows: dict[Kind, list[Line]] = {
            Kind.DANGER: [line for one in found.incidents if (line := self._danger(one))],
            Kind.PERSON: [self._person(one) for one in found.people],
            Kind.ITEMS: [self._item(one) for one in found.items if one.same_file_as_id is None],
            Kind.STEP: [self._fact(one, f"{self._place(one)}{step_words(one)}") for one in found.contact_steps],
            Kind.THREAT: [self._fact(one, threat_words(one)) for one in found.threats],
            Kind.PAYMENT: [self._fact(one, joined(fact_words(one, Kind.PAYMENT), self.items.get(str(one.wallet_id)))) for one in found.payments],
            Kind.DISCLOSURE: [self._fact(one, self._disclosure(one)) for one in found.disclosures],
            Kind.PLACE: [self._fact(one, fact_words(one, Kind.PLACE)) for one in found.places],
            Kind.SIGHTING: [self._fact(one, f"{self.items.get(str(one.item_id), '')}: {fact_words(one, Kind.SIGHTING)}") for one in found.sightings],
            Kind.IDENTIFICATION: [self._identification(one) for one in found.identifications],
            Kind.CLUE: [self._fact(one, joined(taxonomy.label("clue_kind", one.kind), self.items.get(str(one.item_id)))) for one in found.clues],
            Kind.LEAD: [Line(one.pk, _harm(one.harm, is_lead=one.is_lead), self._stamp(one)) for one in found.harms],
            Kind.MARKS: [line for one in found.incidents for line in self._marks(one, Kind.MARKS)],
            Kind.TOLD: [line for one in found.incidents for line in self._marks(one, Kind.TOLD)],
            Kind.CHECKLIST: [line for one in found.incidents for line in self._checklist(one)],
            Kind.EVIDENCE: [self._fact(one, self._evidence(one)) for one in found.evidence],
        }
        can_add = {Kind.SIGHTING: standing, Kind.LEAD: len(found.harms) > 1}
        can_add |= {Kind.IDENTIFICATION: bool(self.free), Kind.CLUE: any(one.status in RUNNING for one in self.tracks.values())}
        told = [(kind, lines) for kind, lines in rows.items() if self.at_home or kind not in OF_IDENTIFICATION]
        return [_group(kind, lines, can_add=can_add.get(kind, True)) for kind, lines in told]

    @cached_property
    def told_themselves(self) -> list[tuple[str, bool]]:
        """Who told, and is the one to whom it happened: what they are called here, and whether they said who they are."""
        held = standing_roles(self.found.people)
        return [(self.people[str(one.pk)], one.identity_id is not None) for one, roles in held if is_who_told(roles)]

    def who_told_is_open(self) -> bool:
        """Whether somebody to whom it happened told it, and nobody recorded which person that is; then no track is for anybody."""
        return self.found.self_told > 0 and not self.told_themselves

    def may_be_of_others(self) -> int:
        """How many accounts are of somebody to whom it happened, where fewer people are recorded who told: one may be of anybody here."""
        told = len(self.told_themselves)
        return self.found.self_told if 0 < told < self.found.self_told else 0

    def _counts(self, row: Identification) -> bool:
        told = len(self.told_themselves)
        return row.person_id in self.free and is_clear_of(self.found.self_told, tellers=told, told_none_of=row.told_none_of)

    def _identification(self, row: Identification) -> Line:
        words = joined(self.people[str(row.person_id)], taxonomy.label("identification_status", row.status), row.unit)
        ends = "" if row.taken_back_at or self._counts(row) else "It counts no more: no track is for who told or may have, or is of concern."
        return self._fact(row, words, more=tuple(filter(None, ("It stands so now." if self.tracks.get(row.person_id) == row else "", ends))))

    def _disclosure(self, row: Disclosure) -> str:
        return joined(fact_words(row, Kind.DISCLOSURE), self.items.get(str(row.reference_id)), self.items.get(str(row.wallet_id)))

    def _stamp(self, row: Any) -> Stamp:
        at = row.recorded_at or getattr(row, "added_at", None)
        return Stamp(self._who(row.recorded_by) if row.recorded_by else "", at)

    def _who(self, pseudonym: str) -> str:
        return self.names.get(pseudonym, "the desk")

    def _fact(self, row: Any, words: str, **more: Any) -> Line:
        taken_back = Stamp(self._who(row.taken_back_by), row.taken_back_at) if row.taken_back_at else None
        is_sealed = any(getattr(row, f"{name}_id", None) for name in ("words", "where", "facts"))
        return Line(row.pk, words, self._stamp(row), taken_back, is_fact=True, is_sealed=is_sealed, **more)

    def _before(self, about: UUID, part: Earlier.Part, words: Any, only: str = "") -> tuple[Before, ...]:
        found = [one for one in self.found.earlier.get(about, ()) if one.part == part and (not only or only in one.answers)]
        said = [(one, words(one.answers)) for one in found]
        return tuple(Before(told, Stamp(self._who(one.recorded_by), one.recorded_at), one.until) for one, told in said if told)

    def _place(self, step: ContactStep) -> str:
        """The number of a step among those that stand."""
        standing = [one.pk for one in self.found.contact_steps if one.taken_back_at is None]
        return f"{standing.index(step.pk) + 1}. " if step.pk in standing else ""

    def _danger(self, incident: Incident) -> Line | None:
        told = line_of(Incident, ASKED[Kind.DANGER].columns, answers_of(incident, Kind.DANGER))
        before = self._before(incident.pk, Earlier.Part.ANSWERS, lambda answers: line_of(Incident, ASKED[Kind.DANGER].columns, answers))
        return Line(incident.pk, told or "nothing is answered any more", self._stamp(incident), before=before) if told or before else None

    def _person(self, person: CasePerson) -> Line:
        columns = ASKED[Kind.PERSON].columns
        roles = [(one, role_words(person, one.role, usual=self.usual)) for one in person.roles.all()]
        gone = tuple(f"No longer: {words.lower()} ({self._who(one.taken_back_by)})" for one, words in roles if one.taken_back_at)
        support = marked(person.support.all(), ASKED[Kind.SUPPORT].families) if self.at_home else {}
        before = self._before(person.pk, Earlier.Part.ANSWERS, lambda answers: line_of(CasePerson, columns, answers))
        before += self._before(person.pk, Earlier.Part.MARKS, lambda answers: "; ".join(marks_words(answers))) if self.at_home else ()
        return self._fact(
            person,
            joined(self.people[str(person.pk)], line_of(CasePerson, columns, answers_of(person, Kind.PERSON))),
            more=(*gone, *marks_words(support)),
            before=before,
            roles=tuple((one.role, words.lower()) for one, words in roles if one.taken_back_at is None),
            has_identity=person.identity_id is not None,
            sensitive=len(person.sensitive.all()),
        )

    def _item(self, item: Item) -> Line:
        further = self.hashes[item.pk]
        paid = line_of(Item, {"chain": "chain", "coin": "coin"}, {"chain": item.chain, "coin": item.coin})
        told = [
            self.items[str(item.pk)],
            item.service and f"service {item.service}",
            paid,
            item.holder_id and f"of {self.people[str(item.holder_id)]}",
            line_of(Item, ASKED[Kind.ITEM].columns, answers_of(item, Kind.ITEM)),
            item.made_with_id and f"made with {self.items[str(item.made_with_id)]}",
            further and f"with {further} further hashes of the same file",
        ]
        before = self._before(item.pk, Earlier.Part.MARKS, lambda answers: "; ".join(marks_words(answers)))
        before += self._before(item.pk, Earlier.Part.ANSWERS, lambda answers: line_of(Item, ASKED[Kind.ITEM].columns, answers))
        more = tuple(marks_words(marked(item.marks.all(), ASKED[Kind.ITEM].families)))
        return self._fact(item, joined(*told), more=more, before=before)

    def _marks(self, incident: Incident, kind: Kind) -> Iterable[Line]:
        for family, codes in marked(incident.marks.all(), ASKED[kind].families).items():
            last = max((one for one in incident.marks.all() if one.mark.startswith(f"{family}.")), key=lambda one: str(one.recorded_at), default=None)
            before = self._before(incident.pk, Earlier.Part.MARKS, lambda answers: "; ".join(marks_words(answers)), only=family)
            if codes or before:
                words = next(iter(marks_words({family: codes})), f"{taxonomy.family(family).title}: nothing any more")
                yield Line(incident.pk, words, self._stamp(last) if last else Stamp(), before=before)

    def _checklist(self, incident: Incident) -> Iterable[Line]:
        for one in sorted(incident.corroborations.all(), key=lambda one: one.kind):
            before = self._before(incident.pk, Earlier.Part.CHECKLIST, lambda answers: "; ".join(checklist_words(answers)), only=one.kind)
            yield Line(incident.pk, next(iter(checklist_words({one.kind: one.answer}))), self._stamp(one), before=before)

    def _evidence(self, evidence: Evidence) -> str:
        doubt = "" if evidence.integrity_concern == Unknown.NOT_ASKED else taxonomy.label("integrity_concern", evidence.integrity_concern)
        return joined(taxonomy.label("evidence_kind", evidence.kind), self.items.get(str(evidence.item_id)), doubt and f"doubt: {doubt.lower()}")


def _group(kind: Kind, lines: list[Line], *, can_add: bool) -> Group:
    asked = ASKED[kind]
    return Group(kind, asked.title or asked.heading, asked.again, tuple(lines), can_add)


def _harm(harm: str, *, is_lead: bool) -> str:
    return f"{taxonomy.label('harm', harm)}: leads" if is_lead else taxonomy.label("harm", harm)


def _everybody(found: Known) -> set[str]:
    rows: list[Any] = [*found.people, *found.items, *found.contact_steps, *found.threats, *found.payments, *found.disclosures, *found.places]
    rows += [*found.sightings, *found.evidence, *found.harms, *found.incidents, *(one for some in found.earlier.values() for one in some)]
    rows += [*found.identifications, *found.clues]
    rows += [part for one in found.incidents for part in (*one.marks.all(), *one.corroborations.all())]
    rows += [role for one in found.people for role in one.roles.all()]
    return {name for row in rows for name in (row.recorded_by, getattr(row, "taken_back_by", ""))}
