"""The pages on which people record what is known, through Django's own client and without script."""

from collections.abc import Callable
from datetime import timedelta
from uuid import NAMESPACE_OID, uuid5

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries
from tests.review.test_pages import at, enter

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Role
from cairndesk.cases.models import Case, CasePerson, ContactStep, Incident, Item, Payment, Place, Sighting, Threat
from cairndesk.cases.queries import identifier_of
from cairndesk.cases.rules import Stage
from cairndesk.custody.models import SealedItem
from cairndesk.custody.queries import entries_about, unseal_fields, unseal_text
from cairndesk.lib import clock
from cairndesk.review.rules.known import Kind, fingerprint
from cairndesk.triage.queries import urgency

__all__ = ["at", "enter"]
pytestmark = pytest.mark.django_db
Tell = Callable[..., Case]
SOON = (clock.now() + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
FORMS = {
    Kind.DANGER: {"meeting_planned": "yes", "meeting_at": SOON, "abuse_now": "no"},
    Kind.PERSON: {"role": "child", "stated_age": "age_11_12", "country": "declined"},
    Kind.STEP: {"step": "first_contact", "service": "chat-one", "at": "2026-11-01T10:00"},
    Kind.THREAT: {"demand": "money", "deadline": SOON, "audiences": ["family"], "words": "Pay, or everybody sees it."},
    Kind.PAYMENT: {"rail": "gift_card", "paid": "paid_once", "amount_band": "under_50"},
    Kind.PLACE: {"kind": "home_of_person", "is_planned": "on", "where": "", "words": "The green house by the mill"},
}


@pytest.fixture
def case(tell: Tell) -> Case:
    return tell(at=clock.now())


@pytest.fixture
def anas(enrol: Callable[..., Person], one: Organisation, enter: Callable[[Person], Client]) -> Client:
    return enter(enrol(one, "Ana", Role.ANALYST))


@pytest.fixture
def sams(enrol: Callable[..., Person], one: Organisation, enter: Callable[[Person], Client]) -> Client:
    return enter(enrol(one, "Sam", Role.SUPERVISOR))


def url(name: str, case: Case, *more: object) -> str:
    return reverse(f"review:{name}", args=[case.pk, *more])


def send(client: Client, case: Case, kind: str, answers: dict[str, object], **hidden: str) -> str:
    """Send the form of one kind; the page that comes after."""
    sent = {"seen": fingerprint({}), "once": str(uuid5(NAMESPACE_OID, hidden.pop("once", str(kind)))), **answers, **hidden}
    return client.post(url("record", case, kind), sent, follow=True).content.decode()


def seen_by(client: Client, case: Case) -> str:
    """The state from which the form about urgency is made now."""
    return client.get(url("record", case, Kind.DANGER)).content.decode().split('name="seen" value="')[1].split('"')[0]


def events(case: Case) -> list[str]:
    return [entry.event for entry in entries_about(case.pk)]


@pytest.mark.slow
@pytest.mark.req("INT-19", "RMV-07")
def test_every_kind_of_fact_is_recorded_listed_and_kept_sealed_where_it_has_words(case: Case, anas: Client) -> None:
    for kind, answers in FORMS.items():
        assert anas.get(url("record", case, kind)).status_code == 200
        assert "Recorded: " in send(anas, case, kind, answers), kind
    assert send(anas, case, Kind.ITEMS, {"lines": "https://pics.example/a\n"}, once="i")
    item = Item.objects.get(case=case)
    send(anas, case, Kind.SIGHTING, {"item": str(item.pk), "seen_at": "2026-11-02T08:30", "words": "page 3 of the gallery", "is_reappearance": "on"})
    incident, threat, place = Incident.objects.get(case=case), Threat.objects.get(), Place.objects.get()
    assert (incident.meeting_planned, incident.abuse_now, incident.self_harm) == ("yes", "no", "not_asked")
    assert (ContactStep.objects.get().service, Payment.objects.get().rail, place.is_planned) == ("chat-one", "gift_card", True)
    assert (threat.deadline_set, [one.audience for one in threat.audiences.all()]) == ("yes", ["family"])
    assert CasePerson.objects.get(case=case).country == "declined"
    assert Sighting.objects.get().is_reappearance
    page = anas.get(url("known", case)).content.decode()
    for words in (
        "Is a meeting planned? Yes",
        "10",
        "chat-one",
        "to be shown to",
        "It is planned and has not happened yet",
        "It had been removed before",
    ):
        assert words in page
    for sealed in ("everybody sees it", "green house", "page 3", "pics.example"):
        assert sealed not in page


@pytest.mark.slow
@pytest.mark.req("TRG-04", "TRG-06", "TRG-08")
def test_what_is_recorded_moves_the_queue_at_once_and_what_is_taken_back_moves_it_back(case: Case, anas: Client) -> None:
    before = urgency(case)
    send(anas, case, Kind.THREAT, FORMS[Kind.THREAT])
    case.refresh_from_db()
    threatened = urgency(case)
    assert threatened.level < before.level
    assert any("deadline" in reason.words.lower() for reason in threatened.reasons)
    threat = Threat.objects.get()
    answer = anas.post(url("take-back", case, Kind.THREAT, threat.pk), follow=True).content.decode()
    assert "It counts no more and stays readable" in answer
    assert "<b>Taken back</b>" in answer
    case.refresh_from_db()
    assert urgency(case).level == before.level
    assert not Threat.objects.exists()
    assert "Pay, or everybody sees it." in anas.post(url("words", case, Kind.THREAT, threat.pk)).content.decode()
    assert "cases.fact.withdrawn" in events(case)
    answers = {"continuing_access": "yes", "meeting_planned": "yes", "meeting_at": SOON, "meeting_place": "rental"}
    page = send(anas, case, Kind.DANGER, answers, seen=seen_by(anas, case))
    case.refresh_from_db()
    assert "go on having access to the child? Yes" in page
    assert urgency(case).level < before.level


@pytest.mark.slow
def test_items_are_read_line_by_line_and_a_line_that_cannot_be_read_loses_nothing(case: Case, anas: Client) -> None:
    lines = "https://pics.example/a\nhxxps://bad[.]example/b\naccount:chat-one/Kim_7\n" + "ab" * 16 + "\nkim@mail.example"
    page = send(anas, case, Kind.ITEMS, {"lines": lines + "\n?? ??"})
    assert "Line 6 cannot be read" in page
    assert "hxxps://bad[.]example/b" in page
    assert not Item.objects.filter(case=case).exists()
    send(anas, case, Kind.ITEMS, {"lines": lines + "\n" + lines}, once="again")
    held = {(item.kind, item.hash_kind, item.service): identifier_of(item) for item in Item.objects.filter(case=case)}
    assert held["account", "not_asked", "chat-one"].lower() == "kim_7"
    assert held["media", "md5", ""] == "ab" * 16
    assert Item.objects.filter(case=case, kind="url").count() == 2
    send(anas, case, Kind.ITEMS, {"lines": "cd" * 32}, once="either")
    readings = Item.objects.filter(case=case, kind="media").exclude(hash_kind="md5").values_list("hash_kind", flat=True)
    assert sorted(readings) == ["pdq", "sha256"]
    send(anas, case, Kind.ITEMS, {"lines": "my lucky wallet", "as_kind": "wallet"}, once="third")
    assert Item.objects.filter(case=case).count() == 8
    assert "These are 201 lines" in send(
        anas, case, Kind.ITEMS, {"lines": "\n".join(f"kim{number}@mail.example" for number in range(201))}, once="many"
    )


@pytest.mark.slow
@pytest.mark.req("FIN-03")
def test_a_wallet_is_recorded_with_its_chain_and_coin_and_says_so(case: Case, anas: Client) -> None:
    address = "0xde709f2102306220921060314715629080e2fb77"
    page = send(anas, case, Kind.ITEMS, {"lines": f"{address}\nkim@mail.example", "coin": "stablecoin"})
    wallet, email = Item.objects.filter(case=case, kind="wallet").get(), Item.objects.filter(case=case, kind="email").get()
    assert (identifier_of(wallet), wallet.chain, wallet.coin) == (address, "ethereum", "stablecoin")
    assert (email.chain, email.coin) == ("not_asked", "not_asked")
    assert "chain Ethereum and its kind; coin Stablecoin" in page


@pytest.mark.slow
def test_what_is_sent_twice_is_recorded_once(case: Case, anas: Client) -> None:
    for _ in range(2):
        assert "Recorded: " in send(anas, case, Kind.STEP, FORMS[Kind.STEP])
    assert ContactStep.objects.count() == 1
    send(anas, case, Kind.STEP, {"step": "moved_to", "service": "game-two"}, once="another")
    first, second = ContactStep.objects.order_by("position")
    assert (first.position, second.position) == (0, 1)
    anas.post(url("take-back", case, Kind.STEP, second.pk))
    send(anas, case, Kind.STEP, {"step": "moved_to", "service": "chat-three"}, once="third")
    assert [step.position for step in ContactStep.objects.order_by("position")] == [0, 2]


@pytest.mark.slow
def test_a_form_that_was_changed_and_sent_again_is_never_dropped(case: Case, anas: Client) -> None:
    send(anas, case, Kind.STEP, FORMS[Kind.STEP])
    page = send(anas, case, Kind.STEP, {"step": "moved_to", "service": "game-two"})
    assert "This form was recorded before with other answers" in page
    assert 'value="game-two"' in page
    once = page.split('name="once" value="')[1].split('"')[0]
    anas.post(url("record", case, Kind.STEP), {"step": "moved_to", "service": "game-two", "once": once})
    assert [step.service for step in ContactStep.objects.order_by("position")] == ["chat-one", "game-two"]
    for _ in range(2):
        anas.post(url("record", case, Kind.STEP), {"step": "paid_on", "service": "without-a-number"})
    assert ContactStep.objects.filter(service="without-a-number").count() == 2


def test_words_lose_what_could_hide_or_reorder_them(case: Case, anas: Client) -> None:
    send(anas, case, Kind.THREAT, {"demand": "money", "words": "Pay\x1b[31m \u202enow"})
    assert unseal_text(Threat.objects.get().words) == "Pay[31m now"


@pytest.mark.slow
def test_two_people_who_answer_at_once_do_not_undo_one_another(case: Case, anas: Client, sams: Client) -> None:
    mine, theirs = {"self_harm": "yes"}, {"active_contact": "yes"}
    send(anas, case, Kind.DANGER, mine)
    page = send(sams, case, Kind.DANGER, theirs, once="sams")
    assert "Somebody else answered these questions meanwhile" in page
    assert "Is there a risk of self-harm? Yes" in page
    assert '<option value="yes" selected>' in page
    held = Incident.objects.get(case=case)
    assert (held.self_harm, held.active_contact) == ("yes", "not_asked")


@pytest.mark.slow
def test_a_form_that_says_nothing_or_too_much_is_refused_kindly(case: Case, anas: Client) -> None:
    assert "Nothing is answered yet" in send(anas, case, Kind.PAYMENT, {})
    assert "Select a valid choice" in send(anas, case, Kind.THREAT, {"demand": "made_up"})
    assert "Enter a valid date/time" in send(anas, case, Kind.PLACE, {"kind": "home_of_person", "at": "soon"})
    assert anas.post(url("record", case, "sighting"), {"once": "x", "item": str(case.pk), "seen_at": SOON}).status_code == 422
    assert anas.get(url("record", case, "no-such-kind")).status_code == 404
    assert not any(model.objects.exists() for model in (Payment, Threat, Place, Sighting))


@pytest.mark.slow
@pytest.mark.req("INT-02")
def test_who_a_person_is_opens_for_a_named_role_with_a_reason_and_the_log_says_so(case: Case, anas: Client, sams: Client) -> None:
    send(anas, case, Kind.PERSON, FORMS[Kind.PERSON])
    person = CasePerson.objects.get(case=case)
    assert "Nothing is written yet" in anas.post(url("identity", case, person.pk), {}).content.decode()
    anas.post(url("identity", case, person.pk), {"name": "Kim of the mill"})
    first = CasePerson.objects.get(pk=person.pk).identity
    anas.post(url("identity", case, person.pk), {"name": "Kim", "contact": "after school, by text"})
    held = CasePerson.objects.get(pk=person.pk)
    assert unseal_fields(held.identity) == {"name": "Kim", "contact": "after school, by text"}
    assert not SealedItem.objects.get(pk=first.pk).ciphertext
    assert anas.post(url("open-identity", case, person.pk), {"reason": "referral"}).status_code == 403
    assert "cases.identity.read" not in events(case)
    assert sams.post(url("open-identity", case, person.pk), {"reason": "because"}).status_code == 404
    shown = sams.post(url("open-identity", case, person.pk), {"reason": "referral"})
    assert "after school, by text" in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    assert "cases.identity.read" in events(case)
    assert "after school" not in sams.get(url("known", case)).content.decode()


def test_sealed_words_open_on_their_own_page_and_the_log_names_the_reader_first(case: Case, anas: Client) -> None:
    send(anas, case, Kind.PLACE, FORMS[Kind.PLACE])
    place = Place.objects.get()
    assert "The green house by the mill" in anas.post(url("words", case, Kind.PLACE, place.pk)).content.decode()
    assert events(case)[-1] == "cases.fact.opened"
    assert unseal_text(place.where) == "The green house by the mill"
    assert anas.post(url("words", case, Kind.THREAT, place.pk)).status_code == 404


@pytest.mark.slow
def test_nobody_of_another_desk_sees_or_writes_a_fact_and_a_closed_case_takes_none(
    case: Case, two: Organisation, enrol: Callable[..., Person], enter: Callable[[Person], Client], anas: Client, one: Organisation
) -> None:
    send(anas, case, Kind.PLACE, FORMS[Kind.PLACE])
    place, olas = Place.objects.get(), enter(enrol(two, "Ola", Role.ANALYST, Role.SUPERVISOR))
    lias = enter(enrol(one, "Lia", Role.LIAISON))
    for client, refused in ((olas, 404), (lias, 403)):
        assert client.get(url("known", case)).status_code == refused
        assert client.post(url("record", case, Kind.THREAT), FORMS[Kind.THREAT]).status_code == refused
        assert client.post(url("words", case, Kind.PLACE, place.pk)).status_code == refused
        assert client.post(url("take-back", case, Kind.PLACE, place.pk)).status_code == refused
    Case.objects.filter(pk=case.pk).update(stage=Stage.CLOSED)
    assert anas.post(url("record", case, Kind.THREAT), FORMS[Kind.THREAT]).status_code == 403
    assert "Take this back" not in anas.get(url("known", case)).content.decode()
    assert Threat.objects.count() == 0
    assert Place.objects.count() == 1


@pytest.mark.slow
def test_the_page_costs_few_queries_however_much_is_known(case: Case, anas: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for at_once in range(3):
        for kind, answers in FORMS.items():
            send(anas, case, kind, answers, once=f"{kind}-{at_once}")
    with django_assert_max_num_queries(30):
        anas.get(url("known", case))
    with django_assert_max_num_queries(30):
        anas.get(url("record", case, Kind.THREAT))


@pytest.mark.req("TRG-22")
def test_the_definitions_of_the_choices_stand_beside_them(case: Case, anas: Client) -> None:
    page = anas.get(url("record", case, Kind.THREAT)).content.decode()
    assert "What the choices mean" in page
    assert page.count("<dd>") > 10


@pytest.mark.slow
def test_a_meeting_that_is_off_has_no_time_any_more(case: Case, anas: Client) -> None:
    send(anas, case, Kind.DANGER, FORMS[Kind.DANGER])
    assert SOON in anas.get(url("record", case, Kind.DANGER)).content.decode()
    send(anas, case, Kind.DANGER, {"meeting_planned": "no"}, seen=seen_by(anas, case), once="off")
    held = Incident.objects.get(case=case)
    assert (held.meeting_planned, held.meeting_at) == ("no", None)
