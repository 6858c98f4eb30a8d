"""Whatever is typed or sent is kept or answered kindly, and nothing is lost."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.intake.portal.line import Line
from tests.intake.portal.rae import Portal, Rae, _Page
from tests.intake.portal.walk import SIX

from cairndesk.intake.rules import TAKEN_OUT, Mailbox, odd_in, without_media
from cairndesk.lib import clock


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
@pytest.mark.slow
def test_any_text_is_taken_and_comes_back_as_text_only(rae: Rae, text: str) -> None:
    tags = {tag for tag, _ in rae.starts("advice").says("decline").page.tags}
    rae.posts("/next", **rae.hidden, go="stay", more=text)
    assert {tag for tag, _ in rae.page.tags} <= tags
    assert "<script" not in rae.text


def test_control_characters_are_taken_out_and_words_stay(rae: Rae) -> None:
    rae.starts("advice").says("decline").says(more="he\x00llo\x1b[31m \u202ethere\r\nme")
    assert rae.portal.fragments()[1].answers["more"] == "hello[31m there\nme"


def test_bytes_that_are_no_text_do_no_harm(rae: Rae) -> None:
    rae.starts("advice").says("decline")
    body = f"s={rae.hidden['s']}&d={rae.hidden['d']}&go=next&more=%ff%fe%00abc"
    rae.response = rae.client.post("/next", body, content_type="application/x-www-form-urlencoded")
    assert rae.response.status_code == 200
    assert "abc" in str(rae.portal.fragments()[1].answers["more"])


@pytest.mark.req("EVD-13")
def test_no_file_is_ever_taken_in(rae: Rae) -> None:
    rae.starts("child")
    rae.response = rae.client.post("/next", {**rae.hidden, "danger": "not_now", "picture": open(__file__, "rb")})  # noqa: SIM115, PTH123
    assert "Please start here again." in rae.text
    assert rae.portal.fragments() == []


def test_a_long_text_within_the_limit_is_kept_whole(rae: Rae) -> None:
    rae.starts("advice").says("decline").says(more="word " * 30_000)
    assert len(str(rae.portal.fragments()[1].answers["more"])) == 149_999


PIXEL = "data:image/png;base64," + "iVBORw0KGgo" * 40 + "=="
SECRET = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE\n-----END OPENSSH PRIVATE KEY-----"


_KILOBYTES = [pytest.param(text, marks=pytest.mark.slow) for text in ("\N{PARTY POPPER}" * 25_000, "Ж" * 50_000, "ह" * 33_333, "word " * 20_000)]


@pytest.mark.parametrize("text", ["😢😢😢", *_KILOBYTES])
def test_emoji_alone_and_a_hundred_kilobytes_in_any_script_pass_the_edge_and_are_kept_whole(line: Line, portal: Portal, text: str) -> None:
    page = _Page(line.post("", path="child"))
    said: tuple[dict[str, str], ...] = ({"danger": "not_now"}, {"what": "not_sure", "link": text}, {"setting": "online"}, {"more": text})
    # What was told stays in the form, so the last page carries both.
    for answers in said:
        page = _Page(line.post("", **page.hidden, go="next", **answers))
    assert page.heading.startswith("We have it")
    kept = [one.answers for one in portal.fragments()]
    assert [one[name] for one in kept for name in ("link", "more") if name in one] == [text.strip()] * 2


@pytest.mark.req("EVD-13")
def test_a_picture_pasted_as_letters_is_taken_out_and_the_words_stay(rae: Rae) -> None:
    rae.starts("child").says(danger="not_now")
    rae.says(what="sent_pictures", link=f"https://site.example/1 {PIXEL}")
    assert "There was a picture in what you wrote. We did not keep it." in rae.text
    assert "Where does it happen?" in rae.text
    rae.says(setting="online").says(more=f"He sent this: {PIXEL} and then more.")
    # Also on the last page, beside the six words, and not on their print.
    assert 'class="note wait screen">There was a picture' in rae.text
    assert len(rae.parts) == 6
    kept = "".join(one.to_json().decode() for one in rae.portal.fragments())
    assert "base64" not in kept
    assert "iVBOR" not in kept
    assert [one.answers[name] for one in rae.portal.fragments() for name in ("link", "more") if name in one.answers] == [
        f"https://site.example/1 {TAKEN_OUT}",
        f"He sent this: {TAKEN_OUT} and then more.",
    ]


@pytest.mark.parametrize("text", ["data:image/png;base64 is how pictures are written", "see data: image", "https://a.example/?u=data:text/plain,x"])
def test_words_about_a_picture_are_no_picture(text: str) -> None:
    assert (without_media(text), odd_in([text])) == (text, ())


def test_a_wrapped_picture_is_taken_out_to_its_end() -> None:
    wrapped = "data:image/jpeg;base64," + "\n".join(["A" * 76] * 5) + "\nAAAA=="
    assert without_media(f"Look\n{wrapped}\nand the rest") == f"Look\n{TAKEN_OUT}\nand the rest"


@pytest.mark.req("INT-01")
def test_a_pasted_key_is_kept_answered_kindly_and_in_no_log(rae: Rae, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level("DEBUG")
    rae.starts("advice").says("decline").says(more=f"Is this safe?\n{SECRET}")
    assert "There was a secret key in what you wrote. We keep it locked." in rae.text
    assert rae.portal.fragments()[1].answers["more"] == f"Is this safe?\n{SECRET}"
    said = capfd.readouterr()
    assert not any("b3BlbnNzaC1" in text for text in (caplog.text, said.out, said.err))


TOO = "That looks like a phone number. It helps us too, and we keep it."


@pytest.mark.parametrize("number", ["+1 (202) 555-0100", "5550100", "\u0661\u0662\u0663 " * 3, "https://site.example/1\n555 0100 22"])
def test_a_phone_number_where_a_link_is_asked_for_is_kept_answered_kindly_and_it_goes_on(rae: Rae, number: str) -> None:
    rae.starts("child").says(danger="not_now")
    rae.says(what="not_sure", link=number)
    assert rae.response.status_code == 200
    assert TOO in rae.text
    assert "Where does it happen?" in rae.text
    assert rae.portal.fragments()[-1].answers["link"] == number.strip()
    # It is said once, and not of a link, nor of a number that stands where one is asked for.
    rae.says(setting="online", handle="+1 (202) 555-0100")
    assert TOO not in rae.text
    assert len(rae.says(more="Call me on 555 0100 22.").parts) == 6
    assert TOO not in rae.text


@pytest.mark.parametrize("link", ["https://site.example/1", "198.51.100.20", "party", "123456", "https://site.example/5550100"])
def test_what_is_no_phone_number_is_called_none(rae: Rae, link: str) -> None:
    rae.starts("child").says(danger="not_now")
    assert TOO not in rae.says(what="not_sure", link=link).text


def test_a_phone_number_as_the_only_thing_that_is_told_is_enough_and_so_it_is_in_a_message(rae: Rae) -> None:
    rae.starts("child").says(danger="not_now")
    assert TOO in rae.says(link="555 0100 22").text
    assert "Where does it happen?" in rae.text
    rae.portal.answer(SIX, Mailbox())
    rae.posts("/back", words=" ".join(SIX))
    assert TOO in rae.posts("/back", **rae.hidden, go="write", text="It is them.", link="555 0100 22", safe_contact="sometimes").text
    assert [one.answers["link"] for one in rae.portal.fragments() if "link" in one.answers] == ["555 0100 22"] * 2


def test_a_page_that_is_sent_twice_is_one_page_of_one_draft(rae: Rae) -> None:
    hidden = rae.starts("child").hidden
    for _ in range(2):
        rae.posts("/next", **hidden, go="next", danger="not_now")
        assert "What is happening?" in rae.text
    assert len({one.draft for one in rae.portal.fragments()}) == 1
    assert [one.answers for one in rae.portal.fragments()] == [{"danger": ["not_now"]}] * 2


def test_a_form_that_lay_open_for_three_days_is_kept_and_goes_on(rae: Rae, monkeypatch: pytest.MonkeyPatch) -> None:
    rae.starts("child").says(danger="not_now")
    later = clock.now() + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    rae.says(what="gifts")
    assert "What you told us is kept. Please go on from here." in rae.text
    assert [one.answers.get("what") for one in rae.portal.fragments()] == [None, ["gifts"]]
    assert len({one.draft for one in rae.portal.fragments()}) == 1
