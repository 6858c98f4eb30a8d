"""The glossaries in this process's memory, opened once a version and a day; one that is off is forgotten."""

from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from uuid import UUID

from cairndesk.custody.queries import unseal_fields
from cairndesk.signals.engine.glossary import Glossary as Engine
from cairndesk.signals.engine.glossary import Term, read
from cairndesk.signals.models import Glossary, GlossaryVersion


@dataclass(frozen=True, slots=True)
class Held:
    """One version of a glossary, opened: its terms, and the engine that meets those that are not overdue on `day`."""

    version: GlossaryVersion
    day: date
    terms: tuple[Term, ...]
    engine: Engine


_held: dict[UUID, Held] = {}
_opening = Lock()


def asked(organisation: UUID, now: datetime) -> list[Held]:
    """The glossaries of `organisation` that are on and in date, by name. Raises DeskLocked."""
    every = list(Glossary.objects.filter(organisation=organisation).order_by("name"))
    on = [one for one in every if one.is_on and one.version and one.expires_on > now.date()]
    for gone in {one.id for one in every} - {one.id for one in on}:
        _held.pop(gone, None)
    return [_opened(one, now.date()) for one in on]


def terms_of(version: GlossaryVersion) -> tuple[Term, ...]:
    """The terms of one version, in their order. Raises DeskLocked."""
    found = _held.get(version.glossary_id)
    if found is not None and found.version.pk == version.pk:
        return found.terms
    return tuple(read(row) for row in unseal_fields(version.table)["terms"])


def forget() -> None:
    """Afterwards this process holds no terms."""
    _held.clear()


def _opened(glossary: Glossary, today: date) -> Held:
    with _opening:
        found = _held.get(glossary.id)
        if found is None or (found.version.number, found.day) != (glossary.version, today):
            version = glossary.versions.select_related("table").get(number=glossary.version)
            terms = terms_of(version)
            found = _held[glossary.id] = Held(version, today, terms, Engine(terms, today=today))
        return found
