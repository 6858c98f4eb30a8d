"""A match that a person calls wrong is met no more: that one thing and that one entry, and never known material with it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.test import RequestFactory
from tests.signals.conftest import NOW, Cast, Importing
from tests.signals.test_views import ask as shown_to
from tests.synthetic import pictures

from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.custody import access
from cairndesk.custody.queries import entries_about
from cairndesk.lib.ids import new_id
from cairndesk.signals import actions, check, jobs, queries, shelf, views
from cairndesk.signals.engine import pdq
from cairndesk.signals.engine.answer import FORMS, Answer, Format, State
from cairndesk.signals.engine.digests import digests
from cairndesk.signals.engine.identifiers import Identifier, recognise
from cairndesk.signals.engine.sandbox import FileHashes, MediaHashes
from cairndesk.signals.engine.video.answer import FRAME, Container, Seen
from cairndesk.signals.engine.video.walled import VideoHashes
from cairndesk.signals.errors import ReasonMissing
from cairndesk.signals.models import Match, Suppression
from cairndesk.signals.rules import Reason, SeenBy, Standing

pytestmark = pytest.mark.django_db
LISTED = pdq.of_rgb(np.asarray(pictures.scene(480, 360, seed=3))).hashes[0].hex()
LINK = "https://a.pics.example/one"
Rejecting = Callable[..., Match]


def away(bits: int) -> str:
    return f"{int(LISTED, 16) ^ ((1 << bits) - 1):064x}"


def file(data: bytes, hash_: str = "") -> MediaHashes:
    """The hashes of a file that looks as `hash_` says (`away(5)` where nothing is said); the bytes are what they are."""
    looks = bytes.fromhex(hash_ or away(5)) + bytes(32 * (len(FORMS) - 1))
    return MediaHashes(digests(data), Answer(State.HASHED, format=Format.PNG, quality=90, hashes=looks))


def film(data: bytes) -> VideoHashes:
    """The hashes of a video of one frame, which looks as `away(5)` says."""
    frame = np.zeros(1, FRAME)
    frame["quality"], frame["hashes"][0, 0] = 90, np.frombuffer(bytes.fromhex(away(5)), np.uint8)
    return VideoHashes(digests(data), Seen(State.HASHED, format=Container.MOV, records=frame.tobytes()))


@pytest.fixture
def met(cast: Cast) -> Callable[..., list[str]]:
    """What is found of some identifiers, by how close it is."""

    def meeting(asked: str | FileHashes) -> list[str]:
        identifiers = recognise(asked) if isinstance(asked, str) else asked.identifiers()
        return [f"{one.kind}" for one in queries.find_matches(organisation=cast.one.id, identifiers=identifiers, now=NOW)]

    return meeting


@pytest.fixture
def reject(cast: Cast) -> Rejecting:
    """Ana rejects every match of what was asked, as the item of some case; the last one is given back."""

    def rejecting(asked: str | FileHashes, reason: Reason | None = Reason.DIFFERENT, by: Any = None) -> Match:
        identifiers = recognise(asked) if isinstance(asked, str) else asked.identifiers()
        found = queries.find_matches(organisation=cast.one.id, identifiers=identifiers, now=NOW)
        made = actions.record_matches(organisation=cast.one.id, case=new_id(), item=new_id(), found=found, by=cast.sam, now=NOW)
        rejected = {"standing": Standing.REJECTED, "stage": "reviewing", "reason": reason, "by": by or cast.ana, "now": NOW}
        return [actions.decide_match(match=one, **rejected) for one in made][-1]

    return rejecting


def test_what_a_person_rejected_is_met_no_more_and_everything_around_it_is(met: Any, reject: Rejecting, take_in: Importing) -> None:
    take_in(f"pdq:{LISTED}")
    match = reject(f"pdq:{away(5)}")
    assert match.is_met_no_more
    assert met(f"pdq:{away(5)}") == []
    for bits in (0, 4, 6):
        assert met(f"pdq:{away(bits)}") == ["near"]
    assert [line.event for line in entries_about(match.id)] == ["signals.match.decided"]
    assert [line.event for line in entries_about(Suppression.objects.get().id)] == ["signals.suppression.made"]


def test_a_picture_that_looks_like_it_is_another_thing_than_the_one_that_was_judged(met: Any, reject: Rejecting, take_in: Importing) -> None:
    # Somebody draws a harmless picture with the hash of listed material, reports it and has it rejected.
    take_in(f"pdq:{LISTED}")
    decoy, listed_material = file(b"decoy"), file(b"what is really listed")
    reject(decoy)
    assert met(decoy) == []
    assert met(listed_material) == ["near"]
    assert met(f"pdq:{away(5)}") == ["near"]


def test_of_videos_too_only_the_one_that_was_judged_is_met_no_more(reject: Rejecting, take_in: Importing, cast: Cast) -> None:
    take_in(f"pdq:{LISTED}")
    reject(film(b"decoy"))
    lists = queries.lists_now(organisation=cast.one.id, now=NOW)
    assert (check.check_file(lists, film(b"decoy")).verdict, check.check_file(lists, film(b"decoy")).is_marked_false) == ("none", True)
    assert check.check_file(lists, film(b"what is really listed")).verdict == "near"
    assert check.check_file(lists, file(b"a picture of it")).verdict == "near"
    assert check.check_text(lists, f"pdq:{away(5)}").verdict == "near"


def test_two_files_that_look_alike_in_one_question_are_judged_apart(met: Any, reject: Rejecting, take_in: Importing, cast: Cast) -> None:
    take_in(f"pdq:{LISTED}")
    reject(file(b"decoy"))
    both = [*file(b"what is really listed").identifiers(), *file(b"decoy").identifiers()]
    assert len(queries.find_matches(organisation=cast.one.id, identifiers=both, now=NOW)) == 1


def test_a_near_match_that_was_rejected_hides_no_digest(met: Any, reject: Rejecting, take_in: Importing) -> None:
    one = file(b"bytes")
    take_in(f"pdq:{LISTED}", name="Looks")
    take_in(one.digests.md5, f"sha256:{one.digests.sha256}", name="Bytes")
    assert met(one) == ["exact", "exact", "near"]
    reject(one)
    assert met(one) == ["exact", "exact"]


def test_the_very_value_that_is_listed_is_never_hidden_by_one_rejection(met: Any, reject: Rejecting, take_in: Importing) -> None:
    take_in(f"pdq:{LISTED}", f"md5:{'ab' * 16}", LINK)
    for asked, how in ((f"pdq:{LISTED}", "near"), ("ab" * 16, "exact"), (LINK, "exact"), (LINK + "?utm_source=x", "exact")):
        assert not reject(asked, Reason.TOO_COMMON).is_met_no_more
        assert met(asked) == [how]
    assert met(file(b"bytes", LISTED)) == ["near"]
    reject(file(b"bytes", LISTED))
    assert met(file(b"bytes", LISTED)) == ["near"]
    assert not Suppression.objects.exists()


def test_a_link_below_a_listed_domain_is_left_out_alone(met: Any, reject: Rejecting, take_in: Importing) -> None:
    take_in("pics.example")
    reject(LINK, Reason.TOO_COMMON)
    assert met(LINK) == []
    assert met("https://a.pics.example/two") == ["related"]
    assert met("pics.example") == ["exact"]


def test_another_list_with_the_same_value_goes_on_answering(met: Any, reject: Rejecting, take_in: Importing) -> None:
    take_in(f"pdq:{LISTED}", name="First")
    reject(f"pdq:{away(5)}")
    take_in(f"pdq:{LISTED}", name="Second")
    assert met(f"pdq:{away(5)}") == ["near"]


def test_a_rejection_counts_in_an_index_made_anew_and_not_for_an_entry_that_came_again(
    met: Any, reject: Rejecting, take_in: Importing, tmp_path: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"data": tmp_path})
    monkeypatch.setattr(shelf, "MAKE_AT", 1)
    take_in(f"pdq:{LISTED}", "ab" * 16)
    reject(f"pdq:{away(5)}")
    jobs.make_bases()
    shelf.of.cache_clear()
    assert met(f"pdq:{away(5)}") == []
    take_in("ab" * 16, replace=True)
    take_in(f"pdq:{LISTED}")
    assert met(f"pdq:{away(5)}") == ["near"]


def test_it_takes_a_reason_and_somebody_who_judges_items_here(reject: Rejecting, take_in: Importing, met: Any, cast: Cast) -> None:
    take_in(f"pdq:{LISTED}")
    with pytest.raises(ReasonMissing):
        reject(f"pdq:{away(5)}", None)
    for by, refusal in ((cast.ola, OtherOrganisation), (cast.platform, NotPermitted), (replace(cast.ana, roles=frozenset()), NotPermitted)):
        with pytest.raises(refusal):
            reject(f"pdq:{away(6)}", by=by)
    assert met(f"pdq:{away(5)}") == met(f"pdq:{away(6)}") == ["near"]


@pytest.mark.parametrize("standing", [Standing.LEAD, Standing.CONFIRMED])
def test_deciding_otherwise_takes_it_back(met: Any, reject: Rejecting, take_in: Importing, cast: Cast, standing: Standing) -> None:
    take_in(f"pdq:{LISTED}")
    match = reject(f"pdq:{away(5)}")
    reject_again = {"match": match, "standing": Standing.REJECTED, "reason": Reason.NOT_ABUSE, "stage": "reviewing", "by": cast.ana, "now": NOW}
    actions.decide_match(**reject_again)
    assert Suppression.objects.filter(ended_at=None).count() == 1
    actions.decide_match(match=match, standing=standing, stage="reviewing", by=cast.ana, now=NOW)
    assert met(f"pdq:{away(5)}") == ["near"]
    assert Suppression.objects.filter(ended_at=None).count() == 0


def test_a_supervisor_sees_who_marked_it_and_takes_it_back(met: Any, reject: Rejecting, take_in: Importing, cast: Cast) -> None:
    take_in(f"pdq:{LISTED}")
    match = reject(f"pdq:{away(5)}")
    page = shown_to(cast.ana, f"pdq:{away(5)}")
    assert "5 of 256 bits apart, is left out" in page
    assert "Nothing else on the lists that are on meets it. That does not mean that it is harmless." in page
    assert "because it is something else than what is listed" in page
    assert "meet it again" not in page
    assert "meet it again" in shown_to(cast.sam, f"pdq:{away(5)}")
    held = Suppression.objects.get()
    for by, refusal in ((cast.ana, NotPermitted), (cast.ola, OtherOrganisation)):
        with pytest.raises(refusal):
            actions.end_suppression(suppression=held, by=by, now=NOW)
    request = RequestFactory().post("/")
    request.actor, request.session = cast.sam, {}
    assert views.take_back(request, held.pk).status_code == 302
    match.refresh_from_db()
    assert (match.standing, met(f"pdq:{away(5)}")) == ("lead", ["near"])
    assert [line.event.rpartition(".")[2] for line in entries_about(held.id)] == ["made", "ended"]


def test_a_machine_is_told_honestly_and_no_list_is_named(reject: Rejecting, take_in: Importing, cast: Cast) -> None:
    take_in(f"pdq:{LISTED}", seen_by=SeenBy.MACHINES)
    take_in(f"pdq:{away(200)}", name="Staff only")
    reject(f"pdq:{away(5)}")
    reject(f"pdq:{away(195)}")

    def told(asked: str) -> check.Checked:
        lists = queries.lists_now(organisation=cast.one.id, now=NOW, seen_by=SeenBy.MACHINES)
        return check.check_text(lists, asked)

    answer = told(f"pdq:{away(5)}")
    assert (answer.verdict, answer.is_marked_false, answer.matches) == ("none", True, ())
    assert "marked what it would meet as a false match" in answer.reasons[0]
    assert "Partner list" not in str(answer.as_json())
    assert not told(f"pdq:{away(195)}").is_marked_false
    assert told(f"pdq:{away(4)}").verdict == "near"


def test_a_file_that_is_marked_false_keeps_its_own_verdict_of_what_could_be_read(reject: Rejecting, take_in: Importing, cast: Cast) -> None:
    take_in(f"pdq:{LISTED}", seen_by=SeenBy.MACHINES)
    reject(file(b"decoy"))
    lists = queries.lists_now(organisation=cast.one.id, now=NOW, seen_by=SeenBy.MACHINES)
    assert [(one.verdict, one.is_marked_false) for one in (check.check_file(lists, file(b"decoy")), check.check_file(lists, file(b"other")))] == [
        ("none", True),
        ("near", False),
    ]


def test_without_keys_nothing_is_left_out(reject: Rejecting, take_in: Importing, cast: Cast) -> None:
    take_in(f"pdq:{LISTED}")
    reject(f"pdq:{away(5)}")
    access.use(None)
    assert len(queries.find_matches(organisation=cast.one.id, identifiers=recognise(f"pdq:{away(5)}"), now=NOW)) == 1


def test_what_was_asked_about_stands_nowhere_in_clear_and_goes_with_its_case(reject: Rejecting, take_in: Importing, met: Any) -> None:
    take_in("pics.example")
    match = reject(LINK)
    kept = repr(Match.objects.values().get()) + repr(Suppression.objects.values().get())
    assert LINK not in kept
    actions.forget_case(case=match.case, now=NOW)
    assert not Suppression.objects.exists()
    assert met(LINK) == ["related"]


def test_what_names_the_file_is_no_part_of_what_is_compared() -> None:
    one = recognise(f"pdq:{LISTED}")[0]
    assert one == Identifier(one.kind, one.value, one.raw, file="x")
