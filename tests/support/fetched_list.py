"""A list whose source has failed, as pages show it."""

from datetime import date, datetime, timedelta
from uuid import UUID

from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.signals import actions
from cairndesk.signals.models import ListSource
from cairndesk.signals.rules import Papers, Source, SourceKind


def in_trouble(organisation: UUID, by: Actor, now: datetime) -> ListSource:
    """A list of images of adults with a long address that was never fetched and answers too slowly."""
    papers = Papers(
        name="Fetched list", owner="Partner", agreement="A-8", terms="For matching of reports only.", provenance="fetched from its owner",
        received_on=now.date(), expires_on=date(2100, 1, 1),
    )  # fmt: skip
    place = Source(kind=SourceKind.STOPNCII, address="https://lists.partner.example/a-rather-long-path-without-a-break/v1", credentials="partner")
    held = actions.set_source(organisation=organisation, papers=papers, source=place, by=by, now=now)
    assert actions.claim_source(source=held, worker="w", now=now)
    says, again = "The source answers too slowly.", now + timedelta(minutes=1)
    actions.record_fetch_trouble(source=held, worker="w", code="response.fetch_delayed", says=says, again=again, by=SYSTEM, now=now)
    ListSource.objects.filter(pk=held.pk).update(unmatched={"pdna": 1200, "tmk-pdqf": 3}, refused=2)
    return held
