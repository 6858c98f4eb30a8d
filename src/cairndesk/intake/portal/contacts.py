"""Who can help now, in the order of the page: the operator's country open, the others one tap away."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from cairndesk.intake.published import Contact

_DIALLED = re.compile(r"[^0-9+*#]")


@dataclass(frozen=True)
class Shown:
    """A contact as the page draws it; `call`, `text` and `web` are addresses or empty."""

    contact: Contact
    call: str
    text: str
    web: str


@dataclass(frozen=True)
class Help:
    """The contacts of a page: those nearby, and the others by country."""

    near: tuple[Shown, ...]
    far: tuple[tuple[str, tuple[Shown, ...]], ...]


def help_for(contacts: Iterable[Contact], country: str) -> Help:
    """The contacts of `country` and of everywhere, emergency first; then all others. No place of a visitor is guessed."""
    ordered = sorted(contacts, key=lambda one: (one.country, one.kind != "emergency"))
    near = sorted((one for one in ordered if one.country in {"", country}), key=lambda one: one.kind != "emergency")
    far = [one for one in ordered if one.country not in {"", country}]
    return Help(
        near=tuple(map(_shown, near)),
        far=tuple((place, tuple(map(_shown, rows))) for place, rows in groupby(far, key=lambda one: one.country)),
    )


def _shown(contact: Contact) -> Shown:
    return Shown(
        contact=contact,
        call=f"tel:{_DIALLED.sub('', contact.phone)}" if contact.phone else "",
        text=f"sms:{_DIALLED.sub('', contact.text_number)}" if contact.text_number else "",
        # Only web addresses become links: a published file must not be able to run anything in the page.
        web=contact.web if contact.web.startswith(("https://", "http://")) else "",
    )
