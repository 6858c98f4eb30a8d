"""Who can help now, in the order of the page: the operator's country open, the others one tap away; the reader's language first in each."""

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from django.conf.locale import LANG_INFO
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from cairndesk.intake.portal.countries import name_of
from cairndesk.intake.portal.languages import all_languages
from cairndesk.intake.portal.wording import Text
from cairndesk.intake.published import Contact

_DIALLED = re.compile(r"[^0-9+*#]")
# How many stand at the foot of a page, whatever the directory holds: a page stays light, and all of them are one tap away.
AT_THE_FOOT = 6
# Codes of directory.rules, as the reader would say it. What operators wrote in words of their own stands beside them as it is.
_KNOWS: dict[str, Text] = {
    "online": _("what happens online"),
    "intra_familial": _("what happens at home"),
    "disability": _("people with a disability"),
    "boys": _("boys and men"),
    "ethnic_minority": _("people of a small group in a country"),
    "faith": _("what happens in a group of faith"),
    "trafficking": _("people who were sold"),
}
_ACCESS: dict[str, Text] = {
    "sign_language": _("sign language"),
    "text": _("writing"),
    "wheelchair": _("a wheelchair"),
}
_FOR: dict[str, Text] = {
    "girls": _("girls and women"),
    "boys": _("boys and men"),
    "non_binary": _("people who are both or neither"),
}


@dataclass(frozen=True)
class Shown:
    """A contact as the page draws it; `call`, `text`, `chat`, `web` and `mail` are addresses or empty, `speaks` languages by their own names."""

    contact: Contact
    call: str
    text: str
    chat: str
    web: str
    mail: str
    speaks: tuple[str, ...]
    only_for: tuple[Text, ...]
    knows: tuple[Text, ...]
    access: tuple[Text, ...]


@dataclass(frozen=True)
class Help:
    """Contacts of a page: those nearby, and the others by the name of their country in the reader's language."""

    near: tuple[Shown, ...]
    far: tuple[tuple[str, tuple[Shown, ...]], ...]

    def at_the_foot(self) -> "Help":
        """The first ones, as many as every page can carry."""
        few = sum(len(rows) for _, rows in self.far) <= AT_THE_FOOT
        return replace(self, near=self.near[:AT_THE_FOOT], far=self.far if few else ())


def help_for(contacts: Iterable[Contact], country: str, language: str = "", *, own_thoughts: bool = False) -> Help:
    """The contacts of `country` and of everywhere, emergency first; then all others. No place of a visitor is guessed.

    `own_thoughts`: the services for people who worry about themselves, who are shown to nobody else.
    """
    wanted = sorted((one for one in contacts if (one.kind == "self_concern") is own_thoughts), key=lambda one: _order(one, language))
    near = [one for one in wanted if one.country in {"", country}]
    far = sorted((one for one in wanted if one.country not in {"", country}), key=lambda one: one.country)
    spoken = {one.country for one in far if _speaks(one, language)}
    groups = {place: tuple(map(_shown, rows)) for place, rows in groupby(far, key=lambda one: one.country)}
    names = {place: name_of(place, language) for place in groups}
    order = sorted(groups, key=lambda place: (place not in spoken, _plain(names[place] or place)))
    return Help(near=tuple(map(_shown, near)), far=tuple((names[place] or _as_written(place), groups[place]) for place in order))


def _plain(name: str) -> str:
    """A name as one looks for it: É stands beside E."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(sign))


def _as_written(words: str) -> SafeString:
    """What an operator wrote, in a language that nobody recorded: it keeps its own direction and is not read out as the reader's."""
    return format_html('<bdi lang="">{}</bdi>', words)


def _order(one: Contact, language: str) -> tuple[bool, bool]:
    return one.kind != "emergency", not _speaks(one, language)


def _speaks(one: Contact, language: str) -> bool:
    return bool(language) and language.split("-", maxsplit=1)[0] in {tag.split("-")[0] for tag in one.languages}


# The same few stand at the foot of every page.
@functools.lru_cache(maxsize=1024)
def _shown(contact: Contact) -> Shown:
    return Shown(
        contact=contact,
        call=f"tel:{_DIALLED.sub('', contact.phone)}" if contact.phone else "",
        text=f"sms:{_DIALLED.sub('', contact.text_number)}" if contact.text_number else "",
        chat=_link(contact.chat),
        web=_link(contact.web),
        mail=f"mailto:{contact.email}" if contact.email else "",
        speaks=tuple(map(_own_name, contact.languages)),
        only_for=_worded(contact.genders, _FOR),
        knows=_worded(contact.expertise, _KNOWS),
        access=_worded(contact.disability_access, _ACCESS),
    )


def _worded(codes: Iterable[str], words: Mapping[str, Text]) -> tuple[Text, ...]:
    return tuple(words.get(code) or _as_written(code) for code in codes)


def _link(address: str) -> str:
    """Only web addresses become links: a published file must not be able to run anything in the page."""
    return address if address.startswith(("https://", "http://")) else ""


def _own_name(tag: str) -> str:
    """A language by its own name: readers know theirs by it, whatever the page is written in."""
    known = {one.code: one.name for one in all_languages()}
    info = LANG_INFO.get(tag.lower()) or LANG_INFO.get(tag.split("-", maxsplit=1)[0].lower()) or {}
    return known.get(tag) or str(info.get("name_local", tag))
