"""What an optional analyser says is shown as a hint with its error rates, and changes nothing of a case (DET-05)."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.review.conftest import as_actor
from tests.review.test_media import Tell, anas, hashing
from tests.support import plugins
from tests.synthetic import pictures

from cairndesk.accounts.models import Organisation, Person
from cairndesk.cases.models import Case, Item
from cairndesk.config import Analysers
from cairndesk.lib import clock
from cairndesk.review import actions

__all__ = ["anas", "hashing"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("DET-05"), pytest.mark.slow]


def weighed(case: Case) -> tuple[Any, ...]:
    """All that decides what becomes of a case."""
    case.refresh_from_db()
    newest = case.assessments.last()
    return case.priority, case.stage, case.is_emergency, newest.reasons, sorted(Item.objects.filter(case=case).values_list("hash_kind", "novelty"))


@pytest.mark.req("PRI-22")
def test_it_is_shown_as_a_hint_with_its_error_rates_and_moves_nothing(
    tell: Tell, anas: Client, hashing: Organisation, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, data = as_actor(Person.objects.get(name="Ana")), pictures.encoded(pictures.scene())
    without, case = tell(at=clock.now()), tell(at=clock.now())
    actions.hand_over(case=without, data=data, by=ana, now=clock.now())
    monkeypatch.syspath_prepend(str(plugins.install(tmp_path, {"plain": "plain_area:analyser"})))
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"analysers": Analysers(on=["plain"])})
    actions.hand_over(case=case, data=data, by=ana, now=clock.now())
    assert weighed(case) == weighed(without)
    page = anas.get(reverse("review:case", args=[case.pk])).content.decode()
    for words in (
        "A hint of a machine, and no finding",
        "<bdi>Plain area</bdi>",
        "2 of 100 files that are not so",
        "misses 12.5 of 100",
        "100 drawn pictures",
    ):
        assert words in page
    assert "A hint of a machine" not in anas.get(reverse("review:case", args=[without.pk])).content.decode()
