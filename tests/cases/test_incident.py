"""Describing what happened: any setting, any time, any country, and four ways of not knowing."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from tests.cases.conftest import NOON

from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases import actions, taxonomy
from cairndesk.cases.errors import UnknownCode, UnknownFact
from cairndesk.cases.models import Case, CasePerson, CodeOrUnknown, CountryOrUnknown, Incident, Item, Payment, Threat
from cairndesk.cases.queries import case_facts, corroboration
from cairndesk.cases.rules.facts import CaseFacts
from cairndesk.custody.queries import entries_about, unseal_fields, unseal_text
from cairndesk.lib.unknowns import Unknown

pytestmark = pytest.mark.django_db


@pytest.mark.req("INT-20")
def test_what_happened_online_and_in_person_stands_in_one_case(case: Case, ana: Actor) -> None:
    for setting in ("online", "in_person", "both"):
        actions.describe_incident(case=case, facts={"setting": setting}, by=ana, now=NOON)
    assert sorted(case.incidents.values_list("setting", flat=True)) == ["both", "in_person", "online"]


@pytest.mark.req("DIM-25")
def test_five_countries_are_five_facts_and_each_may_be_unknown(case: Case, ana: Actor) -> None:
    facts = {"country_child": "BF", "country_actor": "CI", "country_host": "unknown", "country_company": "IE", "country_payment": "declined"}
    row = actions.describe_incident(case=case, facts=facts, by=ana, now=NOON)
    assert Incident.objects.filter(pk=row.pk, **facts).exists()


def test_it_refuses_a_country_that_is_none(case: Case, ana: Actor) -> None:
    with pytest.raises(UnknownCode), transaction.atomic():
        actions.describe_incident(case=case, facts={"country_child": "XX"}, by=ana, now=NOON)


@pytest.mark.req("INT-31", "DIM-02", "DIM-38")
def test_an_adult_may_tell_of_childhood_however_long_ago(case: Case, ana: Actor) -> None:
    facts = {"period_start": date(1979, 1, 1), "period_end": date(1983, 12, 31), "period_precision": "year"}
    row = actions.describe_incident(case=case, facts=facts, by=ana, now=NOON)
    person = actions.add_person(case=case, role="adult_survivor", facts={"stated_age": "age_7_9", "age_at_report": "age_21_plus"}, by=ana, now=NOON)
    assert Incident.objects.get(pk=row.pk).period_start == date(1979, 1, 1)
    held = CasePerson.objects.get(pk=person.pk)
    assert (held.stated_age, held.age_at_report) == ("age_7_9", "age_21_plus")


@pytest.mark.req("DIM-38")
@pytest.mark.parametrize("precision", ["past_year", "childhood", "ongoing", "month"])
def test_a_period_says_how_exactly_it_is_known(case: Case, ana: Actor, precision: str) -> None:
    row = actions.describe_incident(case=case, facts={"period_precision": precision}, by=ana, now=NOON)
    assert Incident.objects.get(pk=row.pk).period_precision == precision


@pytest.mark.req("DIM-57", "INT-24")
@pytest.mark.parametrize("unknown", list(Unknown))
def test_every_attribute_keeps_the_four_kinds_of_unknown_apart(incident: Incident, ana: Actor, unknown: Unknown) -> None:
    columns = [c.name for c in Incident._meta.concrete_fields if isinstance(c, CodeOrUnknown | CountryOrUnknown)]
    actions.amend_incident(incident=incident, facts=dict.fromkeys(columns, unknown), by=ana, now=NOON)
    assert set(Incident.objects.values_list(*columns).get(pk=incident.pk)) == {unknown.value}
    about = [c.name for c in CasePerson._meta.concrete_fields if isinstance(c, CodeOrUnknown | CountryOrUnknown)]
    person = actions.add_person(case=incident.case, role="child", facts=dict.fromkeys(about, unknown), by=ana, now=NOON)
    assert set(CasePerson.objects.values_list(*about).get(pk=person.pk)) == {unknown.value}


@pytest.mark.req("DIM-57", "INT-24")
@pytest.mark.parametrize("model", [Incident, CasePerson, Item, Payment, Threat])
def test_what_nobody_asked_is_recorded_as_not_asked(model: type[Incident]) -> None:
    optional = [c for c in model._meta.concrete_fields if isinstance(c, CountryOrUnknown) or (isinstance(c, CodeOrUnknown) and c.unknowns)]
    assert optional
    assert {c.default for c in optional} == {Unknown.NOT_ASKED.value}


def test_it_refuses_a_code_of_another_family_in_the_action_and_in_the_table(case: Case, incident: Incident, ana: Actor) -> None:
    with pytest.raises(UnknownCode):
        actions.describe_incident(case=case, facts={"setting": "photorealistic"}, by=ana, now=NOON)
    with pytest.raises(UnknownCode):
        Incident.objects.filter(pk=incident.pk).update(setting="photorealistic")
    with pytest.raises(UnknownCode):
        Incident.objects.filter(setting="typing error").exists()


@pytest.mark.parametrize("facts", [{"colour": "red"}, {"case": None}, {"taxonomy": "2000.1"}, {"narrative": "x"}])
def test_it_refuses_a_fact_that_an_incident_does_not_hold(case: Case, ana: Actor, facts: dict[str, object]) -> None:
    with pytest.raises(UnknownFact):
        actions.describe_incident(case=case, facts=facts, by=ana, now=NOON)


def test_it_refuses_a_time_without_its_zone_and_a_period_that_runs_backwards(case: Case, ana: Actor) -> None:
    with pytest.raises(UnknownFact):
        actions.describe_incident(case=case, facts={"meeting_at": datetime(2026, 3, 4)}, by=ana, now=NOON)  # noqa: DTZ001 - that is the point
    backwards = {"period_start": date(2026, 2, 1), "period_end": date(2026, 1, 1)}
    with pytest.raises(UnknownFact):
        actions.describe_incident(case=case, facts=backwards, by=ana, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.create(case=case, described_at=NOON, taxonomy="2026.1", **backwards)


def test_an_incident_carries_the_version_it_was_coded_under(case: Case, ana: Actor) -> None:
    row = actions.describe_incident(case=case, facts={}, by=ana, now=NOON)
    assert row.taxonomy == taxonomy.in_force(NOON.date()) == "2026.1"
    Incident.objects.filter(pk=row.pk).update(taxonomy="2000.1")
    row.refresh_from_db()
    assert actions.amend_incident(incident=row, facts={"setting": "both"}, by=ana, now=NOON).taxonomy == "2026.1"


def test_the_narrative_is_sealed_and_no_row_holds_its_words(case: Case, ana: Actor) -> None:
    row = actions.describe_incident(case=case, facts={}, narrative="the canary sings at dawn", by=ana, now=NOON)
    assert unseal_text(row.narrative) == "the canary sings at dawn"
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names from the database itself
            assert "canary" not in "".join(str(bytes(v) if isinstance(v, memoryview) else v) for r in cursor.fetchall() for v in r), table


def test_every_description_leaves_one_line_in_the_log(case: Case, ana: Actor) -> None:
    before = len(entries_about(case.pk))
    actions.describe_incident(case=case, facts={"setting": "online"}, by=ana, now=NOON)
    new = entries_about(case.pk)[before:]
    assert [(line.event, line.actor, line.detail) for line in new] == [("cases.incident.described", ana.pseudonym, {"facts": 1})]


def test_it_leaves_nothing_behind_when_one_code_is_wrong(case: Case, ana: Actor) -> None:
    before = len(entries_about(case.pk))
    with pytest.raises(UnknownCode):
        actions.describe_incident(case=case, facts={"setting": "online", "motive": "wrong"}, narrative="x", by=ana, now=NOON)
    assert not case.incidents.exists()
    assert len(entries_about(case.pk)) == before


def test_a_person_of_another_organisation_can_describe_nothing(case: Case, incident: Incident, ola: Actor) -> None:
    with pytest.raises(OtherOrganisation):
        actions.describe_incident(case=case, facts={}, by=ola, now=NOON)
    with pytest.raises(OtherOrganisation):
        actions.mark_incident(incident=incident, family="tactic", codes=["secrecy"], by=ola, now=NOON)


def test_an_auditor_can_describe_nothing(case: Case, ana: Actor) -> None:
    nobody = Actor(**{**ana.__dict__, "roles": frozenset()})
    with pytest.raises(NotPermitted):
        actions.describe_incident(case=case, facts={}, by=nobody, now=NOON)


def test_the_desk_itself_may_write_down_what_a_report_says(case: Case) -> None:
    assert actions.describe_incident(case=case, facts={"setting": "online"}, by=SYSTEM, now=NOON).pk


@pytest.mark.req("DIM-17")
def test_whom_a_child_told_keeps_its_order(incident: Incident, ana: Actor) -> None:
    actions.mark_incident(incident=incident, family="told_whom", codes=["teacher", "friend", "police"], by=ana, now=NOON)
    actions.mark_incident(incident=incident, family="barrier", codes=["threatened"], by=ana, now=NOON)
    told = [m.mark for m in incident.marks.all() if m.mark.startswith("told_whom.")]
    assert told == ["told_whom.teacher", "told_whom.friend", "told_whom.police"]
    actions.mark_incident(incident=incident, family="told_whom", codes=["nobody"], by=ana, now=NOON)
    assert sorted(m.mark for m in incident.marks.all()) == ["barrier.threatened", "told_whom.nobody"]


@pytest.mark.parametrize(("family", "code"), [("harm", "stalking"), ("tactic", "unheard_of"), ("no_family", "x"), ("impact", "fear")])
def test_it_refuses_a_mark_that_is_none(incident: Incident, ana: Actor, family: str, code: str) -> None:
    with pytest.raises(UnknownCode):
        actions.mark_incident(incident=incident, family=family, codes=[code], by=ana, now=NOON)


@pytest.mark.req("EVD-06", "INT-09", "TAX-17")
def test_a_stream_without_a_recording_is_a_whole_report_with_a_checklist(incident: Incident, ana: Actor) -> None:
    actions.code_harm(incident=incident, harm="live_streaming", by=ana, now=NOON)
    actions.answer_corroboration(incident=incident, kind="payment", answer="yes", by=ana, now=NOON)
    actions.answer_corroboration(incident=incident, kind="witness", answer="unknown", by=ana, now=NOON)
    actions.answer_corroboration(incident=incident, kind="witness", answer="no", by=ana, now=NOON)
    assert corroboration(incident) == {
        "chat": "not_asked",
        "times": "not_asked",
        "account": "not_asked",
        "payment": "yes",
        "device": "not_asked",
        "witness": "no",
    }
    assert not incident.case.items.exists()


@pytest.mark.req("EVD-02", "EVD-15")
@pytest.mark.parametrize("kind", sorted(taxonomy.family("evidence_kind").codes))
def test_evidence_of_each_kind_takes_its_own_facts_and_no_content(incident: Incident, ana: Actor, kind: str) -> None:
    fields = taxonomy.family("evidence_kind").codes[kind].fields
    row = actions.add_evidence(incident=incident, kind=kind, facts=dict.fromkeys(fields, "12"), by=ana, now=NOON)
    assert unseal_fields(row.facts) == dict.fromkeys(fields, "12")
    assert row.item is None
    for wrong in ({"content": "bytes"}, {}):
        with pytest.raises(UnknownFact):
            actions.add_evidence(incident=incident, kind=kind, facts=wrong, by=ana, now=NOON)


@pytest.mark.req("TAX-45")
def test_a_doubt_about_evidence_is_kept_beside_it(incident: Incident, ana: Actor) -> None:
    row = actions.add_evidence(
        incident=incident, kind="chat", facts={"messages": "4"}, integrity_concern="ai_tampering", by=ana, now=NOON + timedelta(hours=1)
    )
    row.refresh_from_db()
    assert row.integrity_concern == "ai_tampering"


@pytest.mark.req("PRI-21")
@pytest.mark.parametrize("code", sorted(taxonomy.family("encryption").codes))
def test_encryption_is_described_in_neutral_words_and_weighs_nothing(incident: Incident, ana: Actor, code: str) -> None:
    def told(**facts: str) -> CaseFacts:
        one = actions.describe_incident(case=incident.case, facts={"setting": "online", **facts}, by=ana, now=NOON)
        actions.add_contact_step(incident=one, step="moved_to", facts=facts, by=ana, now=NOON)
        return case_facts(incident.case)

    assert told() == told(encryption=code)
    family = taxonomy.family("encryption")
    texts = [family.about, *(one.label + one.definition for one in family.codes.values())]
    assert not re.search(r"hid|conceal|evad|dark|criminal|offend|danger|abus|risk|suspicio", " ".join(texts), re.IGNORECASE)
    assert "protects children" in family.about
