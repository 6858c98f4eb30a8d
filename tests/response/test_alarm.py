"""Whoever takes emergency access is seen by supervisors who are not at the desk too: by a mail that says so and nothing else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as real
from tests.response.conftest import NOW, later
from tests.support.cast import actor
from tests.support.smtp_server import SmtpServer

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, FreshProof, Proof, Role
from cairndesk.cases import actions, readiness
from cairndesk.cases.models import BrokenGlass, Case
from cairndesk.cases.rules import Stage
from cairndesk.cases.rules.glass import GlassFinding, GlassReason
from cairndesk.response import jobs

pytestmark = [pytest.mark.django_db, pytest.mark.req("PRI-18")]
WHO = ["first@desk-one.example", "second@desk-one.example"]


@pytest.fixture
def glass(open_at: Callable[..., Case], one: Organisation, ana: Actor) -> BrokenGlass:
    case, ben = open_at(Stage.QUEUED), actor(one, "Ben", Role.ANALYST)
    actions.move(case=case, to=Stage.REVIEWING, by=ana, now=NOW)
    actions.claim(case=case, by=ana, now=NOW)
    fresh = FreshProof(ben.pseudonym, actions.glass_digest(case, ben), Proof.PASSKEY, NOW)
    return actions.break_glass(case=case, reason=GlassReason.NOBODY_THERE, why="The phone rings in Brook Street.", by=ben, fresh=fresh, now=NOW)


@pytest.fixture
def mail(settings) -> Callable[..., None]:
    def configured(port: int, to: list[str] = WHO) -> None:
        told = {"host": "127.0.0.1", "port": port, "tls": "none", "sender": "desk@desk-one.example", "supervisors": to}
        settings.CAIRNDESK = real.CAIRNDESK.model_copy(update={"mail": real.CAIRNDESK.mail.model_copy(update=told)})

    return configured


def test_each_supervisor_gets_one_mail_that_holds_no_word_of_the_case(glass: BrokenGlass, smtp: SmtpServer, mail: Callable[..., None]) -> None:
    mail(smtp.port)
    with time_machine.travel(NOW, tick=False):
        assert [jobs.tell_supervisors() for _ in range(2)] == [1, 0]
    assert [one.recipient for one in smtp.taken] == WHO
    case = glass.grant.case
    for one in smtp.taken:
        said = one.content.decode()
        assert "Emergency access at the desk" in said
        for word in (case.number, str(case.pk), case.pk.hex, str(glass.pk), glass.broken_by, "Ben", "Brook Street", glass.reason, "Cairn"):
            assert word not in said


@pytest.mark.parametrize(("code", "told"), [(451, 0), (550, 0), (250, 1)])
def test_a_server_that_takes_nothing_is_asked_again(glass: BrokenGlass, smtp: SmtpServer, mail: Callable[..., None], code: int, told: int) -> None:
    mail(smtp.port)
    smtp.behaviour.recipient = code
    with time_machine.travel(NOW, tick=False):
        assert jobs.tell_supervisors() == told
        smtp.behaviour.recipient = 250
        assert jobs.tell_supervisors() == 0
    with time_machine.travel(later(1), tick=False):
        assert jobs.tell_supervisors() == 1 - told


def test_whoever_was_told_is_not_told_again_while_another_is_tried_less_and_less_often(
    glass: BrokenGlass, smtp: SmtpServer, mail: Callable[..., None]
) -> None:
    mail(smtp.port)
    smtp.behaviour.refuses = {WHO[0]: 451}
    tries = []
    for seconds in range(0, 300, 30):
        with time_machine.travel(NOW + timedelta(seconds=seconds), tick=False):
            before = BrokenGlass.objects.get().attempts
            assert jobs.tell_supervisors() == 0
            if BrokenGlass.objects.get().attempts > before:
                tries.append(seconds)
    assert tries == [0, 30, 90, 210]
    assert [one.recipient for one in smtp.taken] == [WHO[1]]
    smtp.behaviour.refuses = {}
    with time_machine.travel(later(1), tick=False):
        assert [jobs.tell_supervisors() for _ in range(2)] == [1, 0]
    assert [one.recipient for one in smtp.taken] == [WHO[1], WHO[0]]


def test_what_was_looked_at_before_needs_no_mail(glass: BrokenGlass, sam: Actor, smtp: SmtpServer, mail: Callable[..., None]) -> None:
    mail(smtp.port)
    actions.review_glass(glass=glass, finding=GlassFinding.RIGHT, by=sam, now=NOW)
    assert jobs.tell_supervisors() == 0
    assert smtp.taken == []


def test_the_doctor_says_when_nobody_can_be_told_and_when_nobody_was(glass: BrokenGlass, smtp: SmtpServer, mail: Callable[..., None]) -> None:
    def levels() -> list[str]:
        return [level for _, level, *_ in readiness.looks(real.CAIRNDESK, later(1))]

    assert levels() == ["ok", "warning"]
    mail(smtp.port, [])
    assert (jobs.tell_supervisors(), levels()) == (0, ["ok", "warning"])
    mail(smtp.port)
    assert levels() == ["ok", "problem"]
    # Whoever is named for another organisation is told nothing of this one.
    mail(smtp.port, ["elsewhere:head@desk-two.example"])
    assert (jobs.tell_supervisors(), levels(), smtp.taken) == (0, ["ok", "warning", "problem"], [])
    mail(smtp.port)
    with time_machine.travel(NOW, tick=False):
        jobs.tell_supervisors()
    assert levels() == ["ok"]
