"""Victim identification: how it stands, with its history; clues in words, sealed; image work stays with the authorised unit (INV-04)."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from tests.review.test_groupings import page_of
from tests.review.test_money import ana, anas, send
from tests.review.test_pages import Enter, enter
from tests.review.test_stacks import Report, report
from tests.support.cast import NOON

from cairndesk.accounts.errors import NotPermitted
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Actor, Role
from cairndesk.cases import actions
from cairndesk.cases.actions import ReportFacts, open_case
from cairndesk.cases.errors import IdentificationRefused, NotOfThisCase, SomethingRestsOnIt
from cairndesk.cases.models import Case, CasePerson, Clue, Identification
from cairndesk.cases.queries import case_for, clues_of, is_being_identified, standing_tracks, timeline, tracks_of
from cairndesk.cases.rules.erasing import Ground
from cairndesk.custody.models import SealedItem
from cairndesk.custody.queries import entries_about
from cairndesk.custody.retention import RecordClass
from cairndesk.directory.models import Authority
from cairndesk.directory.profiles import Field, shipped
from cairndesk.exchange.formats import casefile, summary
from cairndesk.insight import words as figures
from cairndesk.insight.queries import numbers
from cairndesk.lib import clock
from cairndesk.response import queries
from cairndesk.response.queries import extent_of
from cairndesk.response.rules.shaping import shaped
from cairndesk.retention.queries.extent import sealed_of
from cairndesk.review.rules.known import Kind
from cairndesk.triage.actions import take_in

__all__ = ["ana", "anas", "enter", "report"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SIGN, SOUND, UNIT = "A green street sign, white letters.", "A dialect of the coast.", "Identification Unit of the North"


def child_in(case: Case, by: Actor, **facts: str) -> CasePerson:
    return actions.add_person(case=case, role="child", facts=facts, by=by, now=NOON)


def media_in(page: str) -> list[str]:
    """Whatever shows, sends or takes a picture or a sound; the mark of the desk in its head is none of a case."""
    main = page[page.index("<main") : page.index("</main>")]
    return re.findall(r"<(?:img|video|audio|picture|canvas|object|embed|iframe|source)\b|data:|multipart|type=.file|/media/", main)


@pytest.mark.req("INV-04")
def test_a_track_with_its_history_and_clues_in_words_and_no_picture_anywhere(
    report: Report, ana: Actor, anas: Client, django_assert_max_num_queries: Any
) -> None:
    case = report()
    assert f'href="{reverse("review:identification", args=[case.pk])}"' in page_of(anas, "case", case.pk)
    empty = page_of(anas, "identification", case.pk)
    assert "record the child first" in empty
    child, item = child_in(case, ana, apparent_age="age_7_9"), case.items.get()
    Authority.objects.create(name=UNIT, country="XA", kinds=["national_unit"], added_at=NOON)
    # The status, and after it another one: the earlier stays.
    assert "Record how it stands" in page_of(anas, "identification", case.pk)
    assert "Recorded: victim identification" in send(anas, case, Kind.IDENTIFICATION, {"person": str(child.pk), "status": "open"})
    nameless = send(anas, case, Kind.IDENTIFICATION, {"person": str(child.pk), "status": "with_unit"})
    assert "Say which unit it is with." in nameless
    assert f'value="{UNIT}"' in nameless
    told = {"person": str(child.pk), "status": "with_unit", "authority": UNIT}
    assert "Recorded: victim identification" in send(anas, case, Kind.IDENTIFICATION, told)
    # A clue says of what kind it is, from which item, and lies sealed.
    assert "Recorded: a clue" in send(anas, case, Kind.CLUE, {"kind": "place_sign", "words": SIGN, "item": str(item.pk)})
    assert "Recorded: a clue" in send(anas, case, Kind.CLUE, {"kind": "language", "words": SOUND})
    assert "This field is required" in send(anas, case, Kind.CLUE, {"kind": "language", "words": " "})
    with django_assert_max_num_queries(30):
        page = page_of(anas, "identification", case.pk)
    first, second = page.index("Person 1: Child; Open"), page.index(f"Person 1: Child; With the authorised unit; {UNIT}")
    assert first < second
    assert page.count("It stands so now.") == 1
    assert second < page.index("It stands so now.")
    assert page.count("by Ana") >= 4
    assert "Sign of a place; Web address 1" in page or "Sign of a place; Address 1" in page
    for line in ("Image work is done by the authorised unit. Here are only words:", "never the child’s body", "no picture is shown, cut or sent"):
        assert line in page
    form = anas.get(reverse("review:record", args=[case.pk, Kind.CLUE])).content.decode()
    assert "never the child&#x27;s body" in form
    stands = anas.get(reverse("review:record", args=[case.pk, Kind.IDENTIFICATION])).content.decode()
    everything = [page, form, stands, empty, page_of(anas, "known", case.pk)]
    assert not any(sealed in one for one in everything for sealed in (SIGN, SOUND))
    assert [found for one in everything for found in media_in(one)] == []
    # Opened one at a time, by name.
    sign, sound = clues_of(case).get(kind="place_sign"), clues_of(case).get(kind="language")
    assert (sign.item, sound.item, sign.recorded_by) == (item, None, ana.pseudonym)
    opened = anas.post(reverse("review:words", args=[case.pk, Kind.CLUE, sign.pk]))
    assert SIGN in opened.content.decode()
    assert "no-store" in opened["Cache-Control"]
    assert {"cases.identification.recorded", "cases.clue.recorded", "cases.fact.opened"} <= {one.event for one in entries_about(case.pk)}
    # Taken back, it counts no more; the word stays.
    anas.post(reverse("review:take-back", args=[case.pk, Kind.CLUE, sound.pk]))
    assert list(clues_of(case)) == [sign]
    page = page_of(anas, "identification", case.pk)
    assert "<b>Taken back</b> by Ana" in page
    assert SOUND in anas.post(reverse("review:words", args=[case.pk, Kind.CLUE, sound.pk])).content.decode()
    assert [one.code for one in timeline(case) if one.what == "identification"] == ["open", "with_unit"]


@pytest.mark.req("INV-04")
def test_an_authority_gets_the_track_and_the_clues_as_the_table_of_sharing_says_and_nobody_else(report: Report, ana: Actor) -> None:
    case = report()
    child, item = child_in(case, ana), case.items.get()
    actions.record_identification(person=child, status="with_unit", unit=UNIT, by=ana, now=NOON)
    actions.record_clue(case=case, kind="place_sign", words=SIGN, item=item, by=ana, now=NOON)
    gone = actions.record_clue(case=case, kind="language", words=SOUND, by=ana, now=NOON)
    actions.take_back(case=case, fact=gone, by=ana, now=NOON)
    held = queries.case_file(case, queries.Release(case.pk, "Sample police", "basis", "purpose", names_people=False), NOON)
    found = {one.kind: dict(one.facts) for one in held.details}
    assert found[casefile.IDENTIFICATION] == {"who": "person-1", "status": "With the authorised unit", "unit": UNIT}
    assert found[casefile.CLUE] == {"kind": "Sign of a place", "words": SIGN, "from": "item-1"}
    kinds, gives = queries.kinds_of(case), {}
    for code, profile in shipped().kinds.items():
        given = shaped(held, profile, kinds)
        gives[code] = SIGN in casefile.write(given).decode()
        assert gives[code] is profile.has(Field.CLUES)
        # The time line tells no more of it than the table gives.
        assert any("identification" in one.event for one in given.timeline) is (gives[code] and profile.has(Field.HISTORY))
        assert bool(given.timeline) is profile.has(Field.HISTORY)
    assert {code for code, given in gives.items() if given} == {"police", "prosecution", "national_unit"}
    assert "Victim identification, in words" in summary.write(held).decode()
    assert SOUND not in casefile.write(held).decode()
    # Once it is over the clues stay here.
    actions.record_identification(person=child, status="identified", by=ana, now=NOON + timedelta(hours=1))
    held = queries.case_file(case, queries.Release(case.pk, "Sample police", "basis", "purpose", names_people=False), NOON)
    assert SIGN not in casefile.write(held).decode()


@pytest.mark.req("INV-04")
def test_no_track_is_for_who_told_or_is_of_concern_and_no_clue_without_a_track(report: Report, ana: Actor, anas: Client) -> None:
    case, other = report(), report()
    who: dict[str, Any] = {"by": ana, "now": NOON}
    concern = actions.add_person(case=case, role="person_of_concern", facts={"actor_age": "child"}, **who)
    actions.give_role(person=concern, role="child", **who)
    told = child_in(case, ana)
    actions.give_role(person=told, role="reporter", **who)
    witness = actions.add_person(case=case, role="witness", **who)
    for person in (concern, told, witness):
        with pytest.raises(IdentificationRefused):
            actions.record_identification(person=person, status="open", **who)
    page = page_of(anas, "identification", case.pk)
    assert re.search(r"Person \d: Child, Reporter told us themselves, and gave no name\.", page)
    assert "never used to find out who a person of concern is" in page
    assert "Record how it stands</a>" not in page
    assert str(told.pk) not in anas.get(reverse("review:record", args=[case.pk, Kind.IDENTIFICATION])).content.decode()
    with pytest.raises(IdentificationRefused):
        actions.record_clue(case=case, kind="time", words=SIGN, **who)
    refused = send(anas, case, Kind.CLUE, {"kind": "time", "words": SIGN})
    assert "open the track before clues are recorded" in refused
    assert SIGN in refused, "what was typed is not lost"
    assert not Identification.everything.exists()
    assert not Clue.everything.exists()
    # Who turns out to have told, or to be of concern, has no track any more, and no clue can be added.
    child = child_in(case, ana)
    actions.record_identification(person=child, status="open", **who)
    with pytest.raises(NotOfThisCase):
        actions.record_clue(case=case, kind="time", words=SIGN, item=other.items.get(), **who)
    with pytest.raises(SomethingRestsOnIt):
        actions.take_back(case=case, fact=child, **who)
    assert is_being_identified(case)
    actions.give_role(person=child, role="reporter", **who)
    assert (is_being_identified(case), tracks_of(case).exists()) == (False, False)
    page = page_of(anas, "identification", case.pk)
    assert "It counts no more" in page
    assert "It stands so now" not in page


@pytest.mark.req("INV-04")
def test_the_newest_status_counts_and_one_with_a_unit_names_it(report: Report, ana: Actor, lia: Actor) -> None:
    case = report()
    child, sibling = child_in(case, ana), child_in(case, ana)
    with pytest.raises(IdentificationRefused):
        actions.record_identification(person=child, status="with_unit", unit="  ", by=ana, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Identification.objects.create(person=child, status="with_unit", taxonomy="2026.1")
    with pytest.raises(NotPermitted):
        actions.record_identification(person=child, status="open", by=lia, now=NOON)
    for hours, status in enumerate(("open", "no_result", "open")):
        actions.record_identification(person=child, status=status, by=ana, now=NOON + timedelta(hours=hours))
    same = [actions.record_identification(person=sibling, status=status, by=ana, now=NOON) for status in ("open", "identified")]
    assert dict(standing_tracks().values_list("person", "status")) == {child.pk: "open", sibling.pk: max(same, key=lambda one: one.pk).status}
    actions.take_back(case=case, fact=standing_tracks().get(person=child), by=ana, now=NOON)
    assert standing_tracks().get(person=child).status == "no_result"
    table = {one.id: one for one in numbers(case.organisation_id, now=NOON, threshold=1).tables}["identifications_by_status"]
    assert table.total == 2
    assert {cell.code: cell.count for cell in table.cells}["no_result"] == 1
    assert figures.title_of(table) == "Victims/survivors with a track of identification, by how it stands"
    assert table.id in figures.STAFF_ONLY
    withheld = {one.id: one for one in numbers(case.organisation_id, now=NOON).tables}["identifications_by_status"]
    assert {cell.count for cell in withheld.cells} <= {0, None}


@pytest.mark.req("INV-04")
def test_clues_go_with_the_case_and_are_kept_no_longer_than_who_somebody_is(
    report: Report, ana: Actor, enter: Enter, enrol: Any, two: Organisation
) -> None:
    case = report()
    actions.record_identification(person=child_in(case, ana), status="open", by=ana, now=NOON)
    clue = actions.record_clue(case=case, kind="product", words=SIGN, by=ana, now=NOON)
    assert SealedItem.objects.get(pk=clue.words_id).purpose == "evidence"
    assert clue.words_id in extent_of(case).sealed
    assert clue.words_id in sealed_of(case)[RecordClass.IDENTITY]
    assert enter(enrol(two, "Ola", Role.ANALYST)).get(reverse("review:identification", args=[case.pk])).status_code == 404


@pytest.mark.req("INV-04")
def test_who_works_on_identification_in_the_team_sees_clues_and_evidence_and_nothing_that_was_told(
    tell: Callable[..., Case], ana: Actor, enter: Enter, enrol: Callable[..., Person], one: Organisation
) -> None:
    case = tell({"what": ["found"], "more": "It began in the summer."})
    item = actions.add_item(case=case, kind="url", identifier="https://pictures.example/shared", by=ana, now=NOON)
    actions.record_identification(person=child_in(case, ana), status="with_unit", unit=UNIT, by=ana, now=NOON)
    clue = actions.record_clue(case=case, kind="place_sign", words=SIGN, item=item, by=ana, now=NOON)
    person = enrol(one, "Ida", Role.SPECIALIST)
    actions.seat(case=case, person=person, function="victim_identification", by=ana, now=NOON)
    browser = enter(person)
    page = browser.get(reverse("review:part", args=[case.pk])).content.decode()
    assert f"With the authorised unit; {UNIT}" in page
    assert "Open clue 1: Sign of a place" in page
    assert SIGN not in page
    assert media_in(page) == []
    opened = browser.post(reverse("review:open-part", args=[case.pk, "clues", clue.pk]))
    assert SIGN in opened.content.decode()
    assert browser.post(reverse("review:open-part", args=[case.pk, "clues", item.pk])).status_code == 404
    assert browser.post(reverse("review:open-part", args=[case.pk, "told", case.reports.get().pk])).status_code == 403
    for door in ("identification", "known", "case"):
        assert browser.get(reverse(f"review:{door}", args=[case.pk])).status_code in {403, 404}
    assert case_for(ana, case.pk) == case


@pytest.mark.parametrize(
    ("source", "path"), [("child", "child"), ("adult_survivor", "survivor"), ("friend", "child"), ("adult_survivor", "professional")]
)
def test_nobody_looks_for_who_told_themselves_also_where_nobody_recorded_them(
    ring: Any, one: Organisation, ana: Actor, anas: Client, source: str, path: str
) -> None:
    facts = ReportFacts(source=source, channel="portal", path=path, language="en", told={"answers": {"what": ["found"]}})
    case = open_case(organisation=one, report=facts, by=SYSTEM, now=NOON)
    take_in(case=case, now=NOON)
    who: dict[str, Any] = {"by": ana, "now": NOON}
    child = child_in(case, ana)
    with pytest.raises(IdentificationRefused, match="first record who told"):
        actions.record_identification(person=child, status="open", **who)
    page = page_of(anas, "identification", case.pk)
    assert "Somebody to whom it happened told us this." in page
    assert "Record how it stands</a>" not in page
    assert str(child.pk) not in anas.get(reverse("review:record", args=[case.pk, Kind.IDENTIFICATION])).content.decode()
    # Who told is another one: somebody recorded that, and the log says who did.
    told = child_in(case, ana)
    actions.give_role(person=told, role="reporter", **who)
    actions.record_identification(person=child, status="open", **who)
    assert (list(tracks_of(case).values_list("person", flat=True)), is_being_identified(case)) == ([child.pk], True)
    page = page_of(anas, "identification", case.pk)
    assert "It stands so now." in page
    assert "Somebody to whom it happened told us this." not in page
    with pytest.raises(IdentificationRefused):
        actions.record_identification(person=told, status="open", **who)
    # Taken back, it may be anybody of the case again, and nothing of a track goes out.
    actions.take_back(case=case, fact=told, **who)
    assert (tracks_of(case).exists(), is_being_identified(case)) == (False, False)
    assert "It counts no more" in page_of(anas, "identification", case.pk)


def test_one_who_told_lifts_it_for_one_account_and_not_for_every_child_of_the_case(
    ring: Any, one: Organisation, ana: Actor, anas: Client, django_assert_max_num_queries: Any
) -> None:
    """Two children told, one is recorded: the other account may be of any child of the case, until somebody says of one that it is not theirs."""
    facts = ReportFacts(source="child", channel="portal", path="child", language="en", told={"answers": {"what": ["found"]}})
    case = open_case(organisation=one, report=facts, by=SYSTEM, now=NOON)
    take_in(case=case, now=NOON)
    who: dict[str, Any] = {"by": ana, "now": NOON}
    told, child = child_in(case, ana), child_in(case, ana)
    actions.give_role(person=told, role="reporter", **who)
    actions.record_identification(person=child, status="open", **who)
    assert is_being_identified(case)
    # Another one tells: what was clear is clear no more, also for what stands.
    actions.add_report(case=case, report=facts, **who)
    assert (tracks_of(case).exists(), is_being_identified(case)) == (False, False)
    with pytest.raises(IdentificationRefused, match="say that this person told none of them"):
        actions.record_identification(person=child, status="open", **who)
    page = page_of(anas, "identification", case.pk)
    assert "2 accounts here are of somebody to whom it happened" in page
    assert ("It counts no more" in page, "It stands so now" in page) == (True, False)
    sheet = {"person": str(child.pk), "status": "open"}
    form = anas.get(reverse("review:record", args=[case.pk, Kind.IDENTIFICATION])).content.decode()
    assert "this person told none of the 2 accounts here" in form
    assert "may have told us themselves. Tick this only if you know it." in send(anas, case, Kind.IDENTIFICATION, sheet)
    assert not is_being_identified(case)
    assert "Recorded: victim identification" in send(anas, case, Kind.IDENTIFICATION, sheet | {"told_none": "on"})
    assert [(one.person_id, one.told_none_of) for one in standing_tracks()] == [(child.pk, 2)]
    with django_assert_max_num_queries(30):
        page = page_of(anas, "identification", case.pk)
    assert page.count("It stands so now.") == 1
    # It was said of these two: a third is another matter. And never of who told.
    actions.add_report(case=case, report=facts, **who)
    assert not is_being_identified(case)
    with pytest.raises(IdentificationRefused, match="theirs to say"):
        actions.record_identification(person=told, status="open", told_none=True, **who)
    # Where all who told are recorded nobody needs to say anything.
    for _ in range(2):
        actions.give_role(person=child_in(case, ana), role="reporter", **who)
    actions.record_identification(person=child, status="no_result", by=ana, now=clock.now())
    assert [(one.person_id, one.status) for one in standing_tracks()] == [(child.pk, "no_result")]
    assert "told none of the" not in anas.get(reverse("review:record", args=[case.pk, Kind.IDENTIFICATION])).content.decode()


def test_erasing_leaves_no_name_of_a_unit(report: Report, ana: Actor) -> None:
    case, other = report(), report()
    who: dict[str, Any] = {"by": ana, "now": NOON}
    for one in (case, other):
        child = child_in(one, ana)
        actions.record_identification(person=child, status="open", **who)
        gone = actions.record_identification(person=child, status="with_unit", unit=UNIT, **who)
        actions.take_back(case=one, fact=gone, **who)
    actions.erase_told(case=case, sealed=[], ground=Ground.ASKED_IN_WRITING, **who)
    assert set(Identification.everything.filter(person__case=case).values_list("status", "unit")) == {("open", ""), ("with_unit", "(erased)")}
    assert Identification.everything.filter(person__case=other, unit=UNIT).exists()
