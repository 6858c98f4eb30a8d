"""Letters between desks: of one that is wrong nothing is taken, and one that is right counts once."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from structlog.testing import capture_logs
from tests.response.crossed import LINK, Desks, desks, facts, letter_of, offered, partner, told
from tests.support.cast import NOON, actor, cal, lou

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Role
from cairndesk.cases.models import Case
from cairndesk.custody import access
from cairndesk.custody.errors import DeskLocked
from cairndesk.custody.models import LogEntry, SealedItem
from cairndesk.custody.sealing import hpke
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.exchange import errors
from cairndesk.exchange.formats import referral
from cairndesk.exchange.formats.referral import MEANING, Acceptance, Document, Party, Return, Withdrawal
from cairndesk.lib import clock
from cairndesk.lib.bucket import Bucket
from cairndesk.lib.ids import new_id
from cairndesk.response import actions, api, queries
from cairndesk.response.models import Crossing, CrossingLetter, PartnerDesk
from cairndesk.response.rules import Side

__all__ = ["cal", "desks", "lou", "told"]
pytestmark = pytest.mark.django_db
DOOR = "/api/v1/referrals"


@pytest.fixture
def offer(desks: Desks, told: Case) -> Crossing:
    return offered(told, desks.to_two, by=desks.sam, other=desks.sue)


@pytest.fixture
def letter(offer: Crossing) -> bytes:
    return letter_of(offer, "offer")


def closed(document: Document, ring: Keyring, to: str = "", said: bytes = b"") -> bytes:
    """`document` as a letter, sealed to the key `to` if that is another one, and saying `said` in its place."""
    plain = said or referral.write(document)
    blob = hpke.seal(bytes.fromhex(to or document.recipient), ring.sign("export", MEANING + plain) + plain, MEANING + document.id.bytes)
    about = {"format": "cairndesk-referral", "version": "1.0", "id": str(document.id), "to": hpke.sealed_to(blob).hex()}
    return json.dumps({**about, "sealed": base64.b64encode(blob).decode()}).encode()


def opened(letter: bytes, ring: Keyring, organisation: Organisation) -> Document:
    return referral.open_letter(referral.read_letter(letter), lambda blob, context: ring.unseal(organisation.pk, blob, context))[0]


def held() -> tuple[int, int, int, int]:
    """What a letter could leave behind."""
    return CrossingLetter.objects.count(), Crossing.objects.count(), SealedItem.objects.count(), LogEntry.objects.count()


def changed(letter: bytes, **fields: object) -> bytes:
    return json.dumps({**json.loads(letter), **fields}).encode()


def flipped(letter: bytes) -> bytes:
    blob = bytearray(base64.b64decode(json.loads(letter)["sealed"]))
    blob[-20] ^= 1
    return changed(letter, sealed=base64.b64encode(bytes(blob)).decode())


ATTACKS: dict[str, tuple[Callable[[bytes], bytes], type[errors.LetterRefused]]] = {
    "changed on its way": (flipped, errors.LetterNotOpened),
    "under another id": (lambda letter: changed(letter, id=str(new_id())), errors.LetterNotOpened),
    "to a key of nobody": (lambda letter: changed(letter, to="00" * 8), errors.LetterNotOpened),
    "cut short": (lambda letter: letter[: len(letter) // 2], errors.LetterUnreadable),
    "no letter": (lambda _: b"[]", errors.LetterUnreadable),
    "deeper than anybody reads": (lambda _: b"[" * 200_000, errors.LetterUnreadable),
    "not base64": (lambda letter: changed(letter, sealed="***"), errors.LetterUnreadable),
    "without a key": (lambda letter: json.dumps({k: v for k, v in json.loads(letter).items() if k != "to"}).encode(), errors.LetterUnreadable),
    "of a coming major version": (lambda letter: changed(letter, version="2.0"), errors.UnknownVersion),
    "too long": (lambda letter: letter + b" " * referral.LIMIT, errors.LetterTooLong),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_letter_that_is_not_as_it_was_made_leaves_nothing_behind(desks: Desks, letter: bytes, attack: str) -> None:
    (make, why), before = ATTACKS[attack], held()
    with capture_logs() as said, pytest.raises(why):
        desks.to_their_desk(make(letter))
    assert held() == before
    assert [(one["event"], one["code"]) for one in said] == [("letter_not_taken", why.code)]
    assert set(said[0]) == {"event", "code", "digest", "log_level"}
    # The very letter is still taken afterwards.
    assert desks.to_their_desk(letter).state == "offered"


def test_a_letter_to_another_desk_is_not_opened(desks: Desks, letter: bytes) -> None:
    with pytest.raises(errors.LetterNotOpened):
        desks.to_our_desk(letter)


def test_a_letter_that_a_partner_seals_anew_to_somebody_else_is_not_taken_there(desks: Desks, letter: bytes, ring: Keyring) -> None:
    """Two opens what One wrote to it, and gives it to One itself as if it had been written to One."""
    document = opened(letter, ring, desks.two)
    with pytest.raises(errors.WrongRecipient):
        desks.to_our_desk(closed(document, ring, to=queries.own_party(desks.one).seals_to))


def test_a_desk_that_nobody_entered_or_confirmed_or_with_another_key_is_not_heard(desks: Desks, letter: bytes) -> None:
    rows = PartnerDesk.objects.filter(pk=desks.to_one.pk)
    for wrong in ({"signs_with": hpke.generate()[1].hex()}, {"confirmed_by": "", "confirmed_at": None}, {"seals_to": hpke.generate()[1].hex()}):
        before = {name: getattr(rows.get(), name) for name in wrong}
        rows.update(**wrong)
        with pytest.raises(errors.ForeignDesk):
            desks.to_their_desk(letter)
        rows.update(**before)
    assert not Crossing.objects.filter(side=Side.IN).exists()


def test_what_is_signed_by_another_key_than_that_of_the_sender_is_not_taken(desks: Desks, offer: Crossing, letter: bytes, ring: Keyring) -> None:
    document = opened(letter, ring, desks.two)
    with pytest.raises(errors.ForeignDesk):
        desks.to_their_desk(closed(document, Keyring.create()))


@pytest.mark.parametrize("days", [-1, 365])
def test_an_offer_outside_of_the_agreement_is_not_taken(desks: Desks, letter: bytes, days: int) -> None:
    with pytest.raises(errors.PartnerOver):
        desks.to_their_desk(letter, NOON + timedelta(days=days))


def test_an_offer_under_an_agreement_that_they_ended_is_not_taken(desks: Desks, letter: bytes) -> None:
    actions.end_partner(desk=desks.to_one, why="It is over.", by=desks.lee, now=NOON)
    with pytest.raises(errors.PartnerOver):
        desks.to_their_desk(letter)


def test_an_offer_that_comes_after_its_time_is_not_taken(desks: Desks, letter: bytes) -> None:
    with pytest.raises(errors.OfferPast):
        desks.to_their_desk(letter, NOON + timedelta(days=3))


def test_a_letter_counts_once_however_often_it_comes(desks: Desks, letter: bytes) -> None:
    desks.to_their_desk(letter)
    before = held()
    with pytest.raises(errors.TakenBefore):
        desks.to_their_desk(letter)
    assert held() == before


def test_an_offer_that_was_refused_cannot_be_played_again(desks: Desks, letter: bytes) -> None:
    theirs = desks.to_their_desk(letter)
    actions.refuse_from_desk(crossing=theirs, why="No.", by=desks.lou, now=NOON)
    with pytest.raises(errors.TakenBefore):
        desks.to_their_desk(letter)
    assert not queries.unanswered(desks.two.pk, Side.IN, NOON + timedelta(days=9)).exists()


def test_another_letter_under_the_same_id_is_not_taken(desks: Desks, letter: bytes, ring: Keyring) -> None:
    desks.to_their_desk(letter)
    document = opened(letter, ring, desks.two)
    with pytest.raises(errors.LetterChanged):
        desks.to_their_desk(closed(document.model_copy(update={"reference": "OTHER"}), ring))


def test_a_second_offer_under_the_id_of_the_first_is_not_taken(desks: Desks, letter: bytes, ring: Keyring) -> None:
    desks.to_their_desk(letter)
    document = opened(letter, ring, desks.two)
    with pytest.raises(errors.LetterOutOfTurn):
        desks.to_their_desk(closed(document.model_copy(update={"id": new_id()}), ring))


def test_another_partner_that_knows_the_id_of_a_letter_cannot_use_it_up(desks: Desks, letter: bytes, ring: Keyring) -> None:
    """Three, a partner of Two with keys of its own, writes first under the id of the letter that One wrote to Two."""
    three, own = Organisation.objects.create(slug="three", name="Cairn Desk Three", created_at=NOON, kind_said_at=NOON), Keyring.create()
    ring.add_organisation(three.pk)
    keys = {"seals_to": queries.own_party(three).seals_to, "signs_with": own.public("export").hex()}
    made = actions.enter_partner(facts=facts(three, **keys), by=desks.lee, now=NOON)
    actions.confirm_partner(desk=made, by=actor(desks.two, "Lex", Role.SUPERVISOR), now=NOON)
    document = opened(letter, ring, desks.two)
    first = desks.to_their_desk(closed(document.model_copy(update={"sender": Party(name="Three", **keys)}), own))
    true = desks.to_their_desk(letter)
    assert (first.partner, true.partner, first.offer) == (made, desks.to_one, true.offer)
    assert actions.accept_from_desk(crossing=true, by=desks.lou, now=NOON).organisation == desks.two
    with pytest.raises(errors.TakenBefore):
        desks.to_their_desk(letter)


def test_a_third_desk_says_nothing_about_a_case_that_is_between_two_others(desks: Desks, told: Case, ring: Keyring) -> None:
    three = Organisation.objects.create(slug="three", name="Cairn Desk Three", created_at=NOON, kind_said_at=NOON)
    ring.add_organisation(three.pk)
    ours, theirs = desks.offer(told)
    partner(desks.sam, desks.sue, three)
    partner(desks.lee, actor(desks.two, "Lex", Role.SUPERVISOR), three)
    about = {"offer": ours.offer, "sender": queries.own_party(three), "made_at": NOON}
    for to, document in (
        (desks.to_our_desk, Acceptance(**about, id=new_id(), recipient=queries.own_party(desks.one).seals_to, reference="X")),
        (desks.to_our_desk, Return(**about, id=new_id(), recipient=queries.own_party(desks.one).seals_to, why="x", did="", done=[])),
        (desks.to_their_desk, Withdrawal(**about, id=new_id(), recipient=queries.own_party(desks.two).seals_to)),
    ):
        with pytest.raises(errors.LetterOutOfTurn):
            to(closed(document, ring))
    ours.refresh_from_db()
    theirs.refresh_from_db()
    assert (ours.state, theirs.state) == ("offered", "offered")


def test_a_document_of_a_coming_major_version_is_refused_and_of_a_coming_minor_one_read(desks: Desks, letter: bytes, ring: Keyring) -> None:
    document = opened(letter, ring, desks.two)
    for version, accepted in (("2.0", False), ("1.9", True)):
        said = json.loads(referral.write(document)) | {"version": version, "a_later_field": ["of 1.9"]}
        one = closed(document, ring, said=json.dumps(said).encode())
        if accepted:
            assert desks.to_their_desk(one).state == "offered"
        else:
            with pytest.raises(errors.UnknownVersion):
                desks.to_their_desk(one)


def test_a_document_that_does_not_fit_is_named_by_its_fields_and_nothing_of_it_is_repeated(desks: Desks, letter: bytes, ring: Keyring) -> None:
    document = opened(letter, ring, desks.two)
    said = json.loads(referral.write(document)) | {"reference": ["Rae Example"], "answer_by": "Rae Example"}
    with pytest.raises(errors.LetterUnreadable) as refused:
        desks.to_their_desk(closed(document, ring, said=json.dumps(said).encode()))
    assert "reference" in refused.value.detail
    assert "Rae" not in str(refused.value)


def test_while_the_desk_is_locked_nothing_is_taken_and_it_may_come_again(desks: Desks, letter: bytes, ring: Keyring) -> None:
    access.use(None)
    with pytest.raises(DeskLocked) as locked:
        desks.to_their_desk(letter)
    access.use(ring)
    assert locked.value.retryable
    assert desks.to_their_desk(letter).state == "offered"


def test_a_letter_says_nothing_to_whoever_carries_it(letter: bytes, told: Case) -> None:
    shown = json.loads(letter)
    assert set(shown) == {"format", "version", "id", "to", "sealed"}
    assert told.number.encode() not in letter
    assert LINK.encode() not in base64.b64decode(shown["sealed"])
    assert len(base64.b64decode(shown["sealed"])) % 1024 == hpke.OVERHEAD % 1024


# ── The door ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[int, dict[str, Any]]]]:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    monkeypatch.setattr(api, "_bucket", Bucket(50, 50))

    def post(letter: bytes, key: str = "") -> tuple[int, dict[str, Any]]:
        name = key or json.loads(letter)["id"]
        answer = Client().post(DOOR, letter, content_type="application/json", headers={"Idempotency-Key": name})
        return answer.status_code, answer.json()

    return post


def test_the_door_takes_a_letter_once_and_says_so_again(desks: Desks, letter: bytes, door: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    name = json.loads(letter)["id"]
    assert door(letter) == (201, {"id": name, "state": "taken"})
    assert door(letter) == (200, {"id": name, "state": "taken_before"})
    assert Crossing.objects.filter(side=Side.IN).count() == 1


def test_the_door_refuses_by_problem_documents(desks: Desks, letter: bytes, door: Callable[..., tuple[int, dict[str, Any]]], ring: Keyring) -> None:
    tried = {
        "exchange.letter_not_opened": (422, flipped(letter)),
        "exchange.unknown_version": (422, changed(letter, version="7.1")),
        "exchange.letter_too_long": (413, letter + b" " * referral.LIMIT),
        "exchange.foreign_desk": (403, closed(opened(letter, ring, desks.two), Keyring.create())),
    }
    for code, (status, sent) in tried.items():
        said = door(sent)
        assert (said[0], said[1]["code"], said[1]["status"]) == (status, code, status)
    assert door(letter, key=str(new_id()))[1]["code"] == "exchange.letter_unreadable"
    assert door(letter, key="no id")[1]["code"] == "api.unprocessable"
    assert not Crossing.objects.filter(side=Side.IN).exists()


def test_the_door_lets_nobody_keep_it_busy(
    desks: Desks, letter: bytes, door: Callable[..., tuple[int, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "_bucket", Bucket(0.001, 0))
    assert (door(letter)[0], door(letter)[1]["code"]) == (429, "exchange.too_many_letters")


def test_while_the_desk_is_locked_the_door_asks_for_patience(letter: bytes, door: Callable[..., tuple[int, dict[str, Any]]], ring: Keyring) -> None:
    access.use(None)
    assert door(letter)[0] == 503
    access.use(ring)
    assert door(letter)[0] == 201
