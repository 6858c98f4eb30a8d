"""Several small questions in one statement: what a page pays for is mostly the way to the database and back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db.models import CharField, Count, DateTimeField, Expression, Field, IntegerField, JSONField, Model, QuerySet, Value


def counts(wanted: Sequence[tuple[str, QuerySet[Any]]]) -> Mapping[str, int]:
    """How many rows each name has in `wanted`, all that stand under it together; 0 for a name that is not there."""
    parts = [rows.order_by().values_list(Value(name, CharField()), Count("pk")) for name, rows in wanted]
    found: Counter[str] = Counter()
    for name, many in _united(parts):
        found[name] += many
    return found


def fetch(*wanted: QuerySet[Any]) -> list[list[Any]]:
    """The rows of each of `wanted`, in its order, read in one statement: for small tables without columns of bytes.

    Joined rows (`select_related`) are not read along.
    """
    parts = [rows.order_by().values_list(Value(place, IntegerField()), _Row(rows.model)) for place, rows in enumerate(wanted)]
    found: list[list[Any]] = [[] for _ in wanted]
    for place, row in _united(parts):
        found[place].append(_made(wanted[place].model, row))
    for rows, made in zip(wanted, found, strict=True):
        _sort(made, rows.query.order_by or rows.model._meta.ordering)
    return found


def preload(owner: Model, *names: str) -> None:
    """Afterwards `owner` holds the rows that `owner.<name>.all()` gives, read in one statement for all of these names that it does not hold yet.

    For pages: an action, which changes such rows, reads them anew.
    """
    held = owner.__dict__.setdefault("_prefetched_objects_cache", {})
    names = tuple(name for name in names if name not in held)
    wanted = [getattr(owner, name).all() for name in names]
    for name, rows, made in zip(names, wanted, fetch(*wanted), strict=True):
        back = owner._meta.get_field(name).remote_field.name  # type: ignore[union-attr]
        for one in made:
            setattr(one, back, owner)
        rows._result_cache, rows._prefetch_done = made, True  # noqa: SLF001 - what Django's own prefetching, a statement a name, fills
        held[name] = rows


def _united(parts: Sequence[QuerySet[Any, Any]]) -> QuerySet[Any, Any] | tuple[()]:
    return parts[0].union(*parts[1:], all=True) if parts else ()


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
