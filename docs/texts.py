"""For translators: brings the catalogues of a language up to date with the texts of the portal, and says what is missing.

`python docs/texts.py fr` keeps what is translated and who has reviewed it, adds what is new, leaves empty, and drops what is gone. What is new and
like a text that is gone gets its translation as a guess, marked `fuzzy` and never shown. `--reviewed ROLE --as SIGN` writes down that a
person of that role has read every text that is translated and not a guess, today. Their sign counts once, however often they read. A mark that
somebody wrote by hand, without its digest, gets it.
"""

import argparse
import os
import sys
import tomllib
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cairndesk.settings")

from cairndesk.intake.portal import languages  # noqa: E402 - needs the path
from cairndesk.lib import catalogues  # noqa: E402 - the same
from cairndesk.lib.translating import ROLES, SIGN, bring_up  # noqa: E402 - the same


def wanted_of(code: str, variant: str) -> dict[str, set[str]]:
    """The texts that a catalogue of a language needs: all, or for a voice those that it says otherwise in English or in this language."""
    from tests.intake.portal.messages import messages  # noqa: PLC0415 - needs Django's settings

    texts = messages()
    if not variant:
        return texts
    held = [languages.catalogue_of(one, variant) for one in (languages.SOURCE, code)]
    otherwise = {text for path in held if path.exists() for text in catalogues.entries(path.read_text("utf-8"))}
    return {text: files for text, files in texts.items() if text in otherwise}


def _head(code: str) -> str:
    row = tomllib.loads((languages.LOCALE / "languages.toml").read_text("utf-8"))[code]
    fields = {"Language": code.replace("-", "_"), "MIME-Version": "1.0", "Content-Type": "text/plain; charset=UTF-8"}
    fields |= {"Content-Transfer-Encoding": "8bit", "Plural-Forms": row["plurals"]}
    return 'msgid ""\nmsgstr ""\n' + "".join(f'"{name}: {value}\\n"\n' for name, value in fields.items())


def main(arguments: list[str]) -> int:
    """Bring every catalogue of the language up to date; 1 when something is missing."""
    codes = list(tomllib.loads((languages.LOCALE / "languages.toml").read_text("utf-8")))
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("language", choices=codes[1:])
    parser.add_argument("--reviewed", choices=ROLES, help="a person of this role has read all that is translated")
    parser.add_argument("--as", dest="sign", help="two to twelve small letters that this person chose, always the same and not their name")
    given = parser.parse_args(arguments)
    if given.reviewed and not SIGN.fullmatch(given.sign or ""):
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
