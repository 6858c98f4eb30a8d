import errno
import gettext
import io
import os
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from cairndesk.lib import catalogues
from cairndesk.lib.text import clean

PO = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=n != 1;\n"

#: a comment
msgid "one"
msgstr "uno"

msgid "long "
"text \"quoted\"\n"
msgstr "testo "
"lungo"

#, fuzzy
msgid "unsure"
msgstr "incerto"

msgctxt "verb"
msgid "open"
msgstr "apri"

msgid "%(n)s file"
msgid_plural "%(n)s files"
msgstr[0] "%(n)s file uno"
msgstr[1] "%(n)s file molti"

msgid "not yet"
msgstr ""
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [('msgid "a"\nmsgstr "b"\n# c\n"c"\n', 4), ('"a"\n', 1), ('msgid "a"\n#: c\n"b"\nmsgstr "c"\n', 3), ('msgid "a"\nmsgstr "b"\n\n  "c"\n', 0)],
)
def test_a_line_in_quotes_that_follows_no_field_is_misread_and_stops_nobody(text: str, line: int) -> None:
    assert (catalogues.misread(text) or (0, ""))[0] == line
    assert catalogues.raw(text).get("a", ("", "b"))[1] in {"b", "bc", "c"}


def test_a_catalogue_that_is_indented_says_the_same() -> None:
    indented = "".join(f"  {line}\n" for line in PO.splitlines())
    assert catalogues.misread(indented) is None
    assert catalogues.translations(indented) == catalogues.translations(PO)


def _read(raw: bytes) -> gettext.GNUTranslations:
    return gettext.GNUTranslations(io.BytesIO(raw))


def test_a_compiled_catalogue_says_what_was_written() -> None:
    held = _read(catalogues.compiled(PO, is_source=True))
    assert held.gettext("one") == "uno"
    assert held.gettext('long text "quoted"\n') == "testo lungo"
    assert held.pgettext("verb", "open") == "apri"
    assert held.ngettext("%(n)s file", "%(n)s files", 3) == "%(n)s file molti"
    assert held.gettext("unsure") == "unsure"
    assert held.gettext("not yet") == "not yet"


@pytest.mark.slow
def test_it_agrees_with_babel_on_the_catalogues_that_we_ship() -> None:
    for path in Path("src/cairndesk/locale").glob("*/LC_MESSAGES/*.po"):
        theirs = io.BytesIO()
        with path.open("rb") as source:
            write_mo(theirs, read_po(source))
        ours = _read(catalogues.compiled(path.read_text("utf-8")))._catalog  # type: ignore[attr-defined]
        expected = _read(theirs.getvalue())._catalog  # type: ignore[attr-defined]
        assert {key: value.rstrip(catalogues.DRAFTED) for key, value in ours.items() if key} == {key: value for key, value in expected.items() if key}


def _entry(text: str, said: str, *marks: str) -> str:
    return "".join(f"# reviewed: {mark}\n" for mark in marks) + f'msgid "{text}"\nmsgstr "{said}"\n\n'


ONE, TWO = f"2026-12-01 carer heron {catalogues.digest_of('one', 'uno')}", f"2026-12-09 teacher otter {catalogues.digest_of('one', 'uno')}"


@pytest.mark.req("UXQ-05")
def test_a_text_is_reviewed_when_two_people_have_read_these_very_words() -> None:
    def is_reviewed(entry: str) -> bool:
        return [one.is_reviewed for key, one in catalogues.translations(PO + entry).items() if key in {"one", "won"}][-1]

    assert is_reviewed(_entry("one", "uno", ONE, TWO))
    assert not is_reviewed(_entry("one", "uno", ONE))
    assert not is_reviewed(_entry("one", "uno", ONE, ONE)), "a copied line is nobody's review"
    again = ONE.replace("2026-12-01 carer", "2026-12-20 teacher")
    assert not is_reviewed(_entry("one", "uno", ONE, again)), "one reader, on another day and in another role"
    assert not is_reviewed(_entry("one", "uno", ONE.replace("heron ", ""), TWO)), "nobody knows whose it is"
    assert not is_reviewed(_entry("one", "una", ONE, TWO)), "what was changed since was not read"
    assert not is_reviewed(_entry("won", "uno", ONE, TWO)), "the English was changed since"
    assert not is_reviewed(_entry("one", "uno"))


@pytest.mark.req("UXQ-05")
def test_what_is_drafted_says_so_in_the_compiled_catalogue_and_what_is_reviewed_or_the_source_does_not() -> None:
    po = PO + _entry("two", "due") + _entry("one", "uno", ONE, TWO)
    held = _read(catalogues.compiled(po))
    assert held.gettext("one") == "uno"
    assert held.gettext("two") == f"due{catalogues.DRAFTED}"
    assert held.ngettext("%(n)s file", "%(n)s files", 1) == f"%(n)s file uno{catalogues.DRAFTED}"
    assert held.ngettext("%(n)s file", "%(n)s files", 3) == f"%(n)s file molti{catalogues.DRAFTED}"
    assert _read(catalogues.compiled(po, is_source=True)).gettext("two") == "due"


@pytest.mark.req("UXQ-05")
def test_the_marks_of_reviewers_outlive_another_tool() -> None:
    text = PO.split("msgctxt", maxsplit=1)[0].replace('\nmsgid "one"', f'\n# reviewed: {ONE}\n# reviewed: {TWO}\nmsgid "one"')
    written = io.BytesIO()
    write_po(written, read_po(io.BytesIO(text.encode())))
    assert catalogues.translations(written.getvalue().decode())["one"].is_reviewed


def test_no_text_that_people_hand_over_can_hold_the_sign_of_a_draft() -> None:
    assert clean(f"a{catalogues.DRAFTED}b") == "ab"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "xx" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "xx" / "LC_MESSAGES" / "django.po").write_text(PO, "utf-8")
    return tmp_path


def test_it_compiles_once_and_again_when_the_source_is_newer(folder: Path) -> None:
    assert catalogues.compile_all(folder) == 1
    assert catalogues.compile_all(folder) == 0
    os.utime(folder / "xx" / "LC_MESSAGES" / "django.mo", (1, 1))
    assert catalogues.compile_all(folder) == 1
    assert [path.name for path in sorted((folder / "xx" / "LC_MESSAGES").iterdir())] == ["django.mo", "django.po"]


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC], ids=["read only", "not ours", "full"])
def test_code_that_cannot_be_written_still_starts(folder: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """An image is mounted to be read only; a desk that stopped at a language would never open there."""
    real = os.open

    def refused(path: str, flags: int, *given: int, **named: int) -> int:
        if flags & os.O_CREAT:
            raise OSError(number, os.strerror(number))
        return real(path, flags, *given, **named)

    monkeypatch.setattr(os, "open", refused)
    assert catalogues.compile_all(folder) == 0
    assert [path.name for path in (folder / "xx" / "LC_MESSAGES").iterdir()] == ["django.po"]


def test_a_variant_is_compiled_over_its_language_and_anew_when_either_changes(folder: Path) -> None:
    own = folder / "xx@plain" / "LC_MESSAGES" / "django.po"
    own.parent.mkdir(parents=True)
    own.write_text('msgid "one"\nmsgstr "uno solo"\n', "utf-8")
    assert catalogues.compile_all(folder) == 2
    held = _read(own.with_suffix(".mo").read_bytes())
    assert (held.gettext("one"), held.pgettext("verb", "open")) == (f"uno solo{catalogues.DRAFTED}", f"apri{catalogues.DRAFTED}")
    os.utime(own, (1, 1))
    assert catalogues.compile_all(folder) == 0
    later = own.with_suffix(".mo").stat().st_mtime + 5
    os.utime(folder / "xx" / "LC_MESSAGES" / "django.po", (later, later))
    assert catalogues.compile_all(folder) == 2
