"""A platform that lets rooms is asked to keep a booking and to give it to an authority: with the least data, on a ground that a person names."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from tests.response.confirmed import approve
from tests.response.conftest import NOW

from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import add_item, add_person, record_place, seal_identity
from cairndesk.cases.models import Case
from cairndesk.directory import actions as directory
from cairndesk.directory.models import Provider
from cairndesk.exchange.formats import letter
from cairndesk.response import actions, queries
from cairndesk.response.actions.notice import Draft
from cairndesk.response.errors import IllegalStep, LegalityMissing
from cairndesk.response.models import Delivery, Notice, PlanStep
from cairndesk.response.queries.facts import facts_of
from cairndesk.response.rules import Facts, NoticeKind, NoticeState, Reason, StepKind, obligations

pytestmark = pytest.mark.django_db
LISTING = "https://stays.mudflat.example/stay/204"


@pytest.fixture
def platform(lia: Actor) -> Provider:
    fields = {"name": "Mudflat Stays", "country": "XA", "platform_types": ["rental"], "preserve_days": 90}
    fields |= {"notice_address": "help@mudflat.example", "records_address": "records@mudflat.example"}
    return directory.add_provider(fields=fields, domains=["mudflat.example"], by=lia, now=NOW)


def draft_of(platform: Provider, case: Case, **more: object) -> Draft:
    (found,) = [one for one in queries.prefilled(case) if one.provider == platform]
    said = {"legality": "Section 4 of the law on lodging", "expression_checked": True}
    return Draft(provider=platform, kind=NoticeKind.BOOKING, targets=queries.as_booked(found.targets), **{**said, **more})  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.req("INV-17")
def test_the_plan_proposes_it_and_the_letter_goes_where_bookings_are_answered_with_the_least_data(
    case: Case, plan: Callable[..., dict[str, PlanStep]], platform: Provider, ana: Actor, lia: Actor
) -> None:
    child = add_person(case=case, role="child", by=ana, now=NOW)
    seal_identity(person=child, identity={"name": "Canary"}, by=ana, now=NOW)
    assert not facts_of(case).booked_place
    record_place(incident=case.incidents.get(), kind="rental", where="Canary Street 4", is_planned=True, by=ana, now=NOW)
    add_item(case=case, kind="listing", identifier=LISTING, facts={"platform_type": "rental"}, by=ana, now=NOW)
    assert facts_of(case).booked_place
    step = plan(case, booked_place=True)["preserve"]
    assert Reason.BOOKED_PLACE in step.reasons
    with pytest.raises(LegalityMissing):
        actions.draft_notices(step=step, drafts=[draft_of(platform, case, legality=" ")], by=ana, now=NOW)
    (notice,) = actions.draft_notices(step=step, drafts=[draft_of(platform, case)], by=ana, now=NOW)
    text = actions.read_letter(notice=notice, by=ana, now=NOW)
    said = " ".join(text.split())
    for asked in (
        "preserve",
        "disclose the same, and nothing more, to the authority",
        "Section 4 of the law on lodging",
        "do not tell the guest or the host",
    ):
        assert asked in said
    assert "the accounts that booked and that let" in said, "what is asked for is said, and no more"
    assert re.search(r"Please answer by \d{2} \w+ \d{4}", text), "it is dated"
    assert "hxxps://stays[.]mudflat[.]example/stay/204" in text
    for kept in (case.number, "Canary", str(case.pk), "pictures"):
        assert kept not in text
    approve(step, by=ana, now=NOW)
    delivery = Delivery.objects.get(notice=notice)
    assert queries.mail_of(delivery, "desk@example.org").recipient == "records@mudflat.example"
    assert Notice.objects.get().state == NoticeState.QUEUED
    with pytest.raises(IllegalStep):
        actions.draft_notices(step=PlanStep.objects.get(kind="remove"), drafts=[draft_of(platform, case)], by=ana, now=NOW)


@pytest.mark.req("INV-17")
def test_where_a_booked_place_is_all_that_is_known_keeping_is_still_proposed_and_never_without_an_offence() -> None:
    proposed = {step.kind: step for step in obligations(Facts(booked_place=True, offence_suspected=True))}
    assert proposed[StepKind.PRESERVE].reasons == (Reason.BOOKED_PLACE,)
    assert StepKind.REMOVE not in proposed
    assert StepKind.PRESERVE not in {step.kind for step in obligations(Facts(booked_place=True))}
    both = obligations(Facts(booked_place=True, has_addresses=True, not_agreed_to=True))
    assert Reason.BOOKED_PLACE in next(step for step in both if step.kind is StepKind.PRESERVE).reasons


@pytest.mark.req("INV-17")
def test_the_protocol_is_written_down_with_its_sources_and_says_what_the_letter_does(platform: Provider) -> None:
    docs = Path(settings.BASE).parents[1] / "docs"
    protocol = (docs / "rental.md").read_text("utf-8")
    table = [row for row in protocol.splitlines() if row.startswith("| ") and not row.startswith(("| what", "|---"))]
    assert len(table) == 3
    assert all(re.search(r"(A/79/122, paragraph \d+|ECPAT|the same)", row.split("|")[2]) for row in table), "each statement has its source"
    assert re.search(r"Version \d+ of \d{4}-\d{2}-\d{2}", protocol)
    assert "(rental.md)" in (docs / "tour.md").read_text("utf-8")
    named = re.search(r"`(src/[\w/.]+booking\.txt)`", protocol)
    assert named
    assert (docs.parent / named[1]).is_file()
    assert letter.subject(letter.Kind.BOOKING) == "Request about a booking"
    assert platform.address_for("booking") != platform.address_for("removal")
