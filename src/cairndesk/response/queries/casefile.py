"""A case as an authority receives it: what was told, once; codes with their meaning; nothing that was not recorded."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case, CasePerson, Disclosure, HarmCode, Item, Payment, Report, Threat
from cairndesk.cases.queries import clues_of, identifier_of, is_being_identified, timeline, tracks_of
from cairndesk.custody.queries import unseal_fields, unseal_text
from cairndesk.directory.sites import wording_of
from cairndesk.exchange.formats import casefile, identification
from cairndesk.lib.unknowns import Unknown
from cairndesk.response import rules
from cairndesk.response.models import PlanStep
from cairndesk.response.queries.identification import files_of as found_files
from cairndesk.response.rules import StepKind
from cairndesk.review.queries import answers, grades_in_words, latest, verdicts_of
from cairndesk.review.queries.wording import role_words
from cairndesk.signals.queries import sightings_of

CAVEATS = (
    "Times from the public form are known to the hour only.",
    "Nothing here is a finding of guilt; persons of concern are named by role.",
    "Reported figures count what was told; a fact that is missing was not recorded, which is not the same as absent.",
    "This package holds no image, no video and no sound.",
)


# How a line of an evidence checklist can be answered, and how a case file says it.
CHECK_ANSWERS: Mapping[str, casefile.Value] = {"yes": "yes", "no": "no", "unknown": Unknown.UNKNOWN, "not_applicable": Unknown.NOT_APPLICABLE}


# What a package says of payments and disclosures, by the family of its codes.
_MONEY: Mapping[str, str] = {
    "rail": "payment_rail",
    "purpose": "payment_purpose",
    "amount_band": "amount_band",
    "paid": "paid_state",
    "obfuscation": "obfuscation",
    "filer": "financial_party",
    "recipient": "financial_party",
}


@dataclass(frozen=True, slots=True)
class Release:
    """What this package is for, and whether a person decided that names may go with it."""

    package: UUID
    recipient: str
    legal_basis: str
    purpose: str
    names_people: bool
    checks: tuple[tuple[str, str], ...] = ()


def case_file(case: Case, release: Release, now: datetime) -> casefile.CaseFile:
    """The case file for one recipient. Opens what is sealed; identities only when the release names people."""
    people, usual = _people(case), wording_of(case.organisation_id)
    return casefile.CaseFile(
        package=release.package,
        made_at=now,
        organisation=case.organisation.name,
        recipient=release.recipient,
        legal_basis=release.legal_basis,
        purpose=release.purpose,
        case=case.number,
        opened_at=case.opened_at,
        urgency=_urgency(case),
        harms=_terms(HarmCode.objects.filter(incident__case=case).order_by("-is_lead", "harm")),
        accounts=accounts_of(case),
        people=[_person(number, person, names=release.names_people, usual=usual) for number, person in enumerate(people, start=1)],
        items=[_item(number, item) for number, item in enumerate(_items(case), start=1)],
        details=[
            *_checked(release, now),
            *_mandates(case),
            *_grades(case),
            *_money(case),
            *_identification(case),
            *(_threat(threat) for threat in Threat.objects.filter(incident__case=case).order_by("recorded_at")),
        ],
        findings=_findings(case, now),
        timeline=[casefile.Step(moment.at, f"{moment.what}: {moment.code}") for moment in timeline(case)],
        caveats=CAVEATS,
    )


def _checked(release: Release, now: datetime) -> list[casefile.Detail]:
    """The answered evidence checklist, if the place of the recipient has one."""
    return [casefile.Detail(casefile.CHECKLIST, {asks: CHECK_ANSWERS[answer] for asks, answer in release.checks}, now)] if release.checks else []


def _mandates(case: Case) -> list[casefile.Detail]:
    """By which legal mandate somebody searched, for each account that is what they found; whose key it was names nobody here."""
    found = []
    for number, report in enumerate(_reports(case).select_related("mandate"), start=1):
        if (held := report.mandate) is not None:
            facts: dict[str, casefile.Value] = {
                "reference": held.reference,
                "can be read in": held.source,
                "in force": f"from {held.valid_from.isoformat()} until before {held.valid_until.isoformat()}",
                "lets search": "whoever sent the account" if held.sender_id else "the people of the sending organisation",
                "account": str(number),
            }
            found.append(casefile.Detail(casefile.MANDATE, facts, report.received_at))
    return found


def _grades(case: Case) -> list[casefile.Detail]:
    """What the newest classification says, each value with the name and the version of its scheme."""
    newest = latest(case)
    if newest is None:
        return []
    facts: dict[str, casefile.Value] = {f"{newest.scheme}, version {newest.scheme_version}": newest.severity}
    facts |= {title: words for title, words, _ in grades_in_words(newest)}
    return [casefile.Detail(casefile.GRADES, facts, newest.at)]


def files_of(case: Case) -> list[identification.File]:
    """The files of the case by their hashes, under the names that `case_file` gives to items and people."""
    refs = {item.pk: f"item-{number}" for number, item in enumerate(_items(case), start=1)}
    people = {person.pk: f"person-{number}" for number, person in enumerate(_people(case), start=1)}
    return found_files(case, refs, people)


def names_of(case: Case) -> dict[UUID, str]:
    """What the package calls each thing that entries of the log are about: the case, its items, files that were handed over, originals."""
    names = {case.pk: "case"}
    for number, item in enumerate(_items(case), start=1):
        names |= dict.fromkeys([item.pk, *(one.pk for one in item.further_hashes.all())], f"item-{number}")
    sightings = sightings_of(case=case.pk)
    originals = dict.fromkeys(one.original_id for one in sightings if one.original_id)
    names |= {one.pk: f"file-{number}" for number, one in enumerate(sightings, start=1)}
    return names | {original: f"original-{number}" for number, original in enumerate(originals, start=1)}


def kinds_of(case: Case) -> dict[str, str]:
    """The code of the kind of each item, by the name that the package gives it."""
    return {f"item-{number}": item.kind for number, item in enumerate(_items(case), start=1)}


def accounts_of(case: Case) -> list[casefile.Account]:
    """What was told, each account once, in the order it came. Opens what is sealed."""
    return [_account(number, report) for number, report in enumerate(_reports(case), start=1)]


def _findings(case: Case, now: datetime) -> list[casefile.Finding]:
    newest = latest(case)
    if newest is None:
        return []
    day = newest.at.date()
    sources = {one.jurisdiction: one.rule.source if one.rule else "no rule decided" for one in answers(newest, on=now.date())}
    return [casefile.Finding(place, code, sources[place], day.isoformat()) for place, code in sorted(verdicts_of(case).items())]


def _urgency(case: Case) -> list[str]:
    step = PlanStep.objects.filter(case=case, kind=StepKind.AUTHORITY).first()
    known = set(rules.Reason)
    return [rules.WORDS[rules.Reason(code)] for code in (step.reasons if step else []) if code in known]


def _terms(harms: Iterable[HarmCode]) -> list[casefile.Term]:
    codes = [taxonomy.family("harm").codes[code] for code in dict.fromkeys(harm.harm for harm in harms) if code not in set(Unknown)]
    source_of = taxonomy.load().source_of
    return [casefile.Term(code.code, taxonomy.label("harm", code.code), code.definition, code.since, source_of(code)) for code in codes]


def _reports(case: Case) -> QuerySet[Report]:
    return Report.objects.filter(case=case).select_related("told").order_by("received_at", "id")


def _account(number: int, report: Report) -> casefile.Account:
    fields = unseal_fields(report.told)
    told = {name: _words(value) for name, value in fields.get("answers", fields).items() if value}
    return casefile.Account(number, report.received_at, report.source, report.channel, report.language, told)


def _words(answer: Any) -> str:
    return ", ".join(map(str, answer)) if isinstance(answer, list) else answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)


def _people(case: Case) -> list[CasePerson]:
    return list(CasePerson.objects.filter(case=case).select_related("identity").prefetch_related("roles").order_by("added_at", "id"))


def _person(number: int, person: CasePerson, *, names: bool, usual: str) -> casefile.Person:
    roles = sorted(held.role for held in person.roles.all())
    is_child: casefile.Value = "yes" if "child" in roles or person.actor_age == "child" else Unknown.UNKNOWN
    identity = unseal_fields(person.identity) if names and person.identity else {}
    return casefile.Person(
        ref=f"person-{number}",
        role=", ".join(role_words(person, role, usual=usual) for role in roles),
        is_child=is_child,
        age_band=_value("age_band", person.stated_age),
        gender=_value("gender", person.gender),
        relation=_value("relation", person.relation),
        country=Unknown(person.country) if person.country in set(Unknown) else person.country,
        identity={name: str(value) for name, value in identity.items()},
    )


def _items(case: Case) -> Iterable[Item]:
    """One for each file: what else it was hashed to stands with its first hash."""
    firsts = Item.objects.filter(case=case, same_file_as=None, identifier__erased_at=None).select_related("identifier")
    return firsts.prefetch_related("sightings", "further_hashes__identifier", "further_hashes__sightings").order_by("added_at", "id")


def _item(number: int, item: Item) -> casefile.Item:
    value, hashes = identifier_of(item), [item, *item.further_hashes.all()]
    digests = {one.hash_kind: identifier_of(one) for one in hashes if one.hash_kind not in set(Unknown)}
    notes = {
        name: _value(name, getattr(item, name))
        for name in ("platform_type", "media_type", "authenticity", "realism", "novelty", "depicted_act", "ai_source")
    }
    notes |= {"derived_from_known": _value("yes_no", item.derived_from_known)}
    notes |= {name: _value(name, getattr(item, name)) for name in ("chain", "coin") if item.kind == "wallet"}
    notes |= {"service": item.service} if item.service else {}
    sightings = [casefile.Sighting(value, sighting.seen_at) for one in hashes for sighting in one.sightings.all()]
    return casefile.Item(f"item-{number}", taxonomy.label("item_kind", item.kind), value, digests, sightings, notes)


def _threat(threat: Threat) -> casefile.Detail:
    facts = {"demand": _value("demand", threat.demand), "basis": _value("threat_basis", threat.basis), "paid": _value("paid_state", threat.paid)}
    return casefile.Detail("threat", facts, threat.deadline)


def _money(case: Case) -> list[casefile.Detail]:
    """Payments and disclosures, each with the name that the package gives to what it went through and to the reference."""
    refs: dict[UUID | None, casefile.Value] = {item.pk: f"item-{number}" for number, item in enumerate(_items(case), start=1)}
    rows: list[tuple[str, Payment | Disclosure]] = [
        *((casefile.PAYMENT, one) for one in Payment.objects.filter(incident__case=case).order_by("recorded_at", "pk")),
        *((casefile.DISCLOSURE, one) for one in Disclosure.objects.filter(incident__case=case).order_by("recorded_at", "pk")),
    ]
    found = []
    for kind, one in rows:
        facts = {name: _value(_MONEY[name], getattr(one, name)) for name in _MONEY if hasattr(one, name)}
        facts |= {"reference": refs.get(one.reference_id, Unknown.UNKNOWN)} if isinstance(one, Disclosure) else {}
        found.append(casefile.Detail(kind, facts | {"through": refs.get(one.wallet_id, Unknown.UNKNOWN)}, one.at))
    return found


def _identification(case: Case) -> list[casefile.Detail]:
    """How identifying each victim/survivor stood and stands, and while that runs the clues, opened."""
    people = {person.pk: f"person-{number}" for number, person in enumerate(_people(case), start=1)}
    refs: dict[UUID | None, casefile.Value] = {item.pk: f"item-{number}" for number, item in enumerate(_items(case), start=1)}
    found = [
        casefile.Detail(
            casefile.IDENTIFICATION,
            {"who": people[one.person_id], "status": _value("identification_status", one.status), "unit": one.unit or Unknown.NOT_APPLICABLE},
            one.recorded_at,
        )
        for one in tracks_of(case)
    ]
    clues = clues_of(case).filter(words__erased_at=None).select_related("words") if is_being_identified(case) else ()
    for one in clues:
        facts = {"kind": _value("clue_kind", one.kind), "words": unseal_text(one.words), "from": refs.get(one.item_id, Unknown.UNKNOWN)}
        found.append(casefile.Detail(casefile.CLUE, facts, one.recorded_at))
    return found


def _value(family: str, code: str) -> casefile.Value:
    return Unknown(code) if code in set(Unknown) else taxonomy.label(family, code)
