"""Items sealed and found by equality, sightings apart from items, cases linked by people."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Count
from tests.cases.conftest import NOON

from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.cases import actions, queries
from cairndesk.cases.errors import NotOfThisCase, NotOfThisOrganisation, UnknownCode, UnknownFact, UnreadableIdentifier
from cairndesk.cases.models import Case, CaseLink, Incident, Item, Sighting
from cairndesk.custody.queries import entries_about, unseal_text

pytestmark = pytest.mark.django_db
Opener = Callable[..., Case]


@dataclass(frozen=True)
class Theirs:
    """A case of the other organisation and who works there."""

    case: Case
    by: Actor


@pytest.fixture
def theirs(two: Organisation, ola: Actor, open_another: Opener) -> Theirs:
    return Theirs(open_another(two, ola), ola)


EVERY_KIND = [
    ("url", "https://canary.example/a"),
    ("account", "@canary"),
    ("phone", "+1 555 0142"),
    ("wallet", "bc1qcanary"),
    ("email", "canary@example.org"),
    ("listing", "https://canary.example/flat"),
    ("app", "Canary app"),
    ("text", "canary words"),
    ("data_set", "canary set"),
    ("model", "canary model"),
]


@pytest.mark.parametrize(("kind", "identifier"), EVERY_KIND)
def test_an_identifier_is_sealed_and_no_column_holds_it(case: Case, ana: Actor, kind: str, identifier: str) -> None:
    item = actions.add_item(case=case, kind=kind, identifier=identifier, by=ana, now=NOON)
    assert unseal_text(item.identifier) == identifier
    with connection.cursor() as cursor:
        for table in ("cases_item", "cases_indexterm", "custody_sealeditem", "custody_logopening"):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - fixed names
            kept = b"".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for row in cursor.fetchall() for v in row)
            assert b"canary" not in kept.lower()
            assert b"5550142" not in kept


@pytest.mark.parametrize(("kind", "identifier"), EVERY_KIND)
def test_cases_are_found_by_an_identifier_within_their_organisation_only(case: Case, ana: Actor, theirs: Theirs, kind: str, identifier: str) -> None:
    actions.add_item(case=case, kind=kind, identifier=identifier, by=ana, now=NOON)
    actions.add_item(case=theirs.case, kind=kind, identifier=identifier, by=theirs.by, now=NOON)
    assert list(queries.cases_with_identifier(case.organisation_id, kind, identifier)) == [case]
    assert list(queries.cases_with_identifier(theirs.case.organisation_id, kind, identifier)) == [theirs.case]
    assert not queries.cases_with_identifier(case.organisation_id, kind, "something else").exists()


def test_one_identifier_has_other_digests_in_another_organisation(
    case: Case, ana: Actor, ola: Actor, two: Organisation, open_another: Opener
) -> None:
    mine = actions.add_item(case=case, kind="account", identifier="@a", by=ana, now=NOON)
    theirs = actions.add_item(case=open_another(two, ola), kind="account", identifier="@a", by=ola, now=NOON)
    assert bytes(mine.terms.get().digest) != bytes(theirs.terms.get().digest)


def test_a_medium_is_known_by_its_hash_and_a_bad_hash_is_refused(case: Case, ana: Actor) -> None:
    actions.add_item(case=case, kind="media", identifier="AB" * 32, facts={"hash_kind": "sha256"}, by=ana, now=NOON)
    assert list(queries.cases_with_identifier(case.organisation_id, "media", "ab" * 32, hash_kind="sha256")) == [case]
    with pytest.raises(UnreadableIdentifier):
        actions.add_item(case=case, kind="media", identifier="not a hash", facts={"hash_kind": "sha256"}, by=ana, now=NOON)
    assert case.items.count() == 1


def test_a_link_that_is_none_is_kept_as_text(case: Case) -> None:
    item = actions.add_item(case=case, kind="url", identifier="the blue app, you know", by=SYSTEM, now=NOON)
    assert Item.objects.get(pk=item.pk).kind == "text"
    assert unseal_text(item.identifier) == "the blue app, you know"


def test_opening_an_identifier_leaves_a_line_in_the_log(case: Case, ana: Actor, ola: Actor) -> None:
    item = actions.add_item(case=case, kind="url", identifier="https://example.org/a", by=ana, now=NOON)
    assert actions.open_identifier(item=item, by=ana, now=NOON) == "https://example.org/a"
    assert entries_about(case.pk)[-1].event == "cases.item.opened"
    with pytest.raises(OtherOrganisation):
        actions.open_identifier(item=item, by=ola, now=NOON)


@pytest.mark.req("DIM-49")
def test_when_a_seller_and_an_address_were_first_and_last_seen(case: Case, ana: Actor) -> None:
    seller = actions.add_person(case=case, role="person_of_concern", facts={"actor_part": "seller"}, by=ana, now=NOON)
    account = actions.add_item(case=case, kind="account", identifier="@seller", facts={"holder": seller}, by=ana, now=NOON)
    shop = actions.add_item(case=case, kind="url", identifier="https://example.org/shop", by=ana, now=NOON)
    for item, days in ((account, (400, 2)), (shop, (30, 7, 1))):
        for day in days:
            actions.record_sighting(item=item, seen_at=NOON - timedelta(days=day), by=ana, now=NOON)
        assert queries.seen_between(item) == (NOON - timedelta(days=max(days)), NOON - timedelta(days=min(days)))


@pytest.mark.req("DIM-31")
def test_one_item_seen_three_times_is_one_item_and_three_sightings(case: Case, ana: Actor) -> None:
    item = actions.add_item(case=case, kind="media", identifier="ab" * 32, facts={"hash_kind": "sha256"}, by=ana, now=NOON)
    assert queries.seen_between(item) == (None, None)
    for day in (5, 1, 3):
        at = NOON - timedelta(days=day)
        facts = {"platform_type": "forum", "is_reappearance": day == 1}
        actions.record_sighting(item=item, seen_at=at, where="https://example.org/thread", facts=facts, by=ana, now=NOON)
    assert (Item.objects.count(), Sighting.objects.count()) == (1, 3)
    assert queries.seen_between(item) == (NOON - timedelta(days=5), NOON - timedelta(days=1))
    newest = item.sightings.last()
    assert newest is not None
    assert newest.is_reappearance
    assert newest.where is not None
    assert unseal_text(newest.where) == "https://example.org/thread"


@pytest.mark.req("DIM-30")
def test_each_unit_is_counted_by_itself(case: Case, ana: Actor, open_another: Opener) -> None:
    media = {"hash_kind": "sha256", "media_type": "image"}
    image = actions.add_item(case=case, kind="media", identifier="ab" * 32, facts=media, by=ana, now=NOON)
    actions.add_item(case=case, kind="media", identifier="cd" * 32, facts={"hash_kind": "sha256", "media_type": "video"}, by=ana, now=NOON)
    for kind, identifier in (("url", "https://example.org/1"), ("url", "https://example.org/2"), ("web_page", "example.org"), ("account", "@a")):
        actions.add_item(case=case, kind=kind, identifier=identifier, by=ana, now=NOON)
    actions.record_sighting(item=image, seen_at=NOON, by=ana, now=NOON)
    actions.record_sighting(item=image, seen_at=NOON, by=ana, now=NOON)
    open_another()
    counted = queries.unit_counts(Case.objects.filter(pk=case.pk))
    assert counted == queries.UnitCounts(reports=1, addresses=2, pages=1, files=2, images=1, accounts=1, items=6, sightings=2)


@pytest.mark.req("DIM-30")
def test_a_file_with_several_hashes_is_one_file_and_one_item(case: Case, ana: Actor, open_another: Opener) -> None:
    def hashed(kind: str, digits: int, first: Item | None = None) -> Item:
        facts = {"hash_kind": kind, "media_type": "image", "same_file_as": first}
        return actions.add_item(case=case, kind="media", identifier="ab" * (digits // 2), facts=facts, by=ana, now=NOON)

    first = hashed("md5", 32)
    for kind, digits in (("sha1", 40), ("sha256", 64), ("pdq", 64)):
        hashed(kind, digits, first)
    assert Item.objects.count() == 4
    assert queries.unit_counts(Case.objects.all()) == queries.UnitCounts(reports=1, files=1, images=1, items=1)
    media, other = {"hash_kind": "md5", "same_file_as": first}, open_another()
    with pytest.raises(NotOfThisCase):
        actions.add_item(case=other, kind="media", identifier="cd" * 16, facts=media, by=ana, now=NOON)


@pytest.mark.req("DIM-27")
def test_an_address_counts_the_ways_of_payment_it_offers(case: Case, ana: Actor) -> None:
    item = actions.add_item(case=case, kind="url", identifier="https://example.org/shop", facts={"commercial": "commercial"}, by=ana, now=NOON)
    actions.mark_item(item=item, family="payment_rail", codes=["card", "gift_card"], by=ana, now=NOON)
    actions.mark_item(item=item, family="platform_type", codes=["forum"], by=ana, now=NOON)
    actions.mark_item(item=item, family="payment_rail", codes=["cryptocurrency", "card", "gift_card"], by=ana, now=NOON)
    assert item.marks.filter(mark__in=["payment_rail.card", "payment_rail.gift_card", "payment_rail.cryptocurrency"]).count() == 3
    assert item.marks.count() == 4


@pytest.mark.req("DIM-20", "DIM-21")
def test_an_item_names_its_service_and_the_service_may_be_of_several_kinds(case: Case, ana: Actor) -> None:
    item = actions.add_item(case=case, kind="account", identifier="@a", facts={"service": "a-service"}, by=ana, now=NOON)
    actions.mark_item(item=item, family="platform_type", codes=["social", "messaging", "streaming"], by=ana, now=NOON)
    actions.add_item(case=case, kind="account", identifier="@b", facts={"service": "a-service"}, by=ana, now=NOON)
    actions.record_sighting(item=item, seen_at=NOON, facts={"service": "another"}, by=ana, now=NOON)
    assert dict(Item.objects.values_list("service").annotate(Count("pk"))) == {"a-service": 2}
    assert Sighting.objects.get().service == "another"
    assert sorted(item.marks.values_list("mark", flat=True)) == ["platform_type.messaging", "platform_type.social", "platform_type.streaming"]


@pytest.mark.req("TAX-43", "TAX-37")
def test_kind_of_media_and_technique_combine_freely(case: Case, ana: Actor) -> None:
    facts = {"hash_kind": "sha256", "media_type": "video", "authenticity": "altered_from_real"}
    item = actions.add_item(case=case, kind="media", identifier="ab" * 32, facts=facts, by=ana, now=NOON)
    actions.mark_item(item=item, family="ai_technique", codes=["video_generation", "image_to_image_known", "voice_clone"], by=ana, now=NOON)
    assert item.marks.count() == 3


@pytest.mark.req("TAX-39")
def test_material_made_from_a_known_childs_imagery_is_marked_as_derived(case: Case, ana: Actor) -> None:
    facts = {"hash_kind": "sha256", "derived_from_known": "yes", "novelty": "known_variant"}
    item = actions.add_item(case=case, kind="media", identifier="ab" * 32, facts=facts, by=ana, now=NOON)
    actions.mark_item(item=item, family="ai_technique", codes=["known_victim_variant"], by=ana, now=NOON)
    assert Item.objects.filter(derived_from_known="yes").exists()


@pytest.mark.req("TAX-85")
def test_a_signpost_of_persons_of_concern_is_shown_only_where_asked_for(case: Case, ana: Actor) -> None:
    actions.add_item(case=case, kind="signpost", identifier="a sign", by=ana, now=NOON)
    plain = actions.add_item(case=case, kind="url", identifier="https://example.org", by=ana, now=NOON)
    assert list(queries.items(case)) == [plain]
    assert queries.items(case, restricted=True).count() == 2


def test_it_refuses_unknown_kinds_facts_and_rows_of_another_case(case: Case, incident: Incident, ana: Actor, open_another: Opener) -> None:
    with pytest.raises(UnknownCode):
        actions.add_item(case=case, kind="gossip", identifier="x", by=ana, now=NOON)
    with pytest.raises(UnknownFact):
        actions.add_item(case=case, kind="url", identifier="example.org", facts={"identifier": "x"}, by=ana, now=NOON)
    with pytest.raises(NotOfThisCase):
        actions.add_item(case=open_another(), kind="url", identifier="example.org", facts={"incident": incident}, by=ana, now=NOON)
    assert not Item.objects.exists()


# ── Links ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("TRG-19")
@pytest.mark.parametrize(
    ("kind", "written", "again", "facts"),
    [
        ("url", "https://pictures.example/a?id=1", "https://pictures.example/a?id=1", {}),
        ("account", "@shared", "@shared", {}),
        ("media", "ab" * 32, "AB" * 32, {"hash_kind": "sha256"}),
        ("wallet", "bc1qshared", "BC1QSHARED", {}),
        ("phone", "+1 202 555 0111", "+1-202-555-0111", {}),
    ],
)
def test_each_kind_of_identifier_suggests_a_link_however_it_was_written(
    case: Case, ana: Actor, open_another: Opener, kind: str, written: str, again: str, facts: dict[str, str]
) -> None:
    other = open_another()
    actions.add_item(case=case, kind=kind, identifier=written, facts=facts, by=ana, now=NOON)
    assert queries.suggested_links(case) == []
    actions.add_item(case=other, kind=kind, identifier=again, facts=facts, by=ana, now=NOON)
    assert [one.case for one in queries.suggested_links(case)] == [other.pk]


@pytest.mark.req("TRG-19")
def test_a_shared_identifier_suggests_a_link_and_a_person_confirms_it(case: Case, ana: Actor, open_another: Opener) -> None:
    other, stranger = open_another(), open_another()
    for one in (case, other):
        actions.add_item(case=one, kind="account", identifier="@shared", by=ana, now=NOON)
        actions.add_item(case=one, kind="wallet", identifier="bc1qshared", by=ana, now=NOON)
    actions.add_item(case=stranger, kind="account", identifier="@other", by=ana, now=NOON)
    assert queries.suggested_links(case) == [queries.Suggestion(other.pk, ("account", "wallet"))]
    assert not CaseLink.objects.exists()
    link = actions.link_cases(one=other, other=case, kind="same_identifier", by=ana, now=NOON)
    assert link.recorded_by == ana.pseudonym
    assert actions.link_cases(one=case, other=other, kind="same_identifier", by=ana, now=NOON) == link
    assert queries.suggested_links(case) == queries.suggested_links(other) == []


def test_a_case_that_is_closed_can_be_linked_from_an_open_one(case: Case, ana: Actor, open_another: Opener) -> None:
    other = open_another()
    Case.objects.filter(pk=other.pk).update(stage="closed", closed_at=NOON, next_action_at=None)
    other.refresh_from_db()
    assert actions.link_cases(one=case, other=other, kind="same_event", by=ana, now=NOON).recorded_by == ana.pseudonym
    with pytest.raises(NotPermitted):
        actions.link_cases(one=other, other=case, kind="same_event", by=ana, now=NOON)


def test_a_shared_site_alone_suggests_nothing(case: Case, ana: Actor, open_another: Opener) -> None:
    actions.add_item(case=case, kind="url", identifier="https://example.org/a", by=ana, now=NOON)
    actions.add_item(case=open_another(), kind="url", identifier="https://example.org/b", by=ana, now=NOON)
    assert queries.suggested_links(case) == []


def test_it_refuses_a_link_across_organisations_to_itself_or_by_a_machine(case: Case, ana: Actor, theirs: Theirs, open_another: Opener) -> None:
    for by in (ana, theirs.by):
        with pytest.raises(OtherOrganisation):
            actions.link_cases(one=case, other=theirs.case, kind="same_event", by=by, now=NOON)
    with pytest.raises(NotOfThisOrganisation):
        actions.link_cases(one=case, other=case, kind="same_event", by=ana, now=NOON)
    with pytest.raises(NotPermitted):
        actions.link_cases(one=case, other=open_another(), kind="same_event", by=SYSTEM, now=NOON)


def test_the_table_refuses_a_link_written_the_other_way(case: Case, ana: Actor, open_another: Opener) -> None:
    earlier, later = sorted((case, open_another()), key=lambda one: one.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseLink.objects.create(earlier=later, later=earlier, kind="same_event", taxonomy="2026.1")
