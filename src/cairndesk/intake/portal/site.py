"""The portal's parts, put together once: spool, published folder, keys in memory, lanes."""

import os
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Self
from uuid import UUID

from django.conf import settings

from cairndesk.config import VERIFIER_VARIABLE, Config
from cairndesk.custody.sealing import hpke
from cairndesk.directory.portals import OWN
from cairndesk.intake import receipt
from cairndesk.intake.lane import StretchingLane
from cairndesk.intake.portal.languages import Language, on_site
from cairndesk.intake.portal.state import Counters, Keyholder
from cairndesk.intake.published import Desk, NothingPublished, Published
from cairndesk.intake.rules import Mailbox, mailbox_context
from cairndesk.intake.spool import Spool
from cairndesk.lib import clock
from cairndesk.lib.bucket import Bucket

# A look-up that waits longer than these would help nobody; seventeen stretchings take about four seconds.
LOOKUPS_WAITING = 16
# Presses under the pages of one organisation: what a busy school does in a minute, and then one every five seconds. More would tell nothing new.
PRESSES, A_SECOND = 60, 0.2
# Seconds. A file that was once there is found missing some microseconds sooner than one that never was: the kernel remembers it.
ANSWERED_IN_STEPS_OF = 0.004
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Decoy:
    """An empty mailbox that is opened where there is none, so that both answers take the same work."""

    index: str
    private: bytes
    sealed: bytes

    @classmethod
    def make(cls) -> Self:
        """A decoy under a key that nothing else has."""
        index = "0" * 32
        private, public = hpke.generate()
        return cls(index, private, hpke.seal(public, Mailbox().to_json(), mailbox_context(index)))


@dataclass
class Site:
    """All that a view of the portal may touch."""

    config: Config
    spool: Spool
    published: Published
    keyholder: Keyholder = field(default_factory=Keyholder)
    counters: Counters = field(default_factory=lambda: Counters(_tenths()))
    lookups: StretchingLane = field(default_factory=lambda: StretchingLane("look-up", waiting=LOOKUPS_WAITING))
    filing: StretchingLane = field(default_factory=lambda: StretchingLane("filing", waiting=None))
    presses: defaultdict[UUID, Bucket] = field(default_factory=lambda: defaultdict(lambda: Bucket(A_SECOND, PRESSES, most=PRESSES)))
    decoy: Decoy = field(default_factory=Decoy.make)

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages this site offers."""
        return on_site(self.config)

    def country_of(self, desk: Desk | None) -> str:
        """Two letters: where `desk` says that it is, or else the operator; empty where neither says it."""
        return (desk.country if desk else "") or self.config.desks.country

    def is_open(self, desk: Desk | None) -> bool:
        """Whether people may begin to tell `desk`: outside the demo a checked emergency contact must help in its country.

        Where it shows its own alone, it must be one of them: shared ones stand in for whoever has begun, and open nothing.
        """
        if self.config.mode == "demo":
            return True
        country, own_alone = self.country_of(desk), desk is not None and desk.sheet.contacts == OWN
        try:
            return any(one.is_emergency_in(country) for one in self.published.contacts(desk) if one.owner or not own_alone)
        except NothingPublished:
            return False

    def stretch(self, parts: receipt.Parts) -> receipt.Opened:
        """What `parts` open; slow on purpose, to be run in a lane. Raises NothingPublished."""
        cost = receipt.Cost(memory_kib=self.config.receipts.memory_kib, passes=self.config.receipts.passes)
        return receipt.stretch(parts, salt=self.published.salt(), cost=cost)

    def look_up(self, parts: receipt.Parts) -> tuple[receipt.Opened, Mailbox | None]:
        """The mailbox behind `parts`, or None. One stretching, one opening and whole steps of time either way: time tells nothing."""
        begun = time.perf_counter()
        opened = self.stretch(parts)
        sealed = self.published.mailbox(opened.index)
        index, private = (self.decoy.index, self.decoy.private) if sealed is None else (opened.index, opened.private)
        box = Mailbox.from_json(hpke.unseal(private, sealed or self.decoy.sealed, mailbox_context(index)))
        time.sleep((begun - time.perf_counter()) % ANSWERED_IN_STEPS_OF)
        return opened, None if sealed is None else box


def _tenths() -> int:
    """Tenths of a second since this counting began: no draft gets ten pages a second, so numbers keep rising, also when a portal starts anew at once.

    The database holds them until the year 2032.
    """
    return max(0, int((clock.now() - _BEGIN).total_seconds() * 10))


def open_site(config: Config, *, verifier: str) -> Site:
    """The parts for `config`; opens the spool's descriptor, so call it before the walls go up. `verifier`: by whose key intake keys are known."""
    spool = os.open(config.data / "spool", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    published = Published(config.data / "published", verifier)
    return Site(config=config, spool=Spool(spool, is_shut=published.is_shut), published=published)


@cache
def current() -> Site:
    """The site of this process, opened at the first call."""
    return open_site(settings.CAIRNDESK, verifier=os.environ.get(VERIFIER_VARIABLE, ""))
