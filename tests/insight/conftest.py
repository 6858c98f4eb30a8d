"""Cases to be counted, many at once, and who reads the figures."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from tests.support.cast import NOON, ana, one, ring, sam, two

from cairndesk.accounts.models import Organisation, Person, RoleGrant
from cairndesk.accounts.rules import Role
from cairndesk.cases.models import Case, CasePerson, HarmCode, Incident, Item, PersonRole, Report
from cairndesk.custody.actions import seal
from cairndesk.custody.rules import Purpose
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib import clock

__all__ = ["ana", "one", "ring", "sam", "two"]
VERSION = {"taxonomy": "2026.1"}
Hold = Callable[..., list[Case]]


@pytest.fixture
def hold(ring: Keyring, one: Organisation) -> Hold:
    """Makes `count` cases of one kind, each with a report: as the actions leave them, but all at once, because every test wants many."""

    def holding(count: int, *, at: datetime = NOON, of: Organisation = one, source: str = "child", language: str = "en", **more: Any) -> list[Case]:
        told = seal(organisation=of.pk, purpose=Purpose.TOLD, plain={}, now=at)
        opened = {"opened_at": at, "stage_since": at, "due_at": at, "next_action_at": at, "stage": more.get("stage", "received")}
        known = Case.objects.count()
        cases = Case.objects.bulk_create(Case(number=f"C-{known + place}", organisation=of, **opened) for place in range(count))
        report = {"source": source, "channel": "portal", "path": "child", "language": language, "told": told, "received_at": at, "told_at": at}
        Report.objects.bulk_create(Report(case=case, **report, **VERSION) for case in cases)
        if harm := more.get("harm"):
            incidents = Incident.objects.bulk_create(Incident(case=case, described_at=at, **VERSION) for case in cases)
            HarmCode.objects.bulk_create(HarmCode(incident=incident, harm=harm, is_lead=True, **VERSION) for incident in incidents)
        if gender := more.get("gender"):
            people = CasePerson.objects.bulk_create(CasePerson(case=case, gender=gender, added_at=at, **VERSION) for case in cases)
            PersonRole.objects.bulk_create(PersonRole(person=person, role="child", **VERSION) for person in people)
        if (codes := more.get("item")) is not None:
            item = {"kind": "url", "identifier": told, "added_at": at} | codes
            Item.objects.bulk_create(Item(case=case, **item, **VERSION) for case in cases)
        return cases

    return holding


@pytest.fixture
def aud(ring: object, one: Organisation) -> Client:
    """A browser in which Aud, who reads the numbers and opens no case, is signed in."""
    client, now = Client(), clock.now()
    person = Person.objects.create(organisation=one, created_at=now, sign_in_name="aud@one", name="Aud")
    RoleGrant.objects.create(person=person, role=Role.AUDITOR, granted_at=now)
    session = client.session
    session.update({"person": str(person.pk), "proof": "demo", "seen": now.isoformat(), "started": now.isoformat()})
    session.save()
    return client
