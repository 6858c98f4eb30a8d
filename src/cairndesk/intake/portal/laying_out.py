"""Lays out a language pack for whoever will translate it, and brings it up to date with the texts of this version."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from cairndesk.intake.portal.languages import catalogue_of, package
from cairndesk.intake.portal.packs import MANIFEST, TEXTS, PackRefused, read
from cairndesk.lib import catalogues
from cairndesk.lib.translating import Told, bring_up

_TEMPLATE = """\
# A language pack of Cairndesk. CONTRIBUTING.md, "A language beside the package", says what each line means.
tag = {tag}
# In itself, and in English.
name = {name}
english = {english}
direction = {direction}
# The language of the package that fills what this one has no words for yet.
falls_back = {falls_back}
# Which voices say some texts in other words: "young" (under 10), "older" (14 and over). Take out the one that you will not write.
voices = ["young", "older"]
# How a day is written, and the twelve months; without them days are written as 2026-12-01.
# date = "{{day}} {{month}} {{year}}"
# months = ["...", "..."]
# What parts the words of a list.
# comma = ", "
# Words that put blame on a child, or that a child should not meet; a text that holds one is not shown.
blame = []

# Who has read the texts: a sign that says nothing of who they are, and their role.
[reviewers]
"""


def lay_out(place: Path, *, name: str, english: str, direction: str, falls_back: str, reviewed: str = "") -> list[Told]:
    """Afterwards the folder `place`, named by the tag of its language, holds a pack with every text of this version.

    What is there stays: the manifest as it is, the texts that are written, and who has read them. `reviewed`: day, role and sign of somebody
    who has read all of it. Raises OSError, and PackRefused where the manifest cannot be used or a file is a link.
    """
    for file in (MANIFEST, *TEXTS.values()):
        # A pack from elsewhere could have us write into any file of whoever lays it out.
        if (place / file).is_symlink():
            raise PackRefused(f"{place.name}/{file}", 0, "it is a link; lay out a pack whose files lie in its folder")
    place.mkdir(parents=True, exist_ok=True)
    manifest = place / MANIFEST
    if not manifest.exists():
        filled = {"tag": place.name, "name": name, "english": english, "direction": direction, "falls_back": falls_back}
        manifest.write_text(_TEMPLATE.format(**{key: json.dumps(value, ensure_ascii=False) for key, value in filled.items()}), "utf-8")
    for file in TEXTS.values():
        (place / file).touch()
    about = read(place, package()).about
    if reviewed and reviewed.rsplit(maxsplit=1)[-1] not in about.reviewers:
        _name_reader(manifest, *reviewed.split()[1:])
    return [_brought_up(place, variant, about.falls_back, reviewed) for variant in ("", *about.voices)]


def _brought_up(place: Path, variant: str, falls_back: str, reviewed: str) -> Told:
    wanted, notes = _texts(), {}
    if variant:
        english = catalogues.entries(catalogue_of(catalogues.SOURCE, f"@{variant}").read_text("utf-8"))
        lent = catalogue_of(falls_back, f"@{variant}")
        otherwise = {*english, *(catalogues.entries(lent.read_text("utf-8")) if lent.exists() else ())}
        wanted = {text: files for text, files in wanted.items() if text in otherwise}
        notes = {text: f"In this voice English says: {said}" for text, said in english.items()}
    fields = {"Language": place.name.replace("-", "_"), "MIME-Version": "1.0", "Content-Type": "text/plain; charset=UTF-8"}
    head = 'msgid ""\nmsgstr ""\n' + "".join(f'"{name}: {value}\\n"\n' for name, value in fields.items())
    return bring_up(place / TEXTS[variant], wanted, head, reviewed=reviewed, notes=notes)


def _texts() -> Mapping[str, set[str]]:
    """Every text with the names of the files it stands in, as a catalogue of the package holds them."""
    known = next(path for code in package().codes if (path := catalogue_of(code)).exists())
    comments = {text: comment for text, (comment, _) in catalogues.raw(known.read_text("utf-8")).items() if text}
    return {text: {file for line in re.findall("^#: (.*)$", comment, re.MULTILINE) for file in line.split()} for text, comment in comments.items()}


def _name_reader(manifest: Path, role: str, sign: str) -> None:
    """Afterwards the manifest lists the sign, in the table that it has or in a new one at its end. Raises PackRefused where neither fits."""
    text, line = manifest.read_text("utf-8"), f'{sign} = "{role}"'
    text, found = re.subn(r"^\s*\[\s*reviewers\s*\].*$", lambda found: f"{found[0]}\n{line}", text, count=1, flags=re.MULTILINE)
    text += "" if found else f"\n[reviewers]\n{line}\n"
    try:
        fits = sign in tomllib.loads(text)["reviewers"]
    except ValueError:
        fits = False
    if not fits:
        raise PackRefused(f"{manifest.parent.name}/{MANIFEST}", 0, "reviewers: write them in a table of its own, under a line `[reviewers]`")
    manifest.write_text(text, "utf-8")
