"""Log entries as plain facts for a report or a graph: only what was opened, and only after it met what the leaf commits to."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cairndesk.exchange.errors import NotOpened
from cairndesk.exchange.formats.proof import Entry, Withheld

_DESK = str(UUID(int=0))


@dataclass(frozen=True, slots=True)
class Act:
    """One act: number `index` of the log. `to_hour` says that `at` is known to the hour only; nobody in person is `doer` None.

    `previous` is the number of the act before it about the same thing, None for the first.
    """

    index: int
    about: str
    previous: int | None
    at: datetime
    to_hour: bool
    event: str
    subject: UUID
    doer: str | None
    by: str
    detail: Mapping[str, str | int]


def read(entries: Sequence[Entry | Withheld]) -> list[Act]:
    """The acts in the order of the log, without what is withheld: of that only its place in the history of its thing is known.

    Raises NotOpened when an entry is not what it is said to be, or the one before it is missing.
    """
    acts: list[Act] = []
    # The subject behind each name: one that is withheld does not say it itself.
    called = {entry.about: entry.opened["subj"].value for entry in entries if isinstance(entry, Entry) and "subj" in entry.opened}
    last: dict[str, int] = {}
    numbers: dict[bytes, int] = {}
    for entry in sorted(entries, key=lambda one: one.index):
        if isinstance(entry, Withheld):
            if entry.about not in called:
                raise NotOpened(f"entry {entry.index}: nothing says what it is about")
            numbers[called[entry.about]] = entry.index
            continue
        leaf = json.loads(entry.leaf)
        shown = {name: _opened(entry, leaf, name) for name in ("subj", "actor", "d")}
        doer, detail = shown["actor"].decode(), json.loads(shown["d"])
        before, _ = detail.pop("previous", None), detail.pop("lasts", None)
        if before not in {None, numbers.get(shown["subj"])}:
            raise NotOpened(f"entry {entry.index}: the entry before it, {before}, is missing")
        numbers[shown["subj"]] = entry.index
        acts.append(
            Act(
                index=entry.index,
                about=entry.about,
                previous=last.get(entry.about),
                at=datetime.fromtimestamp(leaf["t"], UTC),
                to_hour=entry.to_hour,
                event=leaf["type"],
                subject=UUID(bytes=shown["subj"].partition(b"\0")[2]),
                doer=None if doer == _DESK else doer,
                by=leaf["authz"][1],
                detail=detail,
            )
        )
        last[entry.about] = entry.index
    return acts


def doers(acts: Sequence[Act]) -> dict[str, int]:
    """Each person who acted, numbered by first appearance: a report says "person 2" and names the pseudonym once."""
    return {doer: number for number, doer in enumerate(dict.fromkeys(act.doer for act in acts if act.doer), start=1)}


def _opened(entry: Entry, leaf: Mapping[str, Any], name: str) -> bytes:
    part = entry.opened.get(name)
    if part is None or not hmac.compare_digest(hmac.digest(part.key, part.value, hashlib.sha256).hex(), leaf[name]) or leaf["i"] != entry.index:
        raise NotOpened(f"entry {entry.index}: `{name}` is not what the log holds")
    return part.value
