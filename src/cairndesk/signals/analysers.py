"""Which analysers are installed and switched on, and what they say of a file: hints beside their error rates, which decide nothing."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import EntryPoint, entry_points
from uuid import UUID

import structlog
from django.conf import settings

from cairndesk.signals import register, walled
from cairndesk.signals.engine import analysers
from cairndesk.signals.engine.analysers import GROUP, Analyser, Opinion
from cairndesk.signals.tools import Tool

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Installed:
    """One that is installed: the name of its entry point, itself, and the folder in which its package lies."""

    name: str
    analyser: Analyser
    folder: str


def installed() -> list[Installed]:
    """Every analyser that is installed and has a whole card, by name."""
    return sorted(_usable(), key=lambda one: one.name)


def switched_on(*, organisation: UUID, now: datetime) -> list[Installed]:
    """Those that the configuration names, unless nobody assessed their use in time. None is named by default, and then none is even imported."""
    named = set(settings.CAIRNDESK.analysers.on)
    if not named or Tool.ANALYSERS in register.off(organisation=organisation, now=now):
        return []
    found = [one for one in installed() if one.name in named]
    for name in sorted(named - {one.name for one in found}):
        log.warning("analyser_not_usable", analyser=name)
    return found


def opinions(data: bytes, *, organisation: UUID, now: datetime) -> list[tuple[Installed, Opinion]]:
    """What each that is switched on says of the file in `data`, or why it says nothing; each in a child of its own, behind walls."""
    least = walled.least(settings.CAIRNDESK)
    return [(one, analysers.look(one.analyser, data, folder=one.folder, minimum=least)) for one in switched_on(organisation=organisation, now=now)]


def _usable() -> Iterator[Installed]:
    for point in entry_points(group=GROUP):
        # Somebody else's code may raise anything at all; that one is not usable, and no reason to leave the others out.
        with suppress(Exception):
            held = point.load()
            if isinstance(held, Analyser):
                yield Installed(point.name, held, _folder(point))


def _folder(point: EntryPoint) -> str:
    return str(point.dist.locate_file("")) if point.dist else ""
