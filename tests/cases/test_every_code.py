"""Each code of the taxonomy can be recorded by the action it belongs to, and stands in the database afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from django.db import transaction
from tests.cases.conftest import NOON, RAE_SAYS

from cairndesk.accounts.models import Organisation, Person, RoleGrant
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases import actions, taxonomy
from cairndesk.cases.models import (
    CaseLink,
    CasePerson,
    Clue,
    ContactStep,
    Corroboration,
    Disclosure,
    Evidence,
    HarmAct,
    HarmCode,
    Identification,
    Incident,
    IncidentMark,
    Item,
    ItemActor,
    ItemMark,
    Payment,
    PersonRole,
    Place,
    Report,
    SearchMandate,
    SensitiveAttribute,
    SupportMark,
    TeamSeat,
    Threat,
    ThreatAudience,
)
from cairndesk.cases.models.incident import INCIDENT_MARKS
from cairndesk.cases.rules.mandates import FOUND
from cairndesk.lib.ids import new_id

pytestmark = pytest.mark.django_db

IDENTIFIERS = {"url": "https://example.org/a", "email": "a@example.org", "phone": "+1 555 0100", "media": "ab" * 32}


@dataclass(frozen=True)
class Desk:
    """An incident and who records it."""

    incident: Incident
    by: Actor
    open_another: Callable[..., object]

    def person(self, **facts: str) -> CasePerson:
        return actions.add_person(case=self.incident.case, role="person_of_concern", facts=facts, by=self.by, now=NOON)

    def item(self, kind: str = "account", **facts: str) -> Item:
        return actions.add_item(case=self.incident.case, kind=kind, identifier=IDENTIFIERS.get(kind, "somebody"), facts=facts, by=self.by, now=NOON)


@pytest.fixture
def desk(incident: Incident, ana: Actor, open_another: Callable[..., object], settings: object, monkeypatch: pytest.MonkeyPatch) -> Desk:
    every = [code.code for code in taxonomy.family("sensitive").codes.values()]
    chosen = settings.CAIRNDESK.model_copy(update={"desks": settings.CAIRNDESK.desks.model_copy(update={"sensitive_attributes": every})})  # type: ignore[attr-defined]
    settings.CAIRNDESK = chosen  # type: ignore[attr-defined]
    return Desk(incident, ana, open_another)


def in_incident(column: str) -> Callable[[Desk, str], object]:
    def write(desk: Desk, code: str) -> object:
        actions.amend_incident(incident=desk.incident, facts={column: code}, by=desk.by, now=NOON)
        return Incident.objects.values_list(column, flat=True).get(pk=desk.incident.pk)

    return write


def in_person(column: str) -> Callable[[Desk, str], object]:
    return lambda desk, code: CasePerson.objects.values_list(column, flat=True).get(pk=desk.person(**{column: code}).pk)


def in_item(column: str, **more: str) -> Callable[[Desk, str], object]:
    return lambda desk, code: Item.objects.values_list(column, flat=True).get(pk=desk.item(**{column: code}, **more).pk)


def in_payment(column: str) -> Callable[[Desk, str], object]:
    def write(desk: Desk, code: str) -> object:
        row = actions.record_payment(incident=desk.incident, facts={column: code}, by=desk.by, now=NOON)
        return Payment.objects.values_list(column, flat=True).get(pk=row.pk)

    return write


def in_disclosure(column: str) -> Callable[[Desk, str], object]:
    def write(desk: Desk, code: str) -> object:
        row = actions.record_disclosure(incident=desk.incident, reference="STR 1", facts={column: code}, by=desk.by, now=NOON)
        return Disclosure.objects.values_list(column, flat=True).get(pk=row.pk)

    return write


def in_identification(desk: Desk, code: str) -> object:
    child, told = (actions.add_person(case=desk.incident.case, role="child", by=desk.by, now=NOON) for _ in range(2))
    # The child told this desk: who did is another one than who is to be identified.
    actions.give_role(person=told, role="reporter", by=desk.by, now=NOON)
    row = actions.record_identification(person=child, status=code, unit="A unit", by=desk.by, now=NOON)
    return Identification.objects.get(pk=row.pk).status


def in_clue(desk: Desk, code: str) -> object:
    in_identification(desk, "open")
    return Clue.objects.get(pk=actions.record_clue(case=desk.incident.case, kind=code, words="x", by=desk.by, now=NOON).pk).kind


def in_threat(column: str) -> Callable[[Desk, str], object]:
    def write(desk: Desk, code: str) -> object:
        row = actions.record_threat(incident=desk.incident, facts={column: code}, by=desk.by, now=NOON)
        return Threat.objects.values_list(column, flat=True).get(pk=row.pk)

    return write


def as_mark(family: str) -> Callable[[Desk, str], object]:
    def write(desk: Desk, code: str) -> object:
        actions.mark_incident(incident=desk.incident, family=family, codes=[code], by=desk.by, now=NOON)
        return IncidentMark.objects.get(incident=desk.incident).mark.removeprefix(f"{family}.")

    return write


def as_item_mark(family: str) -> Callable[[Desk, str], object]:
    def write(desk: Desk, code: str) -> object:
        item = desk.item()
        actions.mark_item(item=item, family=family, codes=[code], by=desk.by, now=NOON)
        return ItemMark.objects.get(item=item).mark.removeprefix(f"{family}.")

    return write


def as_support(family: str) -> Callable[[Desk, str], object]:
    def write(desk: Desk, code: str) -> object:
        child = actions.add_person(case=desk.incident.case, role="child", by=desk.by, now=NOON)
        actions.record_support(person=child, family=family, codes=[code], by=desk.by, now=NOON)
        return SupportMark.objects.get(person=child).mark.removeprefix(f"{family}.")

    return write


def harm(desk: Desk, code: str) -> object:
    return HarmCode.objects.get(pk=actions.code_harm(incident=desk.incident, harm=code, by=desk.by, now=NOON).pk).harm


def harm_act(desk: Desk, code: str) -> object:
    actor = desk.person()
    coded = actions.code_harm(incident=desk.incident, harm="image_based_abuse", acts=[code], actor=actor, by=desk.by, now=NOON)
    return HarmAct.objects.get(harm=coded, harm__actor=actor).act


def item_kind(desk: Desk, code: str) -> object:
    return Item.objects.get(pk=desk.item(code, **({"hash_kind": "sha256"} if code == "media" else {})).pk).kind


def hash_kind(desk: Desk, code: str) -> object:
    digits = {"md5": 32, "sha1": 40, "sha256": 64, "pdq": 64}[code]
    row = actions.add_item(case=desk.incident.case, kind="media", identifier="a" * digits, facts={"hash_kind": code}, by=desk.by, now=NOON)
    return Item.objects.get(pk=row.pk).hash_kind


def image_role(desk: Desk, code: str) -> object:
    return ItemActor.objects.get(pk=actions.record_item_role(item=desk.item(), person=desk.person(), role=code, by=desk.by, now=NOON).pk).role


def person_role(desk: Desk, code: str) -> object:
    return PersonRole.objects.get(person=actions.add_person(case=desk.incident.case, role=code, by=desk.by, now=NOON)).role


def sensitive(desk: Desk, code: str) -> object:
    row = actions.record_sensitive(person=desk.person(), attribute=code, answer="described", words="in my words", by=desk.by, now=NOON)
    return SensitiveAttribute.objects.get(pk=row.pk).attribute


def sensitive_answer(desk: Desk, code: str) -> object:
    row = actions.record_sensitive(person=desk.person(), attribute="hardship", answer=code, by=desk.by, now=NOON)
    return SensitiveAttribute.objects.get(pk=row.pk).answer


def contact_step(desk: Desk, code: str) -> object:
    return ContactStep.objects.get(pk=actions.add_contact_step(incident=desk.incident, step=code, by=desk.by, now=NOON).pk).step


def threat_audience(desk: Desk, code: str) -> object:
    row = actions.record_threat(incident=desk.incident, facts={}, audiences=[code], by=desk.by, now=NOON)
    return ThreatAudience.objects.get(threat=row).audience


def meeting_place(desk: Desk, code: str) -> object:
    return Place.objects.get(pk=actions.record_place(incident=desk.incident, kind=code, where="somewhere", by=desk.by, now=NOON).pk).kind


def evidence_kind(desk: Desk, code: str) -> object:
    (first, *_) = taxonomy.family("evidence_kind").codes[code].fields
    return Evidence.objects.get(pk=actions.add_evidence(incident=desk.incident, kind=code, facts={first: "x"}, by=desk.by, now=NOON).pk).kind


def integrity_concern(desk: Desk, code: str) -> object:
    row = actions.add_evidence(incident=desk.incident, kind="metadata_only", facts={"value": "x"}, integrity_concern=code, by=desk.by, now=NOON)
    return Evidence.objects.get(pk=row.pk).integrity_concern


def corroboration(desk: Desk, code: str) -> object:
    return Corroboration.objects.get(pk=actions.answer_corroboration(incident=desk.incident, kind=code, answer="yes", by=desk.by, now=NOON).pk).kind


def report_source(desk: Desk, code: str) -> object:
    is_found = code == FOUND
    if is_found:
        who = {"reference": "Order 12", "source": "Law gazette", "entered_by": "somebody", "entered_at": NOON}
        days = {"valid_from": NOON.date(), "valid_until": NOON.date() + timedelta(days=9)}
        SearchMandate.objects.create(organisation=desk.incident.case.organisation, **who, **days)
    facts = replace(RAE_SAYS, source=code, is_found=is_found)
    return Report.objects.get(pk=actions.add_report(case=desk.incident.case, report=facts, by=desk.by, now=NOON).pk).source


def team_function(desk: Desk, code: str) -> object:
    case, fields = desk.incident.case, {"sign_in_name": "sol", "name": "Sol", "created_at": NOON}
    person = Person.objects.create(organisation=case.organisation, **fields)
    RoleGrant.objects.create(person=person, role=Role.SUPERVISOR, granted_at=NOON)
    by = replace(desk.by, pseudonym=str(new_id()), roles=frozenset({Role.SUPERVISOR}))
    return TeamSeat.objects.get(pk=actions.seat(case=case, person=person, function=code, by=by, now=NOON).pk).function


def link_kind(desk: Desk, code: str) -> object:
    row = actions.link_cases(one=desk.incident.case, other=desk.open_another(), kind=code, by=desk.by, now=NOON)  # type: ignore[arg-type]
    return CaseLink.objects.get(pk=row.pk).kind


INCIDENT_COLUMNS = (
    "setting", "period_precision", "elapsed", "commercial", "offer_type", "monetisation", "motive", "space", "encryption", "technology_role",
    "sensory", "actor_structure", "group_size", "audience_size", "solicitation_stage",
)  # fmt: skip
WAYS: dict[str, Callable[[Desk, str], object]] = {
    **{column: in_incident(column) for column in INCIDENT_COLUMNS},
    **{family: as_mark(family) for family in INCIDENT_MARKS},
    "yes_no": in_incident("abuse_now"),
    **{column: in_person(column) for column in ("gender", "relation", "actor_age", "actor_part", "allegation", "preferred_term")},
    "age_band": in_person("stated_age"),
    **{column: in_item(column) for column in ("platform_type", "media_type", "authenticity", "realism", "novelty", "self_generated")},
    **{column: in_item(column) for column in ("self_generated_context", "depicted_type", "acquisition", "depicted_act", "ai_source")},
    **{column: in_item(column, kind="wallet") for column in ("chain", "coin")},
    **{family: as_item_mark(family) for family in ("ai_technique", "account_action")},
    **{family: as_support(family) for family in ("impact", "support_need")},
    "financial_party": in_disclosure("filer"),
    "payment_rail": in_payment("rail"),
    "payment_purpose": in_payment("purpose"),
    "amount_band": in_payment("amount_band"),
    "paid_state": in_payment("paid"),
    "obfuscation": in_payment("obfuscation"),
    "demand": in_threat("demand"),
    "threat_basis": in_threat("basis"),
    **{way.__name__: way for way in (harm, harm_act, item_kind, hash_kind, image_role, person_role, sensitive, sensitive_answer, contact_step)},
    **{way.__name__: way for way in (threat_audience, meeting_place, evidence_kind, integrity_concern, corroboration, report_source, link_kind)},
    "team_function": team_function,
    "identification_status": in_identification,
    "clue_kind": in_clue,
}


def test_there_is_a_way_to_record_every_family() -> None:
    assert set(WAYS) == set(taxonomy.load().families)


@pytest.mark.parametrize("family", sorted(taxonomy.load().families))
def test_each_code_of_a_family_can_be_recorded_and_read_back(desk: Desk, one: Organisation, family: str) -> None:
    codes = list(taxonomy.family(family).codes)
    assert codes
    assert {code: written(desk, family, code) for code in codes} == {code: code for code in codes}


def written(desk: Desk, family: str, code: str) -> object:
    """What stands in the database after `code` was recorded, which is then undone; a refusal is what came of it, so that every code is tried."""
    try:
        with transaction.atomic():
            held = WAYS[family](desk, code)
            transaction.set_rollback(True)
            return held
    except Exception as refused:  # noqa: BLE001 - whatever it is, the test shows it beside the code
        return refused
