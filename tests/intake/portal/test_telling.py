import errno
import re
from dataclasses import replace

import pytest
from tests.intake.portal.rae import ONE, TWO, Rae, _Page
from tests.intake.portal.walk import SIX, every_page

from cairndesk.intake.rules import Kind, Path, unknown
from cairndesk.lib.unknowns import Unknown


@pytest.mark.req("INT-23")
def test_the_first_page_says_first_that_nobody_is_in_trouble(rae: Rae) -> None:
    text = rae.opens().text
    order = ["not in trouble", "not your fault", "leave at any time", "What happens next", "Who can see this"]
    order += ["We do not tell your family or your school", "There is a limit", "Who are you?"]
    assert [text.index(words) for words in order] == sorted(text.index(words) for words in order)
    assert "24 hours" in text


def test_the_receipt_can_be_printed_and_says_that_a_lost_one_stays_lost(rae: Rae) -> None:
    text = rae.tells_all().text
    assert "You can print this page" in text
    assert "If you lose them, nobody can find them again" in text
    assert "You can always start again and tell us that you wrote before." in text
    printed = re.search(r"@media print\{(.*?\})\}", text)
    assert printed is not None
    assert ".words" not in printed[1].split("{display:none}")[0]
    assert ".screen" in printed[1].split("{display:none}")[0]


@pytest.mark.parametrize("at", ["", "/ar"])
def test_the_printed_receipt_tells_whoever_finds_it_nothing_of_what_was_told_nor_that_anything_was(rae: Rae, at: str) -> None:
    main = re.search(r"<main>(.*?)</main>", re.sub(r"<form.*?</form>", "", rae.tells_all(at).text, flags=re.DOTALL), re.DOTALL)
    assert main is not None
    shown = re.sub(r'<(\w+) class="(?:[^"]* )?screen(?: [^"]*)?">.*?</\1>', "", main[1], flags=re.DOTALL)
    left = re.findall(r"<(\w+)[^>]*>([^<]*\w[^<]*)<", shown)
    assert [words for tag, words in left if tag == "bdi"] == list(rae.parts)
    assert [tag for tag, _ in left if tag != "bdi"] == ["p"]
    assert at or left[-1][1].startswith("Keep them where only you look.")


@pytest.mark.parametrize("path", Path)
def test_every_path_begins_with_danger(rae: Rae, path: Path) -> None:
    assert rae.starts(path).heading == "Is somebody in danger right now?"


@pytest.mark.req("INT-22")
def test_a_child_is_asked_in_situations_and_not_in_legal_categories(rae: Rae) -> None:
    text = rae.starts("child").says(danger="not_now").text
    assert "Somebody asks me for private pictures" in text
    assert not re.search(r"grooming|extortion|exploitation|material|solicit|offence|crime", text, re.IGNORECASE)


@pytest.mark.req("INT-29")
def test_the_page_says_how_to_find_a_link_and_asks_for_no_picture(rae: Rae) -> None:
    text = rae.starts("child").says("decline").text
    assert "How do I find a link?" in text
    assert "Please do not save it, copy it or send it." in text
    assert 'type="file"' not in text
    assert "How do I find their name?" in rae.says("decline").text


@pytest.mark.req("INT-01", "INT-04")
def test_a_child_tells_on_four_pages_and_gets_six_words(rae: Rae) -> None:
    headings = [rae.starts("child").heading]
    headings += [rae.says(**answer).heading for answer in ({"danger": "not_now"}, {"what": "threatens"}, {"setting": "online"})]
    assert headings == ["Is somebody in danger right now?", "What is happening?", "Where does it happen?", "Is there more you want us to know?"]
    rae.says(more="Please help.", age="13_15")
    assert rae.heading == "We have it. Thank you for telling us."
    assert len(rae.parts) == 6


@pytest.mark.req("INT-04")
def test_a_child_meets_one_question_a_page_and_need_say_nothing_of_themselves(rae: Rae) -> None:
    rae.starts("child")
    asked = []
    while not rae.parts:
        asked.append(rae.heading)
        assert [tag for tag, _ in rae.page.tags].count("h1") == 1
        assert not [held for _, held in rae.page.tags if "required" in held]
        rae.says("decline")
    assert [heading.endswith("?") for heading in asked] == [True] * 4
    told = {name: answer for one in rae.portal.fragments() for name, answer in one.answers.items()}
    assert set(map(str, told.values())) == {str(unknown(Unknown.DECLINED))}


@pytest.mark.slow
@pytest.mark.req("INT-35")
def test_nobody_is_asked_for_a_number_or_a_name_to_be_called_back(rae: Rae) -> None:
    fields = [held for text in every_page(rae).values() for tag, held in _Page(text).tags if tag in {"input", "textarea"}]
    # The one field without a name takes the picture that stays on the phone: what has no name is never sent.
    asked = {str(held["name"]) for held in fields if "name" in held}
    assert {held.get("type") for held in fields if "name" not in held} == {"file"}
    sealed, ways_back = {"s", "d"}, {"words", "text", "safe_contact", "about", "then"}
    assert asked == sealed | ways_back | {"danger", "what", "link", "setting", "service", "handle", "more", "age", "tell", "wish", "again", "picture"}


@pytest.mark.slow
@pytest.mark.req("INT-35")
def test_whoever_comes_back_is_asked_whether_it_is_safe_to_write(rae: Rae) -> None:
    every_page(rae)
    rae.posts("/back", words=" ".join(SIX))
    choices = {str(held["value"]) for tag, held in rae.page.tags if tag == "input" and held.get("name") == "safe_contact"}
    assert choices == {"yes", "sometimes", "no", "declined"}


def test_each_page_is_kept_before_the_next_is_shown(rae: Rae) -> None:
    rae.starts("child")
    for kept, answer in enumerate([{"danger": "not_now"}, {"what": "threatens"}, {"setting": "online"}], start=1):
        rae.says(**answer)
        assert len(rae.portal.fragments()) == kept


def test_the_pages_of_a_draft_belong_together_and_the_last_one_says_done(rae: Rae) -> None:
    rae.tells_all()
    pages = [one for one in rae.portal.fragments() if one.kind == Kind.ANSWERS]
    assert len({one.draft for one in pages}) == 1
    assert [one.step for one in pages] == [1, 2, 3, 4]
    assert [one.done for one in pages] == [False, False, False, True]
    assert [one.counter for one in pages] == sorted({one.counter for one in pages})
    assert all(one.hour.endswith(":00Z") for one in pages)


def test_the_receipt_that_is_shown_is_the_one_that_is_filed(rae: Rae) -> None:
    rae.tells_all()
    filed = next(one for one in rae.portal.fragments() if one.kind == Kind.RECEIPT)
    opened = rae.portal.site.stretch(rae.parts)
    assert (filed.receipt_index, filed.mailbox_public) == (opened.index, opened.public.hex())


def test_no_fragment_and_no_file_holds_a_word_of_the_receipt(rae: Rae) -> None:
    rae.tells_all()
    words = " ".join(rae.parts)
    assert all(words not in one.to_json().decode() for one in rae.portal.fragments())


@pytest.mark.req("INT-32")
def test_danger_now_raises_the_alarm_and_shows_who_can_help_at_once(rae: Rae) -> None:
    rae.starts("child").says(danger=["happening_now", "can_reach"])
    assert rae.portal.alarms() == 1
    assert "We have your call for help." in rae.text
    assert "tel:5550100" in rae.text
    assert rae.portal.fragments()[0].answers == {"danger": ["happening_now", "can_reach"]}


@pytest.mark.req("INT-30")
def test_thoughts_of_self_harm_are_met_with_warmth_and_a_number(rae: Rae) -> None:
    rae.starts("child").says(danger="self_harm")
    assert "You matter." in rae.text
    assert rae.text.index("You matter.") < rae.text.index("tel:5550100")
    assert rae.portal.alarms() == 0


@pytest.mark.slow
@pytest.mark.req("INT-30")
def test_every_page_of_a_child_shows_whom_to_call(rae: Rae) -> None:
    pages = {name: text for name, text in every_page(rae).items() if name.startswith(("welcome", "child"))}
    assert len(pages) == 6
    assert [name for name, text in pages.items() if "tel:5550100" not in text] == []


@pytest.mark.req("INT-24")
def test_not_saying_leaving_blank_and_not_being_asked_are_kept_apart(rae: Rae) -> None:
    rae.starts("child").says("decline").says("decline").says(service="A game").says("send")
    told = {name: answer for one in rae.portal.fragments() for name, answer in one.answers.items()}
    assert told["danger"] == told["what"] == unknown(Unknown.DECLINED)
    assert told["setting"] == told["more"] == unknown(Unknown.UNKNOWN)
    assert "safe_contact" not in told


def test_what_was_filled_in_stays_when_the_rest_is_not_said(rae: Rae) -> None:
    rae.starts("child").says().says("decline", link="https://site.example/1")
    assert rae.portal.fragments()[-1].answers == {"what": unknown(Unknown.DECLINED), "link": "https://site.example/1"}


def test_saying_nothing_at_all_is_asked_about_kindly_and_nothing_is_filed(rae: Rae) -> None:
    rae.starts("child").says()
    before = len(rae.portal.fragments())
    rae.says()
    assert rae.response.status_code == 422
    assert "One of these is enough." in rae.text
    assert "invalid" not in rae.text.lower()
    assert len(rae.portal.fragments()) == before


@pytest.mark.req("INT-08")
@pytest.mark.parametrize("enough", [{"what": "not_sure"}, {"link": "https://site.example/1"}])
def test_one_answer_or_a_link_is_all_that_is_required(rae: Rae, enough: dict[str, str]) -> None:
    rae.starts("child").says().says(**enough).says().says()
    assert len(rae.parts) == 6


def test_what_was_told_so_far_can_be_sent_from_the_second_page_on(rae: Rae) -> None:
    assert 'value="send"' not in rae.starts("child").text
    assert 'value="send"' in rae.says(danger="not_now").text
    rae.says("send", what="asked_pictures")
    assert len(rae.parts) == 6
    assert rae.portal.fragments()[1].done


@pytest.mark.req("INT-25")
def test_advice_is_asked_for_on_two_pages(rae: Rae) -> None:
    rae.starts("advice")
    # Who asks may be the child.
    assert "I think about hurting myself" in rae.text
    rae.says(danger="not_now")
    assert rae.heading == "What do you want to ask?"
    assert rae.says().response.status_code == 422
    rae.says(more="Can I tell my coach?")
    assert "They write you an answer." in rae.text
    assert {one.path for one in rae.portal.fragments()} == {"advice"}


@pytest.mark.req("INT-31")
def test_an_adult_tells_of_the_past_and_is_asked_for_the_age_then(rae: Rae) -> None:
    rae.starts("survivor").says("decline").says(what="touched")
    assert "How old were you then" in rae.says().text
    rae.says(age="10_12")
    assert rae.portal.fragments()[3].answers["age"] == "10_12"


def test_going_back_shows_what_was_said_and_files_it_again_as_newer(rae: Rae) -> None:
    rae.starts("child").says(danger="meeting_soon").says("back", what="gifts")
    assert 'value="meeting_soon" checked' in rae.text
    rae.says(danger="not_now")
    assert 'value="gifts" checked' in rae.text
    first, second = [one for one in rae.portal.fragments() if one.step == 1]
    assert second.counter > first.counter


def test_going_back_from_an_empty_page_files_nothing(rae: Rae) -> None:
    rae.starts("child").says(danger="not_now").says("back")
    assert [one.step for one in rae.portal.fragments()] == [1]


def test_sending_the_last_page_again_gives_the_same_receipt_for_the_same_draft(rae: Rae) -> None:
    rae.starts("child").says(danger="not_now").says("decline").says(setting="both")
    hidden = rae.hidden
    seen = {rae.posts("/next", **hidden, go="next", more="Please help.").parts for _ in range(3)}
    assert len(seen) == 1
    assert len({one.draft for one in rae.portal.fragments()}) == 1
    assert len({one.receipt_index for one in rae.portal.fragments() if one.kind == Kind.RECEIPT}) == 1


def test_an_old_page_sent_from_the_history_counts_as_the_newest(rae: Rae) -> None:
    rae.starts("child")
    first = rae.hidden
    rae.says(danger="not_now").says(what="gifts").posts("/next", **first, go="next", danger="can_reach")
    danger = [one for one in rae.portal.fragments() if one.step == 1]
    assert max(danger, key=lambda one: one.counter).answers == {"danger": ["can_reach"]}


def test_a_form_that_belongs_to_no_draft_leads_to_the_start(rae: Rae) -> None:
    rae.posts("/next", s="x", d="y", more="hello")
    assert "Please start here again." in rae.text
    assert rae.portal.fragments() == []


@pytest.mark.parametrize("trouble", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_full_disk_says_not_received_and_the_same_page_can_be_sent_again(rae: Rae, monkeypatch: pytest.MonkeyPatch, trouble: int) -> None:
    rae.starts("child").says(danger="not_now").says("decline").says()

    def refuse(file: object) -> str:
        raise OSError(trouble, "no")

    with monkeypatch.context() as broken:
        broken.setattr(rae.portal.site.spool, "put", refuse)
        rae.says(more="Please help.", age="13_15")
    assert rae.response.status_code == 503
    assert "We have not received this page." in rae.text
    assert "Please help." in rae.text
    assert rae.parts == ()
    rae.says(more="Please help.")
    assert len(rae.parts) == 6


def test_a_call_for_help_that_is_not_kept_is_not_said_to_be_with_us(rae: Rae, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: object) -> str:
        raise OSError(errno.ENOSPC, "no")

    rae.starts("child")
    with monkeypatch.context() as broken:
        broken.setattr(rae.portal.site.spool, "put", refuse)
        rae.says(danger="happening_now")
        assert rae.response.status_code == 503
        for page in (rae.text, rae.says("stay").text):
            assert "We have your call for help" not in page
            assert "It is safe to stop here" not in page
            assert "555 0101" in page.split("<form")[0]
    assert rae.says(danger="happening_now").text.count("We have your call for help") == 1
    assert "555 0101" in rae.text.split("<form")[0]
    # What was kept before stays kept, whatever fails later; and danger that is named anew must be kept anew.
    with monkeypatch.context() as broken:
        broken.setattr(rae.portal.site.spool, "put", refuse)
        assert "We have your call for help" in rae.says(what="gifts").text
    rae.says("back").says(danger="not_now").says("back")
    with monkeypatch.context() as broken:
        broken.setattr(rae.portal.site.spool, "put", refuse)
        assert "We have your call for help" not in rae.says(danger="happening_now").text


def test_a_receipt_that_cannot_be_filed_is_not_shown_but_the_answers_are_kept(rae: Rae, monkeypatch: pytest.MonkeyPatch) -> None:
    rae.starts("advice").says()
    put = rae.portal.site.spool.put

    def refuse_the_second(file: object, seen: list[object] = []) -> str:  # noqa: B006 - counts across calls
        seen.append(file)
        if len(seen) == 2:
            raise OSError(errno.ENOSPC, "no")
        return put(file)

    with monkeypatch.context() as broken:
        broken.setattr(rae.portal.site.spool, "put", refuse_the_second)
        rae.says(more="May I ask?")
    assert rae.response.status_code == 503
    assert "What you told us is kept." in rae.text
    assert rae.parts == ()
    assert rae.portal.fragments()[-1].done
    assert len(rae.says(more="May I ask?").parts) == 6


def test_every_organisation_has_its_own_address_and_its_own_reports(rae: Rae) -> None:
    rae.tells_all()
    rae.tells_all(at="/o/two")
    assert {one.organisation for one in rae.portal.fragments()} == {str(ONE), str(TWO)}
    assert rae.opens("/o/nobody/").response.status_code == 404


def test_a_draft_of_one_organisation_does_not_go_on_at_another(rae: Rae) -> None:
    rae.starts("child").says(danger="not_now").says(at="/o/two", what="gifts")
    assert "What you told us is kept." in rae.text
    assert rae.portal.fragments()[-1].organisation == str(TWO)


def test_a_form_address_that_is_typed_leads_to_the_start(rae: Rae) -> None:
    assert rae.opens("/next").response.headers["Location"] == "/"


def test_helplines_of_the_operators_country_come_first_and_others_one_tap_away(rae: Rae) -> None:
    text = rae.opens().text
    assert text.index("tel:5550100") < text.index("tel:5550101") < text.index("Other countries") < text.index("tel:5550111")


def test_a_contact_can_never_run_anything_in_the_page(rae: Rae) -> None:
    row = rae.portal.site.published.contacts()[0]
    odd = {**replace(row).__dict__, "web": "javascript:alert(1)", "phone": '1"><b>', "name": "<b>x</b>", "checked_on": "2026-11-01"}
    odd["languages"] = list(row.languages)
    rae.portal.publish("contacts.json", [odd])
    text = rae.opens().text
    assert "javascript:" not in text
    assert "<b>" not in text
