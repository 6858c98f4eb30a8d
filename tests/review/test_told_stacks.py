"""Accounts in nearly the same words wait together; what says anything else, or may not wait, comes out from under any flood of them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.review.conftest import CLEAR
from tests.review.test_pages import Enter, enter
from tests.review.test_stacks import ana, carried, classified, decide
from tests.support.cast import NOON
from tests.triage.test_retelling import KEY, TEXT

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Actor, Role
from cairndesk.cases.actions import Named, ReportFacts, add_item, add_person, link_cases, open_case
from cairndesk.cases.models import Case
from cairndesk.cases.models import Report as Told
from cairndesk.cases.rules import Stage
from cairndesk.custody.actions import seal
from cairndesk.custody.models import SealedItem
from cairndesk.custody.rules import Purpose
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.intake.models import Alarm, Message
from cairndesk.review import actions, errors
from cairndesk.review.models import Classification
from cairndesk.review.queries.stacks import weigh
from cairndesk.review.rules.stacks import Out
from cairndesk.triage.actions import assess, forget_wording, take_in, wording
from cairndesk.triage.models import Stacked, Wording, WordingMark
from cairndesk.triage.queries import waiting_under
from cairndesk.triage.rules import retelling

__all__ = ["ana", "enter"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]
Say = Callable[..., Case]


@pytest.fixture
def say(ring: Keyring, one: Organisation) -> Say:
    """A case of nothing but words, in the queue."""
    clocks = (NOON - timedelta(hours=1) + timedelta(seconds=second) for second in count())

    def saying(
        text: str = TEXT, *, source: str = "public", path: str = "carer", to: Organisation = one, named: Sequence[Named] = (), **answers: Any
    ) -> Case:
        told = {"answers": {"what": ["no_action"], "danger": ["not_now"], "more": text, **answers}}
        now = "happening_now" in told["answers"]["danger"]
        facts = ReportFacts(source=source, channel="web", path=path, language="en", told=told, is_emergency=now, named=named)
        at = next(clocks)
        case = open_case(organisation=to, report=facts, by=SYSTEM, now=at)
        take_in(case=case, now=at)
        return case

    return saying


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of the organisation is always the same here: by one of a thousand keys two accounts that differ by a word share too few bands."""

    def by_one_key(answers: dict[str, Any], *, source: str, key: bytes, kept: retelling.Worded | None) -> retelling.Worded | None:
        assert len(key) >= 16
        return retelling.worded(answers, source=source, key=KEY, kept=kept)

    monkeypatch.setattr(wording, "worded", by_one_key)


def stood() -> list[tuple[Case, Case, list[str]]]:
    return [(one.case, one.lead, one.because) for one in Stacked.objects.order_by("case__opened_at")]


def outs(lead: Case, now: datetime = NOON) -> dict[Case, Out | None]:
    return {one.case: one.out for one in weigh(list(waiting_under(lead, by=SYSTEM)), lead=lead, now=now)}


def test_what_says_nearly_the_same_waits_under_the_earliest_and_one_decision_holds_without_anything_opened(
    say: Say, ana: Actor, enter: Enter, enrol: Callable[..., Person], one: Organisation
) -> None:
    lead = classified(say(), ana)
    same, spaced, left = say(), say(TEXT.replace(" ", "  ")), say()
    assert stood() == [(case, lead, ["retold"]) for case in (same, spaced, left)]
    page = enter(enrol(one, "Bea", Role.ANALYST)).get(reverse("review:stack", args=[lead.pk])).content.decode()
    assert page.count("Here because of words that are nearly the same.") == 3
    assert page.count("words only") == 3
    assert "swimming" not in page
    first = decide(lead=lead, by=ana, now=NOON)
    actions.take_back_decision(decision=first.decision, by=ana, now=NOON)
    done = decide(lead=lead, by=ana, now=NOON, without=[left.pk])
    assert carried(done.decision) == {same.number: "followed", spaced.number: "followed", left.number: "left_out"}
    made = Classification.objects.get(case=spaced)
    assert (made.severity, list(made.harms), made.taken_from.case) == (CLEAR.severity, list(CLEAR.harms), lead)
    assert set(made.features.values()) == {"not_asked"}, "nothing was seen in it"
    left.refresh_from_db()
    assert left.stage == Stage.QUEUED


LONG = (
    TEXT + " I heard this from a neighbour and i have not seen any of these pictures myself and no child has told me that anybody touched them "
    "in the changing room there, and peter who stands at the door said the same to everybody who asked him about it last summer"
)
ARABIC = (
    "سمعت من الجيران أن سمير الذي يعمل في نادي السباحة قرب الميناء يلتقط صورا للأطفال هناك ويرسلها إلى أشخاص لا يعرفهم أحد "
    "وأرجو أن تنظروا في هذا الأمر لأن أحدا غيركم لا يفعل شيئا ولأن الناس في الحي خائفون ولا يعرفون إلى من يذهبون ولا ماذا يقولون"
)
HAN = (
    "海港那边的游泳俱乐部里有一个教练给孩子们拍照片然后发给谁也不认识的人请你"
    "们去看看因为没有别人管这件事情住在附近的人都很担心也不知道应该去找谁说这件事情"
    "去年夏天我的邻居在更衣室外面听见他们谈论这些照片后来他告诉了住在同一条街上的几个家长大家商量以后决定先写信给你们看看能不能帮忙查清楚"
)


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize(
    ("told", "word", "other"),
    [
        (LONG, "no child has", "my child has"),
        (LONG, "i have not seen", "i have now seen"),
        (LONG, "and peter who", "and walter who"),
        (LONG, "to everybody who asked", "to everybody who asked,"),
        (ARABIC, "سمير", "كريم"),
        (HAN, "一个教练", "一个校长"),
        (TEXT, "nobody else does", "nobody does"),
    ],
)
def test_one_other_word_may_turn_round_what_was_said_so_whoever_says_it_is_read(say: Say, ana: Actor, told: str, word: str, other: str) -> None:
    """Somebody sends a text by the hundred with the opposite in it, and waits for the first true report that uses it."""
    lead = classified(say(told), ana)
    copy, true, again = say(told), say(told.replace(word, other)), say(told)
    assert stood() == [(case, lead, ["retold"]) for case in (copy, true, again)], "it stands with them"
    assert outs(lead) == {copy: None, true: Out.DIFFERS, again: None}
    assert carried(decide(lead=lead, by=ana, now=NOON).decision) == {copy.number: "followed", true.number: "differs", again.number: "followed"}
    true.refresh_from_db()
    assert true.stage == Stage.QUEUED
    assert not Classification.objects.filter(case=true).exists()


def test_what_was_kept_before_whole_accounts_were_is_read_until_both_are_assessed_anew(say: Say, ana: Actor) -> None:
    lead = classified(say(), ana)
    case = say()
    Wording.objects.update(whole=b"")
    assert outs(lead) == {case: Out.DIFFERS}
    assess(case=lead, by=SYSTEM, now=NOON)
    assess(case=case, by=SYSTEM, now=NOON)
    assert outs(lead) == {case: None}


def test_a_person_keeps_one_apart_and_it_waits_under_it_no_more(say: Say, ana: Actor) -> None:
    lead, case = say(), say()
    actions.say_apart(one=case, other=lead, by=ana, now=NOON)
    assert stood() == []
    assert WordingMark.objects.filter(wording=case.pk).exists(), "it can lead what comes"
    assess(case=case, by=SYSTEM, now=NOON)
    assert stood() == []
    third = say()
    assert stood() == [(third, lead, ["retold"])]


def test_no_flood_of_copies_hides_a_report_that_says_more_or_may_not_wait(say: Say, ana: Actor) -> None:
    """Somebody sends the words of a true report many times over, as if they were nothing, before it comes in."""
    lead = classified(say(), ana)
    for _ in range(4):
        say()
    true = {
        "an emergency": say(danger=["happening_now"]),
        "danger": say(danger=["can_reach"]),
        "a child": say(source="child", path="child"),
        "a friend of a child": say(source="friend", path="friend"),
        "an adult of their childhood": say(source="adult_survivor", path="survivor"),
        "whoever it is": say(source="not_asked"),
        "advice": say(path="advice"),
        "another sign": say(what=["touched"]),
        "another account": say(handle="gull", service="harbour"),
        "a link": say(link="https://pics.driftwood.example/album/1"),
        "a name": say(TEXT.replace("the swimming club", "the Tern club")),
        "a number": say(TEXT.replace("the children", "the 12 children")),
        "a sentence more": say(TEXT + " it happened again last night and the man is coming back"),
        "a carer": say(source="carer"),
    }
    under = set(Stacked.objects.values_list("case", flat=True))
    assert [name for name, case in true.items() if case.pk in under] == []
    done = decide(lead=lead, by=ana, now=NOON)
    assert done.follow == 4
    carried(done.decision)
    for name, case in true.items():
        case.refresh_from_db()
        assert case.stage == Stage.QUEUED, name


def _sealed(case: Case, plain: dict[str, Any], purpose: Purpose = Purpose.MESSAGE) -> SealedItem:
    return seal(organisation=case.organisation_id, purpose=purpose, plain=plain, now=NOON)


def _tells_more(case: Case) -> None:
    first = case.reports.get()
    Told.objects.create(
        case=case,
        source="public",
        taxonomy=first.taxonomy,
        channel="web",
        path="carer",
        language="en",
        told=first.told,
        received_at=NOON,
        told_at=NOON,
    )
    assess(case=case, by=SYSTEM, now=NOON)


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("alarm", Out.EMERGENCY),
        ("danger", Out.DANGER),
        ("message", Out.UNREAD),
        ("account", Out.FURTHER),
        ("address", Out.NEW_SIGN),
        ("child of concern", Out.UNREAD),
        ("child of concern in the leading case", Out.UNREAD),
        ("told by the child", Out.UNREAD),
        ("forgotten", Out.CHANGED),
        ("leading case forgotten", Out.CHANGED),
    ],
)
def test_what_is_learnt_of_it_later_holds_it_out(say: Say, ana: Actor, what: str, why: Out) -> None:
    lead = classified(say(), ana)
    case, other = say(), say()
    match what:
        case "alarm":
            Alarm.objects.create(spool_name="a", organisation=case.organisation, case=case, raised_at=NOON)
        case "message":
            text = _sealed(case, {"text": "One thing more."})
            Message.objects.create(case=case, from_reporter=True, text=text, at=NOON - timedelta(hours=2), about="told")
        case "danger":
            Case.objects.filter(pk=case.pk).update(priority=2)
        case "account":
            add_item(case=case, kind="account", identifier="gull", facts={"service": "harbour"}, by=SYSTEM, now=NOON)
        case "address":
            add_item(case=case, kind="url", identifier="https://pics.driftwood.example/1", by=SYSTEM, now=NOON)
        case "told by the child":
            Told.objects.filter(case=case).update(source="child")
        case "forgotten":
            forget_wording(case=case)
        case "leading case forgotten":
            forget_wording(case=lead)
        case _:
            concerned = lead if "leading" in what else case
            add_person(case=concerned, role="person_of_concern", facts={"actor_age": "child"}, by=SYSTEM, now=NOON)
    assert outs(lead)[case] == why
    if "leading" in what:
        with pytest.raises(errors.NobodyFollows):
            decide(lead=lead, by=ana, now=NOON)
    else:
        assert outs(lead)[other] is None
        assert carried(decide(lead=lead, by=ana, now=NOON).decision) == {case.number: why, other.number: "followed"}


def test_two_accounts_in_one_case_and_something_that_shows_something_are_not_compared_by_words(say: Say) -> None:
    lead, second, third = say(), say(), say()
    _tells_more(second)
    add_item(case=third, kind="url", identifier="https://pics.driftwood.example/1", by=SYSTEM, now=NOON)
    assess(case=third, by=SYSTEM, now=NOON)
    assert stood() == []
    assert list(Wording.objects.values_list("case", flat=True)) == [lead.pk]


def test_a_child_who_may_be_of_concern_is_compared_with_none(say: Say) -> None:
    lead = say()
    add_person(case=lead, role="person_of_concern", facts={"actor_age": "child"}, by=SYSTEM, now=NOON)
    case = say()
    assert stood() == [], "also before the leading case is assessed anew"
    assess(case=lead, by=SYSTEM, now=NOON)
    assert list(Wording.objects.values_list("case", flat=True)) == [case.pk]
    assert set(WordingMark.objects.values_list("wording", flat=True)) == {case.pk}


def test_another_organisation_has_other_digests(say: Say, two: Organisation) -> None:
    say()
    say(to=two)
    assert stood() == []
    mine, theirs = (bytes(one.bands) for one in Wording.objects.all())
    assert not {mine[at : at + 8] for at in range(0, 160, 8)} & {theirs[at : at + 8] for at in range(0, 160, 8)}


def test_the_same_address_account_or_number_goes_before_words(say: Say) -> None:
    phone = Named("phone", "+31 6 1234")
    say(handle="gull")
    lead = say(TEXT.replace("the children", "the few children"), named=[phone])
    assert stood() == []
    case = say(handle="gull", named=[phone])
    assert stood() == [(case, lead, ["phone"])]


def test_a_crowd_is_found_by_its_leading_case_alone_and_costs_few_statements_however_large(say: Say) -> None:
    lead = say()
    with CaptureQueriesContext(connection) as few:
        say()
    for _ in range(12):
        say()
    with CaptureQueriesContext(connection) as many:
        case = say()
    assert len(many) <= len(few)
    assert set(WordingMark.objects.values_list("wording", flat=True)) == {lead.pk}
    assert WordingMark.objects.count() == 20
    with CaptureQueriesContext(connection) as short:
        say("too short")
    with CaptureQueriesContext(connection) as leading:
        say(handle="gull")
    of_words = [
        [one["sql"] for one in told if "triage_wordingmark" in one["sql"] or 'INTO "triage_wording"' in one["sql"]] for told in (many, short, leading)
    ]
    # It is looked up and written down; that which leads is laid out to be found as well, and what is compared with none costs nothing.
    assert [len(asked) for asked in of_words] == [2, 0, 3]
    assert len(leading) - len(short) == 3
    with CaptureQueriesContext(connection) as again:
        assess(case=case, by=SYSTEM, now=NOON)
    assert not [one for one in again if "triage_wording" in one["sql"] and "SELECT" not in one["sql"][:6]]


def test_of_many_that_could_lead_the_database_gives_the_earliest_and_none_that_is_kept_apart(
    say: Say, ana: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = say(), say(TEXT.replace("swimming", "sailing").replace("pictures", "photos")[::-1]), say()
    like = Wording.objects.get(case=first)
    Wording.objects.filter(case=second).update(bands=like.bands, length=like.length, whole=like.whole)
    WordingMark.objects.filter(wording=second.pk).delete()
    WordingMark.objects.bulk_create([WordingMark(wording_id=second.pk, digest=one) for one in like.worded.digests])
    monkeypatch.setattr("cairndesk.triage.queries.wording.MOST_ALIKE", 1)
    last = say()
    assert {(case, lead) for case, lead, _ in stood()} == {(third, first), (last, first)}
    with CaptureQueriesContext(connection) as asked:
        actions.say_apart(one=first, other=last, by=ana, now=NOON)
    assert [one for one in stood() if one[0] == last] == [(last, second, ["retold"])]
    met = [one["sql"] for one in asked if 'FROM "triage_wordingmark"' in one["sql"]]
    assert met
    assert all("LIMIT 1" in one for one in met)


def test_a_case_that_leads_takes_a_fuller_account_and_leads_by_that(say: Say, ana: Actor) -> None:
    lead = classified(say(), ana)
    case = say()
    fuller = _sealed(lead, {"answers": {"what": ["no_action"], "danger": ["not_now"], "more": TEXT + " This was wrong."}}, Purpose.TOLD)
    Told.objects.filter(case=lead).update(told=fuller)
    assess(case=lead, by=SYSTEM, now=NOON)
    assert outs(lead) == {case: Out.CHANGED}


def test_what_is_linked_stays_in_the_stack(say: Say, ana: Actor) -> None:
    lead, case = say(), say()
    link_cases(one=lead, other=case, kind="same_event", by=ana, now=NOON)
    assess(case=case, by=SYSTEM, now=NOON)
    assert stood() == [(case, lead, ["retold"])]
