"""What a letter says, put together from its sealed words at the moment it leaves; and drafts filled in from the directory."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid5

from django.db.models import QuerySet

from cairndesk.cases.models import Case, Item
from cairndesk.cases.queries import case_facts, identifier_of
from cairndesk.custody.queries import unseal_fields
from cairndesk.directory.models import Provider
from cairndesk.directory.queries import provider_for
from cairndesk.directory.rules import Platform
from cairndesk.exchange.formats import letter, xarf
from cairndesk.response.errors import DeliveryDelayed
from cairndesk.response.models import Complaint, Delivery, Notice
from cairndesk.response.queries.facts import REMOVABLE
from cairndesk.response.rules import ComplaintAnswer, NoticeKind
from cairndesk.review import scheme
from cairndesk.review.queries import latest

_TARGETS = {
    "url": letter.Target.URL,
    "web_page": letter.Target.URL,
    "account": letter.Target.ACCOUNT,
    "group": letter.Target.THREAD,
    "app": letter.Target.APP,
    "search_result": letter.Target.SEARCH_RESULT,
    "listing": letter.Target.ADVERT,
    "advert": letter.Target.ADVERT,
    "model": letter.Target.MODEL,
    "model_host": letter.Target.MODEL,
}
# Whoever shows these does not have them: what can be asked is not to lead there any more.
_LISTED = frozenset({letter.Target.SEARCH_RESULT, letter.Target.APP})
# What the form suggests for a harm; a person sees and confirms it. A classification of images is suggested only where a person gave one.
_SUGGESTED = {
    "sexual_extortion": xarf.Exploitation.SEXTORTION,
    "financial_sexual_extortion": xarf.Exploitation.SEXTORTION,
    "threat_to_share": xarf.Exploitation.SEXTORTION,
    "solicitation": xarf.Exploitation.SOLICITATION,
    "trafficking_sexual": xarf.Exploitation.TRAFFICKING,
    "trafficking_production": xarf.Exploitation.TRAFFICKING,
    "material_distribution": xarf.Exploitation.DISTRIBUTION,
    "commercial_sale": xarf.Exploitation.DISTRIBUTION,
    "material_production": xarf.Exploitation.PRODUCTION,
    "parental_production": xarf.Exploitation.PRODUCTION,
    "material_possession": xarf.Exploitation.POSSESSION,
}
# A reversal or a reminder asks for nothing machines should act on anew.
_WITH_XARF = {letter.Kind.REMOVAL, letter.Kind.DELISTING, letter.Kind.ESCALATION}


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail ready to be handed to a server."""

    recipient: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Prefilled:
    """A notice as the directory would have it: the provider of these addresses, and what to ask it for. None: nobody is known."""

    provider: Provider | None
    kind: NoticeKind
    targets: tuple[tuple[letter.Target, str], ...]

    @property
    def key(self) -> str:
        """Names it on the page: a provider may host one thing and only list another."""
        named = str(self.provider.pk) if self.provider else ""
        return named if self.kind is NoticeKind.REMOVAL else f"{named}/{self.kind}"


def mail_of(delivery: Delivery, sender: str) -> Mail:
    """The mail of `delivery` as it would leave from `sender`. Raises DeliveryDelayed without a sender, DeskLocked without keys."""
    if not sender:
        raise DeliveryDelayed("no sender is configured")
    notice = delivery.notice
    words, document = unseal_fields(delivery.message), unseal_fields(notice.document)
    kind = letter.Kind(words["kind"])
    written = _letter(notice, kind, sender, datetime.fromisoformat(words["written_at"]), {**document, **words})
    reports = _reports(notice, written) if kind in _WITH_XARF and notice.finding else []
    return Mail(written.recipient, letter.write(written, reports))


def preview(notice: Notice, document: dict[str, Any], sender: str, kind: letter.Kind | None = None) -> letter.Letter:
    """The letter, or another `kind` about the same notice, as it would leave now; a reserved address stands for a sender not configured."""
    return _letter(notice, kind or letter.Kind(notice.kind), sender or "not-configured@desk.invalid", notice.queued_at or notice.drafted_at, document)


def removable_items(case: Case) -> QuerySet[Item]:
    """What could be removed somewhere: the addresses of `case`, sealed."""
    return Item.objects.filter(case=case, kind__in=REMOVABLE)


def prefilled(case: Case) -> list[Prefilled]:
    """One draft for each provider that the reported addresses lead to, and one more for what it only lists; opens the addresses.

    What leads to nobody stands last.
    """
    found: dict[tuple[Provider | None, NoticeKind], list[tuple[letter.Target, str]]] = {}
    for item in removable_items(case).filter(identifier__erased_at=None).select_related("identifier").order_by("added_at"):
        address = identifier_of(item)
        target = _TARGETS[item.kind]
        kind = NoticeKind.DELISTING if target in _LISTED else NoticeKind.REMOVAL
        found.setdefault((_provider_of(address), kind), []).append((target, address))
    return [Prefilled(provider, kind, tuple(targets)) for (provider, kind), targets in sorted(found.items(), key=lambda pair: pair[0][0] is None)]


def kept_by(found: Collection[Prefilled]) -> NoticeKind:
    """What to ask whoever has these addresses to keep: bookings where all of them are rental platforms."""
    known = [one.provider for one in found if one.provider]
    return NoticeKind.BOOKING if known and all(Platform.RENTAL in one.platform_types for one in known) else NoticeKind.PRESERVATION


def as_booked(targets: Collection[tuple[letter.Target, str]]) -> tuple[tuple[letter.Target, str], ...]:
    """The same, as places that are let: what asks about a booking asks for nothing to be taken down."""
    return tuple((letter.Target.ACCOUNT if target is letter.Target.ACCOUNT else letter.Target.LISTING, address) for target, address in targets)


def told_before(case: Case, provider: Provider) -> str:
    """What a letter says of the provider having been told in vain; empty where it never was.

    It names months and not days: a day could lead the provider, or one person there, to whoever told.
    """
    said = {ComplaintAnswer.NONE: "did not answer", ComplaintAnswer.REFUSED: "refused", ComplaintAnswer.PARTLY: "acted in part only"}
    found = Complaint.objects.filter(case=case, provider=provider)
    lines = [f"You were told of this in {one.told_on:%B %Y} and {said[ComplaintAnswer(one.answer)]}." for one in found]
    return " ".join(dict.fromkeys(lines))


def suggested_finding(case: Case) -> str:
    """What a person graded, in the values of the form; else what the recorded harms suggest, the most specific first; empty where neither does."""
    newest = latest(case)
    if graded := scheme.equivalent(newest.look.grades, "xarf_csam") if newest else None:
        return graded
    harms = set(newest.harms if newest else ()) | case_facts(case).harms
    return next((finding.value for harm, finding in _SUGGESTED.items() if harm in harms), "")


def _letter(notice: Notice, kind: letter.Kind, sender: str, written_at: datetime, words: dict[str, Any]) -> letter.Letter:
    provider = notice.provider
    escalated = provider.escalation_address and (kind is letter.Kind.ESCALATION or words.get("is_escalated"))
    first = notice.earlier.reference if notice.earlier else notice.reference
    return letter.Letter(
        kind=kind,
        reference=notice.reference,
        recipient=provider.escalation_address if escalated else provider.address_for(notice.kind),
        provider=provider.name,
        flagger=letter.Flagger(notice.case.organisation.name, sender, provider.flagger_mandate, provider.flagger_status),
        written_at=written_at,
        answer_by=notice.answer_by or written_at + timedelta(hours=provider.answer_hours),
        targets=[(letter.Target(target), address) for target, address in words["targets"]],
        legality=words["legality"],
        preserve=words["preserve"],
        earlier=first,
    )


def _reports(notice: Notice, written: letter.Letter) -> list[xarf.Report]:
    mail = written.flagger.address
    sender = xarf.Sender(written.flagger.organisation, mail, mail.rpartition("@")[2])
    finding = _finding(notice.finding)
    web = [address for _, address in written.targets if urlsplit(address).scheme in {"http", "https"}]
    # The id follows from notice and address, so that a letter that is sent twice carries the same reports.
    return [xarf.Report(uuid5(notice.id, address), written.written_at, sender, address, finding) for address in web]


def _finding(code: str) -> xarf.Classification | xarf.Exploitation:
    return xarf.Classification(code) if code in set(xarf.Classification) else xarf.Exploitation(code)


def _provider_of(address: str) -> Provider | None:
    try:
        host = urlsplit(address if "://" in address else f"//{address}").hostname
    except ValueError:
        return None
    return provider_for(host) if host else None
