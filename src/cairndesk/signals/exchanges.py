"""The exchanges of Hasher-Matcher-Actioner (HMA): where lists are fetched from and how that went, as its clients read it.

There an exchange bears the name of the bank that it fills; so here it is a list with a source. What a source is opened with, and its
address, is told to no machine. Source: `blueprints/curation.py` of that project, and `FetchStatus` and the names of interfaces of `threatexchange`.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import QuerySet

from cairndesk.signals.models import HashList, ListEntry, ListSource
from cairndesk.signals.rules import SourceKind
from cairndesk.signals.shelf import current

APIS = {SourceKind.NCMEC: "ncmec", SourceKind.STOPNCII: "stop_ncii", SourceKind.THREATEXCHANGE: "fb_threatexchange", SourceKind.FILE: "local_file"}
"""Their names for the ways of speaking that both sides know."""


def names(lists: Collection[HashList]) -> list[str]:
    """Those of `lists` that are fetched, by name."""
    return sorted(one.list.name for one in _sources(lists))


def exchange(lists: Collection[HashList], name: str) -> Mapping[str, object] | None:
    """What an exchange is; None where no list of that name is fetched."""
    found = _named(lists, name)
    return {"name": name, "api": APIS[SourceKind(found.kind)], "enabled": found.list.is_on} if found else None


def status(lists: Collection[HashList], name: str, *, now: datetime) -> Mapping[str, object] | None:
    """How its fetching goes, times in seconds since 1970; None where no list of that name is fetched.

    `last_fetch_succeeded` is None before the first try has ended. It is up to date where the last try brought everything and the next is not due.
    """
    found = _named(lists, name)
    if found is None:
        return None
    is_running = found.lease_until is not None and found.lease_until > now
    succeeded = False if found.trouble else True if found.fetched_at else None
    return {
        "checkpoint_ts": _seconds(found.fetched_at),
        "running_fetch_start_ts": _seconds(found.tried_at) if is_running else None,
        "last_fetch_complete_ts": _seconds(found.fetched_at),
        "last_fetch_succeeded": succeeded,
        "up_to_date": bool(succeeded) and found.next_try_at > now,
        "fetched_items": ListEntry.objects.filter(current(found.list)).count(),
    }


def api(lists: Collection[HashList], name: str) -> Mapping[str, object] | None:
    """Whether one of `lists` has the means to open a source of that way of speaking; None for a way that is not spoken here."""
    kind = next((kind for kind, known in APIS.items() if known == name), None)
    if kind is None:
        return None
    has = any(one.credentials for one in _sources(lists) if one.kind == kind)
    return {"supports_authentification": True, "has_set_authentification": has}


def _sources(lists: Collection[HashList]) -> QuerySet[ListSource]:
    return ListSource.objects.filter(list__in=lists).select_related("list")


def _named(lists: Collection[HashList], name: str) -> ListSource | None:
    return _sources(lists).filter(list__name=name).first()


def _seconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())
