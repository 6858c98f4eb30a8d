"""A message that comes in at the very moment of an erasure does not stay in the case from which everything went."""

import threading
import time
from pathlib import Path

import pytest
from django.db import transaction
from tests.support.cast import NOON
from tests.support.threads import in_threads, shared_database

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM
from cairndesk.cases.actions import ReportFacts, open_case
from cairndesk.cases.models import Case
from cairndesk.custody import access
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.intake import actions
from cairndesk.intake.models import Message, Receipt
from cairndesk.intake.rules import Fragment, Kind

INDEX = "c" * 32


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_message_that_comes_while_everything_is_erased_is_gone_with_it(tmp_path: Path) -> None:
    is_held, organisations = threading.Event(), []

    def prepare() -> None:
        one = Organisation.objects.create(slug="one", name="Cairn Desk One", is_first=True, created_at=NOON)
        access.use(Keyring.create([one.pk]))
        told = ReportFacts(source="child", channel="portal", path="child", language="en", told={"answers": {}})
        Receipt.objects.create(index=INDEX, mailbox_public=b"", case=open_case(organisation=one, report=told, by=SYSTEM, now=NOON), made_at=NOON)
        organisations.append(one)

    def forget() -> None:
        with transaction.atomic():
            case = Case.objects.get()
            actions.stop_listening(case=case)
            is_held.set()
            # Time enough for the message to come as far as it gets.
            time.sleep(0.5)
            actions.forget_reporter(case=case, now=NOON)

    def write() -> None:
        is_held.wait(20)
        message = Fragment(kind=Kind.MESSAGE, organisation=str(organisations[0].pk), hour="2026-03-04T12:00Z", receipt_index=INDEX, text="more")
        actions.receive_report(files=[actions.Filed("m" * 32, organisations[0].pk, message)], now=NOON)

    with shared_database(tmp_path):
        in_threads(prepare)
        in_threads(forget, write)
        [left] = in_threads(lambda: (Receipt.objects.count(), Message.objects.count()))
    access.use(None)
    assert left == (0, 0)
