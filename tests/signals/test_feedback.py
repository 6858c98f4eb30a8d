"""What people say of entries is kept for the owners of the lists; a dispute can hold an entry until it is settled."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests.signals.conftest import NOW, Cast, Importing
from tests.signals.test_cli import Run, run
from tests.signals.test_views import ask, page, send
from tests.support.two_people import written_out

from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.accounts.models import Person, RoleGrant
from cairndesk.accounts.rules import Role
from cairndesk.custody.models import LogOpening
from cairndesk.custody.queries import entries_about
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
from cairndesk.signals import actions, check, jobs, queries, shelf, views
from cairndesk.signals.engine.identifiers import Kind, recognise
from cairndesk.signals.errors import AlreadyDisputed, NotOnTheList, ReasonMissing
from cairndesk.signals.models import Feedback, HashList, ListEntry, Match, PartnerOpinion
from cairndesk.signals.rules import OwnersAnswer, Reason, SeenBy, Standing, WrittenOut

__all__ = ["run"]
pytestmark = pytest.mark.django_db
MD5, OTHER, LINK = "ab" * 16, "cd" * 16, "https://pics.example/one"
Deciding = Callable[..., Match]


@pytest.fixture
def decide(cast: Cast) -> Deciding:
    def deciding(text: str, standing: Standing, reason: Reason | None = None) -> Match:
        found = queries.find_matches(organisation=cast.one.id, identifiers=recognise(text), now=NOW)
        (match,) = actions.record_matches(organisation=cast.one.id, case=new_id(), item=new_id(), found=found, by=cast.sam, now=NOW)
        return actions.decide_match(match=match, standing=standing, reason=reason, stage="reviewing", by=cast.ana, now=NOW)

    return deciding


def known(cast: Cast, text: str) -> list[str]:
    return [one.list_name for one in queries.find_matches(organisation=cast.one.id, identifiers=recognise(text), now=NOW)]


def dispute(cast: Cast, text: str, *, holds: bool = True, reason: Reason = Reason.NOT_ABUSE, by: Any = None) -> Feedback:
    given = {"named": recognise(text), "reason": reason, "holds": holds, "by": by or cast.sam, "now": NOW}
    return actions.dispute_entry(listed=HashList.objects.get(name="Partner list"), **given)


def test_each_decision_on_a_match_is_kept_for_the_owner_without_case_or_person(cast: Cast, take_in: Importing, decide: Deciding) -> None:
    listed = take_in(MD5, LINK).listed
    decide(MD5, Standing.CONFIRMED)
    rejected = decide(LINK, Standing.REJECTED, Reason.TOO_COMMON)
    assert sorted(Feedback.objects.values_list("opinion", "reason", "progress")) == [
        ("affirmative", "", "open"),
        ("negative", "too_common", "open"),
    ]
    actions.decide_match(match=rejected, standing=Standing.LEAD, stage="reviewing", by=cast.ana, now=NOW)
    written_out(WrittenOut.OPINIONS, listed, by=cast.sam, now=NOW)
    (going,) = actions.export_feedback(listed=listed, by=cast.sam, now=NOW)
    assert (going.opinion, going.entry.value) == ("affirmative", MD5)
    assert actions.export_feedback(listed=listed, by=cast.sam, now=NOW) == []
    assert len(actions.export_feedback(listed=listed, by=cast.sam, now=NOW, again=True)) == 1
    assert [line.detail for line in entries_about(listed.id) if line.event == "signals.feedback.exported"] == [{"rows": 1}, {"rows": 0}, {"rows": 1}]


def test_an_opinion_that_was_sent_and_has_changed_is_sent_anew(cast: Cast, take_in: Importing, decide: Deciding) -> None:
    listed = take_in(MD5).listed
    match = decide(MD5, Standing.CONFIRMED)
    written_out(WrittenOut.OPINIONS, listed, by=cast.sam, now=NOW)
    actions.export_feedback(listed=listed, by=cast.sam, now=NOW)
    actions.decide_match(match=match, standing=Standing.REJECTED, reason=Reason.NOT_ABUSE, stage="reviewing", by=cast.ana, now=NOW)
    assert sorted(Feedback.objects.values_list("opinion", "progress")) == [("affirmative", "sent"), ("negative", "open")]
    actions.forget_case(case=match.case, now=NOW)
    assert Feedback.objects.filter(match=None).count() == 2


@pytest.mark.parametrize("holds", [True, False])
def test_a_dispute_holds_an_entry_only_where_a_person_chose_so(cast: Cast, take_in: Importing, *, holds: bool) -> None:
    take_in(MD5, OTHER, seen_by=SeenBy.MACHINES)
    take_in(MD5, name="Second", seen_by=SeenBy.STAFF)
    held = dispute(cast, MD5, holds=holds)
    assert known(cast, MD5) == (["Second"] if holds else ["Partner list", "Second"])
    assert known(cast, OTHER) == ["Partner list"]
    lists = queries.lists_now(organisation=cast.one.id, now=NOW, seen_by=SeenBy.MACHINES)
    told = check.check_text(lists, MD5)
    assert (told.verdict, told.is_marked_false) == (("none", True) if holds else ("known", False))
    assert entries_about(held.pk)[0].detail["holds"] == int(holds)
    page_ = ask(cast.ana, MD5)
    assert ("disputes its entry since 23 November 2026" in page_) is holds


@pytest.mark.parametrize(
    ("answer", "is_met"),
    [(OwnersAnswer.STANDS, True), (OwnersAnswer.CORRECTED, True), (OwnersAnswer.TAKEN_BACK, True), (OwnersAnswer.REMOVED, False)],
)
def test_the_answer_ends_it(cast: Cast, take_in: Importing, answer: OwnersAnswer, *, is_met: bool) -> None:
    take_in(MD5, OTHER)
    held = dispute(cast, MD5)
    actions.answer_dispute(dispute=held, answer=answer, by=cast.sam, now=NOW + timedelta(days=1))
    assert (known(cast, MD5) == ["Partner list"]) is is_met
    with pytest.raises(NotOnTheList):
        actions.answer_dispute(dispute=held, answer=OwnersAnswer.STANDS, by=cast.sam, now=NOW)
    # The value comes again as another entry, and the old dispute says nothing of it.
    take_in(OTHER, replace=True)
    take_in(MD5)
    assert known(cast, MD5) == ["Partner list"]


def test_a_held_entry_stays_held_in_an_index_made_anew(
    cast: Cast, take_in: Importing, tmp_path: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"data": tmp_path})
    monkeypatch.setattr(shelf, "MAKE_AT", 1)
    take_in(MD5, OTHER)
    dispute(cast, MD5)
    jobs.make_bases()
    shelf.of.cache_clear()
    assert (known(cast, MD5), known(cast, OTHER)) == ([], ["Partner list"])


def test_only_who_governs_lists_disputes_and_only_what_is_on_the_list(cast: Cast, take_in: Importing) -> None:
    take_in(MD5)
    for by, refusal in ((cast.ana, NotPermitted), (cast.ola, OtherOrganisation), (cast.platform, NotPermitted)):
        with pytest.raises(refusal):
            dispute(cast, MD5, by=by)
    with pytest.raises(NotOnTheList):
        dispute(cast, OTHER)
    with pytest.raises(ReasonMissing):
        dispute(cast, MD5, reason=Reason.DIFFERENT)
    held = dispute(cast, MD5)
    with pytest.raises(AlreadyDisputed):
        dispute(cast, MD5)
    for act in (
        lambda by: actions.answer_dispute(dispute=held, answer=OwnersAnswer.STANDS, by=by, now=NOW),
        lambda by: actions.export_feedback(listed=held.entry.list, by=by, now=NOW),
    ):
        for by, refusal in ((cast.ana, NotPermitted), (cast.ola, OtherOrganisation)):
            with pytest.raises(refusal):
                act(by)
    assert known(cast, MD5) == []


def test_the_database_lets_no_opinion_on_a_match_hold_an_entry(cast: Cast, take_in: Importing, decide: Deciding) -> None:
    take_in(MD5)
    decide(MD5, Standing.REJECTED, Reason.NOT_ABUSE)
    with pytest.raises(IntegrityError, match="only_a_dispute_holds"), transaction.atomic():
        Feedback.objects.update(holds=True)


def test_the_page_takes_a_dispute_and_its_answer(cast: Cast, take_in: Importing) -> None:
    listed = take_in(MD5).listed
    assert "Dispute an entry" not in page(cast.ana, listed.id)
    assert send(views.dispute, cast.sam, listed.id, value=MD5.upper(), why="wrong_label", holds="yes").status_code == 302
    shown = page(cast.ana, listed.id)
    assert "is disputed since" in shown
    assert "It is met no more until that is settled." in shown
    assert MD5 not in shown
    held = Feedback.objects.get()
    assert send(views.answer, cast.sam, held.pk, why="stands").status_code == 302
    assert "the owner says that it stands" in page(cast.ana, listed.id)
    assert known(cast, MD5) == ["Partner list"]


def test_feedback_is_written_as_a_file_for_the_owner(run: Run, cast: Cast, take_in: Importing, decide: Deciding) -> None:
    person = Person.objects.create(organisation=cast.one, sign_in_name="sam", name="Sam", created_at=NOW)
    RoleGrant.objects.create(person=person, role=Role.SUPERVISOR, granted_at=NOW)
    take_in(MD5, OTHER)
    decide(MD5, Standing.CONFIRMED)
    dispute(cast, OTHER, holds=False)
    assert "signals.not_let_go" in run("lists", "feedback", "Partner list", "--as", "sam", code=5)
    listed = HashList.objects.get(name="Partner list")
    written_out(WrittenOut.OPINIONS, listed, by=cast.sam, now=clock.now())
    rows = list(csv.DictReader(io.StringIO(run("lists", "feedback", "Partner list", "--as", "sam"))))
    assert sorted((one["value"], one["opinion"], one["class"], one["reason"]) for one in rows) == [
        (MD5, "affirmative", "POSITIVE_CLASS", ""),
        (OTHER, "dispute", "DISPUTED", "not_abuse"),
    ]
    assert rows[0].keys() == {"kind", "value", "label", "opinion", "class", "reason", "on", "answer"}
    lines = run("lists", "feedback", "Partner list", "--as", "sam", "--format", "jsonl", "--again").splitlines()
    assert [json.loads(line)["on"] for line in lines] == ["2026-11-23", "2026-11-23"]
    assert run("lists", "feedback", "Partner list", "--as", "sam", "--format", "jsonl") == ""


def test_a_partner_who_says_the_same_again_changes_nothing(cast: Cast, take_in: Importing) -> None:
    take_in(MD5, may_share=True)
    entry = ListEntry.objects.get()

    def logged(reason: Reason | None, days: int) -> int:
        now = NOW + timedelta(days=days)
        actions.receive_opinion(listed=entry.list, entry=entry.pk, kind=Kind.MD5, reason=reason, by=cast.platform, now=now)
        return LogOpening.objects.filter(subject_kind="opinion").count()

    assert [logged(None, 0), logged(None, 1)] == [1, 1]
    assert PartnerOpinion.objects.get().made_at == NOW, "it is said since then"
    assert [logged(Reason.WRONG_LABEL, 2), logged(Reason.WRONG_LABEL, 3), logged(None, 4)] == [2, 2, 3]


def test_the_page_shows_what_partners_say_of_its_entries(cast: Cast, take_in: Importing) -> None:
    take_in(MD5, may_share=True)
    entry = ListEntry.objects.get()
    assert "Whoever fetches this list by machine can say of an entry that it is right or wrong." in page(cast.ana, entry.list_id)
    actions.receive_opinion(listed=entry.list, entry=entry.pk, kind=Kind.MD5, reason=Reason.WRONG_LABEL, by=cast.platform, now=NOW)
    shown = page(cast.ana, entry.list_id)
    assert "They called entries right 0 times and wrong 1 time." in shown
    other = replace(cast.platform, pseudonym="key:other")
    actions.receive_opinion(listed=entry.list, entry=entry.pk, kind=Kind.MD5, reason=None, by=other, now=NOW)
    assert "They called entries right 1 time and wrong 1 time." in page(cast.ana, entry.list_id), "two words about one entry"
    assert f"platform</bdi> calls an entry wrong since 23 November 2026, because its label is wrong: MD5 of files <code>{MD5}" in shown
    with pytest.raises(ReasonMissing):
        actions.receive_opinion(listed=entry.list, entry=entry.pk, kind=Kind.MD5, reason=Reason.DIFFERENT, by=cast.platform, now=NOW)
