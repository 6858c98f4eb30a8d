"""Everything sealed that hangs below a row, found from the tables themselves, so that no list can forget a new one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import ForeignKey, ForeignObjectRel, Model, QuerySet

from cairndesk.custody.models import SealedItem


def sealed_below(row: Model, *, apart: Collection[str] = ()) -> set[UUID]:
    """The ids of the sealed items that `row`, and every row that points at it, point at; erased ones are not among them.

    `apart` names fields (`room.Model.field`) along which nobody goes: what points back belongs to somebody else.
    """
    found: set[UUID] = set()
    seen: dict[type[Model], set[object]] = defaultdict(set)
    waiting: list[tuple[type[Model], set[object]]] = [(type(row), {row.pk})]
    while waiting:
        model, keys = waiting.pop()
        keys -= seen[model]
        seen[model] |= keys
        if keys:
            found |= _held(model, keys)
            waiting += [(child, _keys(child, name, keys)) for child, name in below(model) if f"{child._meta.label}.{name}" not in apart]
    return found


def below(model: type[Model]) -> Iterable[tuple[type[Model], str]]:
    """Each table with the name of its field that points at `model`."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and not relation.many_to_many and isinstance(relation.field, ForeignKey):
            yield relation.related_model, relation.field.name


def _held(model: type[Model], keys: set[object]) -> set[UUID]:
    fields = [field for field in model._meta.concrete_fields if isinstance(field, ForeignKey) and field.related_model is SealedItem]
    rows: list[QuerySet[Model]] = [QuerySet(model).filter(pk__in=keys, **{f"{field.name}__erased_at": None}) for field in fields]
    return {key for field, some in zip(fields, rows, strict=True) for key in some.values_list(field.attname, flat=True) if key is not None}


def _keys(child: type[Model], name: str, keys: set[object]) -> set[object]:
    return set(QuerySet(child).filter(**{f"{name}__in": keys}).values_list("pk", flat=True))
