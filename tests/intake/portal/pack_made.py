"""A language pack of a language made by code, laid out by the command, and a portal that has found it."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.test import override_settings
from django.utils.translation import trans_real
from tests.intake.portal.pseudo import accented

from cairndesk.cli.app import main
from cairndesk.config import Config, Desks
from cairndesk.intake.portal import languages
from cairndesk.intake.portal.packs import TEXTS
from cairndesk.intake.portal.voices import VOICES
from cairndesk.lib import catalogues
from cairndesk.lib.translating import quoted


def laid_out(folder: Path, tag: str, *options: str) -> Path:
    """An empty pack, as a translator gets it."""
    # A name holds no number, as the tag of a region does.
    named = re.sub(r"\d", "", tag)
    assert main(["language", "lay-out", str(folder / tag), "--name", f"Ñåmé {named}", "--english", f"Made {named}", *options]) == 0
    return folder / tag


def written(pack: Path, says: Callable[[str], str] = accented) -> Path:
    """The same with a translation of every text that `says` has one for."""
    for name in TEXTS.values():
        path = pack / name
        path.write_text(re.sub(r'^msgid (".+")\nmsgstr ""$', lambda found: _said(found, says), path.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    return pack


def said_otherwise(path: Path, text: str, said: str) -> int:
    """Afterwards the catalogue says `said` for `text`; returns the line of its message."""
    held = path.read_text("utf-8")
    changed, count = re.subn(
        rf"^msgid {re.escape(quoted(text))}\nmsgstr .*$", lambda _: f"msgid {quoted(text)}\nmsgstr {quoted(said)}", held, flags=re.MULTILINE
    )
    assert count == 1
    path.write_text(changed, "utf-8")
    return catalogues.lines_of(changed)[text]


def _said(found: re.Match[str], says: Callable[[str], str]) -> str:
    return f"msgid {found[1]}\nmsgstr {quoted(says(json.loads(found[1])))}"


def forget() -> None:
    """Afterwards nothing is known of packs, as in a process that has just begun."""
    for held in (languages.all_languages, languages.found_packs, languages.package):
        held.cache_clear()
    packs = [name for name in trans_real._translations if name.startswith("qx")]  # type: ignore[attr-defined] - Django keeps it
    for name in packs:
        del trans_real._translations[name]  # type: ignore[attr-defined]


@contextmanager
def with_packs(folder: Path) -> Iterator[None]:
    """Meanwhile the packs in `folder` are those of the desk."""
    with override_settings(CAIRNDESK=Config(desks=Desks(language_packs=folder))):
        forget()
        try:
            yield
        finally:
            forget()


EVERY_PREFIX = tuple(f"/qxa{voice.prefix}" for voice in VOICES)
