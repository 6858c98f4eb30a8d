"""Whether something was met before is a score of its own, and says why in words like the other two."""

from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from tests.review.test_pages import Enter, enter
from tests.support.cast import NOON
from tests.triage.test_matching import PAPERS

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Actor, Role
from cairndesk.cases.actions import add_item
from cairndesk.cases.models import Case
from cairndesk.cases.rules.facts import CaseFacts
from cairndesk.lib import clock
from cairndesk.signals import shelf
from cairndesk.signals.actions import import_list
from cairndesk.signals.engine.lists import Format, parse
from cairndesk.triage import queries
from cairndesk.triage.actions import assess
from cairndesk.triage.models import Assessment
from cairndesk.triage.rules.novelty import Novelty, Why, novelty, reasons_in_words

__all__ = ["enter"]


@pytest.mark.parametrize(
    ("recorded", "counts", "score", "words"),
    [
        ((), (0, 0, 0), Novelty.OPEN, ["no address, account, hash or number was told or found"]),
        ((), (2, 2, 0), Novelty.KNOWN, ["2 of 2 things met a list as they are"]),
        ((), (3, 1, 2), Novelty.VARIANT, ["1 of 3 things met a list as they are", "2 of 3 things are like something on a list"]),
        (
            (),
            (3, 1, 1),
            Novelty.NEW,
            ["1 of 3 things met a list as they are", "1 of 3 things are like something on a list", "1 of 3 things met no list"],
        ),
        (("known", "new"), (2, 2, 0), Novelty.NEW, ["a person recorded material as new", "2 of 2 things met a list as they are"]),
        (("known",), (0, 0, 0), Novelty.KNOWN, ["a person recorded material as known"]),
        (("known_variant",), (1, 0, 0), Novelty.VARIANT, ["a person recorded material as a variant of something known", "1 of 1 things met no list"]),
    ],
)
def test_each_score_has_its_reasons(recorded: tuple[str, ...], counts: tuple[int, int, int], score: Novelty, words: list[str]) -> None:
    things, exact, near = counts
    found = novelty(CaseFacts(novelty=frozenset(recorded)), things=things, exact=exact, near=near)
    assert (found.novelty, list(reasons_in_words(found.kept))) == (score, words)


def test_every_reason_has_words() -> None:
    assert len(set(reasons_in_words([[why, 1, 2] for why in Why]))) == len(Why)


@pytest.fixture
def listed(one: Organisation, sam: Actor) -> Iterator[None]:
    rows = parse(BytesIO(b"kind,value\nurl,https://pictures.example/known\n"), Format.CSV, {"kind": "kind", "value": "value"})
    import_list(organisation=one.pk, papers=PAPERS, rows=rows, by=sam, now=NOON)
    yield
    shelf.of.cache_clear()


@pytest.mark.slow
@pytest.mark.django_db
def test_the_card_and_the_page_of_the_priority_show_why(
    listed: None, tell: Callable[..., Case], enrol: Callable[..., Person], one: Organisation, enter: Enter
) -> None:
    case = tell({"what": ["found"]}, at=clock.now())
    for address in ("known", "never-met"):
        add_item(case=case, kind="url", identifier=f"https://pictures.example/{address}", by=SYSTEM, now=clock.now())
    assess(case=case, by=SYSTEM, now=clock.now())
    browser: Client = enter(enrol(one, "Sam", Role.SUPERVISOR))
    for page in (reverse("review:case", args=[case.pk]), reverse("triage:set-priority", args=[case.pk])):
        words = browser.get(page).content.decode()
        assert all(said in words for said in ("not met before", "1 of 2 things met a list as they are", "1 of 2 things met no list"))


@pytest.mark.django_db
def test_an_assessment_from_before_shows_its_word_alone_and_none_is_written_over(tell: Callable[..., Case]) -> None:
    case = tell({"what": ["found"]})
    last = case.assessments.get()
    same = ("case", "level", "is_emergency", "completeness", "due_at", "version", "actor", "at")
    Assessment.objects.create(**{name: getattr(last, name) for name in same}, novelty="known")
    held = queries.urgency(Case.objects.get(pk=case.pk))
    assert (held.novelty, held.novelty_why) == ("all of it is known", ())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Assessment.objects.filter(pk=last.pk).update(novelty_why=[])
