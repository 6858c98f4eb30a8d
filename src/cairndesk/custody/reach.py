"""Everything sealed that hangs below a row, found from the tables themselves, so that no list can forget a new one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import ForeignKey, ForeignObjectRel, Model, QuerySet

from cairndesk.custody.models import SealedItem

Rows = dict[type[Model], set[object]]
"""Table → the keys of rows of it."""


def sealed_below(row: Model, *, apart: Collection[str] = ()) -> set[UUID]:
    """The ids of the sealed items that `row`, and every row that points at it, point at; erased ones are not among them."""
    return set().union(*sealed_in(rows_below(row, apart=apart)).values())


def rows_below(row: Model, *, apart: Collection[str] = ()) -> Rows:
    """`row`, and every row that points at it, however far.

    `apart` names fields (`room.Model.field`) along which nobody goes: what points back belongs to somebody else.
    """
    seen: Rows = defaultdict(set)
    waiting: list[tuple[type[Model], set[object]]] = [(type(row), {row.pk})]
    while waiting:
        model, keys = waiting.pop()
        keys -= seen[model]
        seen[model] |= keys
        if keys:
            waiting += [(child, _keys(child, name, keys)) for child, name in below(model) if f"{child._meta.label}.{name}" not in apart]
    return seen


def sealed_in(rows: Rows) -> dict[str, set[UUID]]:
    """Column (`room.Model.field`) → the sealed items that `rows` point at by it; erased ones are not among them."""
    found: dict[str, set[UUID]] = {}
    for model, keys in rows.items():
        for field in model._meta.concrete_fields:
            if keys and isinstance(field, ForeignKey) and field.related_model is SealedItem:
                rows_of: QuerySet[Model] = QuerySet(model)
                held = rows_of.filter(pk__in=keys, **{f"{field.name}__erased_at": None}).values_list(field.attname, flat=True)
                found[f"{model._meta.label}.{field.name}"] = {key for key in held if key is not None}
    return found


def below(model: type[Model]) -> Iterable[tuple[type[Model], str]]:
    """Each table with the name of its field that points at `model`."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and not relation.many_to_many and isinstance(relation.field, ForeignKey):
            yield relation.related_model, relation.field.name


def _keys(child: type[Model], name: str, keys: set[object]) -> set[object]:
    return set(QuerySet(child).filter(**{f"{name}__in": keys}).values_list("pk", flat=True))
