"""No list leaves the house as a file, or by a key that fetches, on the word of one person."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.signals.conftest import NOW, Cast
from tests.signals.test_blocking import ONE, TWO, block
from tests.support.two_people import another, approved, proof, written_out

from cairndesk.accounts import actions as accounts
from cairndesk.accounts.errors import (
    AskedAlready,
    ChangedMeanwhile,
    FreshProofNeeded,
    NeedsSecondPerson,
    NotPermitted,
    NotPossible,
    OtherOrganisation,
    RequestClosed,
)
from cairndesk.accounts.models import ApiKey, Request
from cairndesk.accounts.rules import SYSTEM, Actor, GuestRight, Proof, Role, Verb
from cairndesk.signals import actions
from cairndesk.signals.errors import NotLetGo
from cairndesk.signals.models import HashList
from cairndesk.signals.rules import DelistedBecause, WrittenOut

pytestmark = [pytest.mark.django_db, pytest.mark.req("PRI-18")]


@pytest.fixture
def own(cast: Cast) -> HashList:
    made = actions.make_own_list(organisation=cast.one, terms="To block.", expires_on=date(2028, 1, 1), by=cast.sam, now=NOW)
    block(made, cast, ONE)
    return made


def ask(own: HashList, cast: Cast, what: WrittenOut = WrittenOut.BLOCKS) -> Request:
    return actions.ask_to_write_out(what=what, of=own, by=cast.sam, now=NOW)


def is_shut(own: HashList, cast: Cast) -> bool:
    """Whether nobody gets it, whoever they are at the command line."""
    for by in (cast.sam, replace(cast.sam, proof=Proof.SYSTEM), another(cast.sam)):
        with pytest.raises(NotLetGo):
            actions.export_blocks(listed=own, by=by, now=NOW)
    return True


def test_the_block_list_goes_when_two_people_let_it_go_and_for_a_day(own: HashList, cast: Cast) -> None:
    request = ask(own, cast)
    assert is_shut(own, cast)
    approved(request, another(cast.sam), NOW)
    assert [one.address for one in actions.export_blocks(listed=own, by=cast.sam, now=NOW).entries] == [ONE]
    with pytest.raises(NotLetGo):
        actions.export_blocks(listed=own, by=cast.sam, now=NOW + timedelta(days=1))


def test_one_person_does_not_let_it_go_by_another_sign_in_another_role_or_the_command_line(own: HashList, cast: Cast) -> None:
    request = ask(own, cast)
    me = cast.sam
    for by in (me, replace(me, proof=Proof.PASSWORD), replace(me, roles=frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}), name="Somebody else")):
        with pytest.raises(NeedsSecondPerson):
            approved(request, by, NOW)
    for by in (replace(another(me), roles=frozenset()), replace(another(me), proof=Proof.SYSTEM), cast.ana):
        with pytest.raises(NotPermitted):
            approved(request, by, NOW)
    with pytest.raises(NotPermitted):
        actions.ask_to_write_out(what=WrittenOut.OPINIONS, of=own, by=replace(me, proof=Proof.SYSTEM), now=NOW)
    assert is_shut(own, cast)


def test_each_form_of_a_list_is_asked_for_by_itself_and_once(own: HashList, cast: Cast) -> None:
    requests = [ask(own, cast), ask(own, cast, WrittenOut.OPINIONS)]
    for what in (WrittenOut.BLOCKS, WrittenOut.OPINIONS):
        with pytest.raises(AskedAlready):
            ask(own, cast, what)
    block(own, cast, TWO)
    requests.append(ask(own, cast))
    assert len({one.pk for one in requests}) == Request.objects.filter(subject=own.pk, closed_at=None).count() == 3
    for request in requests[1:]:
        approved(request, another(cast.sam), NOW)
    with pytest.raises(ChangedMeanwhile):
        approved(requests[0], another(cast.sam), NOW)


def test_what_came_went_or_was_renewed_since_is_let_go_anew(own: HashList, cast: Cast) -> None:
    request = ask(own, cast)
    before = proof(request, another(cast.sam), NOW)
    held = block(own, cast, TWO)
    with pytest.raises(ChangedMeanwhile):
        approved(request, another(cast.sam), NOW, before)
    accounts.take_back(request=request, by=cast.sam, now=NOW)
    written_out(WrittenOut.BLOCKS, own, by=cast.sam, now=NOW)
    actions.renew_block(block=held, expires_on=NOW.date() + timedelta(days=9), by=cast.sam, now=NOW)
    assert is_shut(own, cast)
    written_out(WrittenOut.BLOCKS, own, by=cast.sam, now=NOW)
    actions.delist_address(block=held, why=DelistedBecause.MISTAKE, by=cast.sam, now=NOW)
    assert is_shut(own, cast)


def test_a_request_that_ended_or_is_about_something_else_opens_nothing(own: HashList, cast: Cast) -> None:
    request, sue = ask(own, cast), another(cast.sam)
    right = proof(request, sue, NOW)
    with pytest.raises(RequestClosed):
        approved(request, sue, request.until, proof(request, sue, request.until))
    accounts.refuse(request=request, by=sue, now=NOW)
    with pytest.raises(RequestClosed):
        approved(request, sue, NOW, right)
    other = ask(own, cast, WrittenOut.OPINIONS)
    with pytest.raises(FreshProofNeeded):
        approved(other, sue, NOW, right)
    approved(other, sue, NOW)
    assert is_shut(own, cast)
    assert actions.export_feedback(listed=own, by=cast.sam, now=NOW) == []


def test_a_partners_named_person_lets_this_go_and_governs_no_list(own: HashList, cast: Cast) -> None:
    request = ask(own, cast)
    sol = replace(cast.ola, roles=frozenset({Role.SUPERVISOR}))
    named = replace(sol, guest=frozenset({GuestRight(case=request.pk, organisation=cast.one.pk, verb=Verb.LIST_IMPORT)}))
    for act in (
        lambda: approved(request, sol, NOW),
        lambda: actions.export_blocks(listed=own, by=named, now=NOW),
        lambda: actions.switch_off(listed=own, by=named, now=NOW),
        lambda: ask(own, replace(cast, sam=named), WrittenOut.OPINIONS),
    ):
        with pytest.raises(OtherOrganisation):
            act()
    approved(request, named, NOW)
    assert actions.export_blocks(listed=own, by=cast.sam, now=NOW).entries


# A key that fetches


@pytest.fixture
def ada(cast: Cast) -> Actor:
    return replace(another(cast.sam), roles=frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR}), name="Ada")


def test_a_key_fetches_lists_when_a_second_person_has_let_its_holder_in(cast: Cast, ada: Actor) -> None:
    key, _ = accounts.create_api_key(organisation=cast.one, sender="Chat", source="platform", may_read_lists=True, by=ada, now=NOW)
    request = Request.objects.get(subject=key.pk)
    assert not key.may_read_lists
    for by, refused in ((ada, NeedsSecondPerson), (cast.ana, NotPermitted), (replace(ada, proof=Proof.SYSTEM), NotPermitted)):
        with pytest.raises(refused):
            approved(request, by, NOW)
    # Another key behind the same row is not the one that was let in.
    digest = bytes(key.digest)
    ApiKey.objects.update(digest=b"2" * 32)
    with pytest.raises(ChangedMeanwhile):
        approved(request, cast.sam, NOW)
    ApiKey.objects.update(digest=digest)
    approved(request, cast.sam, NOW)
    key.refresh_from_db()
    assert key.may_read_lists
    with pytest.raises(NotPossible):
        accounts.ask_to_open_lists(key=key, by=ada, now=NOW)


def test_nobody_opens_lists_to_a_key_alone_not_even_the_desk_itself(cast: Cast, ada: Actor) -> None:
    for by in (ada, SYSTEM):
        with suppress(NotPermitted):
            accounts.create_api_key(organisation=cast.one, sender="Chat", source="platform", may_read_lists=True, by=by, now=NOW)
        assert not ApiKey.objects.filter(may_read_lists=True).exists()
    assert Request.objects.get().asked_by == ada.pseudonym


def test_a_key_that_is_revoked_meanwhile_fetches_nothing(cast: Cast, ada: Actor) -> None:
    key, _ = accounts.create_api_key(organisation=cast.one, sender="Chat", source="platform", may_read_lists=True, by=ada, now=NOW)
    accounts.revoke_api_key(key=key, by=ada, now=NOW)
    with pytest.raises(NotPossible):
        approved(Request.objects.get(), cast.sam, NOW)
    assert not ApiKey.objects.get().may_read_lists
