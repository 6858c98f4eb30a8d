"""Confirming a file puts its hashes on the desk's own list, when two people want it, and every later report meets them at once."""

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from tests.review.conftest import SEVERE, as_actor
from tests.review.test_originals import demo_person, signed_in
from tests.signals.test_false_matches import away, file
from tests.signals.video.test_shares import film
from tests.support import two_people

from cairndesk.accounts import demo
from cairndesk.accounts.actions import approval_digest, approve, take_back
from cairndesk.accounts.errors import (
    AskedAlready,
    ChangedMeanwhile,
    FreshProofNeeded,
    NeedsSecondPerson,
    NotPermitted,
    OtherOrganisation,
    RequestClosed,
)
from cairndesk.accounts.models import Organisation, Person, Request
from cairndesk.accounts.rules import Actor, FreshProof, Proof, Role
from cairndesk.cases import actions as cases
from cairndesk.cases.models import Case, Item
from cairndesk.cases.rules import Stage
from cairndesk.custody.queries import entries_about
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
from cairndesk.review import actions, errors, queries, scheme
from cairndesk.review.rules import Look
from cairndesk.review.rules.mapping import Grade
from cairndesk.signals import actions as signals
from cairndesk.signals import shelf, walled
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.errors import ListRefused
from cairndesk.signals.models import HashList, ListEntry, Match
from cairndesk.signals.queries import find_matches, own_list
from cairndesk.signals.rules import Overlap

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
Tell = Callable[..., Case]
Enrol = Callable[..., Person]
NOT_ABUSE = Look(features={**SEVERE.features, "shows_abuse": "no"}, harms=(), severity="c")


@pytest.fixture(autouse=True)
def _hashed(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(walled, "hash_media", file)
    yield
    shelf.of.cache_clear()


@pytest.fixture
def keeping(one: Organisation) -> Organisation:
    one.media_mode, one.media_basis = "hash_only", "made up for tests"
    one.save()
    return one


@pytest.fixture
def own(keeping: Organisation, sam: Actor, ring: Any) -> HashList:
    given = {"terms": "To find it again.", "expires_on": clock.now().date() + timedelta(days=900), "by": sam, "now": clock.now()}
    return signals.make_own_list(organisation=keeping, **given)


@pytest.fixture
def held(tell: Tell, keeping: Organisation, own: HashList, ana: Actor) -> Case:
    """A case that Ana reviews and has classified, with one file."""
    case = actions.claim(case=tell(at=clock.now()), by=ana, now=clock.now())
    actions.hand_over(case=case, data=b"file", by=ana, now=clock.now())
    return actions.classify(case=case, look=SEVERE, by=ana, now=clock.now(), note="Seen as told.").case


def first_of(case: Case) -> Item:
    return Item.objects.filter(case=case, kind="media", same_file_as=None).order_by("added_at", "pk")[0]


def ask(case: Case, by: Actor) -> Request:
    return actions.ask_publication(case=case, file=first_of(case), by=by, now=clock.now())


def proof(by: Actor, wish: Request) -> FreshProof:
    return two_people.proof(wish, by)


def publish(wish: Request, by: Actor, fresh: FreshProof | None = None) -> str:
    return two_people.approved(wish, by, fresh=fresh)


def known(case: Case, text: str) -> list[str]:
    return [f"{one.list_name}: {one.kind}" for one in find_matches(organisation=case.organisation_id, identifiers=recognise(text), now=clock.now())]


def test_what_two_people_confirm_is_met_by_the_next_report_and_by_every_process(
    held: Case, tell: Tell, ana: Actor, sam: Actor, own: HashList
) -> None:
    digest = file(b"file").digests.sha256
    wish = ask(held, ana)
    assert known(held, digest) == []
    assert "4 new hashes" in publish(wish, sam)
    # Another process has another shelf, and reads the same versions.
    shelf.of.cache_clear()
    assert known(held, f"sha256:{digest}") == ["Confirmed here: exact"]
    assert known(held, f"pdq:{away(6)}") == ["Confirmed here: near"]
    later = tell(at=clock.now())
    actions.hand_over(case=later, data=b"file", by=ana, now=clock.now())
    assert Match.objects.filter(case=later.pk, entry__list=own).count() == 4
    assert {line.actor for line in entries_about(first_of(held).pk) if line.event == "review.hashes.published"} == {sam.pseudonym}
    assert set(ListEntry.objects.values_list("kind", "label")) == {(kind, "three_levels: a") for kind in ("md5", "sha1", "sha256", "pdq")}


def test_the_list_says_the_industry_value_that_a_person_gave(
    tell: Tell, own: HashList, ana: Actor, sam: Actor, settings: Any, tmp_path: Path
) -> None:
    settings.DATA = tmp_path
    scheme.load(scheme.shipped_text("industry") or "", place="industry")
    case = actions.claim(case=tell(at=clock.now()), by=ana, now=clock.now())
    actions.hand_over(case=case, data=b"file", by=ana, now=clock.now())
    look = replace(SEVERE, grades=(Grade("industry", "2022-07", ("b2",)),))
    publish(ask(actions.classify(case=case, look=look, by=ana, now=clock.now()).case, ana), sam)
    assert set(ListEntry.objects.values_list("label", flat=True)) == {"B2"}


def test_a_part_of_a_video_that_was_published_is_known_for_one(
    tell: Tell, own: HashList, ana: Actor, sam: Actor, monkeypatch: pytest.MonkeyPatch, enrol: Enrol
) -> None:
    films = {b"whole": film(range(9)), b"part": film([4, 5]), b"longer": film([*range(9), *range(20, 40)])}
    monkeypatch.setattr(walled, "hash_media", films.__getitem__)

    def handed_over(data: bytes) -> Case:
        case = actions.claim(case=tell(at=clock.now()), by=ana, now=clock.now())
        actions.hand_over(case=case, data=data, by=ana, now=clock.now())
        return case

    first = actions.classify(case=handed_over(b"whole"), look=SEVERE, by=ana, now=clock.now(), note="Seen as told.").case
    reader = signed_in(enrol(own.organisation, "Ann", Role.ANALYST))
    assert "pictures (PDQ): 9" in reader.get(reverse("review:publish", args=[first.pk, first_of(first).pk])).content.decode()
    assert "12 new hashes on our own list" in publish(ask(first, ana), sam)
    for data, ours, theirs, says in ((b"part", "2 of 2", "2 of its 9", Overlap.EXCERPT), (b"longer", "9 of 29", "9 of its 9", Overlap.HOLDS)):
        shown = reader.get(reverse("review:case", args=[handed_over(data).pk])).content.decode()
        assert f"{ours} frames here are in the listed video, and {theirs} frames are in this one; {says}" in shown


def test_nobody_publishes_on_their_own_word_however_they_sign_in(held: Case, ana: Actor, sam: Actor) -> None:
    wish = ask(held, sam)
    for again in (sam, replace(sam, proof=Proof.PASSWORD), replace(sam, proof=Proof.DEMO, name="Somebody else")):
        with pytest.raises(NeedsSecondPerson):
            publish(wish, again)
    with pytest.raises(NotPermitted):
        publish(wish, ana)
    with pytest.raises(IntegrityError, match="request_takes_two_people"), transaction.atomic():
        Request.objects.filter(pk=wish.pk).update(done_by=sam.pseudonym, done_at=clock.now())
    assert not ListEntry.objects.exists()


def test_it_takes_a_fresh_proof_of_exactly_this(held: Case, ana: Actor, sam: Actor, ola: Actor) -> None:
    wish = ask(held, ana)
    right = proof(sam, wish)
    other = FreshProof(pseudonym=sam.pseudonym, digest=bytes(32), proof=sam.proof, at=clock.now())
    old = FreshProof(pseudonym=sam.pseudonym, digest=right.digest, proof=sam.proof, at=clock.now() - timedelta(hours=1))
    for wrong in (None, other, old, proof(ana, wish)):
        with pytest.raises(FreshProofNeeded):
            approve(request=wish, by=sam, fresh=wrong, now=clock.now())
    with pytest.raises(OtherOrganisation):
        publish(wish, ola)
    assert "4 new hashes" in publish(wish, sam, right)
    with pytest.raises(RequestClosed):
        publish(wish, sam, right)


def test_what_was_changed_since_it_was_confirmed_is_not_published(held: Case, ana: Actor, sam: Actor) -> None:
    wish = ask(held, ana)
    right = proof(sam, wish)
    first, taken = first_of(held), Item.objects.filter(case=held, hash_kind="md5").get()
    further = {"hash_kind": "md5", "same_file_as": first}
    cases.add_item(case=held, kind="media", identifier="ab" * 16, facts=further, by=sam, now=clock.now())
    with pytest.raises(ChangedMeanwhile):
        publish(wish, sam, right)
    Item.objects.filter(case=held, hash_kind="md5").exclude(pk=taken.pk).update(taken_back_at=clock.now(), taken_back_by=sam.pseudonym)
    assert "4 new hashes" in publish(wish, sam, right)
    assert not ListEntry.objects.filter(value="ab" * 16).exists()


def test_an_item_that_was_taken_back_is_not_published(held: Case, ana: Actor, sam: Actor) -> None:
    wish = ask(held, ana)
    right = proof(sam, wish)
    Item.objects.filter(case=held, kind="media").update(taken_back_at=clock.now(), taken_back_by=sam.pseudonym)
    with pytest.raises((ChangedMeanwhile, errors.NothingToPublish)):
        publish(wish, sam, right)
    assert not ListEntry.objects.exists()


def test_what_is_not_classified_as_abuse_is_not_published(tell: Tell, own: HashList, ana: Actor, sam: Actor) -> None:
    case = actions.claim(case=tell(at=clock.now()), by=ana, now=clock.now())
    actions.hand_over(case=case, data=b"file", by=ana, now=clock.now())
    wish = ask(case, ana)
    for look in (None, NOT_ABUSE):
        if look is not None:
            actions.classify(case=case, look=look, by=ana, now=clock.now(), note="Seen as told.")
        with pytest.raises(errors.NotConfirmed):
            approval_digest(wish)
        anything = FreshProof(pseudonym=sam.pseudonym, digest=bytes(32), proof=sam.proof, at=clock.now())
        # Once it is classified otherwise, nobody is asked any more.
        with pytest.raises(errors.NotConfirmed if look is None else RequestClosed):
            publish(wish, sam, anything)
    assert not ListEntry.objects.exists()


def test_a_verdict_asks_for_publication_in_the_same_act_and_never_twice(held: Case, ana: Actor, sam: Actor) -> None:
    sol = replace(sam, pseudonym="sol", id=new_id())
    wanted = [first_of(held).pk, Item.objects.get(case=held, hash_kind="md5").pk]
    again(held, ana, SEVERE, wanted)
    wish = Request.objects.get()
    assert (wish.subject, wish.asked_by) == (first_of(held).pk, ana.pseudonym)
    again(held, sam, SEVERE, wanted)
    assert Request.objects.get().closed_at is None, "the same verdict leaves what was asked for as it is"
    assert "4 new hashes" in publish(wish, sol)
    again(held, ana, SEVERE, wanted)
    assert [one.done_by for one in Request.objects.all()] == [sol.pseudonym]


def test_a_verdict_and_what_it_asks_for_stand_or_fall_together(held: Case, tell: Tell, ana: Actor) -> None:
    looks = cases.add_item(case=held, kind="media", identifier="ab" * 32, facts={"hash_kind": "pdq"}, by=ana, now=clock.now())
    for look, wanted, wrong in (
        (NOT_ABUSE, first_of(held).pk, errors.NotConfirmed),
        (SEVERE, tell(at=clock.now()).pk, errors.NoSuchAccount),
        (SEVERE, looks.pk, errors.NothingToPublish),
    ):
        with pytest.raises(wrong):
            again(held, ana, look, [first_of(held).pk, wanted])
    assert held.classifications.count() == 1
    assert not Request.objects.exists()


def test_another_verdict_before_it_is_approved_closes_what_was_asked_for(held: Case, ana: Actor, sam: Actor) -> None:
    again(held, ana, SEVERE, [first_of(held).pk])
    first = Request.objects.get()
    right = proof(sam, first)
    again(held, sam, replace(SEVERE, severity="b"), [first_of(held).pk])
    second = Request.objects.get(closed_at=None)
    assert second.asked_by == sam.pseudonym
    with pytest.raises(RequestClosed):
        publish(first, sam, right)
    again(held, ana, NOT_ABUSE)
    assert not Request.objects.filter(closed_at=None).exists()
    assert not ListEntry.objects.exists()


def again(case: Case, by: Actor, look: Look, wanted: Collection[UUID] = ()) -> None:
    """`by` takes the case in hand once more, and records what they see."""
    Case.objects.filter(pk=case.pk).update(stage=Stage.REVIEWING, claimed_by=by.pseudonym)
    actions.classify(case=case, look=look, by=by, now=clock.now(), note="Seen once more.", publish=wanted)


def test_the_form_of_the_verdict_offers_it_and_another_person_approves(tell: Tell, own: HashList, keeping: Organisation, enrol: Enrol) -> None:
    demo.make_secret()
    (person, ana), (_, sam) = demo_person(enrol, keeping, "Ana", Role.ANALYST), demo_person(enrol, keeping, "Sam", Role.SUPERVISOR)
    case = tell(at=clock.now())
    ana.post(reverse("review:claim", args=[case.pk]))
    form = reverse("review:classify", args=[case.pk])
    assert "Our own list" not in ana.get(form).content.decode(), "there is no file yet"
    actions.hand_over(case=case, data=b"file", by=as_actor(person), now=clock.now())
    file_ = str(first_of(case).pk)
    assert f'name="publish" value="{file_}">' in ana.get(form).content.decode()
    assert "Our own list: Only what shows" in refused(ana, form, {"severity": "a", "f_shows_abuse": "no", "publish": file_})
    assert "Our own list: Select a valid choice" in refused(ana, form, {"severity": "a", "f_shows_abuse": "yes", "publish": str(case.pk)})
    sent = {"severity": "a", "f_shows_abuse": "yes", "harms": "material_distribution", "publish": file_}
    assert "Another supervisor can now publish the hashes." in ana.post(form, sent, follow=True).content.decode()
    decide = reverse("accounts:request-decide", args=[Request.objects.get().pk])
    assert ana.post(decide, {"act": "approve"}).status_code == 403
    assert "4 new hashes on our own list" in publish_on(sam, reverse("review:publish", args=[case.pk, file_]), decide)
    assert known(case, f"sha256:{file(b'file').digests.sha256}") == ["Confirmed here: exact"]


def refused(client: Client, form: str, sent: dict[str, str]) -> str:
    """The page that comes back, with nothing recorded."""
    answer = client.post(form, sent)
    assert answer.status_code == 422
    assert not Request.objects.exists()
    return answer.content.decode()


def test_two_people_who_disagree_publish_nothing(held: Case, ana: Actor, sam: Actor) -> None:
    wish = ask(held, ana)
    actions.give_second_look(case=Case.objects.get(pk=held.pk), look=NOT_ABUSE, agrees=False, by=sam, now=clock.now(), note="I see it otherwise.")
    with pytest.raises(errors.NotConfirmed):
        approval_digest(wish)


def test_how_a_picture_looks_is_published_only_when_it_was_hashed_here(tell: Tell, own: HashList, ana: Actor, sam: Actor) -> None:
    case = actions.claim(case=tell(at=clock.now()), by=ana, now=clock.now())
    told = cases.add_item(case=case, kind="media", identifier="0" * 64, facts={"hash_kind": "pdq"}, by=ana, now=clock.now())
    assert queries.publishable(case, told) == []
    with pytest.raises(errors.NothingToPublish):
        actions.ask_publication(case=case, file=told, by=ana, now=clock.now())
    also = cases.add_item(case=case, kind="media", identifier="ab" * 16, facts={"hash_kind": "md5"}, by=ana, now=clock.now())
    assert [one.kind for one in queries.publishable(case, also)] == ["md5"]


def test_one_wish_stands_at_a_time_and_can_be_taken_back(held: Case, tell: Tell, ana: Actor, sam: Actor, ola: Actor) -> None:
    with pytest.raises(OtherOrganisation):
        ask(held, ola)
    other = tell(at=clock.now())
    with pytest.raises(NotPermitted):
        actions.ask_publication(case=other, file=first_of(held), by=ana, now=clock.now())
    wish = ask(held, ana)
    right = proof(sam, wish)
    with pytest.raises(AskedAlready):
        ask(held, sam)
    take_back(request=wish, by=ana, now=clock.now())
    for again in (lambda: publish(wish, sam, right), lambda: take_back(request=wish, by=ana, now=clock.now())):
        with pytest.raises(RequestClosed):
            again()
    assert ask(held, sam).pk != wish.pk


def test_where_the_own_list_is_off_or_not_there_nothing_is_published(held: Case, ana: Actor, sam: Actor, own: HashList) -> None:
    wish = ask(held, ana)
    right = proof(sam, wish)
    signals.switch_off(listed=own, by=sam, now=clock.now())
    with pytest.raises(ListRefused):
        publish(wish, sam, right)
    HashList.objects.filter(pk=own.pk).update(is_own=False)
    with pytest.raises(errors.NoOwnList):
        publish(wish, sam, right)
    assert Request.objects.get().done_at is None
    assert not ListEntry.objects.exists()


def test_an_organisation_has_one_list_of_its_own_and_a_supervisor_makes_it(own: HashList, keeping: Organisation, ana: Actor, sam: Actor) -> None:
    given = {"organisation": keeping, "terms": "More.", "expires_on": date(2100, 1, 1), "now": clock.now()}
    with pytest.raises(ListRefused):
        signals.make_own_list(**given, by=sam)
    with pytest.raises(NotPermitted):
        signals.make_own_list(**given, by=ana)
    with pytest.raises(IntegrityError, match=r"one_own_list|UNIQUE"), transaction.atomic():
        HashList.objects.bulk_create([replaced(own, name="Second")])


def replaced(own: HashList, **fields: str) -> HashList:
    values = {**HashList.objects.filter(pk=own.pk).values().get(), **fields}
    return HashList(**{name: value for name, value in values.items() if name != "id"})


def test_the_whole_path_on_its_pages(tell: Tell, keeping: Organisation, enrol: Callable[..., Person], ring: Any) -> None:
    demo.make_secret()
    (person, ana), (_, sam) = demo_person(enrol, keeping, "Ana", Role.ANALYST), demo_person(enrol, keeping, "Sam", Role.SUPERVISOR)
    case = tell(at=clock.now())
    lists = reverse("signals:lists")
    assert "Make our own list" not in ana.get(lists).content.decode()
    assert "Make our own list" in sam.get(lists).content.decode()
    sam.post(reverse("signals:make_own"), {"terms": "To find it again.", "expires_on": "2099-01-01", "to_machines": "on"})
    made = own_list(organisation=keeping.pk)
    assert made is not None
    assert (made.seen_by, made.may_share) == ("machines", False)
    ana.post(reverse("review:claim", args=[case.pk]))
    actions.hand_over(case=case, data=b"file", by=as_actor(person), now=clock.now())
    door = reverse("review:publish", args=[case.pk, first_of(case).pk])
    assert door in ana.get(reverse("review:case", args=[case.pk])).content.decode()
    assert "Confirm this file and ask to publish its hashes" in ana.get(door).content.decode()
    page = ana.post(door, follow=True).content.decode()
    assert "Another supervisor can now publish the hashes" in page
    assert "It waits for a supervisor who is another person" in page
    decide = reverse("accounts:request-decide", args=[Request.objects.get().pk])
    assert ana.post(decide, {"act": "approve"}).status_code == 403
    assert "Classify the case first" in sam.get(door).content.decode()
    assert sam.post(decide, {"act": "approve"}).status_code == 409
    actions.classify(case=Case.objects.get(pk=case.pk), look=SEVERE, by=as_actor(person), now=clock.now(), note="Seen as told.")
    page = publish_on(sam, door, decide)
    assert "4 new hashes on our own list" in page
    assert "Published on" in ana.get(door).content.decode()
    assert f"sha256:{file(b'file').digests.sha256}" not in page
    assert known(case, f"sha256:{file(b'file').digests.sha256}") == ["Confirmed here: exact"]


def publish_on(client: Client, door: str, decide: str) -> str:
    """Read the page, give the proof that it asks for, and press the button."""
    [digest] = re.findall(r'name="proof_digest" value="([0-9a-f]{64})"', client.get(door).content.decode())
    return client.post(decide, {"act": "approve", "proof_digest": digest}, follow=True).content.decode()


def test_another_organisation_finds_no_door(held: Case, two: Organisation, enrol: Callable[..., Person]) -> None:
    ola = signed_in(enrol(two, "Ola", Role.SUPERVISOR))
    assert ola.post(reverse("review:publish", args=[held.pk, first_of(held).pk])).status_code == 404
