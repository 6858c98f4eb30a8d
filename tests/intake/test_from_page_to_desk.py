"""What Rae types on the public pages reaches the desk, and what the desk answers reaches Rae."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils.html import escape
from PIL import Image, ImageOps
from tests.intake.portal.rae import Rae
from tests.support.behind import no_wait
from tests.support.governed import papers_of_a_partner
from tests.support.two_people import offered
from tests.synthetic.pictures import encoded, scene

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, FreshProof
from cairndesk.cases.actions import aside_digest, describe_incident, set_aside
from cairndesk.cases.errors import AgainstTheirChoice
from cairndesk.cases.models import Case
from cairndesk.cases.queries import identifier_of, limits_of
from cairndesk.cases.rules.choices import Ground, Limit
from cairndesk.custody.actions import erase
from cairndesk.custody.queries import unseal_fields
from cairndesk.custody.sealing import hpke
from cairndesk.exchange.actions import accept_case
from cairndesk.intake import actions, jobs, publish, receipt
from cairndesk.intake.models import Alarm, Draft, Message
from cairndesk.intake.portal.state import Keyholder
from cairndesk.intake.rules import pictures_in
from cairndesk.intake.spool import Spool
from cairndesk.lib import clock
from cairndesk.signals.actions import import_list
from cairndesk.signals.engine import pdq
from cairndesk.signals.engine.digests import digests
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.engine.lists import Row
from cairndesk.signals.models import MediaSighting
from cairndesk.signals.queries import matches_of
from cairndesk.triage import jobs as triage

__all__ = ["no_wait"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_wait")]


@pytest.fixture
def work(spool: Spool) -> Callable[[], None]:
    def turning() -> None:
        jobs.drain(spool)
        publish.publish_changes(now=clock.now())

    return turning


@pytest.mark.req("INT-10", "INT-25")
def test_a_report_goes_to_the_desk_and_the_answer_comes_back(rae: Rae, work: Callable[[], None], sam: Actor) -> None:
    words = " ".join(rae.tells_all().parts)
    work()
    case = Case.objects.get()
    assert unseal_fields(case.reports.get().told)["answers"]["more"] == "Please help."
    actions.send_message(case=case, words="We are here for you.", by=sam, now=clock.now())
    work()
    assert "We are here for you." in rae.posts("/back", words=words).text
    assert "We have your report" in rae.text


@pytest.mark.req("INT-03")
@pytest.mark.parametrize(
    ("path", "source"),
    [("child", "child"), ("friend", "friend"), ("carer", "carer"), ("professional", "professional"), ("survivor", "adult_survivor")],
)
def test_whoever_tells_becomes_a_case_that_says_who_told(rae: Rae, work: Callable[[], None], path: str, source: str) -> None:
    rae.tells_all(path=path)
    work()
    report = Case.objects.get().reports.get()
    assert (report.path, report.source) == (path, source)


@pytest.mark.req("INT-32")
def test_danger_now_is_a_case_before_the_next_page_is_answered(rae: Rae, work: Callable[[], None]) -> None:
    rae.starts("child").says(danger="happening_now")
    work()
    assert Case.objects.get().is_emergency
    assert Alarm.objects.count() == 1


def test_what_is_added_later_by_receipt_joins_the_same_case(rae: Rae, work: Callable[[], None]) -> None:
    words = " ".join(rae.tells_all().parts)
    work()
    rae.posts("/back", words=words)
    rae.posts("/back", **rae.hidden, go="write", text="It came back.", link="https://site.example/again", safe_contact="sometimes")
    work()
    case = Case.objects.get()
    assert "https://site.example/again" in [identifier_of(item) for item in case.items.all()]
    assert unseal_fields(Message.objects.get().text) == {
        "text": "It came back.",
        "answers": {"link": "https://site.example/again", "safe_contact": "sometimes"},
    }
    assert "It came back." in rae.posts("/back", words=words).text


@pytest.mark.parametrize("step", range(5))
def test_whoever_copies_the_database_cannot_go_on_with_a_draft_and_have_it_read_to_them(rae: Rae, work: Callable[[], None], step: int) -> None:
    rae.tells_all()
    work()
    stolen = Draft.objects.get().pk
    rae.posts("/next", d=f"{stolen}.{step}.child.9", go="stay")
    anew = rae.parts or rae.posts("/next", **rae.hidden, what="gifts", go="send").parts
    assert len(anew) == 6
    work()
    rae.posts("/back", words=" ".join(anew))
    rae.posts("/back", **rae.hidden, go="told")
    assert "Please help." not in rae.text
    assert Draft.objects.get(pk=stolen).receipts.count() == 1


def line_of(picture: Image.Image) -> str:
    """What the page about a picture writes, here by the engine."""
    content = encoded(picture)
    exact, forms = digests(content), pdq.of_rgb(np.asarray(picture)).hashes
    head = f"width:{picture.width} height:{picture.height} size:{exact.size} quality:100 md5:{exact.md5} sha1:{exact.sha1} sha256:{exact.sha256}"
    return " ".join([head, *(f"pdq:{form.hex()}" for form in forms)])


@pytest.mark.slow
def test_a_picture_that_stayed_on_the_phone_is_matched_in_all_its_forms(rae: Rae, work: Callable[[], None], one: Organisation, sam: Actor) -> None:
    listed = pdq.of_rgb(np.asarray(ImageOps.mirror(scene()))).hashes[0].hex()
    rows = [Row(1, recognise(listed), label="A1")]
    import_list(organisation=one.pk, papers=papers_of_a_partner(), rows=rows, by=sam, now=clock.now())
    rae.starts("child").says()
    rae.says(go="picture", picture=line_of(scene()))
    assert "We have the code of your picture." in rae.text
    rae.says(go="send")
    work()
    assert len(rae.parts) == 6, "the code of a picture is enough"
    case = Case.objects.get()
    assert {item.hash_kind for item in case.items.all()} == {"md5", "sha1", "sha256", "pdq"}
    assert [one.door for one in MediaSighting.objects.filter(case=case.pk)] == ["phone"]
    triage.assess()
    assert [match.form for match in matches_of(case=case.pk)] == ["mirrored"]


@pytest.mark.slow
def test_a_picture_that_can_be_seen_through_is_matched_exactly_or_not_at_all(
    rae: Rae, work: Callable[[], None], one: Organisation, sam: Actor
) -> None:
    line = line_of(scene()).replace("quality:100", "quality:0").split(" pdq:")[0]
    (picture,) = pictures_in({"picture": line})
    # No forms are not 256 bits of nought, which a list may hold.
    listed = (f"sha256:{picture.sha256}", f"pdq:{bytes(32).hex()}", f"pdq:{pdq.of_rgb(np.asarray(scene())).hashes[0].hex()}")
    rows = [Row(at, recognise(value), label=f"A{at}") for at, value in enumerate(listed, 1)]
    import_list(organisation=one.pk, papers=papers_of_a_partner(), rows=rows, by=sam, now=clock.now())
    rae.starts("child").says()
    rae.says(go="picture", picture=line)
    assert "We have the code of your picture." in rae.text
    rae.says(go="send")
    work()
    case = Case.objects.get()
    assert {item.hash_kind for item in case.items.all()} == {"md5", "sha1", "sha256"}
    assert MediaSighting.objects.get(case=case.pk).state == "too_plain"
    triage.assess()
    assert [(match.kind, match.distance) for match in matches_of(case=case.pk)] == [("exact", 0)]


@pytest.mark.slow
def test_pictures_are_added_one_by_one_and_what_no_phone_wrote_is_no_picture(rae: Rae, work: Callable[[], None]) -> None:
    rae.starts("child").says()
    rae.says(go="picture", picture="a pasted word")
    assert "We have the code" not in rae.text
    for seed in (1, 2, 1):
        rae.says(go="picture", picture=line_of(scene(seed=seed)))
    rae.says(what="shared_pictures", go="send")
    work()
    case = Case.objects.get()
    assert MediaSighting.objects.filter(case=case.pk).count() == 2
    assert case.items.filter(hash_kind="sha256").count() == 2


@pytest.mark.one_database
@pytest.mark.slow
def test_a_thousand_wrong_unknown_erased_and_expired_words_get_the_same_bytes_for_the_same_work(
    rae: Rae, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [rae.tells_all().parts for _ in range(2)]
    work()
    erased, expired = (Case.objects.get(receipts__index=rae.portal.site.stretch(words).index) for words in told)
    for words in told:
        assert "We have your report" in rae.posts("/back", words=" ".join(words)).text
    actions.forget_reporter(case=erased, now=clock.now())
    Case.objects.filter(pk=expired.pk).update(stage="closed", closed_at=clock.now() - timedelta(days=366))
    work()
    done: list[str] = []
    stretch, unseal = receipt.stretch, hpke.unseal
    monkeypatch.setattr(receipt, "stretch", lambda *given, **named: done.append("stretch") or stretch(*given, **named))
    monkeypatch.setattr(hpke, "unseal", lambda private, blob, context: done.append(f"open {len(blob)}") or unseal(private, blob, context))
    seen = set()
    wrong = (*told[0][:5], told[0][0])
    for words in (words for _ in range(250) for words in (*told, wrong, receipt.draw())):
        answer = rae.posts("/back", words=" ".join(words)).response
        seen.add((answer.status_code, answer.content, tuple(sorted(answer.headers.items())), tuple(done)))
        done.clear()
    assert len(seen) == 1
    assert len(seen.pop()[1]) % 4096 == 0


def test_sending_the_last_page_twice_is_one_report(rae: Rae, work: Callable[[], None]) -> None:
    rae.starts("advice").says("decline")
    hidden = rae.hidden
    for _ in range(2):
        rae.posts("/next", **hidden, go="next", more="May I ask?")
    work()
    assert Case.objects.count() == 1


def test_words_made_anew_after_a_restart_open_the_same_page_as_the_first_and_change_nothing_told(rae: Rae, work: Callable[[], None]) -> None:
    first = rae.starts("advice").says("decline").says(more="May I ask?").parts
    work()
    rae.portal.site.keyholder = Keyholder()
    anew = rae.says("stay").parts
    work()
    report = Case.objects.get().reports.get()
    assert unseal_fields(report.told)["answers"]["more"] == "May I ask?"
    assert first != anew
    for words in (first, anew):
        assert "We have your report" in rae.posts("/back", words=" ".join(words)).text


OWN = "He said dont tel.\n\n  I said: No & <no>. ما أريد"


@pytest.mark.slow
@pytest.mark.req("PRI-06")
def test_own_words_stay_as_they_were_told_whatever_staff_and_the_teller_add(
    rae: Rae, work: Callable[[], None], one: Organisation, two: Organisation, sam: Actor, sue: Actor, ana: Actor, lou: Actor
) -> None:
    rae.starts("child").says(danger="not_now").says(what="threatens").says("decline")
    words = " ".join(rae.says(more=OWN).parts)
    work()
    case = Case.objects.get()
    first = case.reports.get()
    describe_incident(case=case, facts={}, narrative="A summary by staff.", by=ana, now=clock.now())
    rae.posts("/back", words=words)
    rae.posts("/back", **rae.hidden, go="told")
    assert escape(OWN) in rae.text
    rae.posts("/back", **rae.hidden, go="write", text="It was Tuesday, not Monday.")
    work()
    held = case.reports.get()
    assert (held.told_id, unseal_fields(held.told)["answers"]["more"]) == (first.told_id, OWN)
    (added,) = actions.read_messages(case=case, by=sam, now=clock.now())
    assert (added.words, added.message.corrects, added.lines) == ("It was Tuesday, not Monday.", True, ())
    # Whoever takes the case over has the same words, and so has the teller behind the same receipt.
    Case.objects.update(stage="queued")
    offer = offered(Case.objects.get(), two, by=sam, other=sue, now=clock.now())
    new = accept_case(offer=offer, by=lou, now=clock.now())
    work()
    assert unseal_fields(new.reports.get().told)["answers"]["more"] == OWN
    rae.posts("/back", words=words)
    text = rae.posts("/back", **rae.hidden, go="told").text
    assert text.index(escape(OWN)) < text.index("It was Tuesday, not Monday.")


@pytest.mark.req("PRI-06")
def test_a_fuller_account_is_what_is_read_back_and_the_earlier_one_is_kept_behind_it(rae: Rae, work: Callable[[], None]) -> None:
    rae.starts("advice").says(danger="happening_now")
    work()
    words = " ".join(rae.says(more=OWN).parts)
    work()
    report = Case.objects.get().reports.get()
    assert [unseal_fields(one)["answers"] for one in report.earlier.all()] == [{"danger": ["happening_now"]}]
    rae.posts("/back", words=words)
    assert escape(OWN) in rae.posts("/back", **rae.hidden, go="told").text


def test_what_was_destroyed_is_not_read_back(rae: Rae, work: Callable[[], None]) -> None:
    words = " ".join(rae.tells_all().parts)
    work()
    case = Case.objects.get()
    erase(items=[case.reports.get().told_id], now=clock.now())
    actions.lay_out_anew(case=case)
    work()
    assert "We have your report" in rae.posts("/back", words=words).text
    assert "Show what I told you" not in rae.text


@pytest.mark.slow
@pytest.mark.req("PRI-04")
def test_what_a_child_chooses_binds_from_the_first_page_on_is_changed_behind_the_receipt_and_goes_along(
    rae: Rae, work: Callable[[], None], two: Organisation, sam: Actor, sue: Actor, lou: Actor
) -> None:
    rae.starts("child").says(danger="not_now").says(what="threatens").says("decline")
    assert "Please do not tell the police" in rae.text
    words = " ".join(rae.says(more="Please.", tell=["no_police", "no_family"], wish="help_only").parts)
    work()
    case = Case.objects.get()
    assert {one.limit for one in limits_of(case)} == {"no_police", "no_family", "help_only"}
    rae.posts("/back", words=words)
    rae.posts("/back", **rae.hidden, go="choices")
    assert re.findall(r'value="(\w+)" checked', rae.text) == ["no_family", "no_police", "help_only"]
    rae.presses("choose", tell=["", "no_police"], wish=[], safe_contact="no")
    assert "We have what you chose" in rae.text
    work()
    # No message was written, and what is not ticked any more does not stand any more.
    assert not Message.objects.exists()
    assert {one.limit for one in limits_of(case)} == {"no_police", "no_messages"}
    with pytest.raises(AgainstTheirChoice):
        actions.send_message(case=case, words="Hello.", by=sam, now=clock.now())
    why: dict[str, Any] = {"limit": Limit.NO_POLICE, "ground": Ground.DANGER, "why": "He waits at the door."}
    fresh = FreshProof(sam.pseudonym, aside_digest(case, **why), sam.proof, clock.now())
    set_aside(case=case, **why, by=sam, fresh=fresh, now=clock.now())
    work()
    rae.posts("/back", words=words)
    assert "You asked us not to tell the police. We have to do it all the same. Somebody may get badly hurt." in rae.text
    Case.objects.update(stage="queued")
    offer = offered(Case.objects.get(), two, by=sam, other=sue, now=clock.now())
    new = accept_case(offer=offer, by=lou, now=clock.now())
    assert {(one.limit, one.set_aside is None) for one in limits_of(new)} == {("no_police", False), ("no_messages", True)}
    work()
    assert "You asked us not to tell the police." in rae.posts("/back", words=words).text
