"""Short texts that lead to the public site of an organisation: for a message, for the line of a profile, and for a notice of a school.

They are made of sentences of the portal itself. So each speaks every language and every voice, is reviewed where the page is, and promises
nothing that the page does not keep.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext

from cairndesk.intake.portal.languages import Language
from cairndesk.intake.portal.voices import VOICES, Voice
from cairndesk.intake.poster import Site, addresses
from cairndesk.lib.catalogues import bare

NAMES: Mapping[str, str] = {"message": "For a message", "profile": "For the line of a profile", "notice": "For a notice, at a school or elsewhere"}
_SAID: Mapping[str, tuple[str, ...]] = {
    "message": ("Is something wrong? You can tell us, or ask us.", "You need no name."),
    "profile": ("You can tell us without saying who you are.",),
    "notice": (
        "Is something wrong? You can tell us, or ask us.",
        "You are not in trouble. It is not your fault.",
        "You can tell us without saying who you are.",
        "We ask up to four short questions. You choose what to say. A person whose job is to help reads it.",
        "We do not tell your family or your school by ourselves.",
        "There is a limit. If a life is in danger, or a law says so, we have to tell. Then we tell people who can protect. We try to tell you first.",
    ),
}


@dataclass(frozen=True)
class Short:
    """One short text: what it is for (a key of NAMES), its language, and the plain text with the address in it."""

    kind: str
    language: Language
    text: str

    @property
    def name(self) -> str:
        """What it is for, in the words of the desk."""
        return NAMES[self.kind]


def short_texts(site: Site, languages: Iterable[Language], voice: Voice = VOICES[1]) -> Iterator[Short]:
    """The texts of a site in each of the languages, in the words of one voice; each leads to the page in that language and that voice."""
    for language in languages:
        ways = addresses(site.starts, language, voice)
        with translation.override(voice.catalogue(language.code)):
            said = {kind: [bare(gettext(one)) for one in sentences] for kind, sentences in _SAID.items()}
        yield Short("message", language, "\n".join([*said["message"], ways[0]]))
        # A profile has one line.
        yield Short("profile", language, " ".join([*said["profile"], ways[0]]))
        yield Short("notice", language, "\n".join([site.own.name_in(language.code) or site.name, "", *said["notice"], "", *ways]))


def as_file(site: Site, languages: Iterable[Language], voice: Voice = VOICES[1]) -> str:
    """The same as one plain text, each under what it is for and in which language, and whether two speakers have reviewed it."""
    parts = []
    for one in short_texts(site, languages, voice):
        doubt = "" if one.language.is_reviewed else "; two speakers have not reviewed it yet"
        parts.append(f"=== {one.name} ({one.language.english}, {one.language.code}{doubt})\n\n{one.text}\n")
    return "\n".join(parts)
