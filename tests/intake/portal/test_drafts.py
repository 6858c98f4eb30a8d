"""Whatever is typed or ticked behind the receipt goes along until it is sent: over every page, a restart, wrong words and a crowd."""

from collections.abc import Callable

import pytest
from tests.intake.portal.rae import Rae

from cairndesk.intake import receipt
from cairndesk.intake.portal.state import Keyholder
from cairndesk.intake.rules import Account, Mailbox
from cairndesk.lib import clock

SIX = ("anchor", "apple", "acorn", "album", "amber", "apron")
WORDS = " ".join(SIX)
TEXT, LINK = "It began on a Monday.\nThen again.", "https://site.example/4"


@pytest.fixture
def inside(rae: Rae) -> Rae:
    """Rae behind her receipt; once she chose that nobody writes to her and her family is not told."""
    rae.portal.answer(SIX, Mailbox(told=Account("child", {"more": "Help."}, clock.now()), chosen={"safe_contact": "no", "tell": ["no_family"]}))
    return rae.posts("/back", words=WORDS)


def held(rae: Rae, *names: str) -> list[str]:
    return [value for wanted in names for name, value in rae.page.filled if name == wanted and value]


def full(_: object) -> str:
    raise OSError(28, "no")


def test_what_was_begun_in_one_place_is_there_after_every_other(inside: Rae, monkeypatch: pytest.MonkeyPatch) -> None:
    inside.presses("choices", text=TEXT, link=LINK, safe_contact="sometimes")
    assert held(inside, "safe_contact", "tell") == ["sometimes", "no_family"]
    with monkeypatch.context() as broken:
        broken.setattr(inside.portal.site.spool, "put", full)
        inside.presses("choose", tell=["", "no_school"])
    assert (inside.response.status_code, held(inside, "safe_contact", "tell")) == (503, ["sometimes", "no_school"])
    for go in ("open", "told", "open", "felt", "open", "objection", "open", "choices"):
        inside.presses(go)
        assert held(inside, "text", "link", "tell") == [TEXT, LINK, "no_school"]
    assert held(inside, "safe_contact", "tell") == ["sometimes", "no_school"]
    inside.presses("choose")
    assert "We have what you chose" in inside.text
    assert held(inside.presses("open"), "text", "link") == [TEXT, LINK]
    assert "We have your message" in inside.presses("write").text
    assert held(inside.presses("open"), "text", "link") == []
    blank = {"unknown": "unknown"}
    assert [(one.text, one.answers) for one in inside.portal.fragments()] == [
        ("-", {"safe_contact": "sometimes", "tell": ["no_school"], "wish": blank, "again": blank, "about": "choices"}),
        (TEXT, {"link": LINK}),
    ]


@pytest.mark.parametrize(
    ("page", "go", "typed", "filled"),
    [
        ("open", "write", {"text": TEXT, "link": LINK, "safe_contact": "sometimes"}, {"text": TEXT, "link": LINK, "safe_contact": "sometimes"}),
        ("told", "write", {"text": TEXT}, {"about": "told", "text": TEXT}),
        ("choices", "choose", {"tell": ["", "no_school"], "safe_contact": "yes"}, {"tell": "no_school", "safe_contact": "yes"}),
        ("choices", "choose", {"tell": [""]}, {"safe_contact": "no"}),
        ("felt", "felt-worse", {"text": TEXT}, {"text": TEXT}),
        ("objection", "object", {"text": ""}, {}),
    ],
)
def test_after_a_restart_and_wrong_words_the_same_page_stands_there_as_it_was(  # type: ignore[no-untyped-def]
    inside: Rae, monkeypatch: pytest.MonkeyPatch, page, go, typed, filled
) -> None:
    heading = inside.presses(page).heading
    inside.portal.site.keyholder = Keyholder()
    inside.presses(go, **typed)
    assert "What you wrote is still here." in inside.text
    # A word that is none, words of nobody, other languages and voices, and a page that only interrupts: nothing of it is lost there.
    inside.presses("", words="anchor aple").presses("words", "/ar/back").presses("words", "/1/back")
    inside.presses("", words=" ".join(SIX[::-1]))
    assert "We found nothing under these words" in inside.text
    inside.presses("words", "/help").presses("words")
    monkeypatch.setattr(inside.portal.site.lookups, "_inside", 17)
    inside.presses("", words=WORDS)
    monkeypatch.setattr(inside.portal.site.lookups, "_inside", 0)
    inside.presses("")
    assert inside.heading == heading
    assert {name: " ".join(held(inside, name)) for name in ("about", "text", "link", "tell", "safe_contact") if held(inside, name)} == filled
    assert inside.portal.fragments() == []


def test_what_is_unknown_erased_or_wrong_still_gets_the_same_bytes_beside_a_draft(inside: Rae) -> None:
    inside.portal.site.keyholder = Keyholder()
    inside.presses("write", text=TEXT)
    again, answers = inside.page.filled, set()
    (inside.portal.folder / "published" / "mailboxes" / inside.portal.site.stretch(SIX).index).unlink()
    for words in (WORDS, *(" ".join(receipt.draw()) for _ in range(3))):
        answers.add(inside.posts("/back", **dict(again) | {"words": words}).response.content)
    assert len(answers) == 1
    assert TEXT in held(inside, "text")
    assert len(answers.pop()) % 4096 == 0


def test_in_a_crowd_the_words_stay_out_of_the_page_and_what_was_asked_for_opens(inside: Rae, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside.portal.site.lookups, "_inside", 17)
    inside.presses("choices", text=TEXT, safe_contact="yes")
    assert inside.response.status_code == 503
    assert not any(word in inside.text for word in SIX)
    inside.presses("words", "/ar/back")
    assert not any(word in inside.text for word in SIX)
    monkeypatch.setattr(inside.portal.site.lookups, "_inside", 0)
    inside.presses("")
    assert inside.heading == "What we may do, and what not"
    assert held(inside, "text", "safe_contact", "tell") == [TEXT, "yes", "no_family"]


def test_a_choice_about_messages_that_stands_is_shown_and_only_another_is_said_anew(inside: Rae) -> None:
    assert held(inside, "safe_contact") == ["no"]
    inside.presses("write", text="One.").presses("open").presses("told").presses("write", text="Two.")
    inside.presses("open").presses("write", text="Three.", safe_contact="yes").presses("open")
    assert [one.answers for one in inside.portal.fragments()] == [{}, {"about": "told"}, {"safe_contact": "yes"}]
    # An empty message is asked about beside the same choice.
    assert held(inside.presses("write", text=" "), "safe_contact") == ["no"]


@pytest.mark.parametrize(("page", "go"), [("open", "open"), ("told", "told"), ("felt", "felt"), ("objection", "objection"), ("choices", "choices")])
def test_no_other_language_voice_or_interruption_loses_what_was_typed(inside: Rae, page: str, go: str) -> None:
    inside.presses("choices").presses(page, tell=["", "no_school"], text=TEXT, link=LINK, safe_contact="sometimes")
    before = sorted(one for one in inside.page.filled if one[0] not in {"s", "stands"})
    inside.presses(go, "/ar/back").presses(go, "/1/back").presses(go)
    assert sorted(one for one in inside.page.filled if one[0] not in {"s", "stands"}) == before
    for address in ("/privacy", "/help/call", "/help/12"):
        assert "Go back to where I was" in inside.presses(go, address).text
        inside.presses(go)
        assert sorted(one for one in inside.page.filled if one[0] not in {"s", "stands"}) == before


def test_an_added_line_that_could_not_be_kept_stays_an_added_line_in_other_words(inside: Rae, monkeypatch: pytest.MonkeyPatch) -> None:
    inside.presses("told")
    with monkeypatch.context() as broken:
        broken.setattr(inside.portal.site.spool, "put", full)
        inside.presses("write", text=TEXT)
    asked: Callable[[str], bool] = lambda code: f'name="go" value="{code}" lang="ar"' in inside.text  # noqa: E731
    assert (asked("told"), asked("open")) == (True, False)
    inside.presses("told", "/ar/back").presses("write", text=TEXT)
    assert inside.portal.fragments()[0].answers == {"about": "told"}
