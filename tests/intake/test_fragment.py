import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairndesk.intake.rules import (
    MILESTONES,
    QUESTIONS,
    Answers,
    Form,
    Fragment,
    Kind,
    Mailbox,
    MalformedFragment,
    MalformedMailbox,
    Message,
    Milestone,
    Path,
    Question,
    fragment_context,
    is_happening_now,
    is_told,
    new_draft,
    questions_of,
    reported_links,
    steps_of,
    unknown,
    unknown_of,
)
from cairndesk.lib.unknowns import Unknown

HOUR = datetime(2026, 1, 31, 14, tzinfo=UTC)
PAGE = Fragment(
    kind=Kind.ANSWERS,
    organisation=str(UUID(int=1)),
    hour="2026-01-31T14:00Z",
    draft="0" * 32,
    step=2,
    counter=3,
    path="child",
    answers={"what": ["threatens"], "link": unknown(Unknown.DECLINED)},
)
RECEIPT = replace(PAGE, kind=Kind.RECEIPT, answers={}, receipt_index="1" * 32, mailbox_public="2" * 64)
MESSAGE = Fragment(kind=Kind.MESSAGE, organisation=PAGE.organisation, hour=PAGE.hour, receipt_index="1" * 32, text="hello")
PRESS = Fragment(
    kind=Kind.HELPED, organisation=PAGE.organisation, hour="2026-01-01T00:00Z", answers={"page": "help/6", "voice": "young", "helped": "no"}
)


def answers() -> st.SearchStrategy[Answers]:
    def of(question: Question) -> st.SearchStrategy[Any]:
        if question.form is Form.TEXT:
            value = st.text(min_size=1)
        elif question.form is Form.ONE:
            value = st.sampled_from(question.choices)
        else:
            value = st.lists(st.sampled_from(question.choices), min_size=1, unique=True)
        return value | st.sampled_from(Unknown).map(unknown)

    return st.fixed_dictionaries({}, optional={name: of(question) for name, question in QUESTIONS.items()})


@pytest.mark.parametrize("fragment", [PAGE, RECEIPT, MESSAGE, PRESS])
def test_a_fragment_comes_back_as_it_was(fragment: Fragment) -> None:
    assert Fragment.from_json(fragment.to_json()) == fragment


@pytest.mark.slow
@given(told=answers(), done=st.booleans())
def test_any_answers_come_back_as_they_were(told: Answers, *, done: bool) -> None:
    fragment = replace(PAGE, answers=told, done=done)
    assert Fragment.from_json(fragment.to_json()) == fragment


def test_the_size_of_a_fragment_does_not_tell_what_was_said() -> None:
    assert len(PAGE.to_json()) == len(replace(PAGE, answers={}).to_json()) == 1024


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "other"},
        {"organisation": ""},
        {"organisation": 7},
        {"hour": "2026-01-31T14:05Z"},
        {"hour": None},
        {"draft": "x" * 32},
        {"step": -1},
        {"step": True},
        {"step": "2"},
        {"counter": 2**31},
        {"path": "stranger"},
        {"path": []},
        {"language": "../etc"},
        {"done": 1},
        {"answers": []},
        {"answers": {"name": "x"}},
        {"answers": {"what": "threatens"}},
        {"answers": {"what": []}},
        {"answers": {"what": ["nonsense"]}},
        {"answers": {"what": [["threatens"]]}},
        {"answers": {"setting": ["online"]}},
        {"answers": {"more": ""}},
        {"answers": {"more": {"unknown": "maybe"}}},
        {"answers": {"more": {"unknown": []}}},
        {"receipt_index": "1" * 32},
        {"mailbox_public": "2" * 64},
        {"text": "x"},
        {"extra": 1},
    ],
)
def test_it_refuses_a_fragment_that_is_odd(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedFragment):
        Fragment.from_json(json.dumps(json.loads(PAGE.to_json()) | change).encode())


@pytest.mark.slow
@given(st.binary(max_size=60) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda value: json.dumps(value).encode()))
def test_it_refuses_bytes_that_are_no_fragment(raw: bytes) -> None:
    with pytest.raises(MalformedFragment):
        Fragment.from_json(raw)


def test_a_receipt_and_a_message_need_their_own_fields() -> None:
    for odd in (
        replace(RECEIPT, mailbox_public=""),
        replace(RECEIPT, receipt_index="x"),
        replace(MESSAGE, text=""),
        replace(MESSAGE, draft="0" * 32),
    ):
        with pytest.raises(MalformedFragment):
            Fragment.from_json(odd.to_json())


def test_a_press_says_what_it_must_and_no_more() -> None:
    assert len(PRESS.to_json()) == len(PAGE.to_json())
    for odd in (
        replace(PRESS, answers={}),
        replace(PRESS, answers=PRESS.answers | {"helped": "maybe"}),
        replace(PRESS, answers=PRESS.answers | {"page": "quiet"}),
        replace(PRESS, answers=PRESS.answers | {"voice": unknown(Unknown.DECLINED)}),
        replace(PRESS, answers=PRESS.answers | {"more": "It was me."}),
        replace(PRESS, answers={name: answer for name, answer in PRESS.answers.items() if name != "voice"}),
        replace(PRESS, draft="0" * 32),
        replace(PRESS, path="child"),
        replace(PRESS, receipt_index="1" * 32),
        replace(PRESS, text="It was me."),
        replace(PAGE, answers=PRESS.answers),
    ):
        with pytest.raises(MalformedFragment):
            Fragment.from_json(odd.to_json())


def test_a_fragment_is_bound_to_its_organisation() -> None:
    assert fragment_context(UUID(int=1)) != fragment_context(UUID(int=2))


def test_a_draft_id_is_16_random_bytes() -> None:
    assert len(bytes.fromhex(new_draft())) == 16
    assert new_draft() != new_draft()


@pytest.mark.req("INT-04")
@pytest.mark.parametrize("path", Path)
def test_there_are_at_most_four_pages_and_at_most_the_required_questions(path: Path) -> None:
    steps = steps_of(path)
    assert 2 <= len(steps) <= 4
    assert steps[0] == ("danger",)
    assert len(questions_of(path)) == len(set(questions_of(path)))


def test_grown_ups_are_asked_for_the_link_first_and_children_for_what_happens() -> None:
    assert steps_of(Path.CARER)[1][0] == "link"
    assert steps_of(Path.CHILD)[1][0] == "what"


@pytest.mark.req("INT-24")
def test_the_four_unknowns_are_kept_apart_and_never_look_like_a_text() -> None:
    assert len({json.dumps(unknown(why)) for why in Unknown}) == 4
    assert [unknown_of(unknown(why)) for why in Unknown] == list(Unknown)
    assert unknown_of("declined") is None
    assert unknown_of(None) is Unknown.NOT_ASKED


@pytest.mark.req("INT-08", "INT-09")
def test_what_happens_or_a_link_or_own_words_or_a_refusal_to_say_is_enough() -> None:
    for enough in ({"what": ["not_sure"]}, {"link": "x"}, {"more": "x"}, {"what": unknown(Unknown.DECLINED)}):
        assert is_told(enough)
    for nothing in ({}, {"what": unknown(Unknown.UNKNOWN)}, {"setting": "online", "danger": ["not_now"]}):
        assert not is_told(nothing)


def test_danger_now_is_only_what_was_said() -> None:
    assert is_happening_now({"danger": ["self_harm", "happening_now"]})
    assert not is_happening_now({"danger": unknown(Unknown.DECLINED)})
    assert not is_happening_now({})


def test_links_are_taken_one_by_one_without_repetition() -> None:
    assert reported_links({"link": "https://a.example/1\nhttps://b.example https://a.example/1"}) == ["https://a.example/1", "https://b.example"]
    assert reported_links({"link": unknown(Unknown.UNKNOWN)}) == []


BOX = Mailbox(
    milestones=(Milestone("received", HOUR), Milestone("removed", HOUR)),
    outcome="removed",
    messages=(Message("you", "hello", HOUR), Message("desk", "مرحبا", HOUR)),
)


def test_a_mailbox_comes_back_as_it_was_in_steps_of_4_kib() -> None:
    assert Mailbox.from_json(BOX.to_json()) == BOX
    assert len(BOX.to_json()) == len(Mailbox().to_json()) == 4096


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{}", b'{"milestones":[{"code":"odd","hour":"2026-01-31T14:00:00+00:00"}],"outcome":"","messages":[]}',
     b'{"milestones":[],"outcome":1,"messages":[]}', b'{"milestones":[],"outcome":"","messages":[{"from":"x","text":"","hour":""}]}',
     b'{"milestones":[{"code":"seen","hour":"noon"}],"outcome":"","messages":[]}'],
)  # fmt: skip
def test_it_refuses_a_mailbox_that_is_odd(raw: bytes) -> None:
    with pytest.raises(MalformedMailbox):
        Mailbox.from_json(raw)


def test_milestones_have_no_repetition() -> None:
    assert len(set(MILESTONES)) == len(MILESTONES)
