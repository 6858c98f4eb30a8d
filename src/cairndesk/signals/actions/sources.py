"""Fetched lists: where they come from, and every write on the way from a source to the list.

What a source tells is first laid down as it is (`SourceValue`), page by page, each page in one transaction with the mark of how far it was
read. Only then the list is brought to the same state, by the import that every list takes. Each step can be repeated without harm, so that a
fetch that dies at any moment goes on where it was and ends with the same list.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import chain, count
from uuid import UUID

from django.db import models, transaction

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.lib.batches import AT_ONCE, batches
from cairndesk.signals import rules
from cairndesk.signals.actions.lists import Imported, import_list
from cairndesk.signals.actions.versions import clear, fields, look_back_anew
from cairndesk.signals.engine.fetched import Page
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.engine.lists import BadRow, Row
from cairndesk.signals.errors import ListHeld, ListRefused, SourceTaken
from cairndesk.signals.models import HashList, ListEntry, ListSource, SourceValue
from cairndesk.signals.rules import Papers, Source

# Longer than a page may take to come, so that no two workers fetch one list.
LEASE = timedelta(minutes=10)
_READ = 20_000
_LEASE_ROWS = 20_000


@transaction.atomic
def set_source(*, organisation: UUID, papers: Papers, source: Source, by: Actor, now: datetime) -> ListSource:
    """Afterwards the list `papers.name`, made if it is new, has these papers and is fetched from `source`, for the first time at once.

    Another place than before is read from its beginning. A list that a person switched off stays off.
    Raises ListRefused, and ListHeld while a change of the list waits for a person.
    """
    require(by, Verb.LIST_IMPORT, organisation=organisation)
    rules.check_papers(papers, today=now.date())
    rules.check_source(source, papers)
    listed, _ = HashList.objects.select_for_update().get_or_create(organisation_id=organisation, name=papers.name, defaults=fields(papers))
    if listed.is_own:
        raise ListRefused("This list holds what people here have confirmed; it comes from nowhere else.")
    if listed.held_changes.filter(decided_at=None).exists():
        raise ListHeld
    if not listed.is_on or papers.distance > listed.distance:
        look_back_anew(listed)
    for name, value in fields(papers).items():
        setattr(listed, name, value)
    if listed.off_because != "person":
        listed.is_on, listed.off_because = True, ""
    listed.save()
    held = ListSource.objects.filter(list=listed).first() or ListSource(list=listed)
    if held.pk and _place(held) != _place(source):
        held.checkpoint, held.turn, held.refused = None, held.turn + 1, 0
    for name, value in asdict(source).items():
        setattr(held, name, value)
    # Who fetches it at this moment finds the lease gone and stops.
    held.next_try_at, held.attempts, held.worker, held.lease_until = now, 0, "", None
    held.save()
    record(event=Event.SIGNALS_SOURCE_SET, subject_kind="list", subject=listed.pk, by=by, now=now, detail={"kind": source.kind.value})
    return held


@transaction.atomic
def remove_source(*, listed: HashList, by: Actor, now: datetime) -> None:
    """Afterwards the list is fetched no more; it stays as it is, and can be imported by hand. Raises ListRefused where it has no source."""
    require(by, Verb.LIST_IMPORT, organisation=listed.organisation_id)
    if not ListSource.objects.filter(list=listed).delete()[0]:
        raise ListRefused("This list has no source.")
    record(event=Event.SIGNALS_SOURCE_REMOVED, subject_kind="list", subject=listed.pk, by=by, now=now)


def claim_source(*, source: ListSource, worker: str, now: datetime) -> bool:
    """Whether `worker` holds the source now; of several that ask at once exactly one does. It is kept by writing, and lost after ten minutes."""
    free = models.Q(worker="") | models.Q(lease_until__lt=now)
    claimed = {"worker": worker, "lease_until": now + LEASE, "tried_at": now, "attempts": models.F("attempts") + 1}
    return bool(ListSource.objects.filter(free, pk=source.pk).update(**claimed))


@transaction.atomic
def keep_page(*, source: ListSource, worker: str, page: Page, now: datetime) -> None:
    """Afterwards the records of `page` are as it says, and the source counts as read that far: both, or neither. Raises SourceTaken."""
    held = _hold(source, worker, now)
    if page.starts_over:
        held.turn, held.refused = held.turn + 1, 0
    for keys in batches(page.records):
        SourceValue.objects.filter(source=held, key__in=keys).delete()
    values = ((key, one) for key, listed in page.records.items() for one in listed)
    rows = [SourceValue(source=held, key=key, kind=one.kind, value=one.value, label=one.label, turn=held.turn) for key, one in values]
    SourceValue.objects.bulk_create(rows, batch_size=AT_ONCE)
    held.checkpoint, held.refused = page.checkpoint, held.refused + page.refused
    held.save(update_fields=["checkpoint", "refused", "turn", "lease_until"])


def publish_source(
    *, source: ListSource, worker: str, by: Actor, clock: Callable[[], datetime], progress: Callable[[int], object] = lambda _: None
) -> Imported | None:
    """Afterwards the list holds what the source was last read to list; None where it did already, or where a change of it waits for a person.

    For a reading that is complete: what it has not brought again is taken off. `progress` is called with the number of changes so far.
    Raises SourceTaken, ListRefused.
    """
    held = renew_lease(source=source, worker=worker, now=clock())
    if held.list.held_changes.filter(decided_at=None).exists():
        return None
    # What an import left that died must not pass for what the list has.
    clear(held.list)
    _forget_older(held)
    changes = _changes(held)
    first, done = next(changes, None), None
    if first is not None:
        done = import_fetched(source=held, worker=worker, rows=chain([first], changes), by=by, clock=clock, progress=progress)
    _label(held)
    return done


def import_fetched(
    *,
    source: ListSource,
    worker: str,
    rows: Iterable[Row | BadRow],
    by: Actor,
    clock: Callable[[], datetime],
    replace: bool = False,
    progress: Callable[[int], object] = lambda _: None,
) -> Imported:
    """Afterwards the list of `source` has the next version, made of `rows` as `import_list` says. Raises SourceTaken, ListRefused."""
    listed = HashList.objects.get(pk=source.list_id)

    def kept() -> Iterator[Row | BadRow]:
        for number, row in enumerate(rows, 1):
            if number % _LEASE_ROWS == 0:
                renew_lease(source=source, worker=worker, now=clock())
            progress(number)
            yield row
        # Whoever set another source meanwhile must not find the values of the old one on the list.
        renew_lease(source=source, worker=worker, now=clock())

    papers = rules.Papers(**{name: getattr(listed, name) for name in rules.PAPERS})
    return import_list(organisation=listed.organisation_id, papers=papers, rows=kept(), by=by, now=clock(), replace=replace, fetched=True)


@transaction.atomic
def record_fetched(*, source: ListSource, worker: str, checkpoint: dict[str, object] | None, by: Actor, now: datetime) -> None:
    """Afterwards the fetch is over and the next one is due after the source's hours. `checkpoint`: a new one, None where it stays."""
    held = _hold(source, worker, now)
    if held.trouble:
        record(event=Event.SIGNALS_SOURCE_RECOVERED, subject_kind="list", subject=held.list_id, by=by, now=now)
    held.checkpoint = held.checkpoint if checkpoint is None else checkpoint
    held.worker, held.lease_until, held.attempts, held.trouble, held.trouble_says = "", None, 0, "", ""
    held.fetched_at, held.next_try_at = now, now + timedelta(hours=held.every_hours)
    held.unmatched = dict(SourceValue.objects.filter(source=held, value="").values_list("kind").annotate(models.Count("id")).order_by("kind"))
    held.save()


@transaction.atomic
def record_fetch_trouble(*, source: ListSource, worker: str, code: str, says: str, again: datetime, by: Actor, now: datetime) -> bool:
    """Afterwards what went wrong stands with the source, and it is tried `again`. Whether the trouble is new; who lost the lease changes nothing."""
    held = ListSource.objects.select_for_update().get(pk=source.pk)
    if held.worker != worker:
        return False
    is_new = held.trouble != code
    if is_new:
        record(event=Event.SIGNALS_SOURCE_FAILED, subject_kind="list", subject=held.list_id, by=by, now=now, detail={"code": code.rpartition(".")[2]})
    held.worker, held.lease_until, held.trouble, held.trouble_says, held.next_try_at = "", None, code, says[:300], again
    held.save()
    return is_new


def release_source(*, source: ListSource, worker: str) -> None:
    """Afterwards another worker may go on at once with what `worker` has broken off."""
    ListSource.objects.filter(pk=source.pk, worker=worker).update(worker="", lease_until=None)


@transaction.atomic
def renew_lease(*, source: ListSource, worker: str, now: datetime) -> ListSource:
    """The source as it is now, held by `worker` for ten more minutes. Raises SourceTaken."""
    held = _hold(source, worker, now)
    held.save(update_fields=["lease_until"])
    return held


def _hold(source: ListSource, worker: str, now: datetime) -> ListSource:
    held = ListSource.objects.select_for_update().filter(pk=source.pk).first()
    if held is None or held.worker != worker:
        raise SourceTaken("Another one fetches this list now, or its source was changed.")
    held.lease_until = now + LEASE
    return held


def _place(source: ListSource | Source) -> tuple[str, ...]:
    return source.kind, source.address, source.collection


def _forget_older(held: ListSource) -> None:
    for piece in _pieces(SourceValue.objects.filter(source=held)):
        SourceValue.objects.filter(piece, source=held, turn__lt=held.turn).delete()


def _changes(held: ListSource) -> Iterator[Row]:
    """What the list has and the source has not, then the other way round. Both are read in pieces, for the list changes meanwhile."""
    told = SourceValue.objects.filter(source=held, kind=models.OuterRef("kind"), value=models.OuterRef("value"))
    listed = ListEntry.objects.filter(list=held.list_id, kind=models.OuterRef("kind"), value=models.OuterRef("value"), until=None)
    gone = ListEntry.objects.filter(~models.Exists(told), list=held.list_id, until=None)
    new = SourceValue.objects.filter(~models.Exists(listed), source=held, kind__in=[*Kind]).exclude(value="")
    line = count(1)
    for every, some, withdrawn in ((ListEntry.objects.filter(list=held.list_id), gone, True), (SourceValue.objects.filter(source=held), new, False)):
        for piece in _pieces(every):
            for kind, value, label in list(some.filter(piece).values_list("kind", "value", "label")):
                yield Row(next(line), (Identifier(Kind(kind), value),), label, withdrawn)


def _label(held: ListSource) -> None:
    """Afterwards each entry carries the label that the source gives it now; of several the first by letter, which of A1 to B2 is the gravest."""
    told = SourceValue.objects.filter(source=held, kind=models.OuterRef("kind"), value=models.OuterRef("value")).order_by("label").values("label")[:1]
    standing = ListEntry.objects.filter(list=held.list_id, until=None).annotate(told=models.Subquery(told))
    other = standing.exclude(told=None).exclude(label=models.F("told"))
    for piece in _pieces(ListEntry.objects.filter(list=held.list_id)):
        found = list(other.filter(piece).values_list("told", "id"))
        for label in {label for label, _ in found}:
            entries = [entry for told, entry in found if told == label]
            for some in batches(entries):
                ListEntry.objects.filter(id__in=some).update(label=label)


def _pieces(rows: models.QuerySet[ListEntry] | models.QuerySet[SourceValue]) -> Iterator[models.Q]:
    """Conditions that together hold for all of `rows`, each for so many that a statement about them takes no more than seconds."""
    last = 0
    while ends := list(rows.filter(id__gt=last).order_by("id").values_list("id", flat=True)[_READ : _READ + 1]):
        yield models.Q(id__gt=last, id__lte=ends[0])
        last = ends[0]
    yield models.Q(id__gt=last)
