"""The desk's pages of intake: the form of a call, the conversation, and what the first screen says of unread messages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from cairndesk.accounts.models import Organisation, Person, RoleGrant
from cairndesk.accounts.rules import Role, Verb
from cairndesk.cases.models import Case
from cairndesk.custody import actions, standing
from cairndesk.custody.models import Checkpoint, LogHead
from cairndesk.custody.queries import unseal_fields
from cairndesk.custody.rules import DESK, Event
from cairndesk.intake import jobs
from cairndesk.intake.models import Receipt
from cairndesk.intake.rules import QUESTIONS, Kind
from cairndesk.intake.rules import Path as Telling
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id

pytestmark = pytest.mark.django_db
CALL = {"path": "carer", "channel": "phone", "language": "en", "what": ["found"]}


@pytest.fixture
def sams(ring: object, one: Organisation, data: object) -> Client:
    """A browser in which Sam, who supervises and takes calls, is signed in."""
    client, now = Client(), clock.now()
    person = Person.objects.create(organisation=one, created_at=now, sign_in_name="sam@one", name="Sam")
    RoleGrant.objects.create(person=person, role=Role.SUPERVISOR, granted_at=now)
    session = client.session
    session.update({"person": str(person.pk), "proof": "demo", "seen": now.isoformat(), "started": now.isoformat()})
    session.save()
    return client


def form_of(client: Client) -> dict[str, Any]:
    return {"once": client.get(reverse("intake:call")).context["form"]["once"].value()}


@pytest.mark.req("INT-07")
def test_a_call_is_written_down_on_the_page_and_its_words_are_shown_once(sams: Client) -> None:
    form = form_of(sams)
    taken = sams.post(reverse("intake:call"), CALL | form)
    assert taken.status_code == 201
    assert all(word in taken.content.decode() for word in taken.context["taken"].words)
    known = reverse("review:known", args=[Case.objects.get().pk])
    assert f'href="{known}"' in taken.content.decode()
    assert sams.get(known).status_code == 200
    again = sams.post(reverse("intake:call"), CALL | form)
    assert again.status_code == 409
    assert "This call is written down" in again.content.decode()
    assert Case.objects.count() == 1


def test_who_may_not_describe_the_case_is_not_led_to_what_is_known(sams: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cairndesk.intake.views.permits", lambda _roles, verb, _stage: verb != Verb.CASE_DESCRIBE)
    taken = sams.post(reverse("intake:call"), CALL | form_of(sams)).content.decode()
    assert "Go to the case" in taken
    assert "/known/" not in taken


@pytest.mark.slow
def test_a_call_without_any_answer_comes_back_with_what_is_missing(sams: Client) -> None:
    for sent in (
        {},
        {"path": "carer", "channel": "phone", "language": "en"},
        {"path": "carer", "channel": "phone", "language": "en", "age": "13_15"},
    ):
        answer = sams.post(reverse("intake:call"), sent | form_of(sams))
        assert answer.status_code == 422
        assert "Something is missing." in answer.content.decode()
    assert not Case.objects.exists()
    standing._found.clear()


@pytest.mark.req("INT-07")
def test_the_form_of_a_call_asks_what_the_public_page_asks(sams: Client) -> None:
    form = sams.get(reverse("intake:call")).context["form"]
    assert set(QUESTIONS) <= set(form.fields)
    for name, question in QUESTIONS.items():
        offered = {code for code, _ in getattr(form.fields[name], "choices", ())}
        assert set(question.choices) <= offered, name
        assert {"declined", "unknown"} <= offered or not question.choices, name
    assert {code for code, _ in form.fields["path"].choices} == set(Telling)


@pytest.mark.req("INT-07")
def test_a_caller_may_say_who_they_are_and_it_is_kept_apart_from_what_they_said(sams: Client) -> None:
    taken = sams.post(reverse("intake:call"), CALL | form_of(sams) | {"more": "She cries at night."})
    case = Case.objects.get()
    assert reverse("review:case", args=[case.pk]) in taken.content.decode()
    assert unseal_fields(case.reports.get().told)["answers"]["more"] == "She cries at night."
    assert not case.people.exists()
    sams.post(reverse("review:record", args=[case.pk, "person"]), {"role": "reporter", "once": str(new_id())})
    caller = case.people.get()
    sams.post(reverse("review:identity", args=[case.pk, caller.pk]), {"name": "Kim Example", "contact": "by text, after school"})
    caller.refresh_from_db()
    assert unseal_fields(caller.identity) == {"name": "Kim Example", "contact": "by text, after school"}
    assert "Kim" not in sams.get(reverse("review:case", args=[case.pk])).content.decode()


def test_control_characters_in_a_call_are_taken_out_and_words_stay(sams: Client) -> None:
    words = "He said\x07 \u202enever tell\u202c anybody."
    assert sams.post(reverse("intake:call"), CALL | form_of(sams) | {"more": words}).status_code == 201
    told = unseal_fields(Case.objects.get().reports.get().told)["answers"]
    assert told["more"] == "He said never tell anybody."


@pytest.mark.slow
@pytest.mark.req("INT-25", "INT-35")
def test_a_message_brings_its_case_to_the_first_screen_until_it_is_read(sams: Client, put: Callable[..., str], spool: Any) -> None:
    sams.post(reverse("intake:call"), CALL | form_of(sams))
    case = Case.objects.get()
    assert "Who wrote to us" not in sams.get("/").content.decode()
    beside = {"safe_contact": "sometimes", "link": "https://site.example/again"}
    put(beside, kind=Kind.MESSAGE, receipt_index=Receipt.objects.get().index, text="It came back.")
    jobs.drain(spool)
    first = sams.get("/").content.decode()
    assert case.number in first[first.index("Who wrote to us") :]
    conversation = reverse("intake:conversation", args=[case.pk])
    page = sams.get(conversation).content.decode()
    assert "It came back." in page
    assert '<dt>Safe to write back</dt><dd dir="auto">sometimes</dd>' in page
    assert "https://site.example" not in page
    assert "Who wrote to us" not in sams.get("/").content.decode()


def test_with_the_answer_to_a_message_a_case_in_work_is_no_longer_overdue(sams: Client, put: Callable[..., str], spool: Any) -> None:
    sams.post(reverse("intake:call"), CALL | form_of(sams))
    case = Case.objects.get()
    Case.objects.update(stage="acting")
    put(kind=Kind.MESSAGE, receipt_index=Receipt.objects.get().index, text="Any news?")
    jobs.drain(spool)
    asked = clock.now()
    case.refresh_from_db()
    assert case.next_action_at is not None
    assert case.next_action_at <= asked
    sams.post(reverse("intake:send", args=[case.pk]), {"words": "The site has answered. We go on."})
    case.refresh_from_db()
    assert case.next_action_at > asked


@pytest.mark.req("EVD-19")
def test_a_desk_that_only_reads_says_so_on_every_page_keeps_people_signed_in_and_changes_nothing(sams: Client, data: Path) -> None:
    form = form_of(sams)
    actions.record(event=Event.CASES_CASE_OPENED, subject_kind="case", subject=new_id(), by=DESK, now=clock.now())
    actions.make_checkpoint(now=clock.now())
    actions.lay_out_log(Checkpoint.objects.get())
    # What an old copy that was put back looks like: the log is shorter than what was signed.
    LogHead.objects.update(size=0, frontier=b"")
    assert "database holds 0" in standing.settle()
    with connection.execute_wrapper(standing.guard):
        page = sams.get("/")
        assert page.status_code == 200
        assert "This desk only reads." in page.content.decode()
        jobs.publish_changes()
        assert (data / "published" / "shut").exists()
        with transaction.atomic():
            refused = sams.post(reverse("intake:call"), CALL | form)
        assert refused.status_code == 503
        assert "This desk only reads: " in refused.content.decode()
        assert sams.get("/").status_code == 200
    assert not Case.objects.exists()
    standing._found.clear()
