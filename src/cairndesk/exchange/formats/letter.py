"""A letter to a provider as one e-mail: a text that people read, defanged, and beside it what their machines read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from importlib.resources import files
from string import Template

from cairndesk.exchange.errors import NotSendable
from cairndesk.exchange.formats import xarf
from cairndesk.lib.text import clean, defang, isolate


class Kind(StrEnum):
    """What the letter asks for; each has a text of its own in `letters/`."""

    REMOVAL = "removal"
    PRESERVATION = "preservation"
    BOOKING = "booking"
    PRESERVATION_RENEWAL = "preservation_renewal"
    DELISTING = "delisting"
    REMINDER = "reminder"
    ESCALATION = "escalation"
    REVERSAL = "reversal"


class Target(StrEnum):
    """What is to be acted on, narrowest first."""

    URL = "url"
    POST = "post"
    ADVERT = "advert"
    LISTING = "listing"
    SEARCH_RESULT = "search_result"
    THREAD = "thread"
    ACCOUNT = "account"
    APP = "app"
    MODEL = "model"


_TARGET_WORDS = {
    Target.URL: "the content at this address",
    Target.POST: "this post, which holds personal details of a child",
    Target.ADVERT: "this advertisement",
    Target.LISTING: "this place to let, and its bookings",
    Target.SEARCH_RESULT: "this search result",
    Target.THREAD: "this thread",
    Target.ACCOUNT: "this account",
    Target.APP: "this app",
    Target.MODEL: "this generating model",
}


@dataclass(frozen=True, slots=True)
class Flagger:
    """Who asks, and by which right: a mandate is quoted, never claimed."""

    organisation: str
    address: str
    mandate: str = ""
    trusted_status: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter. `reference` is a random notice reference; nothing in a letter names a case, a child or a reporter."""

    kind: Kind
    reference: str
    recipient: str
    provider: str
    flagger: Flagger
    written_at: datetime
    answer_by: datetime
    targets: Sequence[tuple[Target, str]]
    legality: str
    preserve: str = ""
    earlier: str = ""


def write(letter: Letter, reports: Sequence[xarf.Report] = ()) -> bytes:
    """The e-mail as bytes with CRLF line ends; the same letter always gives the same bytes. Raises NotSendable, NotConforming.

    The subject and the text hold no link that a mail programme would open; the addresses as machines need them stand only in
    the XARF attachments.
    """
    message = EmailMessage(policy=SMTP)
    domain = letter.flagger.address.rpartition("@")[2]
    message["From"] = _header(letter.flagger.address)
    message["To"] = _header(letter.recipient)
    message["Subject"] = f"{subject(letter.kind)} [{letter.reference}]"
    message["Date"] = format_datetime(letter.written_at)
    message["Message-ID"] = f"<{letter.reference}.{letter.kind}@{domain}>"
    message.set_content(text(letter), charset="utf-8", cte="quoted-printable")
    for number, report in enumerate(reports, start=1):
        _attach(message, xarf.write(report), f"xarf-{number}.json")
    if message.is_multipart():
        # A random boundary would make two copies of one letter differ.
        message.set_boundary(f"=_{letter.reference}_=")
    return message.as_bytes()


def subject(kind: Kind) -> str:
    """The subject line; it says what is asked and nothing of the matter."""
    return {
        Kind.REMOVAL: "Request to remove content",
        Kind.PRESERVATION: "Request to preserve records",
        Kind.BOOKING: "Request about a booking",
        Kind.PRESERVATION_RENEWAL: "Request to go on preserving records",
        Kind.DELISTING: "Request to delist",
        Kind.REMINDER: "Reminder of an open request",
        Kind.ESCALATION: "Escalation of an open request",
        Kind.REVERSAL: "Withdrawal of a request",
    }[kind]


def text(letter: Letter) -> str:
    """The letter as people read it: every address defanged, each on a line of its own."""
    template = Template(files("cairndesk.exchange.formats").joinpath(f"letters/{letter.kind}.txt").read_text("utf-8"))
    return template.substitute(
        provider=_shown(letter.provider),
        targets="\n".join(f"  - {_TARGET_WORDS[target]}: {isolate(_shown(address))}" for target, address in letter.targets),
        legality=_shown(letter.legality),
        preserve=_shown(letter.preserve),
        earlier=_shown(letter.earlier),
        reference=letter.reference,
        answer_by=letter.answer_by.strftime("%d %B %Y, %H:%M UTC"),
        flagger=_flagger(letter.flagger),
    )


def _flagger(flagger: Flagger) -> str:
    lines = [_shown(flagger.organisation), f"Answers to: {_shown(flagger.address)}"]
    if flagger.mandate:
        lines.append(f"Mandate: {_shown(flagger.mandate)}")
    if flagger.trusted_status:
        lines.append(f"Flagger status: {_shown(flagger.trusted_status)}")
    return "\n".join(lines)


def _shown(raw: str) -> str:
    return defang(clean(raw))


def _header(address: str) -> str:
    # A line end inside an address would let whoever wrote it add headers of their own.
    if any(c in address for c in "\r\n\0") or address.count("@") != 1:
        raise NotSendable("not a plain mail address")
    return address


def _attach(message: EmailMessage, document: bytes, name: str) -> None:
    message.add_attachment(document, maintype="application", subtype="xarf+json", filename=name)
