"""From a report of an app or a search result to a request to delist it (DET-21)."""

import json
from collections.abc import Callable

import pytest
from django.test import Client
from tests.response.confirmed import approve
from tests.response.conftest import ADDRESS, NOW
from tests.response.test_pages import Browser, SignIn, analyst, press, see, sign_in

from cairndesk.accounts.models import ApiKey, Organisation
from cairndesk.accounts.queries import secret_digest
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.actions import move, open_case
from cairndesk.cases.models import Case
from cairndesk.cases.queries import identifier_of
from cairndesk.cases.rules.stages import Stage
from cairndesk.directory import actions as directory
from cairndesk.directory.models import Provider
from cairndesk.intake.facts import facts_of
from cairndesk.response import actions, queries
from cairndesk.response.models import Delivery, Notice, PlanStep
from cairndesk.response.rules import Choice, NoticeKind
from cairndesk.triage.actions import take_in

__all__ = ["SignIn", "analyst", "sign_in"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("DET-21")]
FOUND, APP = "https://www.bing.com/search?q=some+words", "https://play.google.com/store/apps/details?id=example.app"
Plan = Callable[..., dict[str, PlanStep]]


@pytest.fixture
def engine(provider: Provider, lia: Actor) -> Provider:
    fields = {"name": "Finder", "country": "XX", "notice_address": "delist@finder.example", "answer_hours": 24, "preserve_days": 90}
    return directory.add_provider(fields=fields, domains=["bing.com", "play.google.com"], by=lia, now=NOW)


def from_the_portal(one: Organisation) -> Case:
    told = {"what": ["found"], "link": f"{FOUND}\n{APP} {ADDRESS}"}
    report = facts_of(path="professional", language="en", channel="portal", told=told, state="sent")
    return open_case(organisation=one, report=report, by=SYSTEM, now=NOW)


def from_a_machine(one: Organisation) -> Case:
    ApiKey.objects.create(organisation=one, sender="Harbour Chat", source="platform", digest=secret_digest("k" * 43), created_at=NOW)
    items = [{"kind": "search_result", "value": FOUND}, {"kind": "app", "value": APP}, {"kind": "url", "value": ADDRESS}]
    headers = {"Authorization": f"Bearer {'k' * 43}", "Idempotency-Key": "order-00001"}
    answer = Client().post("/api/v1/reports", json.dumps({"items": items}), content_type="application/json", headers=headers)
    assert answer.status_code == 201
    return Case.objects.get()


@pytest.mark.slow
@pytest.mark.parametrize("tell", [from_the_portal, from_a_machine])
def test_a_report_of_a_search_result_and_an_app_becomes_a_letter_that_asks_to_delist_both(
    tell: Callable[[Organisation], Case], one: Organisation, engine: Provider, provider: Provider, plan: Plan, ana: Actor, analyst: Browser
) -> None:
    case = tell(one)
    take_in(case=case, now=NOW)
    assert {(item.kind, identifier_of(item)) for item in case.items.all()} == {("search_result", FOUND), ("app", APP), ("url", ADDRESS)}
    for stage in (Stage.REVIEWING, Stage.CLASSIFIED):
        move(case=case, to=stage, by=ana, now=NOW)
    step = plan(case)["remove"]
    actions.record_preservation(case=case, choice=Choice.OWN_RECORD, why="address and time", by=ana, now=NOW)
    page = see(analyst, "draft", step.pk)
    assert (f'value="{engine.pk}/delisting"' in page, f'value="{provider.pk}"' in page) == (True, True)
    said = {"kind": "", "legality": "unlawful here", "expression_checked": "on"}
    press(analyst, "draft", step.pk, **said, provider=[f"{engine.pk}/delisting", str(provider.pk)])
    delisting, removal = (Notice.objects.get(kind=kind) for kind in (NoticeKind.DELISTING, NoticeKind.REMOVAL))
    letter = queries.letter_text(delisting)
    for words in (
        "Please delist the following",
        "this search result",
        "hxxps://www[.]bing[.]com/search?q=some+words",
        "this app",
        "play[.]google[.]com",
    ):
        assert words in letter
    assert "pictures[.]example" not in letter
    assert "delist" not in queries.letter_text(removal)
    assert (delisting.provider, removal.provider, Delivery.objects.count()) == (engine, provider, 0)
    approve(PlanStep.objects.get(pk=step.pk), by=ana, now=NOW)
    assert {delivery.notice.kind for delivery in Delivery.objects.all()} == {"delisting", "removal"}


def test_a_person_may_ask_for_something_else_than_the_page_suggests(
    one: Organisation, engine: Provider, plan: Plan, ana: Actor, analyst: Browser
) -> None:
    case = from_the_portal(one)
    take_in(case=case, now=NOW)
    for stage in (Stage.REVIEWING, Stage.CLASSIFIED):
        move(case=case, to=stage, by=ana, now=NOW)
    step = plan(case)["remove"]
    said = {"kind": "removal", "legality": "unlawful here", "expression_checked": "on", "provider": f"{engine.pk}/delisting"}
    press(analyst, "draft", step.pk, **said)
    assert Notice.objects.get().kind == NoticeKind.REMOVAL
