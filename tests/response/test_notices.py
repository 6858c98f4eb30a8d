"""A notice goes out once, over a real mail server, waits for an answer, and can be taken back."""

import json
import ssl
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

import pytest
import xarf
from tests.response.confirmed import approve, ask_to_renew, decide, escalate, remind, send_notice, try_again
from tests.response.conftest import ADDRESS, NOW, later
from tests.support.smtp_server import Certificate, SmtpServer

from cairndesk.accounts import undo
from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases.models import Case
from cairndesk.custody import access
from cairndesk.custody.queries import entries_about
from cairndesk.directory.models import Provider
from cairndesk.exchange.formats import letter
from cairndesk.insight.queries import numbers
from cairndesk.lib.belt import DEAD_AFTER
from cairndesk.response import actions, queries
from cairndesk.response.adapters.egress import Egress
from cairndesk.response.adapters.smtp import Server, send
from cairndesk.response.errors import DeliveryDelayed, DeliveryRefused, IllegalStep, NotAllowedOut, SignOffMissing, TlsMissing
from cairndesk.response.models import CounterNotice, Delivery, Notice, PlanStep
from cairndesk.response.rules import Choice, NoticeKind, NoticeState, StepState

SENDER = "notices@desk-one.example"


@pytest.fixture
def queued(ready: PlanStep, ana: Actor) -> Delivery:
    approve(ready, by=ana, now=NOW)
    return Delivery.objects.get()


@pytest.fixture
def sent(queued: Delivery, smtp: SmtpServer) -> Notice:
    assert deliver(queued, smtp)
    return Notice.objects.get()


def deliver(delivery: Delivery, smtp: SmtpServer, hours: float = 0, sender: str = SENDER) -> bool:
    server = Server("127.0.0.1", smtp.port, tls="none")
    egress = Egress([("127.0.0.1", smtp.port)])
    # A letter waits for thirty seconds before it goes.
    now = later(hours) + undo.window()
    return actions.deliver(delivery=delivery, server=server, egress=egress, sender=sender, worker="w1", by=SYSTEM, now=now)


def opened(raw: bytes) -> EmailMessage:
    return cast("EmailMessage", message_from_bytes(raw, policy=default))


@pytest.mark.django_db
@pytest.mark.req("RMV-04")
def test_every_letter_of_a_notice_says_who_asks_and_by_which_right(sent: Notice, ana: Actor, smtp: SmtpServer) -> None:
    assert deliver(remind(sent, by=ana, now=later(25)), smtp, hours=25)
    assert deliver(escalate(sent, by=ana, now=later(26)), smtp, hours=26)
    assert len(smtp.taken) == 3
    for taken in smtp.taken:
        body = opened(taken.content).get_body(("plain",))
        assert body is not None
        for words in (sent.case.organisation.name, "Mandate: Order 12/2026", "Flagger status: trusted flagger since 2026"):
            assert words in body.get_content()


@pytest.mark.django_db
@pytest.mark.req("RMV-08")
@pytest.mark.parametrize("target", ["url", "account", "thread", "post", "advert", "search_result", "app", "model"])
def test_a_notice_can_name_every_kind_of_target(ready: PlanStep, draft: actions.Draft, ana: Actor, target: str) -> None:
    (notice,) = actions.draft_notices(step=ready, drafts=[replace(draft, targets=[(letter.Target(target), ADDRESS)])], by=ana, now=NOW)
    shown = queries.letter_text(notice)
    assert "hxxps://pictures[.]example/a/1" in shown
    words = {"url": "content", "thread": "thread", "post": "personal details", "advert": "advert", "search_result": "search result"}
    assert words.get(target, target) in shown


@pytest.mark.django_db
@pytest.mark.req("RMV-01")
@pytest.mark.req("RMV-02")
@pytest.mark.req("DIM-44")
def test_an_approved_notice_reaches_the_provider_with_a_letter_and_a_report(sent: Notice, smtp: SmtpServer) -> None:
    (taken,) = smtp.taken
    assert (taken.sender, taken.recipient) == (SENDER, "abuse@pictures.example")
    message = opened(taken.content)
    body = message.get_body(("plain",))
    assert body is not None
    assert "hxxps://pictures[.]example/a/1" in body.get_content()
    assert ADDRESS not in body.get_content()
    (attachment,) = message.iter_attachments()
    document = json.loads(attachment.get_content())
    assert document["url"] == ADDRESS
    assert xarf.parse(document).errors == []
    assert (sent.state, sent.sent_at) == (NoticeState.SENT, NOW + undo.window())


@pytest.mark.django_db
def test_the_mail_names_no_case_no_person_and_nothing_that_was_told(sent: Notice, smtp: SmtpServer, case: Case, ana: Actor) -> None:
    text = smtp.taken[0].content.decode()
    for secret in (case.number, str(case.pk), ana.name, ana.pseudonym, "Somebody put", "child@"):
        assert secret not in text


@pytest.mark.django_db
def test_the_letter_waits_sealed(queued: Delivery) -> None:
    notice = queued.notice
    for kept in (queued.message, notice.document):
        assert b"pictures" not in bytes(kept.ciphertext)


@pytest.mark.django_db
def test_without_a_mail_server_nothing_is_lost_and_the_health_page_says_so(queued: Delivery, smtp: SmtpServer) -> None:
    with SmtpServer() as gone:
        pass
    assert not deliver(queued, gone)
    queued.refresh_from_db()
    assert (queued.done_at, queued.is_dead, queued.trouble) == (None, False, "response.delivery_delayed")
    health = queries.health(is_configured=False)
    assert (health.is_configured, health.waiting, health.dead, health.troubles) == (False, 1, 0, {"response.delivery_delayed": 1})
    assert not deliver(queued, smtp)
    assert deliver(queued, smtp, hours=1)


@pytest.mark.django_db
def test_without_a_sender_it_waits_too(queued: Delivery, smtp: SmtpServer) -> None:
    assert not deliver(queued, smtp, sender="")
    queued.refresh_from_db()
    assert not queued.is_dead
    assert smtp.taken == []


@pytest.mark.django_db
def test_a_locked_desk_delays_a_letter_and_uses_up_no_try(queued: Delivery, smtp: SmtpServer) -> None:
    ring = access.keys()
    access.use(None)
    assert not deliver(queued, smtp)
    access.use(ring)
    queued.refresh_from_db()
    assert (queued.attempts, queued.trouble) == (0, "desk_locked")
    assert deliver(queued, smtp, hours=0.1)


@pytest.mark.django_db
def test_a_busy_server_is_tried_again_later_and_a_refusal_never(queued: Delivery, smtp: SmtpServer) -> None:
    smtp.behaviour.recipient = 451
    assert not deliver(queued, smtp)
    assert not deliver(queued, smtp)
    smtp.behaviour.recipient = 550
    assert not deliver(queued, smtp, hours=1)
    queued.refresh_from_db()
    assert (queued.is_dead, queued.trouble) == (True, "response.delivery_refused")
    assert Notice.objects.get().state == NoticeState.UNDELIVERED
    assert PlanStep.objects.get(kind="remove").state == StepState.FAILED


@pytest.mark.django_db
def test_a_dead_letter_is_sent_again_by_a_person(queued: Delivery, ana: Actor, smtp: SmtpServer) -> None:
    smtp.behaviour.recipient = 550
    deliver(queued, smtp)
    smtp.behaviour.recipient = 250
    try_again(queued.notice, by=ana, now=later(1))
    assert deliver(queued, smtp, hours=1)
    assert Notice.objects.get().state == NoticeState.SENT


@pytest.mark.django_db
def test_it_gives_up_after_the_last_try_and_says_so(queued: Delivery, smtp: SmtpServer) -> None:
    Delivery.objects.update(attempts=DEAD_AFTER - 1)
    smtp.behaviour.end = 451
    assert not deliver(queued, smtp)
    assert queries.health(is_configured=True).dead == 1
    assert "response.delivery.given_up" in [line.event for line in entries_about(queued.notice.case_id)]


@pytest.mark.django_db
def test_a_server_that_hangs_up_after_taking_it_gets_the_same_message_again(queued: Delivery, smtp: SmtpServer) -> None:
    smtp.behaviour.hangs_up_after_data = True
    assert not deliver(queued, smtp)
    smtp.behaviour.hangs_up_after_data = False
    assert deliver(queued, smtp, hours=1)
    first, second = smtp.taken
    assert first.content == second.content


@pytest.mark.django_db
def test_of_two_workers_one_delivers(queued: Delivery) -> None:
    assert not actions.claim_delivery(delivery=queued, worker="w1", now=NOW)
    assert actions.claim_delivery(delivery=queued, worker="w1", now=NOW + undo.window())
    assert not actions.claim_delivery(delivery=queued, worker="w2", now=NOW + undo.window())
    assert actions.claim_delivery(delivery=queued, worker="w2", now=later(0.2))


@pytest.mark.django_db
def test_a_delivered_letter_is_not_sent_twice(sent: Notice, smtp: SmtpServer) -> None:
    assert not deliver(Delivery.objects.get(), smtp, hours=48)
    assert len(smtp.taken) == 1


def test_it_reaches_nothing_but_what_is_configured(smtp: SmtpServer) -> None:
    server = Server("127.0.0.1", smtp.port, tls="none")
    with pytest.raises(NotAllowedOut):
        send(server, Egress([("127.0.0.1", smtp.port + 1)]), sender=SENDER, recipient="a@b.example", message=b"x")
    with pytest.raises(NotAllowedOut):
        send(server, Egress([("", smtp.port)]), sender=SENDER, recipient="a@b.example", message=b"x")


def test_a_server_without_tls_gets_nothing(smtp: SmtpServer) -> None:
    server = Server("127.0.0.1", smtp.port, tls="starttls")
    with pytest.raises(TlsMissing):
        send(server, Egress([("127.0.0.1", smtp.port)]), sender=SENDER, recipient="a@b.example", message=b"x")
    assert smtp.taken == []


def test_starttls_encrypts_and_an_unknown_certificate_stops_it(tmp_path: Path) -> None:
    certificate = Certificate.make(tmp_path)
    with SmtpServer(certificate=certificate) as smtp:
        smtp.behaviour.offers_tls = True
        server, egress = Server("127.0.0.1", smtp.port), Egress([("127.0.0.1", smtp.port)])
        with pytest.raises(TlsMissing):
            send(server, egress, sender=SENDER, recipient="a@b.example", message=b"x\r\n", context=ssl.create_default_context())
        assert smtp.taken == []
        send(server, egress, sender=SENDER, recipient="a@b.example", message=b"x\r\n", context=certificate.for_client())
        assert [one.was_encrypted for one in smtp.taken] == [True]


@pytest.mark.parametrize(("code", "error"), [(421, DeliveryDelayed), (554, DeliveryRefused)])
def test_the_servers_code_says_whether_to_try_again(smtp: SmtpServer, code: int, error: type[Exception]) -> None:
    smtp.behaviour.end = code
    with pytest.raises(error):
        send(Server("127.0.0.1", smtp.port, "none"), Egress([("127.0.0.1", smtp.port)]), sender=SENDER, recipient="a@b.example", message=b"x")


@pytest.mark.django_db
@pytest.mark.req("RMV-02")
@pytest.mark.req("DIM-44")
@pytest.mark.req("DIM-45")
def test_the_answer_ends_the_notice_its_step_and_sets_a_check_by_eye(sent: Notice, ana: Actor) -> None:
    actions.record_answer(notice=sent, answer=NoticeState.ACKNOWLEDGED, by=ana, now=later(2))
    held = actions.record_answer(notice=sent, answer=NoticeState.REMOVED, by=ana, now=later(5), account_action="suspended")
    assert (held.ended_at, held.account_action) == (later(5), "suspended")
    assert held.recheck_on is not None
    assert (held.recheck_on - NOW.date()).days == 7
    assert PlanStep.objects.get(kind="remove").state == StepState.DONE


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.req("DIM-44", "RMV-06")
@pytest.mark.parametrize(
    ("answer", "hours", "band"), [("removed", 0.5, "within_1_h"), ("removed", 5, "within_24_h"), ("removed", 200, "longer"), ("refused", 5, None)]
)
def test_what_became_of_a_notice_is_counted_with_the_time_that_a_removal_took(
    sent: Notice, ana: Actor, answer: str, hours: float, band: str | None
) -> None:
    def counted() -> tuple[dict[str, int | None], dict[str, int | None]]:
        found = {table.id: table for table in numbers(sent.case.organisation_id, now=NOW, threshold=1).tables}
        outcomes, times = found["notices_by_outcome"], found["notices_by_time_to_removal"]
        return {cell.code: cell.count for cell in outcomes.cells}, {cell.code: cell.count for cell in times.cells if cell.count}

    assert counted() == ({"sent": 1}, {})
    actions.record_answer(notice=sent, answer=NoticeState(answer), by=ana, now=later(hours))
    assert counted() == ({answer: 1}, {band: 1} if band else {})
    median = numbers(sent.case.organisation_id, now=NOW, threshold=1).medians["time_to_removal"]
    assert median == (hours if band else None)


@pytest.mark.django_db
@pytest.mark.req("RMV-02")
@pytest.mark.req("RMV-07")
def test_what_is_looked_at_again_and_is_back_reappears_and_escalates(sent: Notice, ana: Actor, smtp: SmtpServer) -> None:
    actions.record_answer(notice=sent, answer=NoticeState.REMOVED, by=ana, now=later(5))
    assert [one.what for one in queries.due(sent.case.organisation_id, later(24 * 8))].count("recheck") == 1
    still = actions.record_recheck(notice=sent, is_gone=True, by=ana, now=later(24 * 8))
    assert still.recheck_on is not None
    assert (still.recheck_on - later(24 * 8).date()).days == 28
    back = actions.record_recheck(notice=sent, is_gone=False, by=ana, now=later(24 * 40))
    assert back.state == NoticeState.REAPPEARED
    letter = escalate(sent, by=ana, now=later(24 * 40))
    assert deliver(letter, smtp, hours=24 * 40)
    assert smtp.taken[-1].recipient == "lead@pictures.example"
    assert Notice.objects.get().state == NoticeState.ESCALATED


@pytest.mark.django_db
@pytest.mark.req("RMV-06")
def test_silence_falls_due_is_reminded_of_and_reminded_by_letter(sent: Notice, ana: Actor, smtp: SmtpServer) -> None:
    organisation = sent.case.organisation_id
    assert "notice_unanswered" not in [one.what for one in queries.due(organisation, later(23))]
    assert "notice_unanswered" in [one.what for one in queries.due(organisation, later(25))]
    reminder = remind(sent, by=ana, now=later(25))
    assert deliver(reminder, smtp, hours=25)
    assert opened(smtp.taken[-1].content)["Subject"].startswith("Reminder of an open request")
    assert Notice.objects.get().reminders == 1


@pytest.mark.django_db
@pytest.mark.req("RMV-02")
@pytest.mark.req("RMV-06")
def test_a_refusal_is_escalated_to_a_person_at_the_provider(sent: Notice, ana: Actor, smtp: SmtpServer) -> None:
    actions.record_answer(notice=sent, answer=NoticeState.REFUSED, by=ana, now=later(2))
    assert deliver(escalate(sent, by=ana, now=later(3)), smtp, hours=3)
    assert opened(smtp.taken[-1].content)["Subject"].startswith("Escalation of an open request")
    assert Notice.objects.get().answer_by == later(27)


@pytest.mark.django_db
@pytest.mark.req("EVD-04")
def test_a_preservation_request_is_sent_confirmed_reminded_of_and_renewed(
    case: Case, plan: Callable[..., dict[str, PlanStep]], provider: Provider, draft: actions.Draft, ana: Actor, smtp: SmtpServer
) -> None:
    step = plan(case)["preserve"]
    kept = actions.record_preservation(case=case, choice=Choice.PROVIDER, provider=provider, why="asked", by=ana, now=NOW)
    asks = replace(draft, kind=NoticeKind.PRESERVATION, preserve="access times", finding="")
    (request,) = actions.draft_notices(step=step, drafts=[asks], by=ana, now=NOW)
    assert deliver(send_notice(request, by=ana, now=NOW), smtp)
    body = opened(smtp.taken[-1].content).get_body(("plain",))
    assert body is not None
    assert "Please preserve the records" in body.get_content()
    assert "access times" in body.get_content()
    assert "Please do not tell the holder of the account." in body.get_content()
    actions.record_answer(notice=request, answer=NoticeState.ACKNOWLEDGED, by=ana, now=later(1))
    assert PlanStep.objects.get(pk=step.pk).state == StepState.DONE
    assert (kept.expires_on, kept.renew_on) == (later(24 * 90).date(), later(24 * 76).date())
    assert "preservation_ends" not in [one.what for one in queries.due(case.organisation_id, later(24 * 75))]
    assert "preservation_ends" in [one.what for one in queries.due(case.organisation_id, later(24 * 77))]
    assert actions.remind(now=later(24 * 77)) >= 1
    assert deliver(ask_to_renew(request, by=ana, now=later(24 * 77)), smtp, hours=24 * 77)
    assert opened(smtp.taken[-1].content)["Subject"].startswith("Request to go on preserving records")
    assert actions.renew_preservation(preservation=kept, by=ana, now=later(24 * 78)).expires_on == later(24 * 168).date()


@pytest.mark.django_db
def test_an_answer_before_it_was_sent_is_refused(queued: Delivery, ana: Actor) -> None:
    with pytest.raises(IllegalStep):
        actions.record_answer(notice=queued.notice, answer=NoticeState.REMOVED, by=ana, now=NOW)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.req("RMV-17")
def test_an_objection_is_decided_by_somebody_else_and_a_reversal_is_sent_and_logged(sent: Notice, ana: Actor, sam: Actor, smtp: SmtpServer) -> None:
    objection = actions.record_counter_notice(notice=sent, from_whom="account_holder", words="This is my own drawing.", by=ana, now=later(1))
    assert Notice.objects.get().state == NoticeState.COUNTERED
    with pytest.raises(NotPermitted):
        decide(objection, is_right=True, why="it is", by=ana, now=later(2))
    decide(objection, is_right=True, why="it is a drawing of a landscape", by=sam, now=later(2))
    assert Notice.objects.get().state == NoticeState.WITHDRAWN
    assert CounterNotice.objects.get().state == "reversed"
    assert deliver(Delivery.objects.get(letter="reversal"), smtp, hours=2)
    body = opened(smtp.taken[-1].content).get_body(("plain",))
    assert body is not None
    assert "We withdraw our request" in body.get_content()
    assert "response.notice.reversed" in [line.event for line in entries_about(sent.case_id)]
    (counted,) = [one for one in numbers(sent.case.organisation_id, now=NOW, threshold=1).tables if one.id == "notices_by_outcome"]
    assert [(cell.code, cell.count) for cell in counted.cells] == [("withdrawn", 1)]


@pytest.mark.django_db
@pytest.mark.req("RMV-17")
def test_whoever_sent_a_notice_does_not_decide_the_objection(ready: PlanStep, sam: Actor, sue: Actor, ana: Actor, smtp: SmtpServer) -> None:
    approve(ready, by=sam, now=NOW)
    deliver(Delivery.objects.get(), smtp)
    objection = actions.record_counter_notice(notice=Notice.objects.get(), from_whom="provider", words="No.", by=ana, now=later(1))
    with pytest.raises(SignOffMissing):
        decide(objection, is_right=False, why="it stands", by=sam, now=later(2))
    decide(objection, is_right=False, why="it stands", by=sue, now=later(2))
    assert Notice.objects.get().state == NoticeState.SENT
    with pytest.raises(IllegalStep):
        decide(objection, is_right=True, why="again", by=sue, now=later(3))


@pytest.mark.django_db
def test_a_later_notice_names_the_earlier_one(sent: Notice, ready: PlanStep, draft: actions.Draft, ana: Actor, smtp: SmtpServer) -> None:
    step = PlanStep.objects.get(pk=ready.pk)
    (second,) = actions.draft_notices(step=step, drafts=[replace(draft, earlier=sent)], by=ana, now=later(1))
    send_notice(second, by=ana, now=later(1))
    assert Notice.objects.get(pk=second.pk).earlier == sent


@pytest.mark.django_db
@pytest.mark.req("RMV-01")
def test_drafts_are_filled_in_from_the_directory(case: Case, provider: object, open_at: Callable[..., Case]) -> None:
    (found,) = queries.prefilled(case)
    assert found.provider == provider
    assert [address for _, address in found.targets] == [ADDRESS]
