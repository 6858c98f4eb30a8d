"""For translators: brings the catalogues of a language up to date with the texts of the portal, and says what is missing.

`python docs/texts.py fr` keeps what is translated and who has reviewed it, adds what is new, leaves empty, and drops what is gone. What is new and
like a text that is gone gets its translation as a guess, marked `fuzzy` and never shown. `--reviewed ROLE --as SIGN` writes down that a
person of that role has read every text that is translated and not a guess, today. Their sign counts once, however often they read. A mark that
somebody wrote by hand, without its digest, gets it.
"""

import argparse
import difflib
import os
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cairndesk.settings")

from cairndesk.intake.portal import languages  # noqa: E402 - needs the path
from cairndesk.lib import catalogues  # noqa: E402 - the same

ROLES = ("carer", "editor", "helper", "professional", "survivor", "teacher", "translator", "young-person")
_BY_HAND = re.compile(r"^# reviewed: (\d{4}-\d\d-\d\d) (\S+) ([a-z]{2,12})\s*$")
_LIKE = 0.8


@dataclass
class Told:
    """What came of one catalogue."""

    path: Path
    missing: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    texts: int = 0
    once: int = 0
    twice: int = 0


def bring_up(path: Path, wanted: Mapping[str, Iterable[str]], head: str, *, reviewed: str = "") -> Told:
    """Afterwards the catalogue at `path` holds the texts `wanted`, each with the files it stands in, in their order. `reviewed`: day, role, sign."""
    entries = catalogues.raw(path.read_text("utf-8")) if path.exists() else {}
    told = Told(path, gone=[text for text in entries if text and text not in wanted], texts=len(wanted))
    blocks = [_about(entries) + head]
    for text, files in wanted.items():
        comments, said = entries.get(text, ("", ""))
        if not said and (near := difflib.get_close_matches(text, told.gone, n=1, cutoff=_LIKE)):
            comments, said = f"#, fuzzy\n#| msgid {quoted(near[0])}\n", entries[near[0]][1]
        blocks.append(_block(text, said, _marked(text, said, comments, reviewed), sorted(files)))
        _count(told, text, said, comments)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(blocks), "utf-8")
    for one in catalogues.translations(path.read_text("utf-8")).values():
        told.once += len(one.readers) == 1
        told.twice += one.is_reviewed
    return told


def quoted(text: str) -> str:
    """`text` as a catalogue writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def wanted_of(code: str, variant: str) -> dict[str, set[str]]:
    """The texts that a catalogue of a language needs: all, or for a voice those that it says otherwise in English or in this language."""
    from tests.intake.portal.messages import messages  # noqa: PLC0415 - needs Django's settings

    texts = messages()
    if not variant:
        return texts
    held = [languages.catalogue_of(one, variant) for one in (languages.SOURCE, code)]
    otherwise = {text for path in held if path.exists() for text in catalogues.entries(path.read_text("utf-8"))}
    return {text: files for text, files in texts.items() if text in otherwise}


def _about(entries: Mapping[str, tuple[str, str]]) -> str:
    """What translators wrote about the whole catalogue."""
    return "".join(f"{line}\n" for line in entries.get("", ("", ""))[0].splitlines() if line.startswith("# "))


def _head(code: str) -> str:
    row = tomllib.loads((languages.LOCALE / "languages.toml").read_text("utf-8"))[code]
    fields = {"Language": code.replace("-", "_"), "MIME-Version": "1.0", "Content-Type": "text/plain; charset=UTF-8"}
    fields |= {"Content-Transfer-Encoding": "8bit", "Plural-Forms": row["plurals"]}
    return 'msgid ""\nmsgstr ""\n' + "".join(f'"{name}: {value}\\n"\n' for name, value in fields.items())


def _marked(text: str, said: str, comments: str, reviewed: str) -> str:
    """The comments of translators, with the new mark, each mark with its digest; references are written anew."""
    kept = [line for line in comments.splitlines() if not line.startswith(("#:", "#~"))]
    if reviewed and said and not catalogues.is_fuzzy(comments):
        # Whoever reads once more leaves no second mark.
        kept = [line for line in kept if not line.startswith("# reviewed:") or line.split()[4:5] != reviewed.split()[-1:]]
        kept.append(f"# reviewed: {reviewed}")
    whole = rf"# reviewed: \1 \2 \3 {catalogues.digest_of(text, said)}"
    return "".join(f"{line}\n" for line in dict.fromkeys(_BY_HAND.sub(whole, line) for line in kept))


def _block(text: str, said: str, comments: str, files: list[str]) -> str:
    """An entry, its comments in the order that gettext gives them."""
    lines = comments.splitlines()
    own = [line for line in lines if line.startswith("# ") or line == "#"]
    flags = [line for line in lines if line not in own and line != "#, python-format"]
    if "%(" in text and "#, fuzzy, python-format" not in flags:
        flags.append("#, python-format")
    return "\n".join([*own, f"#: {' '.join(files)}", *flags, f"msgid {quoted(text)}", f"msgstr {quoted(said)}", ""])


def _count(told: Told, text: str, said: str, comments: str) -> None:
    if not said:
        told.missing.append(text)
    elif catalogues.is_fuzzy(comments):
        told.guessed.append(text)


def main(arguments: list[str]) -> int:
    """Bring every catalogue of the language up to date; 1 when something is missing."""
    codes = list(tomllib.loads((languages.LOCALE / "languages.toml").read_text("utf-8")))
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("language", choices=codes[1:])
    parser.add_argument("--reviewed", choices=ROLES, help="a person of this role has read all that is translated")
    parser.add_argument("--as", dest="sign", help="two to twelve small letters that this person chose, always the same and not their name")
    given = parser.parse_args(arguments)
    if given.reviewed and not re.fullmatch("[a-z]{2,12}", given.sign or ""):
        parser.error("say who has read it by `--as` (AS=…): a sign of two to twelve small letters, not a name")
    import django  # noqa: PLC0415 - only here

    django.setup()
    from tests.intake.portal.messages import counted  # noqa: PLC0415 - needs Django's settings

    reviewed = f"{datetime.now(UTC):%Y-%m-%d} {given.reviewed} {given.sign}" if given.reviewed else ""
    is_whole = True
    catalogue = partial(languages.catalogue_of, given.language)
    wanted = {catalogue(variant): wanted_of(given.language, variant) for variant in ("", "@young", "@older")}
    for path, texts in (wanted | {catalogue(domain=languages.NUMBERS): counted()}).items():
        told = bring_up(path, texts, _head(given.language), reviewed=reviewed)
        is_whole &= not (told.missing or told.guessed)
        print(f"{path.relative_to(ROOT)}: {told.texts} texts, reviewed by two: {told.twice}, by one: {told.once}")
        for name, found in (("missing", told.missing), ("to look at (fuzzy)", told.guessed), ("gone", told.gone)):
            print("".join(f"  {name}: {text[:110]}\n" for text in found), end="")
    return 0 if is_whole else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
