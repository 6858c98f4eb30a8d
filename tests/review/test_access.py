"""The pages of access: who may open a case, emergency access, and what every supervisor sees of it."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as desk
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings
from tests.review.conftest import as_actor
from tests.review.test_pages import Enter, enter, url

from cairndesk.accounts import demo
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Role
from cairndesk.cases import readiness
from cairndesk.cases.models import BrokenGlass, Case, CaseGrant, SetAside
from cairndesk.custody.actions import seal
from cairndesk.custody.models import LogHead
from cairndesk.custody.rules import Purpose
from cairndesk.intake.models import Message
from cairndesk.lib import clock
from cairndesk.review import actions

__all__ = ["enter"]
pytestmark = pytest.mark.django_db
Tell = Callable[..., Case]
NOW_RINGING = {"reason": "nobody_there", "why": "The phone rings, and Ana is on a train."}


@pytest.fixture(autouse=True)
def aside(settings: Settings, tmp_path: Path) -> None:
    """The demo's secret goes to a folder of its own."""
    settings.DATA = tmp_path


@pytest.fixture
def staff(enrol: Callable[..., Person], one: Organisation) -> dict[str, Person]:
    """Ana who has the case, Ben who has not, Sam who answers for both, Aud who checks."""
    roles = {"Ana": Role.ANALYST, "Ben": Role.ANALYST, "Sam": Role.SUPERVISOR, "Aud": Role.AUDITOR}
    return {name: enrol(one, name, role) for name, role in roles.items()}


@pytest.fixture
def case(tell: Tell, staff: dict[str, Person]) -> Case:
    now = clock.now()
    return actions.claim(case=tell(at=now), by=as_actor(staff["Ana"]), now=now)


def text(browser: Client, address: str) -> str:
    return browser.get(address).content.decode()


def give_key(by: Person) -> None:
    demo.make_secret()
    by.is_demo = True
    by.save()
    demo.enrol(person=by, now=clock.now())


def broken(case: Case, browser: Client, by: Person) -> None:
    give_key(by)
    door = url("break-glass", case)
    page = text(browser, door)
    digest = page.split('name="proof_digest" value="')[1].split('"')[0]
    answer = browser.post(door, NOW_RINGING | {"proof_digest": digest})
    assert (answer.status_code, answer.headers["Location"]) == (302, url("case", case))


@pytest.mark.slow
@pytest.mark.req("EVD-20")
def test_a_queue_screen_opens_nothing_that_is_sealed_and_writes_nothing(case: Case, staff: dict[str, Person], enter: Enter) -> None:
    browser, before = enter(staff["Ben"]), LogHead.objects.get().size
    for address in ("/", reverse("triage:queue", args=["reviewing"]), url("case", case)):
        assert browser.get(address).status_code == 200
    assert (LogHead.objects.get().size, CaseGrant.objects.filter(holder=str(staff["Ben"].pseudonym)).count()) == (before, 0)


@pytest.mark.slow
@pytest.mark.req("EVD-20")
def test_who_is_not_on_a_case_is_refused_and_led_to_what_they_can_do(case: Case, staff: dict[str, Person], enter: Enter) -> None:
    report = case.reports.get()
    door = reverse("review:account", args=[case.pk, report.pk])
    refused = enter(staff["Ben"]).post(door)
    assert (refused.status_code, "cases.no_grant" in refused.content.decode()) == (403, True)
    assert enter(staff["Ana"]).post(door).status_code == 200
    shown = text(enter(staff["Ben"]), url("access", case))
    assert url("break-glass", case) in shown
    assert "Take Ana off this case" not in shown
    assert url("break-glass", case) not in text(enter(staff["Ana"]), url("access", case))


@pytest.mark.slow
@pytest.mark.req("PRI-06")
def test_staff_read_own_words_before_anything_that_was_ticked_and_are_led_to_what_was_put_right(
    tell: Tell, staff: dict[str, Person], enter: Enter
) -> None:
    now = clock.now()
    told = tell({"what": ["found"], "danger": ["not_now"], "more": "own words of the child"}, at=now)
    held, browser = actions.claim(case=told, by=as_actor(staff["Ana"]), now=now), enter(staff["Ana"])
    account = reverse("review:account", args=[held.pk, held.reports.get().pk])
    page = browser.post(account).content.decode()
    assert page.index("own words of the child") < page.index("What is happening")
    assert "put something right" not in page
    words = seal(organisation=held.organisation_id, purpose=Purpose.MESSAGE, plain={"text": "It was Tuesday."}, now=now)
    Message.objects.create(case=held, from_reporter=True, text=words, at=now, about="told")
    assert "put something right" in text(browser, url("case", held))
    page = browser.post(account).content.decode()
    assert page.index("put something right") < page.index("own words of the child")
    assert "adds to what they told, or puts it right" in text(browser, reverse("intake:conversation", args=[held.pk]))


@pytest.mark.slow
@pytest.mark.req("PRI-04")
def test_staff_see_what_was_chosen_wherever_they_act_and_set_it_aside_with_a_reason(tell: Tell, staff: dict[str, Person], enter: Enter) -> None:
    now = clock.now()
    answers = {"what": ["found"], "safe_contact": "no", "tell": ["no_police"]}
    held, browser = actions.claim(case=tell(answers, at=now), by=as_actor(staff["Ana"]), now=now), enter(staff["Ana"])
    pages = [url("case", held), reverse("intake:conversation", args=[held.pk]), reverse("response:plan", args=[held.pk]), url("choices", held)]
    assert all("They asked that the police are not told" in text(browser, page) for page in pages)
    refused = browser.post(reverse("intake:send", args=[held.pk]), {"words": "Hello."})
    assert (refused.status_code, "cases.against_their_choice" in refused.content.decode()) == (409, True)
    assert browser.post(url("choices", held), {"limit": "no_police", "ground": "wish", "why": "x"}).status_code == 422
    assert browser.post(url("choices", held), {"limit": "no_police", "ground": "law", "why": " "}).status_code == 422
    give_key(staff["Ana"])
    said = {"limit": "no_police", "ground": "law", "why": "Section 8."}
    asked = browser.post(url("choices", held), said).content.decode()
    assert not SetAside.objects.exists()
    assert "that the police are not told" in asked
    browser.post(url("choices", held), {**said, "proof_digest": "00"})
    assert not SetAside.objects.exists()
    proof = re.search(r'name="proof_digest" value="(\w+)"', asked)
    assert proof is not None
    assert browser.post(url("choices", held), {**said, "proof_digest": proof[1]}).status_code == 302
    shown = text(browser, url("choices", held))
    assert "because a law obliges the desk" in shown
    for overseer in ("Sam", "Aud"):
        overview = text(enter(staff[overseer]), reverse("review:accesses"))
        assert re.search(rf"Ana set aside in case .*{held.number}.* that they asked that the police are not told", overview)
        assert "To be looked at by" in overview
    assert "What somebody chose was set aside in 1 case" in text(enter(staff["Sam"]), "/")
    late = list(readiness.looks(desk.CAIRNDESK, clock.now() + timedelta(days=4)))
    assert [level for about, level, *_ in late if about == "choices set aside"] == ["problem"]
    note = re.search(rf"/cases/{held.pk}/notes/[0-9a-f-]+/", shown)
    assert note is not None
    assert "Section 8." in browser.post(note[0]).content.decode()
    door = reverse("review:look-at-aside", args=[held.pk, SetAside.objects.get().pk])
    assert door not in text(browser, url("choices", held))
    assert browser.post(door, {"finding": "right"}).status_code == 403
    sam = enter(staff["Sam"])
    assert door in text(sam, url("choices", held))
    assert sam.post(door, {"finding": "perhaps"}).status_code == 404
    assert sam.post(door, {"finding": "right"}).status_code == 302
    assert "it could not be otherwise" in text(browser, url("choices", held))
    assert "What somebody chose was set aside" not in text(sam, "/")
    assert "1 of the last four weeks that another person looked at" in text(sam, reverse("review:accesses"))


@pytest.mark.slow
@pytest.mark.req("EVD-20")
def test_whose_claim_ran_out_is_shown_how_to_go_on(case: Case, staff: dict[str, Person], enter: Enter) -> None:
    ana, account = enter(staff["Ana"]), reverse("review:account", args=[case.pk, case.reports.get().pk])
    before = clock.now() - timedelta(minutes=1)
    Case.objects.filter(pk=case.pk).update(lease_until=before)
    CaseGrant.objects.update(since=before - timedelta(hours=4), until=before)
    assert ana.post(account).status_code == 403
    assert "Your claim has run out" in text(ana, url("case", case))
    ana.post(url("claim", case))
    assert "Your claim has run out" not in text(ana, url("case", case))
    assert ana.post(account).status_code == 200


@pytest.mark.slow
@pytest.mark.req("PRI-18")
def test_emergency_access_is_loud_and_waits_for_another_person(case: Case, staff: dict[str, Person], enter: Enter) -> None:
    ben, sam = enter(staff["Ben"]), enter(staff["Sam"])
    assert "Emergency access" not in text(sam, "/")
    broken(case, ben, staff["Ben"])
    assert ben.post(reverse("review:account", args=[case.pk, case.reports.get().pk])).status_code == 200
    assert "Emergency access was taken to 1 case" in text(sam, "/")
    assert "Ben opened this case" in text(enter(staff["Ana"]), url("case", case))
    assert case.number in text(sam, reverse("review:accesses"))
    assert case.number in text(enter(staff["Aud"]), reverse("review:accesses"))
    made = BrokenGlass.objects.get()
    words = sam.post(reverse("review:note", args=[case.pk, made.why_id])).content.decode()
    assert "Ana is on a train" in words
    door = reverse("review:look-at-glass", args=[case.pk, made.pk])
    assert door in text(sam, url("access", case))
    assert door not in text(ben, url("access", case))
    assert ben.post(door, {"finding": "right"}).status_code == 403
    assert sam.post(door, {"finding": "right"}).status_code == 302
    assert "Emergency access was taken" not in text(sam, "/")
    assert "it was needed" in text(ben, url("access", case))


@pytest.mark.req("PRI-18")
def test_a_form_without_reason_words_or_proof_opens_nothing(case: Case, staff: dict[str, Person], enter: Enter) -> None:
    ben = enter(staff["Ben"])
    for sent, status in (({}, 422), ({"reason": "nobody_there"}, 422), (NOW_RINGING | {"proof_digest": "00" * 32}, 403)):
        assert ben.post(url("break-glass", case), sent).status_code == status
    assert not BrokenGlass.objects.exists()


@pytest.mark.slow
@pytest.mark.req("EVD-20")
def test_a_supervisor_takes_somebody_off_and_lets_them_on_again(case: Case, staff: dict[str, Person], enter: Enter) -> None:
    ana, sam, who = enter(staff["Ana"]), enter(staff["Sam"]), {"holder": str(staff["Ana"].pseudonym)}
    account = reverse("review:account", args=[case.pk, case.reports.get().pk])
    assert "Take Ana off this case" in text(sam, url("access", case))
    assert ana.post(url("take-off", case), who).status_code == 403
    assert sam.post(url("take-off", case), who).status_code == 302
    assert "cases.taken_off" in ana.post(account).content.decode()
    assert "Let Ana on again" in text(sam, url("access", case))
    sam.post(url("take-off", case), who | {"act": "let_on"})
    ana.post(url("claim", case))
    assert ana.post(account).status_code == 200


@pytest.mark.req("PRI-18")
def test_the_doctor_names_what_nobody_looked_at_in_time(case: Case, staff: dict[str, Person], enter: Enter) -> None:
    broken(case, enter(staff["Ben"]), staff["Ben"])
    now, days = clock.now(), desk.CAIRNDESK.desk.emergency_review_days
    found = [next(readiness.looks(desk.CAIRNDESK, at)) for at in (now, now + timedelta(days=days))]
    assert [level for _, level, *_ in found] == ["ok", "problem"]
    assert "nobody looked at" in found[1][2]
