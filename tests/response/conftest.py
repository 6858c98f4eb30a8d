"""The response room's stage: a classified case, a provider, an authority with a key, services; and a mail server on this machine."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyrage import x25519
from tests.response.fetched import Fetcher
from tests.support.cast import actor, ana, lia, ola, one, ring, sam, two
from tests.support.smtp_server import SmtpServer

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases.actions import ReportFacts, add_item, describe_incident, move, open_case
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.directory import actions as directory
from cairndesk.directory.models import Authority, Provider, Service
from cairndesk.exchange.formats.letter import Target
from cairndesk.exchange.formats.report import pdf
from cairndesk.response import actions
from cairndesk.response.models import PlanStep
from cairndesk.response.rules import Choice, Facts, NoticeKind, StepKind

__all__ = ["ana", "lia", "ola", "one", "ring", "sam", "two"]
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
ADDRESS = "https://pictures.example/a/1"
RAE_SAYS = ReportFacts(source="child", channel="portal", path="child", language="en", told={"happening": "Somebody put my picture there."})
UNLAWFUL = {"Sample A": "unlawful"}


@pytest.fixture
def printer() -> None:
    """Asked for by the tests that look at the PDF of a package."""


@pytest.fixture(autouse=True)
def no_printer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everywhere else a package goes out as from a desk without the library that takes the better part of a second."""
    if "printer" not in request.fixturenames:
        monkeypatch.setattr(pdf, "library", lambda: None)


@pytest.fixture
def sue(one: Organisation) -> Actor:
    """A second supervisor: what Sam decides, Sue looks at."""
    return actor(one, "Sue", Role.SUPERVISOR)


@pytest.fixture
def open_at(ring: Keyring, one: Organisation, ana: Actor) -> Callable[..., Case]:
    def opened(stage: Stage = Stage.CLASSIFIED, **facts: object) -> Case:
        case = open_case(organisation=one, report=RAE_SAYS, by=ana, now=NOW)
        for there in (Stage.QUEUED, Stage.REVIEWING, Stage.CLASSIFIED):
            move(case=case, to=there, by=ana, now=NOW)
            if there is Stage.REVIEWING:
                describe_incident(case=case, facts={"setting": "online", **facts}, by=ana, now=NOW)
                add_item(case=case, kind="url", identifier=ADDRESS, by=ana, now=NOW)
            if there is stage:
                break
        return case

    return opened


@pytest.fixture
def case(open_at: Callable[..., Case]) -> Case:
    return open_at()


@pytest.fixture
def provider(ring: Keyring, lia: Actor) -> Provider:
    fields = {
        "name": "Pictures",
        "country": "XX",
        "notice_address": "abuse@pictures.example",
        "escalation_address": "lead@pictures.example",
        "answer_hours": 24,
        "preserve_days": 90,
        "flagger_mandate": "Order 12/2026",
        "flagger_status": "trusted flagger since 2026",
    }
    return directory.add_provider(fields=fields, domains=["pictures.example"], by=lia, now=NOW)


@dataclass(frozen=True)
class Keyholder:
    authority: Authority
    identity: str


@pytest.fixture
def police(ring: Keyring, lia: Actor) -> Keyholder:
    identity = x25519.Identity.generate()
    fields = {"name": "Sample police", "country": "XX", "kinds": ["police"], "route": "by hand", "age_recipient": str(identity.to_public())}
    return Keyholder(directory.add_authority(fields=fields, by=lia, now=NOW), str(identity))


@pytest.fixture
def service(ring: Keyring, lia: Actor) -> Service:
    return directory.add_service(fields={"kind": "counselling", "name": "Sample counsel", "country": "XX", "phone": "555-0100"}, by=lia, now=NOW)


@pytest.fixture
def plan(ring: Keyring, ana: Actor) -> Callable[..., dict[str, PlanStep]]:
    """Proposes a plan and gives its steps by kind."""

    def made(case: Case, **facts: object) -> dict[str, PlanStep]:
        known = {"has_addresses": True, "verdicts": UNLAWFUL, "offence_suspected": True, **facts}
        actions.propose_plan(case=case, facts=Facts(**known), by=ana, now=NOW)
        return {step.kind: step for step in PlanStep.objects.filter(case=case)}

    return made


@pytest.fixture
def draft(provider: Provider) -> actions.Draft:
    return actions.Draft(provider, NoticeKind.REMOVAL, [(Target.URL, ADDRESS)], "unlawful under the sample rules", "A2", expression_checked=True)


@pytest.fixture
def ready(case: Case, plan: Callable[..., dict[str, PlanStep]], draft: actions.Draft, ana: Actor) -> PlanStep:
    """A removal step with one drafted notice, the preservation choice recorded: one click before it goes."""
    steps = plan(case)
    actions.record_preservation(case=case, choice=Choice.OWN_RECORD, why="the desk keeps address and time", by=ana, now=NOW)
    actions.draft_notices(step=steps[StepKind.REMOVE], drafts=[draft], by=ana, now=NOW)
    return PlanStep.objects.get(pk=steps[StepKind.REMOVE].pk)


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


def later(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


@pytest.fixture
def fetcher(one: Organisation, sam: Actor, tmp_path: Path) -> Fetcher:
    return Fetcher(one, sam, tmp_path)
