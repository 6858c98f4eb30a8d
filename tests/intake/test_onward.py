"""One door for every platform and every place: what is told there is led on to whoever can act, and what is told later joins it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.intake.portal.rae import Rae
from tests.intake.test_from_page_to_desk import work

from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases import actions as cases
from cairndesk.cases.models import Case
from cairndesk.cases.queries import aliases, identifier_of
from cairndesk.cases.rules import Stage
from cairndesk.directory import actions as directory
from cairndesk.lib import clock
from cairndesk.response.actions import propose_plan
from cairndesk.response.models import PlanStep
from cairndesk.response.queries import facts_of, prefilled
from cairndesk.triage.actions import take_in

__all__ = ["work"]
pytestmark = pytest.mark.django_db
LINK = "https://pictures.example/a/1"


@pytest.fixture
def judged(work: Callable[[], None], ana: Actor, lia: Actor) -> Callable[[], tuple[Case, set[str]]]:
    """What was told is taken in and judged by a person as unlawful; gives the case and the kinds of its proposed steps."""

    def judging() -> tuple[Case, set[str]]:
        fields = {"name": "Pictures", "country": "XX", "notice_address": "abuse@pictures.example", "answer_hours": 24, "preserve_days": 90}
        directory.add_provider(fields=fields, domains=["pictures.example"], by=lia, now=clock.now())
        work()
        case = Case.objects.get()
        take_in(case=case, now=clock.now())
        for stage in (Stage.REVIEWING, Stage.CLASSIFIED):
            cases.move(case=case, to=stage, by=ana, now=clock.now())
        known = replace(facts_of(case), verdicts={"Sample A": "unlawful"}, offence_suspected=True)
        propose_plan(case=case, facts=known, by=SYSTEM, now=clock.now())
        return case, set(PlanStep.objects.filter(case=case).values_list("kind", flat=True))

    return judging


@pytest.mark.req("INT-13")
@pytest.mark.parametrize(
    ("link", "where", "asked"),
    [
        (LINK, {"setting": "online", "service": "Pictures"}, "Pictures"),
        ("https://game.example/7", {"setting": "both", "service": "A game that nobody knows"}, None),
        ("", {"setting": "in_person"}, ""),
    ],
)
def test_any_platform_known_or_not_and_any_place_offline_is_told_at_one_door_and_led_on(
    rae: Rae, judged: Callable[[], tuple[Case, set[str]]], link: str, where: dict[str, str], asked: str | None
) -> None:
    rae.starts("child").says(danger="not_now").says(what="threatens", link=link).says(**where).says(more="Please help.")
    assert len(rae.parts) == 6
    case, steps = judged()
    # Whoever told has nobody else to turn to: the desk asks the police, who helps, and the platform, if there is one.
    assert steps >= {"authority", "support"}
    assert ("remove" in steps) == bool(link)
    assert [one.provider.name if one.provider else None for one in prefilled(case)] == ([asked] if link else [])


@pytest.mark.req("INT-18")
@pytest.mark.parametrize(
    ("target", "kind"), [({"link": LINK}, "url"), ({"handle": "some.one", "service": "Instagram"}, "account")], ids=["link", "name"]
)
def test_a_link_or_a_name_and_a_reason_are_enough_to_begin_a_removal(
    rae: Rae, judged: Callable[[], tuple[Case, set[str]]], target: dict[str, str], kind: str
) -> None:
    rae.starts("friend").says("decline").says("send" if kind == "url" else "next", what="found", **(target if kind == "url" else {}))
    if kind == "account":
        rae.says("send", **target)
    assert len(rae.parts) == 6
    case, steps = judged()
    assert [item.kind for item in case.items.all()] == [kind]
    assert steps >= {"preserve", "remove"}
    ((_, address),) = [one for letter in prefilled(case) for one in letter.targets]
    assert address == next(iter(target.values()))


@pytest.mark.req("INT-37")
def test_a_new_name_that_is_told_later_by_the_six_words_joins_the_account_that_the_person_had(rae: Rae, work: Callable[[], None], ana: Actor) -> None:
    rae.starts("child").says(danger="not_now").says(what="threatens").says(service="Instagram", handle="some.one")
    words = " ".join(rae.says(more="Please.").parts)
    work()
    case = Case.objects.get()
    by = {"by": ana, "now": clock.now()}
    person = cases.add_person(case=case, role="person_of_concern", **by)
    first = cases.amend_item(item=case.items.get(kind="account"), facts={"holder": person}, **by)
    rae.posts("/back", words=words)
    rae.posts("/back", **rae.hidden, go="write", text="He is back as new.one.", link="https://www.instagram.com/new.one/")
    work()
    assert Case.objects.count() == 1
    assert "https://www.instagram.com/new.one/" in [identifier_of(item) for item in case.items.all()]
    second = cases.add_item(case=case, kind="account", identifier="new.one", facts={"service": "instagram", "holder": person}, **by)
    assert list(aliases(first)) == [second]
    assert person.pk == second.holder_id
