"""Every language has every text and every page, and says of each text that is only drafted that it is."""

import functools
import html
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.insight.public_tables import in_public
from tests.intake.portal.locales import po_of, speaking
from tests.intake.portal.messages import counted, messages
from tests.intake.portal.rae import Rae
from tests.intake.portal.test_notes import FOR_ANOTHER, NOTES
from tests.intake.portal.test_pseudo import Untranslated
from tests.intake.portal.walk import pages_in

from cairndesk.config import Config, Desks, load
from cairndesk.directory.portals import Sheet
from cairndesk.insight.words import TITLES
from cairndesk.intake import readiness
from cairndesk.intake.portal.languages import NUMBERS, Language, all_languages, catalogue_of, spoken
from cairndesk.intake.portal.pages import edge_page
from cairndesk.intake.published import tables_file
from cairndesk.lib.catalogues import DRAFTED, SOURCE, digest_of, entries

OTHERS = [one for one in all_languages() if one.code != SOURCE]
NOT_CHECKED = "This text has not been checked by our readers yet."
# A product that is called so everywhere, and what Chinese writes so: a unit and an abbreviation.
NAMES = {"Tor", "Browser", "KB", "AI"}
OTHER_SCRIPTS = {"ar", "ru", "zh-Hans", "hi", "bn"}


class Latin(Untranslated):
    """The words in Latin letters among what a translator could have said otherwise."""

    def _look(self, *texts: str) -> None:
        self.left += [word for text in texts for word in re.findall("[A-Za-z]+", text)]


@functools.cache
def held(language: Language) -> Mapping[str, str]:
    return {} if language.code == SOURCE else entries(catalogue_of(language.code).read_text("utf-8"))


@pytest.mark.req("INT-05")
@pytest.mark.parametrize("language", OTHERS, ids=lambda one: one.code)
def test_a_catalogue_has_every_text_and_no_other(language: Language) -> None:
    assert set(messages()) ^ (set(held(language)) - {""}) == set()
    numbers = entries(catalogue_of(language.code, domain=NUMBERS).read_text("utf-8"))
    assert set(counted()) ^ (set(numbers) - {""}) == set()


def _spoken(page: str) -> set[str]:
    """Whatever stands between tags or in quotes."""
    return {html.unescape(text).strip() for text in re.findall(r">([^<>]+)(?=<)", page) + re.findall(r"\"([^\"<>]*)\"", page)}


@pytest.mark.slow
@pytest.mark.parametrize("language", all_languages(), ids=lambda one: one.code, scope="class")
class TestEveryPageInEveryLanguage:
    """One walk a language serves all of these."""

    @pytest.mark.req("INT-05")
    def test_none_holds_a_text_of_the_source(self, language: Language) -> None:
        visible = {text for text in messages() if "%(" not in text and len(text) > 8 and held(language).get(text, text) != text}
        left = {name: visible & _spoken(page) for name, page in pages_in(language.prefix).items()}
        assert {name: texts for name, texts in left.items() if texts} == {}

    @pytest.mark.req("INT-05")
    def test_each_says_which_language_it_is_and_that_not_all_of_it_was_checked(self, language: Language) -> None:
        direction = "rtl" if language.is_rtl else "ltr"
        said = held(language).get(NOT_CHECKED, NOT_CHECKED)
        for name, page in pages_in(language.prefix).items():
            assert f'<html lang="{language.code}" dir="{direction}">' in page
            assert (said in page) is not language.is_reviewed, name
            assert DRAFTED not in page

    def test_where_another_script_is_written_no_word_stands_in_latin_letters(self, language: Language) -> None:
        left = {name: sorted({*Latin(page, language.code).left} - NAMES) for name, page in pages_in(language.prefix).items()}
        if language.code in OTHER_SCRIPTS:
            assert {name: words for name, words in left.items() if words} == {}
        else:
            assert all(left.values()), "the test would see them"

    @pytest.mark.req("EVD-13")
    def test_none_takes_a_file_and_where_a_link_is_asked_for_it_says_why_no_picture_is(self, language: Language) -> None:
        (asked,) = (text for text in messages() if "Please do not save it, copy it or send it" in text)
        pages = pages_in(language.prefix)
        takes = re.compile(r'type=["\']?file|enctype|\baccept=|<[^<>]*\scapture\b', re.IGNORECASE)
        # On the page about a picture a file is chosen and never sent: its field has no name.
        assert [name for name, page in pages.items() if takes.search(page)] == ["picture"]
        (field,) = re.findall("<input[^>]*file[^>]*>", pages["picture"])
        assert " name=" not in field
        links = [name for name, page in pages.items() if 'name="link"' in page]
        assert {"child 2", "friend 2", "carer 2"} <= set(links)
        assert [name for name in links if held(language).get(asked, asked) not in pages[name]] == []

    @pytest.mark.req("EVD-14")
    def test_it_says_what_to_note_where_a_link_is_asked_for(self, language: Language) -> None:
        for name, page in pages_in(language.prefix).items():
            if 'name="link"' in page:
                lacks = [text for text in NOTES if held(language).get(text, text) not in page]
                # A child tells of themselves; whoever tells of a child is asked to leave the child in peace.
                assert lacks == ([] if name.split()[0] in {"friend", "carer", "professional"} else [FOR_ANOTHER]), name

    @pytest.mark.req("PRI-14")
    def test_what_is_kept_is_one_tap_from_each(self, language: Language) -> None:
        ways = re.compile(rf'(href|formaction)="{language.prefix}(/o/[a-z]+)?/privacy"')
        # The page for people who worry about themselves says itself what is kept, and leads nowhere.
        apart = {"privacy", "privacy of who came back", "quiet"}
        pages = pages_in(language.prefix)
        assert [name for name, text in pages.items() if not ways.search(text) and name not in apart] == []


@pytest.mark.req("UXQ-05")
def test_a_language_that_is_not_reviewed_stays_off_outside_the_demo_until_it_is_switched_on_by_its_code(rae: Rae) -> None:
    drafted = {one.code for one in all_languages() if not one.is_reviewed}
    assert "ar" in drafted
    assert not drafted & {one.code for one in spoken([])}
    rae.portal.site.config = rae.portal.site.config.model_copy(update={"mode": "real"})
    assert rae.opens("/ar/").response.status_code == 404
    assert "العربية" not in rae.opens("/").text
    for codes, status in ((["fr"], 404), (["ar"], 200), (["all"], 200)):
        rae.portal.site.config = rae.portal.site.config.model_copy(update={"desks": Desks(unreviewed_languages=codes)})
        assert rae.opens("/ar/").response.status_code == status
    assert "English" in rae.text.split("لم يراجع قرّاؤنا هذا النص بعد.")[1].split("</p>")[0]


def test_languages_are_named_in_the_environment_by_their_codes() -> None:
    assert load({"CAIRNDESK_DESKS__UNREVIEWED_LANGUAGES": "fr,pt-BR"}).desks.unreviewed_languages == ["fr", "pt-BR"]


@pytest.mark.req("UXQ-05")
def test_the_doctor_says_how_much_of_a_language_is_reviewed_and_which_is_none() -> None:
    arabic = next(one for one in all_languages() if one.code == "ar")

    def said(*codes: str) -> dict[str, str]:
        config = Config(mode="real", desks=Desks(unreviewed_languages=list(codes)))
        return {says: level for _, level, says, _ in readiness.languages(config)}

    share = f"two speakers have reviewed {arabic.reviewed} of {arabic.texts} texts"
    assert said()[f"Arabic is off: {share}"] == "ok"
    assert said("ar", "xx")[f"Arabic is offered, and {share}; its pages say so"] == "warning"
    assert said("ar", "xx")["there is no `xx` to switch on"] == "problem"


def test_an_address_names_a_language_that_is_there_or_nothing(rae: Rae) -> None:
    for address in ("/xx/", "/zz-hans/next", "/ARA/"):
        assert rae.opens(address).response.status_code == 404


def test_what_leads_nowhere_or_breaks_is_said_in_the_language_the_voice_and_at_the_organisation_of_its_address(
    rae: Rae, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(slug: str, language: str) -> None:
        raise RuntimeError

    monkeypatch.setattr(rae.portal.site.published, "tables", breaks)
    rae.client.raise_request_exception = False
    before = '<html lang="ar" dir="rtl">'
    for address, status, head, start in (
        ("/ar/1/o/two/nothing", 404, before, "/ar/1/o/two/"),
        ("/ar/1/o/two/numbers", 500, before, "/ar/1/o/two/"),
        ("/ar/o/nobody/", 404, before, "/ar/"),
        ("/ar", 404, before, "/ar/"),
        ("/xx/o/two/next", 404, '<html lang="en" dir="ltr">', "/"),
    ):
        assert rae.opens(address).response.status_code == status, address
        assert head in rae.text, address
        assert f'class="button" href="{start}"' in rae.text, address
    (rae.portal.folder / "published" / "organisations.json").unlink()
    assert rae.opens("/ar/nothing").response.status_code == 404
    assert before in rae.text


@pytest.mark.req("UXQ-05")
def test_the_line_stands_on_the_pages_that_hold_an_unchecked_text_and_on_no_others(rae: Rae, tmp_path: Path) -> None:
    said = held(next(one for one in all_languages() if one.code == "ar"))
    texts = {text: words for text, words in said.items() if text}
    marks = {text: tuple(f"2026-12-01 carer {reader} {digest_of(text, words)}" for reader in ("heron", "otter")) for text, words in texts.items()}
    del marks["Where does it happen?"]
    folder = tmp_path / "locale"
    folder.mkdir()
    with speaking(folder, {"ar": {"name": "العربية", "english": "Arabic", "direction": "rtl"}}, {"ar": po_of(texts, marks)}):
        (arabic,) = (one for one in all_languages() if one.code == "ar")
        assert (arabic.texts, arabic.reviewed, arabic.is_reviewed) == (len(texts), len(texts) - 1, False)
        line = texts[NOT_CHECKED]
        assert line not in rae.opens("/ar/").text
        assert line not in rae.starts("child", "/ar").text
        assert line not in rae.says(danger="not_now", at="/ar").text
        page = rae.says(what="gifts", at="/ar").text
        assert texts["Where does it happen?"] in page
        assert "English</button>" in page.split(line)[1].split("</p>")[0]


def _turns(page: str, line: str) -> list[tuple[str, str]]:
    """The links beside the line about reviews: where each leads, and in which language."""
    return re.findall('<a href="([^"]+)" lang="([^"]+)"', page.partition(line)[2].partition("</p>")[0])


@pytest.mark.req("UXQ-05")
def test_beside_the_line_stands_one_language_that_was_reviewed(rae: Rae, tmp_path: Path) -> None:
    said = {NOT_CHECKED: "No.", "Welcome": "Va"}
    marks = {text: tuple(f"2026-12-01 carer {reader} {digest_of(text, words)}" for reader in ("heron", "otter")) for text, words in said.items()}
    drafts = {NOT_CHECKED: "لا.", "Leave now": "اخرج", "You need no name.": "بلا اسم."}
    rows = {"ar": {"name": "العربية", "english": "Arabic", "direction": "rtl"}, "fr": {"name": "Français", "english": "French"}}
    with speaking(tmp_path, rows, {"ar": po_of(drafts), "fr": po_of(said, marks)}):
        for languages, turn in (((), ("", "en")), (("ar", "fr"), ("/fr", "fr")), (("ar", "fr", "en"), ("", "en"))):
            rae.portal.says_of_itself("two", Sheet(languages=languages))
            for door in ("", "widget"):
                assert _turns(rae.opens(f"/ar/o/two/{door}").text, "لا.") == [(f"{turn[0]}/o/two/{door}", turn[1])]
        # The edge knows no organisation.
        assert _turns(edge_page(503, "/ar/1/next").body.decode(), "لا.") == [("/1/", "en")]


@pytest.mark.slow
def test_where_the_tables_were_not_laid_out_in_a_language_yet_they_are_shown_in_the_source_and_say_so(rae: Rae) -> None:
    rae.portal.publish(f"pages/{tables_file('one', 'en')}", in_public("en"))
    assert '<section lang="en" dir="ltr">' in rae.opens("/ar/numbers").text
    assert TITLES["reports_by_source"] in rae.text
    rae.portal.publish(f"pages/{tables_file('one', 'ar')}", in_public("ar"))
    assert "<section lang" not in rae.opens("/ar/numbers").text
    assert TITLES["reports_by_source"] not in rae.text
    assert "<section lang" not in rae.opens("/numbers").text
