"""Which cases are coded twice: a share of them, by a key, where the operator sets one."""

from datetime import datetime
from uuid import UUID

import pytest
from tests.review.conftest import CLEAR, as_actor
from tests.review.test_coding import Tell, at, team

from cairndesk.accounts.models import Organisation, Person
from cairndesk.cases.models import Sample
from cairndesk.custody.queries import entries_about
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.review import actions
from cairndesk.review.rules.agreement import is_drawn

__all__ = ["at", "team"]


@pytest.mark.django_db
def test_the_draw_takes_its_share_is_the_same_each_time_and_differs_under_another_key(ring: Keyring, one: Organisation) -> None:
    ids = [str(UUID(int=number)) for number in range(2000)]

    def draw(keys: Keyring) -> set[str]:
        return {key for key in ids if is_drawn(keys.blind_index(one.pk, "blind coding", key), 5)}

    mine, other = draw(ring), draw(Keyring.create([one.pk]))
    assert mine == draw(ring)
    # 100 of 2,000 on average; 60 and 140 are more than four standard deviations away.
    assert 60 < len(mine) < 140
    assert len(mine & other) < 30


@pytest.mark.slow
@pytest.mark.django_db
def test_nothing_is_drawn_unless_the_operator_sets_a_share(tell: Tell, team: dict[str, Person], at: datetime) -> None:
    case, ana = tell(at=at), as_actor(team["Ana"])
    actions.classify(case=actions.claim(case=case, by=ana, now=at), look=CLEAR, by=ana, now=at)
    assert not Sample.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db
def test_classifying_draws_by_the_share_that_is_set(tell: Tell, team: dict[str, Person], at: datetime, settings: object) -> None:
    desk = settings.CAIRNDESK.desk.model_copy(update={"coded_twice": 100})  # type: ignore[attr-defined]
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"desk": desk})  # type: ignore[attr-defined]
    case, ana = tell(at=at), as_actor(team["Ana"])
    actions.classify(case=actions.claim(case=case, by=ana, now=at), look=CLEAR, by=ana, now=at)
    assert Sample.objects.get().case == case
    assert "cases.coding.drawn" in [line.event for line in entries_about(case.pk)]
