"""Several small questions in one statement: what a page pays for is mostly the way to the database and back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import CharField, Count, DateTimeField, Expression, Field, IntegerField, JSONField, Model, QuerySet, Value


def counts(wanted: Sequence[tuple[str, QuerySet[Any]]]) -> Mapping[str, int]:
    """How many rows each name has in `wanted`, all that stand under it together; 0 for a name that is not there."""
    parts = [rows.order_by().values_list(Value(name, CharField()), Count("pk")) for name, rows in wanted]
    found: Counter[str] = Counter()
    for name, many in _united(parts) if parts else ():
        found[name] += many
    return found


def fetch(about: Model, compose: Callable[[Any], Sequence[QuerySet[Any]]]) -> list[list[Any]]:
    """The rows of each of the querysets that `compose` makes of the key of `about`, in its order, read in one statement.

    For small tables without columns of bytes; joined rows (`select_related`) are not read along. The querysets may depend on that key and on
    nothing else: a process composes the statement once, and asks it with another key the next time.
    """
    return _ask(about, compose, compose)


def preload(owner: Model, *names: str) -> None:
    """Afterwards `owner` holds the rows that `owner.<name>.all()` gives, read in one statement for all of these names that it does not hold yet.

    For pages: an action, which changes such rows, reads them anew.
    """
    held = owner.__dict__.setdefault("_prefetched_objects_cache", {})
    names = tuple(name for name in names if name not in held)
    if not names:
        return
    model = type(owner)
    found = _ask(owner, (model, names), lambda key: [getattr(model(pk=key), name).all() for name in names])
    for name, made in zip(names, found, strict=True):
        back, rows = model._meta.get_field(name).remote_field.name, getattr(owner, name).all()  # type: ignore[union-attr]
        for one in made:
            setattr(one, back, owner)
        rows._result_cache, rows._prefetch_done = made, True  # noqa: SLF001 - what Django's own prefetching, a statement a name, fills
        held[name] = rows


@dataclass(frozen=True, slots=True)
class _Composed:
    """A statement with where in it the key stands, and of each of its parts the model and the order."""

    sql: str
    params: tuple[Any, ...]
    stand_in: Any
    parts: tuple[tuple[type[Model], tuple[Any, ...]], ...]

    def filled(self, key: Any) -> tuple[Any, ...]:
        return tuple(key if one == self.stand_in else one for one in self.params)


# Django takes longer to compose such a statement than a database takes to answer it.
_COMPOSED: dict[tuple[Hashable, str], _Composed] = {}
_STAND_INS: Mapping[type, Any] = {UUID: UUID("5f8d9e0c-7d1a-4c57-9a35-0d6f1c2b8e94"), int: -5_839_204_817}


def _ask(about: Model, name: Hashable, compose: Callable[[Any], Sequence[QuerySet[Any]]]) -> list[list[Any]]:
    composed = _COMPOSED.get((name, connection.vendor)) or _compose(about, name, compose)
    found: list[list[Any]] = [[] for _ in composed.parts]
    with connection.cursor() as cursor:
        cursor.execute(composed.sql, composed.filled(_written(about, about.pk)))
        for place, row in cursor.fetchall():
            found[place].append(_made(composed.parts[place][0], _value(row)))
    for rows, (_, order) in zip(found, composed.parts, strict=True):
        _sort(rows, order)
    return found


def _compose(about: Model, name: Hashable, compose: Callable[[Any], Sequence[QuerySet[Any]]]) -> _Composed:
    key = _STAND_INS[type(about.pk)]
    wanted = compose(key)
    parts = [rows.order_by().values_list(Value(place, IntegerField()), _Row(rows.model)) for place, rows in enumerate(wanted)]
    sql, params = _united(parts).query.get_compiler(connection=connection).as_sql()
    order = tuple((rows.model, tuple(rows.query.order_by or rows.model._meta.ordering)) for rows in wanted)
    return _COMPOSED.setdefault((name, connection.vendor), _Composed(sql, tuple(params), _written(about, key), order))


def _written(about: Model, key: Any) -> Any:
    """A key as the database is given it."""
    return about._meta.pk.get_db_prep_value(key, connection, prepared=False)


def _united(parts: Sequence[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    return parts[0].union(*parts[1:], all=True)


class _Row(Expression):
    """The columns of `model` as one value of JSON.

    Composed by itself: to resolve every column by Django's own `JSONObject` takes longer than the database takes to read it.
    """

    key: Any

    def __init__(self, model: type[Model]) -> None:
        super().__init__(output_field=JSONField())
        self.model = model

    def resolve_expression(self, query: Any = None, *_: Any, **__: Any) -> _Row:
        made = self.copy()
        made.key = query.resolve_ref("pk")
        return made

    def get_source_expressions(self) -> list[Any]:
        return [self.key]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.key,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[()]]:
        table = compiler.quote_name_unless_alias(self.key.alias)
        if connection.vendor == "postgresql":
            return f"TO_JSONB({table})", ()
        columns = (f"'{name}', {table}.{connection.ops.quote_name(name)}" for name in _columns(self.model))
        return f"JSON_OBJECT({', '.join(columns)})", ()


@cache
def _columns(model: type[Model]) -> Mapping[str, Field[Any, Any]]:
    return {str(field.column): field for field in model._meta.concrete_fields}


@cache
def _readers(model: type[Model]) -> list[tuple[str, Callable[[Any], Any]]]:
    return [(name, _read(field)) for name, field in _columns(model).items()]


def _made(model: type[Model], row: Mapping[str, Any]) -> Model:
    return model.from_db("default", [field.attname for field in _columns(model).values()], [read(row[name]) for name, read in _readers(model)])


def _read(field: Field[Any, Any]) -> Callable[[Any], Any]:
    """What JSON holds of a column, as Python has it: a moment is always UTC, and SQLite hands JSON inside JSON on as text."""
    if isinstance(field, DateTimeField):
        return _moment
    return _value if isinstance(field, JSONField) else field.to_python


def _moment(said: str | None) -> datetime | None:
    if said is None:
        return None
    moment = datetime.fromisoformat(said)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _value(held: Any) -> Any:
    return json.loads(held) if isinstance(held, str) else held


def _sort(rows: list[Any], ordering: Sequence[Any]) -> None:
    for name in reversed(ordering):
        plain = name.removeprefix("-")
        rows.sort(key=lambda row, plain=plain: getattr(row, plain), reverse=name.startswith("-"))  # type: ignore[misc]
