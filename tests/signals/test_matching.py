import numpy as np
import pytest
from tests.signals.conftest import NOW, Cast, Importing
from tests.synthetic import pictures

from cairndesk.accounts.errors import NotPermitted
from cairndesk.custody.queries import entries_about
from cairndesk.lib.ids import new_id
from cairndesk.signals import actions, queries, rules
from cairndesk.signals.engine import pdq
from cairndesk.signals.engine.identifiers import Identifier, Kind, recognise
from cairndesk.signals.models import Match, MediaSighting
from cairndesk.signals.rules import MatchKind, Novelty, Standing

SCENE = pictures.scene(480, 360, seed=3)
LISTED = pdq.of_rgb(np.asarray(SCENE)).hashes[0].hex()


def away(bits: int) -> str:
    return f"{int(LISTED, 16) ^ ((1 << bits) - 1):064x}"


@pytest.mark.django_db
@pytest.mark.parametrize(("bits", "distance"), [(0, 31), (31, 31), (32, 31), (11, 10), (10, 10)])
def test_a_pdq_string_matches_within_the_distance_of_its_list(cast: Cast, take_in: Importing, bits: int, distance: int) -> None:
    take_in(f"pdq:{LISTED}", distance=distance)
    matches = queries.find_matches(organisation=cast.one.id, identifiers=recognise(f"pdq:{away(bits)}"), now=NOW)
    assert [(match.kind, match.distance) for match in matches] == ([(MatchKind.NEAR, bits)] if bits <= distance else [])


@pytest.mark.django_db
def test_each_list_is_asked_with_its_own_distance_and_the_nearest_comes_first(cast: Cast, take_in: Importing) -> None:
    take_in(f"pdq:{away(9)}", name="Wide", distance=31)
    take_in(f"pdq:{away(2)}", name="Middle", distance=5)
    take_in(f"pdq:{away(9)}", name="Narrow", distance=5)
    matches = queries.find_matches(organisation=cast.one.id, identifiers=recognise(f"pdq:{LISTED}"), now=NOW)
    assert [(match.list_name, match.distance) for match in matches] == [("Middle", 2), ("Wide", 9)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("listed", "asked", "expected"),
    [
        (f"sha256:{'ab' * 32}", f"sha256:{'ab' * 32}", Novelty.KNOWN),
        (f"pdq:{LISTED}", f"pdq:{away(12)}", Novelty.VARIANT),
        (f"pdq:{LISTED}", f"pdq:{away(60)}", Novelty.NEW),
        (f"md5:{'ab' * 16}", f"sha1:{'ab' * 20}", Novelty.UNKNOWN),
        ("https://pics.example/", f"md5:{'ab' * 16}", Novelty.UNKNOWN),
    ],
)
def test_material_is_known_a_variant_new_or_nobody_can_tell(cast: Cast, take_in: Importing, listed: str, asked: str, expected: Novelty) -> None:
    take_in(listed)
    assert queries.novelty(organisation=cast.one.id, identifiers=recognise(asked), now=NOW) is expected


@pytest.mark.django_db
def test_without_a_list_nothing_is_called_new(cast: Cast) -> None:
    assert queries.novelty(organisation=cast.one.id, identifiers=recognise("ab" * 16), now=NOW) is Novelty.UNKNOWN


@pytest.mark.req("DET-03")
def test_no_answer_of_the_room_says_that_material_is_harmless() -> None:
    codes = {*rules.Novelty, *rules.MatchKind, *rules.Standing, *rules.MayLeadTo}
    assert not codes & {"clean", "safe", "harmless", "no_match", "ok"}
    for could_be_found in (True, False):
        assert rules.novelty([], could_be_found=could_be_found) in {Novelty.NEW, Novelty.UNKNOWN}
        assert rules.novelty([MatchKind.RELATED], could_be_found=could_be_found) in {Novelty.NEW, Novelty.UNKNOWN}


@pytest.mark.django_db
@pytest.mark.parametrize(("way", "form"), [(None, "identity"), ("mirrored", "mirrored"), ("turned", "turned 90")])
def test_a_handed_over_picture_meets_the_list_in_any_form(cast: Cast, take_in: Importing, way: str | None, form: str) -> None:
    take_in(f"pdq:{LISTED}")
    picture = {None: SCENE, "mirrored": SCENE.transpose(0), "turned": SCENE.transpose(4)}[way]
    sighting, hashes = actions.hash_media(organisation=cast.one, data=pictures.encoded(picture, "JPEG", quality=90), by=cast.platform, now=NOW)
    (match,) = queries.find_matches(organisation=cast.one.id, identifiers=hashes.identifiers(), now=NOW)
    assert match.kind is MatchKind.NEAR
    assert (match.form, match.quality) == (form, hashes.seen.quality)
    assert queries.hashes_of(sighting) == tuple(Identifier(one.kind, one.value, form=one.form, quality=one.quality) for one in hashes.identifiers())


@pytest.mark.req("DET-03")
@pytest.mark.django_db
def test_a_match_is_kept_once_as_a_lead_and_only_a_person_changes_that(cast: Cast, take_in: Importing) -> None:
    take_in(f"pdq:{LISTED}", f"md5:{'ab' * 16}")
    identifiers = [*recognise(f"pdq:{away(3)}"), *recognise(f"pdq:{away(1)}"), *recognise("ab" * 16)]
    found = queries.find_matches(organisation=cast.one.id, identifiers=identifiers, now=NOW)
    case, item = new_id(), new_id()
    made = [actions.record_matches(organisation=cast.one.id, case=case, item=item, found=found, by=cast.sam, now=NOW) for _ in range(2)]
    assert [len(rows) for rows in made] == [2, 0]
    kept = queries.matches_of(case=case)
    assert sorted((match.kind, match.distance, match.standing) for match in kept) == [("exact", 0, "lead"), ("near", 1, "lead")]
    assert [line.detail for line in entries_about(item)] == [{"exact": 1, "near": 1}]
    with pytest.raises(NotPermitted):
        actions.decide_match(match=kept[0], standing=Standing.CONFIRMED, stage="queued", by=cast.ana, now=NOW)
    actions.decide_match(match=kept[0], standing=Standing.CONFIRMED, stage="reviewing", by=cast.ana, now=NOW)
    assert Match.objects.get(pk=kept[0].pk).standing == Standing.CONFIRMED
    assert [line.event for line in entries_about(kept[0].id)] == ["signals.match.decided"]


@pytest.mark.req("EVD-12")
@pytest.mark.django_db
def test_handed_over_media_leaves_sealed_hashes_and_nothing_else(cast: Cast) -> None:
    data = pictures.encoded(SCENE)
    sighting, hashes = actions.hash_media(organisation=cast.one, data=data, by=cast.ana, stage="reviewing", case=new_id(), now=NOW)
    kept = MediaSighting.objects.values().get()
    assert kept["state"] == "hashed"
    clear = repr(kept).encode() + b"".join(bytes(part) for part in kept.values() if isinstance(part, bytes | memoryview))
    for secret in (hashes.digests.md5, hashes.digests.sha256, LISTED):
        assert secret.encode() not in clear
        assert bytes.fromhex(secret) not in clear
    assert [line.event for line in entries_about(sighting.id)] == ["signals.media.hashed"]


@pytest.mark.django_db
def test_a_file_that_cannot_be_read_is_kept_as_unrenderable_with_its_digests(cast: Cast) -> None:
    sighting, hashes = actions.hash_media(organisation=cast.one, data=b"no picture", by=cast.platform, now=NOW)
    assert (sighting.state, sighting.why) == ("unrenderable", "unknown_format")
    assert [one.kind for one in queries.hashes_of(sighting)] == [Kind.MD5, Kind.SHA1, Kind.SHA256]
    assert hashes.digests.size == 10
