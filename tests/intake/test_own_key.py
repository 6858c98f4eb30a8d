"""What came sealed to the key of the week comes under the organisation's own key when it is taken in: nobody has to triage it first."""

import pytest

from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.custody.models import SealedItem
from cairndesk.custody.queries import intake_keys
from cairndesk.custody.sealing import hpke
from cairndesk.intake import jobs
from cairndesk.triage import jobs as triage


@pytest.mark.django_db
@pytest.mark.req("EVD-21")
def test_before_and_after_triage_nothing_of_a_case_is_sealed_to_a_key_of_the_week(put, spool, ring, one):
    name = put({"what": ["threatens"], "more": "words"}, done=True)
    weeks = {hpke.key_id(bytes(key.public)) for key in intake_keys(one.pk)}
    assert hpke.sealed_to(spool.read(name).sealed) in weeks
    jobs.drain(spool)
    for _ in range(2):
        held = [bytes(item.wrapped) for item in SealedItem.objects.filter(erased_at=None)]
        assert held
        assert {hpke.sealed_to(wrapped) for wrapped in held} == {hpke.key_id(ring.own_public(one.pk))}
        # And so nothing of the case holds the key of the week back.
        assert not SealedItem.objects.filter(under_own=False).exists()
        triage.assess()
    assert Case.objects.get().stage == Stage.QUEUED
