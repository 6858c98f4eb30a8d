"""The page on which what was told is erased, from the wish to the words on the case; and what is said of files that cannot be opened."""

import pytest
from django.urls import reverse
from tests.response.conftest import ADDRESS, NOW
from tests.response.test_pages import Browser, SignIn, analyst, buttons, press, proof_on, see, sign_in, supervisor

from cairndesk.accounts.models import Organisation, Request
from cairndesk.accounts.rules import Role
from cairndesk.cases.models import Case
from cairndesk.intake.actions import note_spool

__all__ = ["analyst", "sign_in", "supervisor"]
pytestmark = pytest.mark.django_db


def shown(browser: Browser, case: Case) -> str:
    return browser.get(reverse("review:case", args=[case.pk])).content.decode()


@pytest.mark.slow
def test_one_asks_another_reads_what_will_go_and_erases_it(case: Case, analyst: Browser, supervisor: Browser) -> None:
    assert reverse("response:erasure", args=[case.pk]) in shown(analyst, case)
    page = see(analyst, "erasure", case.pk)
    assert "1 × accounts and their earlier versions" in page
    assert "1 × addresses, accounts and places where they were seen" in page
    assert "backups that were made before" in page
    press(analyst, "erasure", case.pk, ground="asked_in_writing")
    own = see(analyst, "erasure", case.pk)
    assert "It waits for a supervisor who is another person" in own
    assert buttons(own)[-1:] == ["Take the request back"]
    page = see(supervisor, "erasure", case.pk)
    assert f"Erase what was told in case {case.number}" in buttons(page)
    decide = reverse("accounts:request-decide", args=[Request.objects.get().pk])
    bare = supervisor.post(decide, {"act": "approve"})
    assert bare.status_code in {401, 403, 422}
    assert Case.objects.get().erased_at is None
    assert supervisor.post(decide, {"act": "approve", **proof_on(supervisor, page)}).status_code == 302
    page = shown(analyst, case)
    assert "What was told here was erased on" in page
    assert "at the reporter&#x27;s request, in the messages" in page
    assert "Open the account" not in page
    assert "What was told was erased" in page
    report = case.reports.get()
    opened = analyst.post(reverse("review:account", args=[case.pk, report.pk]))
    assert (opened.status_code, "What was told here was erased" in opened.content.decode()) == (409, True)
    item = analyst.post(reverse("review:item", args=[case.pk, case.items.get().pk]))
    assert (item.status_code, ADDRESS in item.content.decode()) == (409, False)
    assert "Nobody can open it again" in see(analyst, "erasure", case.pk)


def test_who_may_not_ask_is_offered_nothing(case: Case, sign_in: SignIn, one: Organisation, two: Organisation) -> None:
    liaison, other = sign_in(one, "Lio", Role.LIAISON), sign_in(two, "Olo", Role.SUPERVISOR)
    assert reverse("response:erasure", args=[case.pk]) not in shown(liaison, case)
    for browser, status in ((liaison, 403), (other, 404)):
        assert browser.get(reverse("response:erasure", args=[case.pk])).status_code == status
        assert browser.post(reverse("response:erasure", args=[case.pk]), {"ground": "ordered"}).status_code == status
    assert not Request.objects.exists()


@pytest.mark.slow
def test_words_that_do_not_fit_come_back_to_the_form_and_what_is_in_the_way_is_said(case: Case, analyst: Browser) -> None:
    answer = analyst.post(reverse("response:erasure", args=[case.pk]), {"ground": "asked_with_words", "words": "anchor apple"})
    assert (answer.status_code, "Ask for the six words again" in answer.content.decode()) == (422, True)
    Case.objects.update(is_emergency=True)
    press(analyst, "erasure", case.pk, ground="ordered")
    assert "safeguarding is not finished" in see(analyst, "erasure", case.pk)
    analyst.post(reverse("accounts:request-decide", args=[Request.objects.get().pk]), {"act": "take_back"})
    assert "Ask to erase what was told" in buttons(see(analyst, "erasure", case.pk))


def test_whoever_waits_for_answers_reads_how_many_files_could_not_be_opened(analyst: Browser) -> None:
    assert "that reporters sent" not in see(analyst, "waiting")
    note_spool(put_off=1, aside=2, now=NOW)
    page = see(analyst, "waiting")
    assert "1 file that reporters sent cannot be opened now" in page
    assert "2 files that reporters sent could not be opened and were set aside" in page
