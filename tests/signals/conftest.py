"""The cast of the signals room: Sam takes lists in, Ana looks things up, Ola works for another organisation."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Proof, Role
from cairndesk.custody import access
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.lib.ids import new_id
from cairndesk.signals import actions, shelf
from cairndesk.signals.actions import Imported
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.engine.lists import BadRow, Row
from cairndesk.signals.rules import Papers

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PAPERS = Papers(
    name="Partner list",
    owner="Cairn Desk Two",
    agreement="A-7 of 2026",
    terms="For matching of reports only.",
    provenance="Handed over on a sealed disk.",
    received_on=date(2026, 11, 20),
    expires_on=date(2027, 11, 20),
)


@dataclasses.dataclass(frozen=True)
class Cast:
    one: Organisation
    two: Organisation
    sam: Actor
    ana: Actor
    ola: Actor
    platform: Actor


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    one, two = (
        Organisation.objects.create(slug=slug, name=name, media_mode="hash_only", media_basis="made up for tests", created_at=NOW)
        for slug, name in (("one", "Cairn Desk One"), ("two", "Cairn Desk Two"))
    )
    access.use(Keyring.create([one.id, two.id]))

    def person(name: str, at: Organisation, *roles: Role, proof: Proof = Proof.PASSKEY) -> Actor:
        held = frozenset(roles)
        who = None if proof is Proof.API else new_id()
        return Actor(id=who, pseudonym=f"p-{name}", organisation=at.id, roles=held, proof=proof, name=name, has_credential=True)

    yield Cast(
        one=one,
        two=two,
        sam=person("sam", one, Role.SUPERVISOR),
        ana=person("ana", one, Role.ANALYST),
        ola=person("ola", two, Role.ANALYST, Role.SUPERVISOR),
        platform=person("platform", one, proof=Proof.API),
    )
    access.use(None)
    shelf.of.cache_clear()


def rows_of(*texts: str, withdrawn: bool = False) -> list[Row | BadRow]:
    return [Row(line, recognise(text)[:1], label="A1", withdrawn=withdrawn) for line, text in enumerate(texts, 1)]


Importing = Callable[..., Imported]


@pytest.fixture
def take_in(cast: Cast) -> Importing:
    """Import some texts as a list of organisation One."""

    def importing(*texts: str, replace: bool = False, now: datetime = NOW, **papers: object) -> Imported:
        changed = dataclasses.replace(PAPERS, **papers)
        return actions.import_list(organisation=cast.one.id, papers=changed, rows=rows_of(*texts), replace=replace, by=cast.sam, now=now)

    return importing
