"""The known lists of the demonstration: one that grew, met cases and was disputed, whose last change waits for a person; and one of our own.

All that stands on them are invented addresses and digests of test cards.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from cairndesk.accounts import actions as accounts
from cairndesk.accounts import demo as demo_people
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import add_item
from cairndesk.cases.models import Case, Item
from cairndesk.review import actions as review
from cairndesk.review import queries as looks
from cairndesk.signals import actions
from cairndesk.signals.engine.identifiers import Kind, normalise
from cairndesk.signals.engine.lists import Row
from cairndesk.signals.models import HashList
from cairndesk.signals.rules import MayLeadTo, Papers, Reason, SeenBy

Later = Callable[[datetime, Callable[[datetime], None]], None]
# An address that one story names, and the domain of another: a match below a domain is the weaker one.
_LINK, _DOMAIN = "https://archive.saltmarsh.example/g/77", "seaglass.example"
# What two other stories name, under one label: their cases wait together.
_AGREED = tuple(
    f"https://{path}" for path in ("pics.driftwood.example/album/5512", "pics.driftwood.example/album/5513", "files.undertow.example/x/20881")
)
# When a version came, by the share of the fortnight that had gone, and how many test cards stood on the list then.
_GROWTH = ((0.0, 58), (0.2, 84), (0.45, 131), (0.7, 168))
_FLOOD, _ROWS = 420, 100
_PUBLISHED_OF = ("classified", "acting", "answered")


@dataclass(frozen=True)
class Governing:
    """Who does what with the lists of their organisation in the fortnight from `begin` to `end`."""

    analyst: Actor
    supervisor: Actor
    begin: datetime
    end: datetime

    def schedule(self, later: Later) -> None:
        """Let everything happen in its turn; the first version is there before the first report."""
        span = self.end - self.begin
        for share, cards in _GROWTH:
            later(self.begin + timedelta(minutes=10) + share * span, partial(self._take_in, cards))
        later(self.begin + timedelta(minutes=20), self._begin)
        later(self.begin + 0.6 * span, self._dispute)
        later(self.end - timedelta(hours=20), partial(self._publish, is_done=True))
        later(self.end - timedelta(hours=3), partial(self._publish, is_done=False))
        later(self.end - timedelta(hours=2), partial(self._take_in, _FLOOD))

    def _take_in(self, cards: int, now: datetime) -> None:
        day = self.begin.date()
        actions.import_list(organisation=self._organisation.pk, papers=_papers(day), rows=_rows(cards), by=self.supervisor, now=now)

    def _begin(self, now: datetime) -> None:
        """The limit of the list, and the list of what two people here confirm."""
        actions.set_flood_limit(listed=self._list, share=20, rows=_ROWS, by=self.supervisor, now=now)
        actions.make_own_list(
            organisation=self._organisation,
            terms="for every desk and platform that works with us",
            expires_on=now.date() + timedelta(days=730),
            by=self.supervisor,
            now=now,
            seen_by=SeenBy.MACHINES,
            may_share=True,
        )

    def _dispute(self, now: datetime) -> None:
        named = [normalise(Kind.SHA256, _card(7))]
        actions.dispute_entry(listed=self._list, named=named, reason=Reason.WRONG_LABEL, holds=False, by=self.supervisor, now=now)

    def _publish(self, now: datetime, *, is_done: bool) -> None:
        """The analyst asks to publish the digest of a file; where it `is_done`, the supervisor does it."""
        case = self._confirmed()
        if case is None:
            return
        facts = {"hash_kind": Kind.SHA256.value}
        file = add_item(case=case, kind="media", identifier=_card(f"of case {case.number}"), facts=facts, by=self.analyst, now=now)
        wish = review.ask_publication(case=case, file=file, by=self.analyst, now=now)
        if is_done:
            digest = accounts.approval_digest(wish)
            fresh = demo_people.confirm(by=self.supervisor, digest=digest, shown=digest.hex(), now=now)
            accounts.approve(request=wish, by=self.supervisor, fresh=fresh, now=now)

    def _confirmed(self) -> Case | None:
        """The latest case in which abuse was seen and nothing of a file is on record yet."""
        told = Case.objects.filter(organisation=self.analyst.organisation, stage__in=_PUBLISHED_OF)
        empty = told.exclude(pk__in=Item.objects.filter(kind="media").values("case"))
        for case in empty.order_by("-opened_at"):
            newest = looks.latest(case)
            if newest and newest.features.get("shows_abuse") == "yes" and looks.open_disagreement(case) is None:
                return case
        return None

    @property
    def _organisation(self) -> Organisation:
        return Organisation.objects.get(is_first=True)

    @property
    def _list(self) -> HashList:
        return HashList.objects.get(organisation=self.analyst.organisation, is_own=False)


def _papers(received: date) -> Papers:
    return Papers(
        name="Demonstration list",
        owner="Cairn Desk Two",
        agreement="demonstration",
        terms="for trying out; holds test cards and invented addresses only",
        provenance="drawn by the demonstration",
        received_on=received,
        expires_on=received + timedelta(days=365),
        may_lead_to=MayLeadTo.BATCH,
        batch_within=6,
        batch_source="an example; of a real list, whoever measured how far copies of its entries lie apart",
    )


def _rows(cards: int) -> Iterator[Row]:
    """What some stories name, and hashes of test cards that nobody reported."""
    yield Row(line=1, identifiers=(normalise(Kind.URL, _LINK),))
    yield Row(line=2, identifiers=(normalise(Kind.DOMAIN, _DOMAIN),))
    yield from (Row(line=2, identifiers=(normalise(Kind.URL, address),), label="agreed class") for address in _AGREED)
    for number in range(cards):
        yield Row(line=3 + number, identifiers=(normalise(Kind.SHA256, _card(number)),), label="drawn card" if number % 3 else "plain card")


def _card(number: int | str) -> str:
    return hashlib.sha256(f"test card {number}".encode()).hexdigest()
