"""What is known of whoever was harmed opens more support: it is offered, marked and first; nothing is taken away, and they choose."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from tests.response.confirmed import approve
from tests.response.conftest import NOW
from tests.response.test_pages import SignIn, see, sign_in

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases.actions import add_person, record_sensitive
from cairndesk.cases.models import Case, CasePerson
from cairndesk.directory import actions as directory
from cairndesk.directory.models import Service
from cairndesk.directory.rules import Expertise
from cairndesk.lib.unknowns import Unknown
from cairndesk.response import actions, queries
from cairndesk.response.models import PlanStep
from cairndesk.response.rules import Consent
from cairndesk.review.rules.support import Known, fitting
from cairndesk.triage.actions.assess import assess

__all__ = ["sign_in"]
Plan = Callable[..., dict[str, PlanStep]]
YES = actions.Choice(is_given=True, limits_explained=True, by_whom="child", maturity="understands it")


@pytest.fixture
def told(case: Case, ana: Actor, settings: Any) -> Callable[..., CasePerson]:
    """A child of the case who tells of a sensitive attribute; the operator allows asking for two."""
    desks = settings.CAIRNDESK.desks.model_copy(update={"sensitive_attributes": ["disability", "faith"]})
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"desks": desks})

    def telling(**answers: str) -> CasePerson:
        child = add_person(case=case, role="child", by=ana, now=NOW)
        for attribute, answer in answers.items():
            record_sensitive(person=child, attribute=attribute, answer=answer, by=ana, now=NOW)
        return child

    return telling


@pytest.fixture
def services(ring: object, lia: Actor) -> dict[str, Service]:
    """Three that are offered anyway or not at all, and what each is known for."""
    rows = (
        ("near", "counselling", "XX", [], 0),
        ("deaf", "counselling", "XX", ["disability"], 9),
        ("temple", "shelter", "XX", ["faith"], 9),
        ("house", "shelter", "XX", [], 0),
    )
    made = {}
    for name, kind, country, expertise, weeks in rows:
        fields = {"kind": kind, "name": name, "country": country, "phone": "555-0100", "expertise": expertise, "waiting_weeks": weeks}
        made[name] = directory.add_service(fields=fields, by=lia, now=NOW)
    return made


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.req("TRG-23")
def test_a_factor_is_seen_by_whoever_triages_and_adds_support_and_restricts_no_choice(
    case: Case, plan: Plan, services: dict[str, Service], told: Callable[..., CasePerson], ana: Actor, sign_in: SignIn, one: Organisation
) -> None:
    analyst = sign_in(one, "Ann", Role.ANALYST)
    step = approve(plan(case)["support"], by=ana, now=NOW)
    before = queries.services_for_step(step)
    assert "people with a disability" not in analyst.get(reverse("review:known", args=[case.pk])).content.decode()
    assess(case=case, by=ana, now=NOW)
    case.refresh_from_db()
    urgency = (case.priority, case.is_emergency)
    told(disability="yes", faith="no")
    known = analyst.get(reverse("review:known", args=[case.pk])).content.decode()
    assert "experience of this may fit: people with a disability, abuse online." in known
    after = queries.services_for_step(step)
    assert {one.id for one in before} <= {one.id for one in after}
    assert [one.name for one in after if one.country == "XX"][:1] == ["deaf"]
    page = see(analyst, "refer", step.pk)
    assert "deaf (experience: people with a disability)" in page
    assert "temple" not in page
    # Attention is informed, and no queue moved by who somebody is.
    assess(case=case, by=ana, now=NOW)
    case.refresh_from_db()
    assert (case.priority, case.is_emergency) == urgency
    # They may take something else, or nothing.
    for service, chosen in ((services["near"], True), (services["deaf"], False)):
        drafted = actions.draft_referral(step=step, service=service, reason="support", best_interests="her choice", by=ana, now=NOW)
        held = actions.record_consent(referral=drafted, choice=replace(YES, is_given=chosen), by=ana, now=NOW)
        assert held.consent == (Consent.GIVEN if chosen else Consent.REFUSED)


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.req("DIM-14")
def test_faith_is_asked_only_where_it_is_allowed_and_finds_support_of_kinds_that_were_not_offered(
    case: Case, plan: Plan, services: dict[str, Service], told: Callable[..., CasePerson], ana: Actor, settings: Any
) -> None:
    step = approve(plan(case)["support"], by=ana, now=NOW)
    told(faith="yes")
    assert next(one.name for one in queries.services_for_step(step) if one.country == "XX") == "temple"
    assert "house" not in [one.name for one in queries.services_for_step(step)]
    # Switched off, what was told before is matched with nothing.
    desks = settings.CAIRNDESK.desks.model_copy(update={"sensitive_attributes": []})
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"desks": desks})
    assert "temple" not in [one.name for one in queries.services_for_step(step)]


@pytest.mark.django_db
def test_where_somebody_may_harm_themselves_who_talks_with_them_now_comes_before_experience(
    case: Case, plan: Plan, services: dict[str, Service], told: Callable[..., CasePerson]
) -> None:
    told(disability="yes", faith="yes")
    step = plan(case, self_harm=True)["support"]
    assert [one.name for one in queries.services_for_step(step) if one.country == "XX"][:2] == ["near", "deaf"]
    services["near"].waiting_weeks = 1
    services["near"].save()
    assert [one.name for one in queries.services_for_step(step) if one.country == "XX"][:2] == ["deaf", "temple"]


CODES = st.frozensets(st.sampled_from(["disability", "origin", "faith", "earlier_trafficking", "lgbtq", "displacement", "hardship"]))


@pytest.mark.slow
@given(
    told=CODES,
    more=CODES,
    genders=st.frozensets(st.sampled_from(["boy_or_man", "girl_or_woman", "non_binary", *Unknown])),
    relations=st.frozensets(st.sampled_from(["parent", "stranger", "online_only", *Unknown])),
)
def test_knowing_more_opens_more_and_never_less(
    told: frozenset[str], more: frozenset[str], genders: frozenset[str], relations: frozenset[str]
) -> None:
    less = Known(told=frozenset((name, "yes") for name in told), genders=genders)
    richer = Known(told=less.told | {(name, "described") for name in more}, genders=genders, relations=relations)
    assert set(fitting(less)) <= set(fitting(richer))


@pytest.mark.parametrize("answer", ["no", *Unknown])
def test_a_no_and_an_unknown_open_nothing(answer: str) -> None:
    assert fitting(Known(told=frozenset({("disability", answer), ("lgbtq", "yes")}), genders=frozenset({"girl_or_woman"}))) == ()


def test_each_experience_that_services_can_have_is_opened_by_something() -> None:
    everything = Known(
        told=frozenset({("disability", "yes"), ("origin", "described"), ("faith", "yes")}),
        genders=frozenset({"boy_or_man"}),
        relations=frozenset({"parent"}),
        settings=frozenset({"both"}),
        harms=frozenset({"trafficking_sexual"}),
    )
    assert set(fitting(everything)) == set(Expertise)
