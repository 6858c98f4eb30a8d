"""What was found by searching is taken in only under a legal mandate that holds: on the form, by a machine alone and by the batch (DET-13)."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from tests.intake.test_pages import sams
from tests.support.cast import NOON, actor

from cairndesk import doctor
from cairndesk.accounts import demo
from cairndesk.accounts.errors import FreshProofNeeded, NotPermitted
from cairndesk.accounts.models import ApiKey, Organisation, Person
from cairndesk.accounts.queries import secret_digest
from cairndesk.accounts.rules import Actor, FreshProof, Role
from cairndesk.cases.actions import MandateTerms, end_mandate, enter_mandate, mandate_digest, open_case
from cairndesk.cases.errors import MandateUnclear, NoMandate
from cairndesk.cases.models import Case, Report, SearchMandate
from cairndesk.cases.queries import mandate_on
from cairndesk.cases.rules.mandates import FOUND, as_handed_over
from cairndesk.custody.queries import entries_about
from cairndesk.custody.rules import Event
from cairndesk.insight.queries import numbers
from cairndesk.intake.actions import record_find
from cairndesk.intake.facts import facts_of
from cairndesk.lib import clock

__all__ = ["sams"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("DET-13")]
TODAY = NOON.date()
FIND = {"link": "https://shop.undertow.example/u/9", "what": ["found"]}
REPORT = {"items": [{"kind": "url", "value": "https://shop.undertow.example/u/9"}], "found_by_searching": True}


def terms(day: date = TODAY, **more: Any) -> MandateTerms:
    held = MandateTerms("Order 12/2026 of the regulator", "Law gazette 4, page 9", day - timedelta(days=1), day + timedelta(days=365))
    return replace(held, **more)


def enter(by: Actor, said: MandateTerms, at: Any = NOON) -> SearchMandate:
    fresh = FreshProof(pseudonym=by.pseudonym, digest=mandate_digest(by.home, said), proof=by.proof, at=at)
    return enter_mandate(terms=said, by=by, fresh=fresh, now=at)


def find(one: Organisation, by: Actor, at: Any = NOON) -> Case:
    return record_find(organisation=one, told={"link": FIND["link"]}, by=by, now=at)


@pytest.fixture
def flagger(ring: object, one: Organisation) -> ApiKey:
    return ApiKey.objects.create(organisation=one, sender="Sample line", source="helpline", digest=secret_digest("k" * 43), created_at=NOON)


def alone(report: dict[str, Any] = REPORT, key: str = "find-0001") -> Any:
    headers = {"Authorization": f"Bearer {'k' * 43}", "Idempotency-Key": key}
    return Client().post("/api/v1/reports", json.dumps(report), content_type="application/json", headers=headers)


def batch(*reports: dict[str, Any]) -> list[tuple[int, str]]:
    lines = b"\n".join(json.dumps({"key": f"batch-{place:04}", "report": one}).encode() for place, one in enumerate(reports))
    headers = {"Authorization": f"Bearer {'k' * 43}"}
    answer = Client().post("/api/v1/reports/batch", lines, content_type="application/x-ndjson", headers=headers)
    return [(one["status"], one["problem"]["code"] if one["problem"] else "") for one in answer.json()["lines"]]


def test_without_a_mandate_nothing_found_is_taken_in_and_with_one_each_find_names_it(ring: object, one: Organisation, ana: Actor, sam: Actor) -> None:
    with pytest.raises(NoMandate):
        find(one, ana)
    assert not Case.objects.exists()
    held = enter(sam, terms())
    report = find(one, ana).reports.get()
    assert (report.source, report.mandate, report.channel) == (FOUND, held, "desk")
    (entry,) = entries_about(held.pk)
    assert (entry.event, entry.actor) == (Event.CASES_MANDATE_ENTERED, sam.pseudonym)


def test_it_holds_from_its_first_day_until_before_its_last_and_not_once_it_is_ended(ring: object, one: Organisation, ana: Actor, sam: Actor) -> None:
    held = enter(sam, terms(valid_from=NOON.date() + timedelta(days=2), valid_until=NOON.date() + timedelta(days=9)))
    taken = []
    for day in range(12):
        with transaction.atomic():
            try:
                find(one, ana, NOON + timedelta(days=day))
                taken.append(day)
            except NoMandate:
                pass
    assert taken == [2, 3, 4, 5, 6, 7, 8]
    end_mandate(mandate=held.pk, by=sam, now=NOON + timedelta(days=3))
    with pytest.raises(NoMandate):
        find(one, ana, NOON + timedelta(days=3))
    with pytest.raises(MandateUnclear):
        end_mandate(mandate=held.pk, by=sam, now=NOON)
    assert Report.objects.filter(mandate=held).count() == 7


def test_only_a_supervisor_of_the_desk_enters_one_with_a_fresh_proof_of_exactly_this(
    one: Organisation, two: Organisation, ana: Actor, sam: Actor
) -> None:
    other = actor(two, "Sol", Role.SUPERVISOR)
    for by in (ana, actor(one, "Ada", Role.ADMINISTRATOR), actor(one, "Lia", Role.LIAISON)):
        with pytest.raises(NotPermitted):
            enter(by, terms())
    with pytest.raises(FreshProofNeeded):
        enter_mandate(terms=terms(), by=sam, fresh=None, now=NOON)
    stale = FreshProof(pseudonym=sam.pseudonym, digest=mandate_digest(one.pk, terms(reference="Another order")), proof=sam.proof, at=NOON)
    with pytest.raises(FreshProofNeeded):
        enter_mandate(terms=terms(), by=sam, fresh=stale, now=NOON)
    held = enter(sam, terms())
    with pytest.raises(MandateUnclear):
        end_mandate(mandate=held.pk, by=other, now=NOON)
    # What one desk may do says nothing of another.
    assert (mandate_on(one.pk, NOON.date()), mandate_on(two.pk, NOON.date())) == (held, None)


@pytest.mark.parametrize(
    "wrong",
    [{"reference": " "}, {"source": ""}, {"valid_until": NOON.date()}, {"valid_from": date(2030, 1, 1), "valid_until": date(2029, 1, 1)}],
)
def test_a_mandate_without_a_law_a_source_or_days_to_come_is_none(one: Organisation, sam: Actor, wrong: dict[str, Any]) -> None:
    with pytest.raises(MandateUnclear):
        enter(sam, terms(**wrong))


@pytest.mark.slow
def test_a_partner_searches_under_a_mandate_of_its_own_alone_and_in_a_batch(one: Organisation, sam: Actor, flagger: ApiKey) -> None:
    today = clock.now()
    enter(sam, terms(today.date()), today)
    refused = alone()
    assert (refused.status_code, refused.json()["code"]) == (403, "cases.no_mandate")
    told = {**REPORT, "found_by_searching": False}
    assert batch(REPORT, told) == [(403, "cases.no_mandate"), (201, "")]
    assert Report.objects.exclude(mandate=None).count() == 0
    held = enter(sam, terms(today.date(), sender=flagger.pk), today)
    assert alone().status_code == 201
    assert batch(REPORT, told)[0] == (201, "")
    assert set(Report.objects.exclude(mandate=None).values_list("source", "mandate")) == {("helpline", held.pk)}
    end_mandate(mandate=held.pk, by=sam, now=today)
    assert alone(key="find-0002").status_code == 403
    # A repetition is what was taken before.
    assert alone().status_code == 200


def test_a_mandate_is_kept_of_nobody_but_those_who_may_search(one: Organisation, two: Organisation, ring: object, sam: Actor) -> None:
    for of, source in ((one, "platform"), (one, "police"), (two, "helpline")):
        key = ApiKey.objects.create(organisation=of, sender="Sender", source=source, digest=secret_digest(source * 9), created_at=NOON)
        with pytest.raises(MandateUnclear):
            enter(sam, terms(sender=key.pk))


def test_the_tables_refuse_an_own_find_without_a_mandate(ring: object, one: Organisation, ana: Actor, sam: Actor) -> None:
    facts = facts_of(path="search", language="en", channel="desk", told=FIND, state=Report.Completeness.DONE, source=FOUND)
    with pytest.raises(IntegrityError), transaction.atomic():
        open_case(organisation=one, report=facts, by=ana, now=NOON)
    enter(sam, terms())
    find(one, ana)
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.update(mandate=None)


def test_what_was_found_is_counted_apart_and_told_to_others_as_a_hotline_tells(ring: object, one: Organisation, ana: Actor, sam: Actor) -> None:
    enter(sam, terms())
    for _ in range(2):
        find(one, ana)
    told = facts_of(path="professional", language="en", channel="phone", told=FIND, state=Report.Completeness.DONE)
    open_case(organisation=one, report=told, by=ana, now=NOON)
    (table,) = (one for one in numbers(one.pk, now=NOON, threshold=1).tables if one.id == "reports_by_source")
    assert {cell.code: cell.count for cell in table.cells} == {FOUND: 2, "professional": 1}
    assert (as_handed_over(FOUND), as_handed_over("child")) == ("hotline", "child")


def test_the_doctor_warns_before_a_mandate_ends_and_says_nothing_where_nobody_searches(one: Organisation, sam: Actor, flagger: ApiKey) -> None:
    def said(day: int) -> list[tuple[str, str]]:
        return [(one, says) for _, one, says, _ in doctor.taking_in.mandates(NOON + timedelta(days=day))]

    assert said(0) == []
    enter(sam, terms())
    enter(sam, terms(sender=flagger.pk, valid_until=NOON.date() + timedelta(days=30)))
    (level, own), (soon, of_partner) = said(0)[1], said(0)[0]
    assert {level, soon} == {"ok", "warning"}
    assert [one for one, _ in said(320)] == ["ok", "warning"]
    assert "finds are refused" in said(366)[1][1]
    assert "Sample line" in own + of_partner


@pytest.mark.slow
def test_the_form_is_offered_only_while_a_mandate_holds(sams: Client, one: Organisation, settings: Any, tmp_path: Any) -> None:
    settings.DATA = tmp_path
    call, form, page = (reverse(f"intake:{name}") for name in ("call", "find", "mandates"))
    assert form not in sams.get(call).content.decode()
    assert (sams.get(form).status_code, sams.post(form, FIND).status_code, Case.objects.count()) == (403, 403, 0)
    days = {"valid_from": clock.now().date().isoformat(), "valid_until": (clock.now().date() + timedelta(days=90)).isoformat()}
    said = {"whose": "", "reference": "Order 12/2026", "source": "Law gazette 4, page 9", **days}
    demo.make_secret()
    person = Person.objects.get(name="Sam")
    person.is_demo = True
    person.save()
    demo.enrol(person=person, now=clock.now())
    sure = sams.post(page, said)
    assert not SearchMandate.objects.exists()
    digest = sure.content.decode().split('name="proof_digest" value="')[1].split('"')[0]
    assert sams.post(page, said | {"reference": "Order 13/2026", "proof_digest": digest}).status_code in {401, 403}
    assert sams.post(page, said | {"proof_digest": digest}).status_code == 302
    assert form in sams.get(call).content.decode()
    assert "Order 12/2026" in sams.get(form).content.decode()
    assert sams.post(form, {"service": "Sample Chat"}).status_code == 422
    once = {"once": sams.get(form).context["form"]["once"].value()}
    case = Case.objects.get(pk=sams.post(form, FIND | once).headers["Location"].split("/")[-2])
    assert sams.post(form, FIND | once).status_code == 409
    assert "found by searching" in sams.get(reverse("review:case", args=[case.pk])).content.decode()
    held = SearchMandate.objects.get()
    assert sams.post(reverse("intake:mandate-end", args=[held.pk])).status_code == 302
    assert sams.post(form, FIND).status_code == 403
    assert form not in sams.get(call).content.decode()


def test_neither_page_asks_much_of_the_database(
    sams: Client, one: Organisation, sam: Actor, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    today = clock.now()
    for place in range(8):
        enter(sam, terms(today.date(), reference=f"Order {place}"), today)
    for name in ("find", "mandates"):
        with django_assert_max_num_queries(30):
            assert sams.get(reverse(f"intake:{name}")).status_code == 200
