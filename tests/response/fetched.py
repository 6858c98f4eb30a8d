"""What the tests of fetching share: a list of organisation One whose source is a server on this machine."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor
from cairndesk.lib.errors import DeskError
from cairndesk.response.actions import fetch_list
from cairndesk.response.adapters.lists import Reach
from cairndesk.signals import actions
from cairndesk.signals.models import ListEntry, ListSource
from cairndesk.signals.rules import Papers, Source, SourceKind

SECRETS = {SourceKind.NCMEC: "name:word", SourceKind.STOPNCII: "name,word", SourceKind.FILE: "name:word"}
PAPERS = Papers(
    name="Fetched",
    owner="Partner",
    agreement="A-7",
    terms="Matching only.",
    provenance="fetched",
    received_on=date(2026, 1, 1),
    expires_on=date(2100, 1, 1),
)


@dataclass
class Fetcher:
    """Sets the source of the list and fetches it; time stands at `now` until somebody moves it."""

    organisation: Organisation
    by: Actor
    folder: Path
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    hosts: list[tuple[str, int]] = field(default_factory=list)

    def point(self, kind: SourceKind, address: str, *, secret: str = "", port: int = 0, **more: object) -> ListSource:
        (self.folder / "key").write_text(secret or SECRETS.get(kind, ""))
        self.hosts = [("127.0.0.1", port)]
        credentials = "" if kind is SourceKind.FILE and not secret else "key"
        place = Source(kind=kind, address=address, credentials=credentials, **more)  # type: ignore[arg-type]
        return actions.set_source(organisation=self.organisation.id, papers=PAPERS, source=place, by=self.by, now=self.now)

    def reach(self) -> Reach:
        return Reach(hosts=self.hosts, credentials=self.folder, folder=self.folder, scratch=self.folder)

    def fetch(self, should_stop: Callable[[], bool] = lambda: False) -> DeskError | None:
        source = ListSource.objects.get()
        return fetch_list(source=source, worker="w", reach=self.reach(), by=SYSTEM, clock=lambda: self.now, should_stop=should_stop)

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def listed(self) -> set[tuple[str, str]]:
        """Kind and value of all that counts now."""
        return set(ListEntry.objects.filter(until=None).values_list("kind", "value"))

    def labels(self) -> dict[str, str]:
        return dict(ListEntry.objects.filter(until=None).values_list("value", "label"))
