"""Blind double coding: drawn by nobody's choice, coded by somebody who is shown nothing, counted together, settled by a third person."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from tests.review.conftest import CLEAR, as_actor

from cairndesk.accounts.errors import CredentialOutOfDate, NotPermitted
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Role
from cairndesk.cases import queries as cases
from cairndesk.cases.actions import take_sample
from cairndesk.cases.errors import NotDrawn, WaitsForCoding
from cairndesk.cases.models import Case, Sample
from cairndesk.custody.queries import entries_about
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib import clock
from cairndesk.response import jobs
from cairndesk.review import actions, errors, queries
from cairndesk.review.models import BlindCoding, Classification
from cairndesk.review.rules import Look
from cairndesk.review.rules.agreement import FEWEST

Tell = Callable[..., Case]
Enrol = Callable[..., Person]
# What stands in the first coding and in nothing that was told.
FIRST = Look(
    features={"shows_abuse": "yes", "authenticity": "fully_synthetic", "realism": "photorealistic", "age_band": "age_3_6", "actor_age": "adult"},
    harms=("live_streaming",),
    severity="c",
)
OTHER = Look(features={"shows_abuse": "no", "age_band": "age_16_17"}, severity="c")
TRACES = ("Live streaming", "3 to 6", "Fully synthetic", "Photorealistic")


@pytest.fixture
def at() -> datetime:
    return clock.now()


@pytest.fixture
def team(enrol: Enrol, one: Organisation) -> dict[str, Person]:
    roles = {"Ana": Role.ANALYST, "Ari": Role.ANALYST, "Sam": Role.SUPERVISOR, "Sue": Role.SUPERVISOR}
    return {name: enrol(one, name, role) for name, role in roles.items()}


@pytest.fixture
def drawn(ring: Keyring, tell: Tell, team: dict[str, Person], at: datetime) -> Case:
    """A case that Ana classified and that was drawn."""
    return first_coded(tell, team["Ana"], at)


def first_coded(tell: Tell, ana: Person, at: datetime, look: Look = FIRST) -> Case:
    case, by = tell({"what": ["found"], "more": "Seen on a public page."}, at=at), as_actor(ana)
    made = actions.classify(case=actions.claim(case=case, by=by, now=at), look=look, by=by, now=at)
    actions.draw_for_coding(made=made, by=by, now=at, percent=100)
    return Case.objects.get(pk=case.pk)


def browser(person: Person) -> Client:
    client, now = Client(), clock.now().isoformat()
    session = client.session
    session.update({"person": str(person.pk), "proof": "demo", "seen": now, "started": now})
    session.save()
    return client


def url(name: str, case: Case, *more: object) -> str:
    return reverse(f"review:{name}", args=[case.pk, *more])


# The draw


@pytest.mark.slow
@pytest.mark.django_db
def test_no_child_in_danger_is_behind_a_closed_page_and_nothing_is_drawn_that_nobody_could_code(
    tell: Tell, enrol: Enrol, one: Organisation, at: datetime
) -> None:
    ana = enrol(one, "Ana", Role.ANALYST)
    assert not hasattr(first_coded(tell, ana, at), "sample")
    sam = enrol(one, "Sam", Role.SUPERVISOR)
    case = first_coded(tell, ana, at)
    assert cases.is_veiled(as_actor(sam), case)
    Case.objects.filter(pk=case.pk).update(is_emergency=True)
    assert cases.case_for(as_actor(sam), case.pk) == case
    burning = tell({"danger": ["happening_now"]}, at=at)
    made = actions.classify(case=actions.claim(case=burning, by=as_actor(ana), now=at), look=CLEAR, by=as_actor(ana), now=at)
    actions.draw_for_coding(made=made, by=as_actor(ana), now=at, percent=100)
    assert not hasattr(Case.objects.get(pk=burning.pk), "sample")


# What is kept from whom


def pages_of(client: Client, case: Case) -> dict[str, str]:
    """Everything that a person of the desk can ask for about a case or about all, by GET and by POST."""
    opening = [url("coded-account", case, case.reports.get().pk), url("account", case, case.reports.get().pk)]
    of_case = [url(name, case) for name in ("case", "code", "known", "choices", "access", "second-look", "classify", "alike", "media", "settle")]
    of_case += [reverse(name, args=[case.pk]) for name in ("response:plan", "intake:conversation", "triage:set-priority")]
    of_case += [f"/cases/{case.pk}/holds/", f"/cases/{case.pk}/close/", f"/cases/{case.pk}/known/danger/", f"/cases/{case.pk}/known/lead/"]
    of_case += [reverse(f"response:{page}", args=[step.pk]) for step in case.plan_steps.all() for page in ("approve", "draft", "build", "refer")]
    around = ["/", "/queue/open/", "/queue/acting/", "/double-coding/", "/second-look/", "/log/", "/access/", "/shift/", "/waiting/", "/requests/"]
    answers = {address: client.get(address, follow=True) for address in (*of_case, *around)}
    answers |= {address: client.post(address) for address in opening}
    return {address: answer.content.decode() for address, answer in answers.items()}


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(("who", "severity"), [("Ari", "c"), ("Sam", "c"), ("Sue", "a")])
def test_no_page_query_or_log_shows_the_first_coding_to_who_may_code_it_blind(
    tell: Tell, team: dict[str, Person], at: datetime, who: str, severity: str
) -> None:
    case = first_coded(tell, team["Ana"], at, Look(FIRST.features, FIRST.harms, severity))
    jobs.propose()
    other, client = as_actor(team[who]), browser(team[who])
    traces = (*TRACES, f"severity {severity.upper()}", f"severity {severity}", f"Ana, {at:%Y}")
    waiting = pages_of(client, case)
    take_sample(case=case, by=other, now=at)
    taken = pages_of(client, case)
    for pages in (waiting, taken):
        for address, page in pages.items():
            # The form names every code there is: what counts is that none of them is marked.
            is_form = 'name="severity"' in page
            assert not is_form or (" checked" not in page and " selected" not in page), address
            assert [trace for trace in traces if trace in page and not is_form] == [], address
    assert 'name="severity"' in taken[url("case", case)]
    assert {client.get(reverse("response:approve", args=[step.pk])).status_code for step in case.plan_steps.all()} == (
        {409} if severity == "c" else set()
    )
    assert "Seen on a public page." in taken[url("coded-account", case, case.reports.get().pk)]
    assert "Seen on a public page." not in "".join(waiting.values())
    with pytest.raises(WaitsForCoding):
        cases.case_for(other, case.pk)
    assert case.pk in cases.veiled_from(other)
    # Whoever worked on it sees all of it, so the traces are the right ones.
    page = browser(team["Ana"]).get(url("case", case)).content.decode()
    assert all(trace in page for trace in traces if trace != f"severity {severity}")


@pytest.mark.slow
@pytest.mark.django_db
def test_the_log_keeps_the_detail_from_whoever_may_code_it_and_shows_it_afterwards(drawn: Case, team: dict[str, Person], at: datetime) -> None:
    ari, page = as_actor(team["Ari"]), browser(team["Sam"])
    assert "severity" not in page.get("/log/").content.decode()
    take_sample(case=drawn, by=ari, now=at)
    actions.code_blind(case=drawn, look=FIRST, by=ari, now=at)
    assert "severity c" in page.get("/log/").content.decode()


@pytest.mark.slow
@pytest.mark.django_db
def test_the_case_leads_to_the_choice_and_whoever_looks_can_no_more_code_it(drawn: Case, team: dict[str, Person], at: datetime) -> None:
    client, sam = browser(team["Sam"]), as_actor(team["Sam"])
    assert client.get(url("case", drawn)).headers["Location"] == url("code", drawn)
    assert client.get(url("known", drawn)).status_code == 409
    assert client.post(url("see-coding", drawn)).headers["Location"] == url("case", drawn)
    assert "Live streaming" in client.get(url("case", drawn)).content.decode()
    assert "cases.coding.seen" in [line.event for line in entries_about(drawn.pk)]
    with pytest.raises(NotDrawn):
        take_sample(case=drawn, by=sam, now=at)
    assert cases.samples_for(sam, now=at) == []
    assert [one.case for one in cases.samples_for(as_actor(team["Ari"]), now=at)] == [drawn]


@pytest.mark.slow
@pytest.mark.django_db
def test_whoever_worked_on_the_case_sees_it_as_ever_and_cannot_code_it(drawn: Case, team: dict[str, Person], at: datetime) -> None:
    ana = as_actor(team["Ana"])
    assert cases.case_for(ana, drawn.pk) == drawn
    with pytest.raises(NotDrawn):
        take_sample(case=drawn, by=ana, now=at)


@pytest.mark.django_db
def test_only_who_judges_and_is_trained_codes(drawn: Case, enrol: Enrol, one: Organisation, at: datetime) -> None:
    lia, new = enrol(one, "Lia", Role.LIAISON), enrol(one, "Nia", Role.ANALYST)
    new.credential_until = None
    with pytest.raises(NotPermitted):
        take_sample(case=drawn, by=as_actor(lia), now=at)
    with pytest.raises(CredentialOutOfDate):
        take_sample(case=drawn, by=as_actor(new), now=at)
    assert cases.is_veiled(as_actor(new), drawn)
    assert not cases.is_veiled(as_actor(lia), drawn)


# Coding it


@pytest.mark.slow
@pytest.mark.django_db
def test_the_second_coder_reads_what_was_told_and_codes_it_on_the_same_form(drawn: Case, team: dict[str, Person], at: datetime) -> None:
    client = browser(team["Ari"])
    client.post(url("take-coding", drawn))
    told = client.post(url("coded-account", drawn, drawn.reports.get().pk)).content.decode()
    assert "Seen on a public page." in told
    assert client.get(url("code", drawn)).status_code == 200
    sent = {"severity": "c", "f_age_band": "age_7_9", "f_shows_abuse": "yes", "harms": ["live_streaming"], "note": "From the words alone."}
    assert client.post(url("code", drawn), sent).headers["Location"] == reverse("review:codings")
    made = BlindCoding.objects.get()
    assert (made.first, made.actor) == (str(team["Ana"].pseudonym), str(team["Ari"].pseudonym))
    assert made.differs == ["age_band"]
    assert "Blind second coding" in client.get(url("case", drawn)).content.decode()
    assert "review.coding.given" in [line.event for line in entries_about(drawn.pk)]
    assert not cases.samples_for(as_actor(team["Sam"]), now=at)


@pytest.mark.slow
@pytest.mark.django_db
def test_a_form_with_a_gap_records_nothing(drawn: Case, team: dict[str, Person]) -> None:
    client = browser(team["Ari"])
    client.post(url("take-coding", drawn))
    assert client.post(url("code", drawn), {"f_age_band": "age_7_9"}).status_code == 422
    assert not BlindCoding.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db
def test_one_person_codes_it_in_time_and_nobody_who_did_not_take_it(drawn: Case, team: dict[str, Person], at: datetime) -> None:
    ari, sam = as_actor(team["Ari"]), as_actor(team["Sam"])
    take_sample(case=drawn, by=ari, now=at)
    with pytest.raises(NotDrawn):
        take_sample(case=drawn, by=sam, now=at)
    with pytest.raises(NotDrawn):
        actions.code_blind(case=drawn, look=FIRST, by=sam, now=at)
    late = at + timedelta(hours=4, minutes=1)
    with pytest.raises(NotDrawn):
        actions.code_blind(case=drawn, look=FIRST, by=ari, now=late)
    take_sample(case=drawn, by=sam, now=late)
    actions.code_blind(case=drawn, look=FIRST, by=sam, now=late)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_database_refuses_a_second_coding_by_the_first_person_and_any_change(drawn: Case, team: dict[str, Person], at: datetime) -> None:
    first = drawn.classifications.get()
    kept = {"classification": first, "first": first.actor, "scheme": "s", "scheme_version": "1", "taxonomy": "2026.1", "severity": "c", "at": at}
    with pytest.raises(IntegrityError), transaction.atomic():
        BlindCoding.objects.create(**kept, actor=first.actor)
    made = BlindCoding.objects.create(**kept, actor="another")
    for held in (made, first):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            type(held).objects.filter(pk=held.pk).update(severity="a")


# Settling


@pytest.fixture
def differing_case(drawn: Case, team: dict[str, Person], at: datetime) -> Case:
    ari = as_actor(team["Ari"])
    take_sample(case=drawn, by=ari, now=at)
    actions.code_blind(case=drawn, look=Look(FIRST.features | {"age_band": "age_13_15"}, FIRST.harms, "b"), by=ari, now=at)
    return drawn


@pytest.mark.slow
@pytest.mark.django_db
def test_a_third_person_settles_it_with_a_reason_and_all_three_codings_stay(differing_case: Case, team: dict[str, Person], at: datetime) -> None:
    client = browser(team["Sam"])
    assert differing_case.number in client.get(reverse("review:codings")).content.decode()
    page = client.get(url("settle", differing_case)).content.decode()
    assert "Ana" in page
    assert "Ari" in page
    before = differing_case.stage
    sent = {"severity": "b", "f_age_band": "age_13_15", "f_shows_abuse": "yes", "harms": ["live_streaming"]}
    assert client.post(url("settle", differing_case), sent).status_code == 422
    assert client.post(url("settle", differing_case), sent | {"note": "The account names a school year."}).status_code == 302
    newest = queries.latest(Case.objects.get(pk=differing_case.pk))
    assert newest is not None
    assert (newest.version, newest.severity, newest.features["age_band"]) == (2, "b", "age_13_15")
    assert (newest.actor, newest.settles_coding) == (str(team["Sam"].pseudonym), BlindCoding.objects.get())
    shown = client.get(url("case", differing_case)).content.decode()
    assert all(title in shown for title in ("Classification 1", "Blind second coding", "Classification 2"))
    assert Case.objects.get(pk=differing_case.pk).stage == before
    assert "review.coding.settled" in [line.event for line in entries_about(differing_case.pk)]
    assert not queries.to_settle(by=as_actor(team["Sue"]))
    with pytest.raises(errors.NothingToSettle):
        actions.settle_coding(case=differing_case, look=FIRST, why="Once more.", by=as_actor(team["Sue"]), now=at)


@pytest.mark.slow
@pytest.mark.django_db
def test_nothing_is_settled_of_a_case_that_was_erased(differing_case: Case, team: dict[str, Person], at: datetime) -> None:
    Case.objects.filter(pk=differing_case.pk).update(erased_at=at)
    with pytest.raises(errors.NothingToSettle):
        actions.settle_coding(case=differing_case, look=FIRST, why="Too late.", by=as_actor(team["Sam"]), now=at)
    assert Classification.objects.count() == 1


@pytest.mark.slow
@pytest.mark.django_db
def test_nobody_settles_their_own_coding_and_no_analyst_anybodys(tell: Tell, team: dict[str, Person], at: datetime) -> None:
    case, sam = first_coded(tell, team["Ana"], at), as_actor(team["Sam"])
    take_sample(case=case, by=sam, now=at)
    actions.code_blind(case=case, look=OTHER, by=sam, now=at)
    assert not queries.to_settle(by=sam)
    assert "A third person settles it" in browser(team["Sam"]).get(url("settle", case)).content.decode()
    with pytest.raises(errors.SamePerson):
        actions.settle_coding(case=case, look=CLEAR, why="Mine is right.", by=sam, now=at)
    with pytest.raises(NotPermitted):
        actions.settle_coding(case=case, look=CLEAR, why="Mine is right.", by=as_actor(team["Ari"]), now=at)
    assert Classification.objects.count() == 1
    assert [one.classification.case for one in queries.to_settle(by=as_actor(team["Sue"]))] == [case]


@pytest.mark.slow
@pytest.mark.django_db
def test_codings_that_say_the_same_wait_for_nobody(drawn: Case, team: dict[str, Person], at: datetime) -> None:
    ari = as_actor(team["Ari"])
    take_sample(case=drawn, by=ari, now=at)
    actions.code_blind(case=drawn, look=FIRST, by=ari, now=at)
    assert not queries.to_settle(by=as_actor(team["Sam"]))
    with pytest.raises(errors.NothingToSettle):
        actions.settle_coding(case=drawn, look=FIRST, why="No reason.", by=as_actor(team["Sam"]), now=at)


# Figures


@pytest.mark.slow
@pytest.mark.django_db
def test_figures_are_withheld_under_twenty_pairs_and_shown_from_then_on(drawn: Case, team: dict[str, Person], tell: Tell, at: datetime) -> None:
    ari, client = as_actor(team["Ari"]), browser(team["Sam"])

    def pairs(cases: list[Case]) -> str:
        for place, case in enumerate(cases):
            one = case.classifications.get()
            kept = {"classification": one, "first": str(team["Ana"].pseudonym), "scheme": one.scheme, "scheme_version": one.scheme_version}
            look = {"features": FIRST.features, "harms": ["live_streaming"], "severity": "bc"[place > 0], "taxonomy": "2026.1", "at": at}
            BlindCoding.objects.create(**kept, **look, actor=ari.pseudonym)
        return client.get(reverse("review:codings")).content.decode()

    page = pairs([drawn])
    assert "withheld, too few pairs" in page
    assert "Kappa" in page
    made = [_copy(drawn, at) for _ in range(FEWEST - 1)]
    page = pairs(made)
    assert "withheld" not in page
    # One of twenty was coded otherwise by the second person, and the first always said the same: that is what chance alone gives.
    assert "0.00" in page


def _copy(case: Case, at: datetime) -> Case:
    """Another case with the same first coding, straight into the tables."""
    fields = {"organisation": case.organisation, "stage": case.stage, "opened_at": at, "stage_since": at, "due_at": at, "next_action_at": at}
    made = Case.objects.create(number=uuid4().hex[:10], **fields)
    first = case.classifications.get()
    first.pk, first.case, first._state.adding = uuid4(), made, True
    first.save(force_insert=True)
    return made


@pytest.mark.slow
@pytest.mark.django_db
def test_the_page_takes_few_queries_however_much_was_coded(
    drawn: Case, team: dict[str, Person], at: datetime, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for _ in range(5):
        Sample.objects.create(case=_copy(drawn, at), drawn_at=at)
    client = browser(team["Sam"])
    with django_assert_max_num_queries(30):  # type: ignore[attr-defined]
        assert client.get(reverse("review:codings")).content.decode().count("/coding/") == 6
    client.post(url("take-coding", drawn))
    with django_assert_max_num_queries(30):  # type: ignore[attr-defined]
        assert client.get(url("code", drawn)).status_code == 200


@pytest.mark.django_db
def test_what_was_erased_is_coded_by_nobody_and_its_note_goes_with_it(differing_case: Case, team: dict[str, Person], at: datetime) -> None:
    Case.objects.filter(pk=differing_case.pk).update(erased_at=at)
    assert not queries.to_settle(by=as_actor(team["Sue"]))
