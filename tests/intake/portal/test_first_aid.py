"""First aid: what each page says and never says, one tap from every page, for everybody to read, and nothing is lost or kept by reading it."""

import re
from datetime import UTC, datetime
from pathlib import Path as Folder

import pytest
from tests.intake.portal.messages import messages
from tests.intake.portal.rae import Rae
from tests.intake.portal.test_privacy import _seen
from tests.intake.portal.test_texts import _grade, _plain, _sentences, _words
from tests.intake.portal.walk import SIX, pages_in

from cairndesk.intake.portal import aside
from cairndesk.intake.portal import first_aid_words as pages
from cairndesk.intake.portal.draft import PAGES
from cairndesk.intake.portal.first_aid_words import AIDS
from cairndesk.intake.portal.languages import all_languages
from cairndesk.intake.rules import Account, Mailbox, Path


def _said(rae: Rae, number: int) -> str:
    return _seen(rae.opens(f"/help/{number}").text)


@pytest.mark.slow
@pytest.mark.parametrize("language", [one.prefix for one in all_languages()])
def test_it_is_one_tap_from_every_page_in_every_language(language: str) -> None:
    seen = pages_in(language)
    way = re.compile(rf'(href|formaction)="{language}(/o/[a-z]+)?/help"')
    assert [name for name, text in seen.items() if not way.search(text) and name != "quiet"] == []
    assert all(f'href="{language}/help/{number}"' in seen["first aid"] for number in AIDS)


@pytest.mark.req("UXQ-01")
@pytest.mark.parametrize("number", AIDS)
def test_a_child_can_read_each_page(rae: Rae, number: int) -> None:
    read = _plain(_said(rae, number))
    assert 80 < len(_words(read)) < 320
    assert max(len(_words(sentence)) for sentence in _sentences(read)) <= 15
    assert _grade(read) <= 5


@pytest.mark.req("PRV-26")
def test_whoever_is_threatened_reads_not_to_pay_not_to_delete_and_to_get_help(rae: Rae) -> None:
    said = _said(rae, pages.THREATENED)
    for words in ("It is not your fault", "Do not pay", "Paying does not make it stop", "Do not delete the chat", "Write down the name they use"):
        assert words in said
    assert "Tell an adult you trust, or tell us" in said
    assert "to boys, to girls and to everybody else" in said
    assert said.index("Do not pay") < said.index("Tell an adult")


@pytest.mark.req("PRV-24")
def test_whoever_shared_a_picture_is_told_how_to_be_safer_and_is_not_threatened(rae: Rae) -> None:
    said = _said(rae, pages.SHARED)
    for words in (
        "You are not in trouble",
        "ask the other person to delete it",
        "We ask for it to be taken down",
        "It is not wrong to trust somebody",
    ):
        assert words in said
    assert not re.search(r"punish|police|crime|prison|never share|do not share|regret|dangerous|mistake", said, re.IGNORECASE)


def test_whoever_is_asked_for_pictures_reads_that_no_is_enough_and_is_led_on_when_one_was_sent(rae: Rae) -> None:
    said = _said(rae, pages.ASKED)
    for words in (
        "You can say no at any time",
        "do not send such a picture",
        "You can stop answering",
        "Do not delete the chat",
        "Tell an adult you trust, or tell us",
        "It is never the fault of the child",
        "Have you sent one already? It is not your fault",
    ):
        assert words in said
    assert not re.search(r"punish|police|crime|prison|regret|dangerous|mistake", said, re.IGNORECASE)
    assert f'<a href="/help/{pages.SHARED}">I shared a picture of myself</a>' in rae.text
    rae.starts("child").says(danger="not_now").posts(f"/help/{pages.ASKED}", **rae.hidden, go="stay", what="asked_pictures")
    # From a page with a form the way on keeps the form too.
    assert f'formaction="/help/{pages.SHARED}" name="go" value="stay"' in rae.text
    rae.posts(f"/help/{pages.SHARED}", **rae.hidden, go="stay").posts("/next", **rae.hidden, go="stay")
    assert 'value="asked_pictures" checked' in rae.text


@pytest.mark.req("REF-28")
def test_parents_teachers_and_counsellors_read_what_to_do_when_a_child_tells(rae: Rae) -> None:
    for number in (pages.CARER, pages.PROFESSIONAL):
        said = _said(rae, number)
        for words in (
            "listen",
            "Thank you for telling me",
            "do not question the child",
            "Write down the words of the child",
            "put the child in danger",
        ):
            assert words in said, number
    assert "teach" in said
    assert "counsellor" in said


@pytest.mark.req("REF-18")
def test_rights_and_options_stand_on_a_sheet_of_their_own(rae: Rae) -> None:
    rights, options = _said(rae, pages.RIGHTS), _said(rae, pages.CHOICES)
    for words in ("to be heard", "when somebody breaks your rights", "to get free help with it", "to have harm made good", "Rights of the Child"):
        assert words in rights
    for words in ("only ask for advice", "taken down", "only get help", "have the police told, or ask us not to", "change your mind"):
        assert words in options
    assert "There is a limit" in options


@pytest.mark.req("INT-21")
def test_a_friend_reads_how_to_stand_by_and_that_no_name_is_needed(rae: Rae) -> None:
    said = _said(rae, pages.FRIEND)
    for words in ("I believe you", "do not ask to see a picture", "an adult you both trust", "without saying who you are", "Stay a friend"):
        assert words in said
    rae.posts("/next", path=re.findall(r'name="path" value="(\w+)"', rae.text))
    rae.says(danger="not_now")
    assert f'formaction="/help/{pages.FRIEND}"' in rae.text
    rae.says("send", what="not_sure")
    assert len(rae.parts) == 6
    assert {fragment.path for fragment in rae.portal.fragments()} == {Path.FRIEND}


@pytest.mark.req("UXQ-13")
def test_no_page_asks_to_give_up_phone_apps_or_friends() -> None:
    loss = re.compile(
        r"take (away )?(the|your|their) (phone|device)|(stop|quit) using|leave the (app|site|web)|delete your account\b|stay (away|off)|forbid"
    )
    assert [text for text in messages() if loss.search(text) and "not " not in text] == []
    kept = [text for text in messages() if re.search(r"(your|their) phone.* (apps|friends)", text)]
    assert len(kept) == 2
    assert all(re.search(r"do not have to give up|leave the child", text) for text in kept)


@pytest.mark.parametrize(("number", "path"), [(number, aid.path) for number, aid in AIDS.items()])
def test_each_page_leads_to_the_telling_that_fits(rae: Rae, number: int, path: Path | None) -> None:
    rae.opens(f"/help/{number}")
    assert re.findall(r'name="path" value="(\w+)"', rae.text) == ([path.value] if path else [])
    assert path or 'class="button" href="/"' in rae.text
    assert 'href="#help"' in rae.text


def test_what_was_said_of_danger_and_of_what_happens_brings_the_page_that_fits(rae: Rae) -> None:
    def offered() -> list[str]:
        return re.findall(r'formaction="/help/(\d+)"', rae.text)

    rae.starts("child")
    assert offered() == []
    rae.says(danger=["meeting_soon", "deadline"])
    assert offered() == [str(pages.THREATENED), str(pages.MEETING)]
    rae.starts("child").says(danger="not_now")
    assert offered() == []
    rae.says(what=["fake_pictures", "gifts"])
    assert offered() == [str(pages.FAKE)]
    rae.starts("child").says(danger="meeting_soon").says(what="gifts").says(go="send")
    assert len(rae.parts) == 6
    assert offered() == [str(pages.AFTER), str(pages.MEETING)]
    for path, number in ((Path.FRIEND, pages.FRIEND), (Path.CARER, pages.CARER), (Path.PROFESSIONAL, pages.PROFESSIONAL)):
        rae.starts(path).says(danger="happening_now")
        assert offered() == [str(number)]


@pytest.mark.parametrize(
    ("path", "code", "number"),
    [
        *((path, "touched", pages.CHOICES) for path in (Path.CHILD, Path.SURVIVOR)),
        *((path, "shared_pictures", pages.SHARED) for path in (Path.CHILD, Path.SURVIVOR)),
        (Path.CHILD, "asked_pictures", pages.ASKED),
        (Path.SURVIVOR, "asked_pictures", pages.RIGHTS),
    ],
)
def test_no_page_is_offered_that_says_more_than_was_told(rae: Rae, path: Path, code: str, number: int) -> None:
    rae.starts(path).says(danger="not_now").says(what=code)
    assert re.findall(r'formaction="/help/(\d+)"', rae.text) == [str(number)]


@pytest.mark.parametrize(
    ("dangers", "what", "setting", "before", "after"),
    [
        # Nobody said of what happens online alone that it is at home or near; the other pages keep their place.
        (["can_reach"], "gifts", "online", [pages.HOME], []),
        (["can_reach"], "gifts", "in_person", [pages.HOME], [pages.HOME]),
        (["can_reach"], "gifts", "both", [pages.HOME], [pages.HOME]),
        (["can_reach", "meeting_soon"], "secrets", "online", [pages.MEETING, pages.HOME], [pages.MEETING]),
        (["can_reach", "deadline"], "threatens", "online", [pages.THREATENED, pages.HOME], [pages.THREATENED]),
        (["can_reach", "deadline"], "touched", "both", [pages.THREATENED, pages.HOME], [pages.THREATENED, pages.HOME]),
    ],
)
def test_who_can_be_reached_reads_of_home_until_it_is_plain_that_it_is_only_online(  # type: ignore[no-untyped-def]
    rae: Rae, dangers, what, setting, before, after
) -> None:
    def offered() -> list[int]:
        return [int(number) for number in re.findall(r'formaction="/help/(\d+)"', rae.text)]

    assert AIDS[pages.HOME].asked == "It happens at home, or near me"
    rae.starts("child").says(danger=dangers)
    assert offered() == before
    rae.says(what=what).says(setting=setting)
    assert offered() == after
    rae.says("send")
    assert offered() == [pages.AFTER, *after]
    # Read in other words, the page with the receipt still offers the same.
    rae.posts("/3/next", **rae.hidden, go="stay")
    assert [int(number) for number in re.findall(r'formaction="/3/help/(\d+)"', rae.text)] == [pages.AFTER, *after]


def test_whoever_reads_in_the_middle_of_telling_goes_on_with_what_was_typed(rae: Rae) -> None:
    rae.starts("child").says(danger="deadline").says(what="gifts").says("decline")
    filed = len(rae.portal.fragments())
    rae.posts("/help", **rae.hidden, go="stay", more="half a <b>sentence", age="13_15")
    for number in (pages.MEETING, pages.HOME):
        rae.posts(f"/help/{number}", **rae.hidden, go="stay")
    rae.posts("/privacy", **rae.hidden, go="stay")
    # Nothing that would lose it is offered meanwhile.
    assert set(re.findall(r'href="(/[^"]*)"', rae.text)) == {"/go"}
    assert len(rae.portal.fragments()) == filed
    rae.posts("/next", **rae.hidden, go="stay")
    assert "half a &lt;b&gt;sentence" in rae.text
    assert re.search(r'value="13_15" checked', rae.text)


def test_whoever_reads_beside_the_six_words_gets_them_back(rae: Rae) -> None:
    rae.starts("advice").says(danger="not_now").says(more="May I ask?")
    parts = rae.parts
    rae.posts(f"/help/{pages.AFTER}", **rae.hidden, go="stay")
    assert not set(parts) & set(rae.text.split())
    rae.posts("/next", **rae.hidden, go="stay")
    assert rae.parts == parts


def test_whoever_reads_behind_the_receipt_comes_back_to_what_was_typed(rae: Rae) -> None:
    rae.portal.answer(SIX, Mailbox())
    rae.posts("/back", words=" ".join(SIX))
    assert f'formaction="/help/{pages.AFTER}"' in rae.text
    rae.posts(f"/help/{pages.AFTER}", **rae.hidden, go="open", text="There is more.", words=" ".join(SIX))
    assert not any(word in rae.text for word in SIX)
    rae.posts("/back", **rae.hidden, go="open")
    assert "There is more." in rae.text


@pytest.mark.parametrize("go", PAGES)
def test_from_every_page_behind_the_receipt_the_way_leads_back_to_it_with_what_was_typed(rae: Rae, go: str) -> None:
    told = Account("child", {"what": ["gifts"]}, datetime(2026, 5, 1, 12, tzinfo=UTC))
    rae.portal.answer(SIX, Mailbox(told=told))
    rae.posts("/back", words=" ".join(SIX)).posts("/back", **rae.hidden, go=go)
    heading, typed = rae.heading, {"tell": "no_family"} if go == "choices" else {"text": "It is worse."}
    for door in ("/help", "/privacy"):
        [said] = re.findall(rf'formaction="{door}" name="go" value="(\w+)"', rae.text)
        rae.posts(door, **rae.hidden | typed, go=said)
        assert "Go back to where I was" in rae.text
    rae.posts("/help/call", **rae.hidden, go=said).posts("/back", **rae.hidden, go=said)
    assert rae.heading == heading
    assert re.search('value="no_family" checked' if go == "choices" else "It is worse.", rae.text)


def test_whatever_a_page_says_to_be_shown_again_leads_back_from_a_page_in_between() -> None:
    said = re.findall(r'stay="(\w+)"', "".join(file.read_text("utf-8") for file in Folder(aside.__file__).parent.glob("*.py")))
    assert {*said, *PAGES} <= set(aside._ORIGINS)


def test_the_enter_key_goes_on_and_opens_no_other_page() -> None:
    for name, text in pages_in("").items():
        for form in re.findall(r'<form id="f" method="post" action="/next">.*?</form>', text, re.DOTALL):
            first = re.search(r"<button[^>]*>", form)
            assert first is None or "formaction" not in first[0], name
            assert not re.match(r"[a-z]+ [1-4]", name) or (first and 'value="next"' in first[0]), name
