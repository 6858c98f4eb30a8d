"""Language packs: a language beside the package is offered like any other, and what is wrong with a pack harms nobody."""

import html
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.intake.portal.locales import po_of
from tests.intake.portal.pack_made import EVERY_PREFIX, forget, laid_out, said_otherwise, with_packs, written
from tests.intake.portal.pseudo import OPEN, accented
from tests.intake.portal.rae import Rae
from tests.intake.portal.test_languages import NOT_CHECKED
from tests.intake.portal.walk import walked

from cairndesk.cli.app import main
from cairndesk.config import Config, Desks
from cairndesk.directory.portals import read_sheet
from cairndesk.intake import readiness
from cairndesk.intake.portal import packs
from cairndesk.intake.portal.languages import all_languages, catalogue_of, found_packs, package
from cairndesk.intake.portal.neutral import rules
from cairndesk.lib import catalogues

ELSEWHERE = "Some words here are in another language."
LEFT_OUT = "Where does it happen?"
SIGNS = set("".join((catalogues.DRAFTED, *catalogues.BORROWED, "\ufdd1\ufdd2\ufdd5\ufdd6")))


# A catalogue has several hundred texts, and each test reads some of them more than once.
pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "packs"
    made.mkdir()
    return made


def _all_but_one(text: str) -> str:
    return "" if text == LEFT_OUT else accented(text)


@pytest.fixture
def pack(folder: Path) -> Iterator[Path]:
    """A pack of a language made by code, with one text left out, which falls back to Spanish."""
    made = written(laid_out(folder, "qxa", "--falls-back", "es"), _all_but_one)
    with with_packs(folder):
        yield made


def _in_spanish(text: str) -> str:
    return catalogues.entries(catalogue_of("es").read_text("utf-8"))[text]


@pytest.mark.req("UXQ-17")
def test_a_pack_beside_the_package_is_offered_like_any_other_language_and_says_what_is_missing_in_it(rae: Rae, pack: Path) -> None:
    assert ">Ñåmé qxa<" in rae.opens("/").text
    page = rae.opens("/qxa/").text
    assert '<html lang="qxa" dir="ltr">' in page
    assert accented("Leave now") in page
    assert accented(NOT_CHECKED) in page, "nobody has reviewed it"
    assert accented(ELSEWHERE) not in page, "nothing on this page is lent"
    rae.starts("child", "/qxa").says(danger="not_now", at="/qxa")
    page = rae.says(what="gifts", at="/qxa").text
    assert f'<span lang="es" dir="ltr">{html.escape(_in_spanish(LEFT_OUT))}</span>' in page
    assert accented(ELSEWHERE) in page
    assert not SIGNS & set(page)
    # What was told in it is kept as told in it.
    assert {one.language for one in rae.portal.fragments()} == {"qxa"}


@pytest.mark.req("UXQ-17")
@pytest.mark.parametrize("prefix", EVERY_PREFIX)
def test_every_page_is_drawn_in_it_in_every_voice_and_needs_no_script(pack: Path, prefix: str) -> None:
    for name, page in walked(prefix).pages.items():
        if name == "blank":
            continue
        assert '<html lang="qxa" dir="ltr">' in page, name
        assert OPEN in page, name
        assert not SIGNS & set(page), name
        assert page.count("<span") == page.count("</span>"), name
        assert name == "picture" or "<script" not in page, name


@pytest.mark.req("UXQ-17")
def test_one_from_right_to_left_lends_from_the_other_direction(rae: Rae, folder: Path) -> None:
    written(laid_out(folder, "qxb-Arab", "--rtl"), lambda text: "" if text == "You need no name." else accented(text))
    written(laid_out(folder, "qxc-419", "--falls-back", "ar"), lambda text: "" if text in {"Welcome", "You need no name."} else accented(text))
    with with_packs(folder):
        page = rae.opens("/qxb-arab/widget").text
        assert '<html lang="qxb-Arab" dir="rtl">' in page
        assert '<span lang="en" dir="ltr">You need no name.</span>' in page
        page = rae.opens("/qxc-419/widget").text
        assert '<html lang="qxc-419" dir="ltr">' in page
        assert '<span lang="ar" dir="rtl">' in page
        # No element can stand in a title.
        assert re.search("<title>([^<]+)</title>", page)
        assert not SIGNS & set(page)
    # An organisation may choose it.
    assert read_sheet('languages = ["qxb-Arab", "qxc-419"]', today=None).languages == ("qxb-Arab", "qxc-419")


@pytest.mark.req("UXQ-17")
def test_it_stays_off_until_it_is_switched_on_whoever_has_read_it_and_a_new_process_finds_it_again(rae: Rae, pack: Path, folder: Path) -> None:
    def status(*codes: str) -> int:
        config = {"mode": "real", "desks": Desks(unreviewed_languages=list(codes))}
        rae.portal.site.config = rae.portal.site.config.model_copy(update=config)
        return rae.opens("/qxa/").response.status_code

    forget()
    assert [status(), status("fr"), status("qxa"), status("qxa"), status("all")] == [404, 404, 200, 200, 404]
    # Two people read all of it, by the command; one text is missing still.
    for role, sign in (("carer", "heron"), ("teacher", "otter")):
        assert main(["language", "lay-out", str(pack), "--reviewed", role, "--as", sign]) == 0
    forget()
    assert (status(), status("qxa")) == (404, 200)
    assert accented(NOT_CHECKED) not in rae.text
    # Nothing that a pack says of itself switches it on.
    said_otherwise(pack / "texts.po", LEFT_OUT, accented(LEFT_OUT))
    for role, sign in (("carer", "heron"), ("teacher", "otter")):
        main(["language", "lay-out", str(pack), "--reviewed", role, "--as", sign])
    forget()
    assert (status(), status("all"), status("qxa")) == (404, 404, 200)
    assert accented(NOT_CHECKED) not in rae.text
    said = [says for _, _, says, _ in readiness.languages(Config(mode="real")) if "names `qxa`" in says]
    assert len(said) == 1
    # A sign that the manifest does not name is nobody's.
    manifest = (pack / "pack.toml").read_text("utf-8")
    (pack / "pack.toml").write_text(manifest.replace('otter = "teacher"\n', ""), "utf-8")
    forget()
    assert status("qxa") == 200
    assert accented(NOT_CHECKED) in rae.text
    shutil.rmtree(pack)
    forget()
    assert status("qxa") == 404


ATTACKS = (
    ("You need no name.", "<script>alert(1)</script>", "marks < > &"),
    ("Leave now", '" onclick="x', "marks < > &"),
    ("Welcome", "&lt;b&gt;", "marks < > &"),
    ("Send", "a\u202eb", "control, reorder"),
    ("This helped", "a\ufdd3b", "control, reorder"),
    ("This did not help", "%(who)s", "filled in"),
    ("Tell us about it", "100 %", "filled in"),
    ("What helps now", "call 0900 123 456", "address or a number"),
    ("Numbers", "www.elsewhere.example", "address or a number"),
    ("I am under 18.", "call 18 or 191", "holds no such number"),
    ("Yes", "@bob", "holds no @"),
    ("What we count", "x" * 400, "four times as long"),
    ("Thank you", "you are naughty", "blames"),
)


@pytest.mark.req("UXQ-17")
def test_what_could_change_a_page_mislead_or_blame_is_never_shown_and_is_named_by_its_line(
    rae: Rae, pack: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = pack / "pack.toml"
    manifest.write_text(manifest.read_text("utf-8").replace("blame = []", 'blame = ["naughty"]'), "utf-8")
    at = {text: said_otherwise(pack / "texts.po", text, said) for text, said, _ in ATTACKS}
    filled = next(text for text in package().texts if text.count("%(") == 1)
    line = said_otherwise(pack / "texts.po", filled, accented(filled.replace("%(", "%(not_")))
    with (pack / "texts.po").open("a", encoding="utf-8") as file:
        file.write('\nmsgid "Nobody says this"\nmsgstr "Nemo"\n')
    forget()
    capsys.readouterr()
    assert main(["language", "check", str(pack), "--json"]) == 1
    named = json.loads(capsys.readouterr().out)["not shown"]
    for text, _, why in ATTACKS:
        assert [one for one in named if one.startswith(f"qxa/texts.po, line {at[text]}: ") and why in one], text
    assert [one for one in named if f"line {line}: what is filled in must stay as it is" in one]
    assert [one for one in named if "no such text" in one]
    for door in ("", "widget", "numbers", "help", "help/1", "quiet", "privacy"):
        page = rae.opens(f"/qxa/{door}").text
        assert not [said for _, said, _ in ATTACKS if said in page], door
        assert not SIGNS & set(page)
        assert f'<span lang="es" dir="ltr">{html.escape(_in_spanish("Leave now"))}</span>' in page or door == "widget"
    # The doctor says it too, and every other language is what it was.
    said = [says for _, level, says, _ in readiness.languages(Config()) if level == "warning" and "lines of the pack" in says]
    assert len(said) == 1
    assert html.escape(_in_spanish("Leave now")) in rae.opens("/es/").text


def _spoilt(folder: Path, name: str, file: str, old: str, new: str) -> Path:
    shutil.copytree(folder / "qxa", folder / name)
    path = folder / name / file
    manifest = folder / name / "pack.toml"
    manifest.write_text(manifest.read_text("utf-8").replace('tag = "qxa"', f'tag = "{name}"'), "utf-8")
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    return path


UNREADABLE = {
    "qyr": ("texts.po", 'msgid "a"\nmsgstr "b"\n# c\n"c"\n', "texts.po, line 4: it is neither"),
    "qys": ("pack.toml", f"x = {'[' * 5_000}", "pack.toml"),
    "qyt": ("pack.toml", f"x = {'1' * 5_000}", "pack.toml: it holds a number that is too long"),
}


@pytest.mark.req("UXQ-17")
def test_a_pack_that_cannot_be_read_is_refused_with_its_line_while_the_others_stay_on(
    rae: Rae, pack: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {
        "qya": ("texts.po", "\nmsgstr", "\nmsgster", "texts.po, line 2: it is neither"),
        "qyb": ("texts.po", 'msgstr ""', 'msgstr "\\x"', "texts.po, line 2: its quotes"),
        "qyc": ("pack.toml", "falls_back = ", "falls_back ", "pack.toml, line 8: "),
        "qyd": ("pack.toml", 'falls_back = "es"', 'falls_back = "qxa"', "pack.toml, line 8: falls_back: it names"),
        "qye": ("pack.toml", 'direction = "ltr"', 'direction = "up"', "pack.toml, line 6: direction: "),
        "qyf": ("pack.toml", 'name = "Ñ', 'name = "<b>', "pack.toml, line 4: name: it takes plain words"),
        "qyg": ("pack.toml", "blame = []", 'date = "{day.__class__}"\nblame = []', "date: it holds {day}"),
        "qyh": ("pack.toml", "blame = []", 'blame = []\nmarkup = "<b>"', "markup: "),
        "qyi": ("pack.toml", 'name = "', 'name = "116 111 ', "pack.toml, line 4: name: it takes no number"),
        "qyj": ("pack.toml", 'english = "', 'english = "evil.example ', "pack.toml, line 5: english: it takes no number, no address"),
        "qyk": ("pack.toml", "blame = []", 'date = "{day} {month} {year} t.me/abc"\nblame = []', "date: it takes no number, no address"),
        "qyl": ("pack.toml", "blame = []", 'months = ["1", "3"]\nblame = []', "months: a month takes no number but its own"),
        "qym": ("pack.toml", "blame = []", 'comma = "@"\nblame = []', "comma: it takes"),
        "law": ("pack.toml", "blame", "blame", "pack.toml, line 2: tag: a page of the portal"),
        "fr": ("pack.toml", "blame", "blame", "pack.toml, line 2: tag: this language is in the package"),
        "q_1": ("pack.toml", "blame", "blame", "pack.toml, line 2: tag: it is a tag"),
    }
    french = rae.opens("/fr/").text
    for name, (file, old, new, _) in wrong.items():
        _spoilt(folder, name, file, old, new)
    (folder / "qyz").mkdir()
    path = _spoilt(folder, "qyw", "texts.po", "", "")
    path.write_bytes(b'msgid ""\nmsgstr "\xff"\n')
    path = _spoilt(folder, "qyx", "texts.po", "", "")
    path.write_bytes(b"#" * (2 * 1024 * 1024 + 1))
    for name, (file, text, _) in UNREADABLE.items():
        _spoilt(folder, name, file, "", "").write_text(text, "utf-8")
    path = _spoilt(folder, "qyv", "texts.po", "", "")
    path.unlink()
    os.mkfifo(path)
    forget()
    named = [says for _, level, says, _ in readiness.languages(Config()) if level == "problem"]
    for name, (_, _, says) in UNREADABLE.items():
        assert [one for one in named if f"{name}/" in one and says in one], (name, named)
    for name, (_, _, _, says) in wrong.items():
        assert [one for one in named if f"{name}/" in one and says in one], (name, named)
    for says in (
        "qyz/pack.toml: No such file",
        "qyw/texts.po, line 2: it is not written in UTF-8",
        "qyx/texts.po: it is larger than",
        "qyv/texts.po: it is no file",
    ):
        assert [one for one in named if says in one], says
    assert len(named) == len(wrong) + len(UNREADABLE) + 4
    assert [one.code for one in all_languages() if one.is_pack] == ["qxa"]
    assert accented("Leave now") in rae.opens("/qxa/").text
    assert rae.opens("/qya/").response.status_code == 404
    assert rae.opens("/fr/").text == french
    assert main(["language", "check", str(folder / "qyf")]) == 1
    assert "line 4" in capsys.readouterr().out


@pytest.mark.req("UXQ-17")
def test_a_translator_lays_out_an_empty_pack_and_brings_it_up_to_date(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack = laid_out(folder, "qxa", "--falls-back", "es")
    assert f"{len(package().texts)} texts, to be written: {len(package().texts)}" in capsys.readouterr().out
    young = (pack / "young.po").read_text("utf-8")
    assert "#. In this voice English says: " in young
    assert 0 < young.count("\nmsgid ") < len(package().texts)
    assert main(["language", "check", str(pack)]) == 0, "an empty one is whole"
    said_otherwise(pack / "texts.po", LEFT_OUT, accented(LEFT_OUT))
    with (pack / "texts.po").open("a", encoding="utf-8") as file:
        file.write('\nmsgid "Nobody says this"\nmsgstr "Nemo"\n')
    assert main(["language", "lay-out", str(pack)]) == 0
    text = (pack / "texts.po").read_text("utf-8")
    assert (accented(LEFT_OUT) in text, "Nobody says this" in text) == (True, False)
    assert young == (pack / "young.po").read_text("utf-8")
    for wrong in (("qxb",), ("qxa", "--reviewed", "carer"), ("qxa", "--reviewed", "queen", "--as", "heron")):
        assert main(["language", "lay-out", str(folder / wrong[0]), *wrong[1:]]) == 2
    assert not (folder / "qxb").exists()


def test_whatever_else_a_pack_breaks_and_wherever_it_lies_the_others_stay_on(pack: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _spoilt(folder, "qyb", "texts.po", "", "")
    reads = packs.read

    def breaks(place: Path, package: packs.Package) -> packs.Pack:
        return {}[place] if place.name == "qyb" else reads(place, package)  # type: ignore[no-any-return]

    monkeypatch.setattr(packs, "read", breaks)
    held, refused = packs.found(folder, package())
    assert [one.about.tag for one in held] == ["qxa"]
    assert [str(one) for one in refused] == ["qyb: it cannot be read (KeyError)"]
    assert packs.found(folder / "nowhere", package()) == ([], [])

    package()

    def shut(self: Path) -> Iterator[Path]:
        raise PermissionError(13, "Permission denied", str(self))

    # Python 3.11 raises it from `exists` too.
    for name in ("iterdir", "exists"):
        monkeypatch.setattr(Path, name, shut)
    found_packs.cache_clear()
    found, refused = found_packs()
    assert (found, [str(one) for one in refused]) == ([], ["packs: Permission denied"])


def test_who_has_read_it_is_listed_in_the_manifest_of_whatever_shape(folder: Path) -> None:
    pack = laid_out(folder, "qxa")
    manifest = pack / "pack.toml"
    reviewed = ("language", "lay-out", str(pack), "--reviewed", "carer", "--as")
    # The same word stands in the manifest for something else.
    assert main([*reviewed, "name"]) == 0
    manifest.write_text(manifest.read_text("utf-8").split("\n[reviewers]")[0], "utf-8")
    assert main([*reviewed, "heron"]) == 0
    assert main([*reviewed, "comma"]) == 0
    assert packs.read(pack, package()).about.reviewers == {"heron": "carer", "comma": "carer"}
    odd = manifest.read_text("utf-8").split("\n[reviewers]")[0] + '\nreviewers = {otter = "teacher"}\n'
    manifest.write_text(odd, "utf-8")
    assert main([*reviewed, "heron"]) == 2
    assert manifest.read_text("utf-8") == odd


@pytest.mark.parametrize("file", ["pack.toml", "texts.po", "young.po"])
def test_nothing_is_written_through_a_link_of_a_pack_from_elsewhere(folder: Path, file: str) -> None:
    pack = laid_out(folder, "qxa")
    (pack / file).rename(folder / "own")
    before = (folder / "own").read_bytes()
    (pack / file).symlink_to(folder / "own")
    assert main(["language", "lay-out", str(pack), "--reviewed", "carer", "--as", "heron"]) == 2
    assert (folder / "own").read_bytes() == before


def test_a_pack_of_a_variety_is_held_against_the_words_that_the_package_lists_for_the_language(folder: Path) -> None:
    pack = laid_out(folder, "es-PE", "--falls-back", "es")
    graphic = rules()["es"]["planted"]["graphic"][0]
    (pack / "texts.po").write_text(
        po_of({"Thank you": "Es tu culpa.", "Welcome": "No es tu culpa.", "Send": graphic, "girls and women": "niñas y mujeres"}), "utf-8"
    )
    with with_packs(folder):
        warned = [says for _, level, says, _ in readiness.languages(Config()) if "2 lines of the pack" in says]
        assert [str(one).partition("” ")[2][:15] for one in found_packs()[0][0].faults] == ["blames, or is a", "takes somebody "]
    assert "“es tu culpa” blames" in warned[0].lower()
