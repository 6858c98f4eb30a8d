"""Whom to call: all that the operator entered, in plain words, the reader's language first, and pages that stay light."""

import gzip
import re
from datetime import UTC, datetime

import pytest
from tests.intake.portal.rae import Rae, contact
from tests.intake.portal.walk import SIX

from cairndesk.cases.rules.countries import COUNTRIES
from cairndesk.intake.portal.contacts import AT_THE_FOOT
from cairndesk.intake.portal.countries import name_of
from cairndesk.intake.portal.languages import all_languages
from cairndesk.intake.rules import Mailbox, Milestone

WHOLE = contact(
    "helpline",
    "Whole Line",
    "XA",
    area="North",
    languages=["ar", "pt-BR", "xx"],
    hours="Monday to Friday, 14:00 to 20:00",
    is_always_open=False,
    cost="local_rate",
    phone="555 0101",
    text_number="555 0102",
    chat="https://chat.example/now",
    web="https://help.example",
    email="talk@help.example",
    visit="Mill Lane 1, first floor",
    ages_from=8,
    ages_to=25,
    genders=["girls", "whoever lives in the North"],
    disability_access=["sign_language", "lift"],
    expertise=["online", "intra_familial"],
    checked_on="2026-10-30",
)
HOUR = datetime(2026, 11, 26, 9, tzinfo=UTC)
EMERGENCY = contact("emergency", "Emergency", "XA")


def _listed(rae: Rae, address: str = "/help/call") -> str:
    main = rae.opens(address).text.split("<main>")[1].split("</main>", maxsplit=1)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", main))


@pytest.mark.parametrize(("at", "comma"), [("", ", "), ("/ar", "، "), ("/zh-hans", "、")])
def test_a_list_is_parted_as_the_reader_writes_lists(rae: Rae, at: str, comma: str) -> None:
    rae.portal.publish("contacts.json", [WHOLE | {"expertise": ["online", "anything else"]}, EMERGENCY])
    said = _listed(rae, f"{at}/help/call")
    assert f"العربية{comma}Português (Brasil){comma}xx" in said
    # What the operator wrote stands as it is, and ours beside it.
    assert all(f"{comma}{last}" in said for last in ("whoever lives in the North", "lift", "anything else"))
    box = Mailbox(milestones=(Milestone("received", HOUR), Milestone("handed_over", HOUR)), holder="Cairn Desk Two")
    rae.portal.answer(SIX, box)
    stones = re.sub(r"<[^>]+>", "", rae.posts(f"{at}/back", words=" ".join(SIX)).text.split('<ol class="stones">')[1].split("</ol>")[0])
    assert f"Cairn Desk Two{comma}" in stones
    assert comma == ", " or ", " not in stones
    near = re.sub(r"<[^>]+>", "", rae.posts(f"{at}/back", words="acib").text)
    assert re.search(rf"[a-z]{comma}[a-z]", near)


@pytest.mark.req("REF-03")
def test_everything_that_is_known_of_a_helpline_is_said_in_plain_words(rae: Rae) -> None:
    rae.portal.publish("contacts.json", [WHOLE, EMERGENCY])
    said = _listed(rae)
    for words in (
        "Whole Line North Monday to Friday, 14:00 to 20:00 A call costs as much as any call nearby.",
        "They speak: العربية, Português",
        "For ages 8 to 25.",
        "Only for: girls and women, whoever lives in the North",
        "They know a lot about: what happens online, what happens at home",
        "You can reach them with: sign language, lift",
        "Call 555 0101 Text 555 0102 Chat https://chat.example/now Write talk@help.example https://help.example",
        "Mill Lane 1, first floor",
        "We last reached them on 30 October 2026",
    ):
        assert words in said, words
    for way in ("tel:5550101", "sms:5550102", "https://chat.example/now", "mailto:talk@help.example"):
        assert f'href="{way}"' in rae.text


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"cost": "paid"}, "A call costs money."),
        ({"cost": "unknown"}, "We do not know what it costs."),
        ({"ages_from": 12, "ages_to": None}, "For age 12 and up."),
        ({"ages_from": None, "ages_to": 18}, "For ages up to 18."),
        ({"ages_from": 0, "ages_to": 18}, "For ages 0 to 18."),
        ({"is_always_open": True}, "Open day and night."),
    ],
)
def test_what_is_known_in_part_is_said_in_part(rae: Rae, known: dict[str, object], said: str) -> None:
    rae.portal.publish("contacts.json", [WHOLE | known, EMERGENCY])
    assert said in _listed(rae)


def test_what_is_not_known_is_not_made_up(rae: Rae) -> None:
    rae.portal.publish("contacts.json", [contact("helpline", "Bare Line", "XA", languages=[], checked_on="")])
    assert not re.search("They speak|For age|Only for|They know|reach them|Chat|Write", _listed(rae))


def test_an_address_that_is_none_becomes_no_link(rae: Rae) -> None:
    rae.portal.publish("contacts.json", [WHOLE | {"chat": "javascript:alert(1)", "web": "data:text/html,x"}])
    assert "javascript:" not in rae.opens("/help/call").text
    assert "data:text" not in rae.text


@pytest.mark.req("REF-03")
def test_they_stand_by_country_and_those_who_speak_the_readers_language_come_first(rae: Rae) -> None:
    rows = [
        contact("helpline", "One", "XA", languages=["en"]),
        contact("helpline", "Two", "XA", languages=["ar"]),
        contact("helpline", "Anywhere", "", languages=["en"]),
        contact("helpline", "Beta", "XB", languages=["en"]),
        contact("helpline", "Gamma", "XC", languages=["ar-XC"]),
        EMERGENCY,
    ]
    rae.portal.publish("contacts.json", rows)
    names = [row["name"] for row in rows]
    for address, order in (("/help/call", "Emergency One Anywhere Two Beta Gamma"), ("/ar/help/call", "Emergency Two One Anywhere Gamma Beta")):
        main = rae.opens(address).text.split("<main>")[1].split("</main>", maxsplit=1)[0]
        assert [name for name in re.findall(r"<bdi>([^<]*)</bdi></strong>", main) if name in names] == order.split(), address
        assert re.findall(r"<h2><bdi[^>]*>(X\w)</bdi></h2>", main) == (["XB", "XC"] if address == "/help/call" else ["XC", "XB"])


def test_countries_and_codes_are_said_in_the_readers_language_and_what_an_operator_wrote_is_marked_as_of_another(rae: Rae) -> None:
    far = [contact("helpline", name, code, languages=["en"]) for name, code in (("Egypt", "EG"), ("Ahead", "JO"), ("Made up", "XX"))]
    rae.portal.publish("contacts.json", [EMERGENCY, WHOLE, *far])
    main = rae.opens("/ar/help/call").text.split("<main>")[1].split("</main>", maxsplit=1)[0]
    # By their names, not by their letters; letters that stand for no country stay what they are.
    assert re.findall("<h2>(.*?)</h2>", main) == ['<bdi lang="">XX</bdi>', "الأردن", "مصر"]
    assert 'البنات والنساء، <bdi lang="">whoever lives in the North</bdi>' in main
    assert 'لغة الإشارة، <bdi lang="">lift</bdi>' in main
    for written in ("Monday to Friday, 14:00 to 20:00", "Mill Lane 1, first floor"):
        assert f'<bdi lang="">{written}</bdi>' in main


def test_every_country_has_a_name_in_every_language() -> None:
    for one in all_languages():
        assert [code for code in COUNTRIES if not name_of(code, one.code)] == []
    assert {name_of("DE", code) for code in ("en", "sw", "bn")} == {"Germany", "Ujerumani", "জার্মানি"}
    assert name_of("XX", "en") == name_of("DE", "xx") == ""


def test_a_large_directory_makes_no_page_heavy_and_all_of_it_is_one_tap_away(rae: Rae) -> None:
    near = [WHOLE | {"name": f"Near {number}", "phone": f"555 {1000 + number}"} for number in range(12)]
    far = [WHOLE | {"name": f"Far {number}", "country": f"Y{chr(65 + number % 26)}", "phone": f"555 {2000 + number}"} for number in range(200)]
    rae.portal.publish("contacts.json", [EMERGENCY, *near, *far])
    for address in ("/", "/help", "/help/1", "/privacy"):
        text = rae.opens(address).text
        assert len(text.encode()) <= 14 * 1024, address
        assert text.count("tel:") == AT_THE_FOOT, address
        assert 'href="/help/call"' in text
    whole = rae.client.get("/help/call", headers={"Accept-Encoding": "gzip"})
    assert whole.headers["Content-Encoding"] == "gzip"
    assert len(whole.content) <= 30 * 1024
    main = gzip.decompress(whole.content).decode().split("</main>", maxsplit=1)[0]
    assert main.count("tel:") == 1 + 12 + 200


def test_whoever_looks_for_a_number_in_the_middle_of_telling_loses_nothing(rae: Rae) -> None:
    rae.starts("child").says(danger="not_now").says(what="gifts").says("decline")
    rae.posts("/help/call", **rae.hidden, go="stay", more="half a sentence")
    assert "555 0101" in rae.text.split("</main>")[0]
    # Whoever is abroad finds theirs too, and need not leave the page for it.
    assert "555 0111" in rae.text.split("</main>")[0]
    rae.posts("/next", **rae.hidden, go="stay")
    assert "half a sentence" in rae.text


def test_the_list_prints_without_the_frame_of_the_page(rae: Rae) -> None:
    sheet = re.search(r"@media print\{(.*)\}", rae.opens("/help/call").text.split("</style>")[0])
    assert sheet is not None
    assert ".out,footer,form,.screen{display:none}" in sheet[1]
    assert "555 0101" in _listed(rae)
