"""Accounts in four scripts, as long as they come and as long as they are compared: from the spool to the package, word for word, in bounded work."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.intake.conftest import data, put, spool
from tests.response.confirmed import approve, build
from tests.response.conftest import Keyholder, police
from tests.response.test_packages import GROUNDS, unpack
from tests.review.conftest import CLEAR, as_actor, enrol
from tests.review.test_pages import Enter, enter
from tests.triage.test_retelling import LETTERS, made

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.custody.queries import unseal_fields
from cairndesk.intake import jobs as intake
from cairndesk.intake.rules import Path as Telling
from cairndesk.intake.spool import Spool
from cairndesk.lib import clock
from cairndesk.response import jobs as response
from cairndesk.response.models import PlanStep
from cairndesk.review import actions, recall
from cairndesk.review.actions.search import search
from cairndesk.review.queries.stacks import weigh
from cairndesk.review.rules.stacks import Out
from cairndesk.triage import jobs as triage
from cairndesk.triage.models import Stacked, Wording
from cairndesk.triage.rules import retelling

__all__ = ["data", "enrol", "enter", "police", "put", "spool"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SCRIPTS = ("latin", "cyrillic", "devanagari", "han")
MOST_STATEMENTS = 120


def told(letters: int) -> str:
    """So many letters of words that are all others, in four scripts by turns."""
    draw = Random(letters)  # noqa: S311 - texts of a test
    words: list[str] = []
    while sum(map(len, words)) + len(words) < letters:
        for script in SCRIPTS:
            words += made(draw, LETTERS[script], 50)
    return " ".join(words)[: letters - 1] + "。"


@pytest.fixture
def ana(enrol: Callable[..., Person], one: Organisation) -> Actor:
    return as_actor(enrol(one, "Ana", Role.ANALYST))


@pytest.fixture
def tells(put: Callable[..., str], spool: Spool) -> Callable[[str], Case]:
    """A carer's account, through the spool, drained and assessed; as many statements as an account of one sentence takes, and a few."""

    def telling(words: str) -> Case:
        known = set(Case.objects.values_list("pk", flat=True))
        put({"what": ["no_action"], "danger": ["not_now"], "more": words}, done=True, path=Telling.CARER, draft=f"{len(known) + 1:032x}")
        assert intake.drain(spool) == 1
        with CaptureQueriesContext(connection) as asked:
            assert triage.assess() == 1
        assert len(asked) < MOST_STATEMENTS
        return Case.objects.exclude(pk__in=known).get()

    return telling


def kept(case: Case) -> str:
    return str(unseal_fields(case.reports.get().told)["answers"]["more"])


def searched(words: str, ana: Actor, monkeypatch: pytest.MonkeyPatch) -> set[Case]:
    """What is found by the longest word of each script in it."""
    held = recall.Recall()
    monkeypatch.setattr(recall, "HELD", held)
    held.take_in(now=clock.now())
    assert held.standing(ana.organisation).left == 0
    asked = [max((one for one in words.split() if set(one) <= set(LETTERS[script])), key=len) for script in SCRIPTS]
    found = [{case for case, _ in search(said=said, by=ana, now=clock.now()).cases} for said in asked]
    return set.intersection(*found)


def test_an_account_of_a_megabyte_goes_its_whole_way_and_is_compared_with_none(
    tells: Callable[[str], Case],
    ana: Actor,
    enter: Enter,
    police: Keyholder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = told(1_000_000 // 2)
    assert len(words.encode()) > 1_000_000
    drawn: list[Any] = []
    monkeypatch.setattr(retelling, "_smallest", lambda *given: drawn.append(given))
    case, browser = tells(words), enter(Person.objects.get(pseudonym=ana.pseudonym))
    assert kept(case) == words
    # One who mails the same again is not compared either: nothing is drawn of what is so long.
    again = tells(words)
    assert (drawn, Wording.objects.count(), Stacked.objects.count()) == ([], 0, 0)
    assert searched(words, ana, monkeypatch) == {case, again}
    paths = ("/", "/queue/waiting/", f"/cases/{case.pk}/", f"/cases/{case.pk}/known/", f"/cases/{case.pk}/stack/")
    for path in paths:
        with CaptureQueriesContext(connection) as asked:
            page = browser.get(path)
        assert (page.status_code, len(page.content) < 200_000, len(asked) <= 60) == (200, True, True), path
    actions.claim(case=case, by=ana, now=clock.now())
    opened = browser.post(f"/cases/{case.pk}/account/{case.reports.get().pk}/").content.decode()
    assert words in opened
    actions.classify(case=case, look=CLEAR, by=ana, now=clock.now())
    assert response.propose() == 1
    case.refresh_from_db()
    assert case.stage == Stage.CLASSIFIED
    step = approve(PlanStep.objects.get(case=case, kind="authority"), by=ana, now=clock.now())
    package = build(step, police.authority, GROUNDS, by=ana, now=clock.now())
    folder = unpack(package, police, tmp_path / "package")
    document = json.loads((folder / "data/case.json").read_bytes())
    assert document["accounts"][0]["told"]["more"] == words
    assert len(bytes(package.sealed)) < 30 * len(words.encode())


def test_of_two_just_short_enough_the_second_waits_under_the_first_and_follows(
    tells: Callable[[str], Case], ana: Actor, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, rows = told(retelling.LONGEST - 1), list[int]()
    smallest = retelling._smallest

    def counted(found: Any, key: bytes) -> Any:
        rows.append(len(found))
        return smallest(found, key)

    monkeypatch.setattr(retelling, "_smallest", counted)
    lead = tells(words)
    same = tells(words)
    assert [kept(case) for case in (lead, same)] == [words, words]
    # Each is drawn once, by as many shingles as it has words at most.
    assert (len(rows), max(rows) < len(words)) == (2, True)
    assert triage.assess() == 0
    [stood] = Stacked.objects.all()
    assert (stood.case, stood.lead, stood.because) == (same, lead, ["retold"])
    assert searched(words, ana, monkeypatch) == {lead, same}
    actions.claim(case=lead, by=ana, now=clock.now())
    actions.classify(case=lead, look=CLEAR, by=ana, now=clock.now())
    browser = enter(Person.objects.get(pseudonym=ana.pseudonym))
    page = browser.get(f"/cases/{lead.pk}/stack/").content
    assert (same.number.encode() in page, len(page) < 100_000) == (True, True)
    taken = lead.classifications.get()
    done = actions.decide_stack(lead=lead, shown_at=clock.now(), shown=taken.pk, by=ana, now=clock.now())
    actions.carry_out(decision=done.decision, most=2, now=done.decision.due_at)
    assert {one.case: one.state for one in done.decision.members.all()} == {same: "followed"}
    # One letter more is compared with none, and one other word is held out to be read.
    assert not Stacked.objects.filter(case=tells(words + "xx")).exists()
    other = words.replace(" ".join(words.split()[10:12]), words.split()[10] + " " + "zzzz", 1)
    near = tells(other)
    [held] = weigh(list(Stacked.objects.filter(case=near, lead=lead).select_related("case")), lead=lead, now=clock.now())
    assert held.out == Out.DIFFERS
