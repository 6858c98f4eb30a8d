"""Many cases laid down in bulk: a few are made by the real actions, and their rows are copied with ids, times and digests of their own."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.apps import apps
from django.db import connection, models, transaction

from cairndesk.cases.models import Case, IndexTerm
from cairndesk.custody import access, shredding
from cairndesk.custody.adapters.counting import count_rows
from cairndesk.custody.ledger import entry as entries
from cairndesk.custody.ledger.tree import leaf_hash
from cairndesk.custody.models import LogEntry, LogHead, LogOpening, SealedItem
from cairndesk.custody.queries import frontier_of, unseal_bytes
from cairndesk.custody.rules import VOCABULARY, Purpose
from cairndesk.custody.sealing import items

_BATCH = 500
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_STEP = 128
# Of a hundred sites each address is on one; of a hundred identifiers so many are shared by a few cases, and of a thousand by many.
_SITES, _SHARED, _HOT = 500, 2, 2
_Rows = dict[type[models.Model], list[models.Model]]


def value_of(kind: str, number: int) -> str:
    """What an identifier that more than one case holds is, as it is indexed."""
    return {"email": f"shared-{number}@example.org", "phone": f"+99{number:09d}"}.get(kind, f"shared-{number}")


@dataclass(frozen=True)
class Copies:
    """So many copies of a case that was told and worked on, the times of each moved by what `earlier` draws.

    What was told is sealed anew in each; its identifiers only where the copies are of a case that somebody still `opens`.
    """

    pattern: Pattern
    many: int
    earlier: Callable[[random.Random], timedelta]
    opens: bool = True


class Pattern:
    """The rows that came into the tables with one case, whatever rooms they are of, the log included."""

    def __init__(self, make: Callable[[], Case]) -> None:
        before = _keys()
        # What another case held already is what these cases are alike in.
        self.alike = {bytes(one) for one in IndexTerm.objects.values_list("digest", flat=True)}
        self.case = make()
        self.rows: _Rows = {}
        for model, held in before.items():
            if fresh := [row for row in _all(model).order_by("pk") if row.pk not in held]:
                self.rows[model] = fresh
        self.leaves = [entries.decode(bytes(one.leaf)) for one in self.rows.pop(LogEntry, [])]  # type: ignore[attr-defined]
        self.plain = {row.pk: unseal_bytes(row) for row in self.rows.get(SealedItem, []) if row.purpose == Purpose.IDENTIFIER}  # type: ignore[attr-defined, arg-type]
        self.uuids = {row.pk for model, held in self.rows.items() for row in held if isinstance(_own_key(model), models.UUIDField)}


def lay(wanted: Sequence[Copies], *, told: Callable[[random.Random], Mapping[str, Any]], seed: int) -> None:
    """Afterwards all of these copies are there, in an order that was drawn."""
    drawn = random.Random(seed)  # noqa: S311 - the same desk every time
    order = [one for one in wanted for _ in range(one.many)]
    drawn.shuffle(order)
    press = _Press(drawn, told)
    for start in range(0, len(order), _BATCH):
        with transaction.atomic():
            press.write(order[start : start + _BATCH])


def settle() -> None:
    """Afterwards the database knows what it holds: PostgreSQL learns it by itself within minutes, SQLite is told by `work` once a day."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    count_rows(connection)


def _keys() -> dict[type[models.Model], set[Any]]:
    rooms = [config for config in apps.get_app_configs() if config.name.startswith("cairndesk.") and config.label != "accounts"]
    tables = [model for config in rooms for model in config.get_models(include_auto_created=True) if model is not LogHead]
    return {model: set(_all(model).values_list("pk", flat=True)) for model in tables}


def _all(model: type[models.Model]) -> models.QuerySet[Any]:
    """Its rows, also those that its own manager hides."""
    return models.QuerySet(model)


def _own_key(model: type[models.Model]) -> models.Field[Any, Any]:
    """The column that a row is known by; where that is another row's key, that of the other."""
    key: Any = model._meta.pk
    while key.remote_field:
        key = key.target_field
    return key  # type: ignore[no-any-return]


class _Press:
    """Writes copies, as many at once as it is given; one run of numbers for each table that counts its rows."""

    def __init__(self, drawn: random.Random, told: Callable[[random.Random], Mapping[str, Any]]) -> None:
        self._drawn, self._told, self._next = drawn, told, dict[type[models.Model], Iterator[int]]()
        self._keys = access.keys()
        self._sheets: dict[Case, list[tuple[type[models.Model], list[Any], dict[int, Callable[[_Copy], Any]]]]] = {}

    def write(self, some: Iterable[Copies]) -> None:
        made: dict[type[models.Model], list[list[Any]]] = {}
        head = LogHead.objects.select_for_update().get(id=1)
        frontier, index = frontier_of(head), head.size
        for one in some:
            copy = _Copy(self, one, one.earlier(self._drawn), index)
            for model, fixed, moving in self._sheet(one.pattern):
                row = fixed.copy()
                for place, value in moving.items():
                    row[place] = value(copy)
                made.setdefault(model, []).append(row)
            for leaf in copy.leaves(self._of(one.pattern)):
                frontier = frontier.append(leaf_hash(leaf))
                made.setdefault(LogEntry, []).append([index, leaf, leaf_hash(leaf)])
                index += 1
        for model, rows in made.items():
            _insert(model, rows)
        LogHead.objects.filter(id=1).update(size=frontier.size, frontier=frontier.to_bytes())

    def _of(self, pattern: Pattern) -> Sequence[LogOpening]:
        return pattern.rows.get(LogOpening, [])  # type: ignore[return-value]

    def number(self, model: type[models.Model]) -> int:
        if model not in self._next:
            self._next[model] = itertools.count((_all(model).aggregate(last=models.Max("pk"))["last"] or 0) + 1)
        return next(self._next[model])

    def sealed(self, row: SealedItem, item: UUID, plain: bytes | None) -> items.SealedParts:
        """What somebody told, or `plain`, sealed as the desk seals it, so that it can be opened and found by its words."""
        plain = plain or json.dumps(self._told(self._drawn), separators=(",", ":")).encode()
        padded, second = plain + b" " * (-len(plain) % _STEP), shredding.hold(item, now=row.sealed_at)
        public = self._keys.own_public(row.organisation)
        return items.seal(public, second, padded, organisation=row.organisation, item=item, purpose=row.purpose)

    def digest(self, organisation: UUID, kind: str) -> bytes:
        """Mostly of something that no other case holds: then any 32 bytes are as good."""
        if kind == "domain":
            return hashlib.sha256(b"site %d" % (self._drawn.random() ** 3 * _SITES)).digest()
        chance = self._drawn.random()
        if chance < _HOT / 1000:
            return self._keys.blind_index(organisation, kind, value_of(kind, self._drawn.randrange(20)))
        if chance < _SHARED / 100:
            return self._keys.blind_index(organisation, kind, value_of(kind, self._drawn.randrange(20, 50_000)))
        return secrets.token_bytes(32)

    def _sheet(self, pattern: Pattern) -> list[tuple[type[models.Model], list[Any], dict[int, Callable[[_Copy], Any]]]]:
        if pattern.case not in self._sheets:
            self._sheets[pattern.case] = [
                (model, [_adapted(field, row) for field in model._meta.concrete_fields], dict(self._moving(pattern, model, row)))
                for model, held in pattern.rows.items()
                for row in held
            ]
        return self._sheets[pattern.case]

    def _moving(self, pattern: Pattern, model: type[models.Model], row: models.Model) -> Iterator[tuple[int, Callable[[_Copy], Any]]]:
        """The columns of `row` that no copy shares with it."""
        for place, field in enumerate(model._meta.concrete_fields):
            held = getattr(row, field.attname)
            if isinstance(held, UUID) and held in pattern.uuids:
                yield place, lambda copy, held=held: copy.uuid(held)  # type: ignore[misc]
            elif isinstance(held, datetime):
                yield place, lambda copy, held=held: _moment(held - copy.earlier)  # type: ignore[misc]
            elif field.primary_key and not field.remote_field:
                yield place, lambda copy, held=held: copy.key(model, held)  # type: ignore[misc]
            elif field.remote_field and isinstance(held, int) and (there := _counted(field)) in {*pattern.rows, LogEntry}:
                yield place, lambda copy, there=there, held=held: copy.key(there, held)  # type: ignore[misc]
        names = [field.attname for field in model._meta.concrete_fields]
        if model is Case:
            yield names.index("number"), lambda _: f"{self._word()}-{self._word()}"
        elif isinstance(row, IndexTerm):
            if bytes(row.digest) not in pattern.alike:
                yield names.index("digest"), lambda copy: copy.digest(row)
        elif isinstance(row, SealedItem):
            yield names.index("wrapped"), lambda copy: copy.sealed(row).wrapped
            yield names.index("ciphertext"), lambda copy: copy.sealed(row).ciphertext

    def _word(self) -> str:
        return "".join(self._drawn.choices(_ALPHABET, k=4))


class _Copy:
    """One copy while it is made: what stands in it for each key of the pattern."""

    def __init__(self, press: _Press, of: Copies, earlier: timedelta, index: int) -> None:
        self.earlier, self._press, self._pattern, self._opens, self._index = earlier, press, of.pattern, of.opens, index
        self._uuids: dict[UUID, UUID] = {}
        self._numbers: dict[tuple[type[models.Model], int], int] = {}
        self._sealed: dict[UUID, items.SealedParts] = {}
        self._digests: dict[bytes, bytes] = {}

    def fresh(self, held: UUID) -> UUID:
        if held not in self._uuids:
            self._uuids[held] = uuid4()
        return self._uuids[held]

    def uuid(self, held: UUID) -> Any:
        return self.fresh(held).hex if connection.vendor == "sqlite" else self.fresh(held)

    def key(self, model: type[models.Model], held: int) -> int:
        if model is LogEntry:
            return self._index + held - self._pattern.leaves[0].index
        if (model, held) not in self._numbers:
            self._numbers[model, held] = self._press.number(model)
        return self._numbers[model, held]

    def sealed(self, row: SealedItem) -> items.SealedParts:
        if row.purpose != Purpose.TOLD and not (self._opens and row.pk in self._pattern.plain):
            return items.SealedParts(row.suite, bytes(row.wrapped), bytes(row.ciphertext))
        if row.pk not in self._sealed:
            self._sealed[row.pk] = self._press.sealed(row, self.fresh(row.pk), self._pattern.plain.get(row.pk))
        return self._sealed[row.pk]

    def digest(self, row: IndexTerm) -> bytes:
        """The same for what is the same in the pattern."""
        held = bytes(row.digest)
        if held not in self._digests:
            self._digests[held] = self._press.digest(row.organisation_id, row.kind)
        return self._digests[held]

    def leaves(self, openings: Sequence[LogOpening]) -> Iterator[bytes]:
        for number, (leaf, opening) in enumerate(zip(self._pattern.leaves, openings, strict=True)):
            about = opening.subject if opening.subject not in self._pattern.uuids else self.fresh(opening.subject)
            subject = entries.commit(bytes(opening.salt), "subj", entries.subject_bytes(opening.subject_kind, about))
            time = leaf.time - int(self.earlier.total_seconds())
            yield entries.encode(replace(leaf, index=self._index + number, time=time, subject=subject), VOCABULARY)


def _counted(field: Any) -> type[models.Model]:
    """The table whose numbers a column holds."""
    while field.remote_field:
        model, field = field.related_model, field.target_field
    return model  # type: ignore[no-any-return]


def _adapted(field: models.Field[Any, Any], row: models.Model) -> Any:
    return field.get_db_prep_save(getattr(row, field.attname), connection)


def _moment(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _insert(model: type[models.Model], rows: Sequence[Sequence[Any]]) -> None:
    names = ", ".join(connection.ops.quote_name(field.column) for field in model._meta.concrete_fields)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(rows[0]))})", rows)  # noqa: S608 - names of our own
            return
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as taken:
            for row in rows:
                taken.write_row(row)
        if isinstance(model._meta.pk, models.AutoField):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{model._meta.db_table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608
