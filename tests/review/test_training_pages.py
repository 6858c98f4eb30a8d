"""The pages of the training: who sees what, a whole one by hand, and that nobody gets past it by a direct post."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from tests.review.test_coding import browser
from tests.review.test_training import OTHER, Enrol, Tell, another, at, go_through, staff

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Role
from cairndesk.cases.models import Case
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.review.models import Training
from cairndesk.review.queries import training as queries
from cairndesk.review.rules.calibration import shipped
from cairndesk.review.rules.orientation import CODES, ORIENTATION
from cairndesk.triage.models import FIRST_OWN

__all__ = ["at", "staff"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ring")]


@pytest.mark.slow
def test_whoever_has_no_training_is_led_there_and_judges_nothing_by_a_direct_post(
    staff: dict[str, Person], tell: Tell, ring: Keyring, at: datetime
) -> None:
    case, noa = tell(at=at), browser(staff["Noa"])
    page = noa.get("/").content.decode()
    assert "Your next step is the training" in page
    assert f'href="{reverse("review:training")}"' in page
    assert "Take the next case" not in page
    sent = {"level": "5", "why": "danger_seen", "words": "It can wait, I think.", "severity": "c", "harms": "onward_sharing", "answer": "agree"}
    names = [("review:claim", [case.pk]), ("review:next", []), ("review:classify", [case.pk]), ("review:second-look", [case.pk])]
    for name, args in [*names, ("triage:set-priority", [case.pk]), ("review:take-coding", [case.pk])]:
        assert noa.post(reverse(name, args=args), sent).status_code == 403, name
    made = go_through(staff["Noa"], at)
    for name in ("sign-off", "send-back"):
        assert noa.post(reverse(f"review:{name}", args=[made.pk]), {"until": "2027-06-01"}).status_code == 403
    held = Case.objects.get(pk=case.pk)
    assert (held.stage, held.claimed_by, held.priority) == (case.stage, case.claimed_by, case.priority)
    assert Person.objects.get(pk=staff["Noa"].pk).credential_until is None


@pytest.mark.slow
@pytest.mark.req("CAP-01", "CAP-03")
def test_a_whole_training_by_the_pages(staff: dict[str, Person], at: datetime, django_assert_max_num_queries: Callable[..., object]) -> None:
    noa, sam = browser(staff["Noa"]), browser(staff["Sam"])
    home = reverse("review:training")
    assert "You cannot take or judge cases until" in noa.get(home).content.decode()
    noa.post(reverse("review:begin-training"))
    page = noa.get(home).content.decode()
    assert all(part.title in page for part in ORIENTATION)
    noa.post(reverse("review:read-orientation"), {"read": list(CODES)})
    for place, one in enumerate(shipped().cases):
        here = reverse("review:invented-case", args=[one.code])
        asked = noa.get(here).content.decode()
        assert one.told in asked.replace("&#x27;", "'")
        assert one.why not in asked.replace("&#x27;", "'"), "the agreed answer is shown after one's own"
        assert noa.post(here, {"level": "9"}).status_code == 422
        said = another(one.agreed) if place == 1 else one.agreed
        noa.post(here, {"level": said.level, "harm": said.harm, "first": said.first})
        assert one.why in noa.get(here).content.decode().replace("&#x27;", "'")
        assert noa.post(here, {"level": said.level, "harm": said.harm, "first": said.first}).status_code == 409
    with django_assert_max_num_queries(30):
        assert "Ask to be signed off" in noa.get(home).content.decode()
    noa.post(reverse("review:ask-sign-off"))
    assert "1 person went through the training and waits to be signed off" in sam.get("/").content.decode()
    assert "to be signed off" not in noa.get("/").content.decode()
    with django_assert_max_num_queries(30):
        assert "waits for a sign-off" in sam.get(reverse("review:trainings")).content.decode()
    made = Training.objects.get()
    there = reverse("review:training-one", args=[made.pk])
    with django_assert_max_num_queries(30):
        shown = sam.get(there).content.decode()
    assert "94 %" in shown
    assert browser(staff["Ola"]).get(there).status_code == 404
    assert browser(staff["Lia"]).get(there).status_code == 403
    assert sam.post(reverse("review:sign-off", args=[made.pk]), {"until": "2001-01-01"}).status_code == 422
    until = at.date() + timedelta(days=365)
    assert sam.post(reverse("review:sign-off", args=[made.pk]), {"until": until.isoformat()}).status_code == 302
    assert Person.objects.get(pk=staff["Noa"].pk).credential_until == until
    assert "next step is the training" not in noa.get("/").content.decode()
    assert f"until {until:%Y-%m-%d}" in noa.get(there).content.decode()


@pytest.mark.slow
@pytest.mark.parametrize(("present", "begins"), [(None, 365), (200, 365), (500, 500), (5000, 731)])
def test_a_sign_off_begins_with_a_day_that_takes_nothing_away_and_the_present_one_stands_beside_it(
    present: int | None, begins: int, staff: dict[str, Person], at: datetime
) -> None:
    made = go_through(staff["Noa"], at)
    Training.objects.update(asked_at=at)
    today = at.date()
    until = None if present is None else today + timedelta(days=present)
    Person.objects.filter(pk=staff["Noa"].pk).update(credential_until=until)
    page = browser(staff["Sam"]).get(reverse("review:training-one", args=[made.pk])).content.decode()
    assert f'value="{today + timedelta(days=begins)}"' in page
    assert (f"On record until now: {until}." in page) is (until is not None)


@pytest.mark.slow
def test_the_answers_of_a_colleague_are_shown_to_supervisors_alone(staff: dict[str, Person], one: Organisation, enrol: Enrol, at: datetime) -> None:
    made = go_through(staff["Noa"], at)
    there = reverse("review:training-one", args=[made.pk])
    colleague = enrol(one, "Ari", Role.ANALYST)
    Person.objects.filter(pk=colleague.pk).update(credential_until=at.date() + timedelta(days=9))
    assert browser(colleague).get(there).status_code == 404
    assert browser(colleague).get(reverse("review:trainings")).status_code == 403
    assert browser(staff["Noa"]).get(there).status_code == 200


@pytest.mark.slow
def test_a_supervisor_writes_a_set_on_the_page_and_reads_what_is_wrong_with_it(staff: dict[str, Person], one: Organisation) -> None:
    sam, there = browser(staff["Sam"]), reverse("review:write-calibration")
    assert "money_or_class" in sam.get(there).content.decode()
    refused = sam.post(there, {"text": OTHER.replace("level = 2", "level = 8", 1)})
    assert refused.status_code == 422
    assert "line 17: “level” is a number from 1 to 5. The set in force stays as it is." in refused.content.decode()
    assert queries.set_in_force(one.pk) == shipped()
    assert sam.post(there, {"text": OTHER}).status_code == 302
    overview = reverse("review:trainings")
    assert "It is our version 1" in " ".join(sam.get(overview).content.decode().split())
    assert "and not about the set in force" not in sam.get(overview).content.decode()
    assert "bar = 80" in sam.get(there, {"shipped": "1"}).content.decode()


@pytest.mark.slow
def test_how_people_answered_a_set_before_stays_to_be_seen(staff: dict[str, Person], at: datetime) -> None:
    sam, overview = browser(staff["Sam"]), reverse("review:trainings")
    for name in ("Noa", "Sue"):
        go_through(staff[name], at)
    sam.post(reverse("review:write-calibration"), {"text": OTHER})
    empty, before = sam.get(overview).content.decode(), sam.get(overview, {"set": "1"}).content.decode()
    assert "Nobody has answered a case of this set yet" in empty
    assert "and not about the set in force" in before
    assert '<td class="number">1.00</td>' in before
    for odd in (str(FIRST_OWN), "9" * 40, "x", "77"):
        assert sam.get(overview, {"set": odd}).status_code == 200


@pytest.mark.slow
def test_training_that_runs_out_leads_back_to_the_same_page(staff: dict[str, Person], at: datetime) -> None:
    for days in (20, -3):
        Person.objects.filter(pk=staff["Noa"].pk).update(credential_until=at.date() + timedelta(days=days))
        assert reverse("review:training") in browser(staff["Noa"]).get("/").content.decode().split("Your training", 1)[1].split("</p>", 1)[0]
