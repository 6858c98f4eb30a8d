"""What every column of the database holds: in the clear, sealed, or a blind index. The list is drawn from the tables themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from django.db.models import BinaryField, CharField, Field, FileField, ForeignKey, JSONField, Model, TextField

from cairndesk.custody.models import SealedItem, SealedObject


class State(StrEnum):
    """How readable a column is to somebody who holds the database and no key."""

    CLEAR = "clear"
    SEALED = "sealed"
    BLIND = "blind index"
    DIGEST = "digest"
    UNKNOWN = "not classified"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `room.Model.field`, how readable it is, and what it holds."""

    name: str
    state: State
    what: str


Reasons = Mapping[str, Mapping[str, str]]
"""State → pattern of `room.Model.field` → what such a column holds. A pattern for long text or for bytes names its field in full."""


def classify(models: Iterable[type[Model]], reasons: Reasons) -> list[Column]:
    """Every column of `models`; one that could hold words and that `reasons` do not name comes back as not classified."""
    return [_column(model, field, reasons) for model in models for field in model._meta.concrete_fields]


def unused(columns: Sequence[Column], reasons: Reasons) -> list[str]:
    """Patterns of `reasons` that fit no column any more."""
    patterns = [pattern for known in reasons.values() for pattern in known]
    return [pattern for pattern in patterns if not any(fnmatchcase(column.name, pattern) for column in columns)]


def as_markdown(columns: Sequence[Column], kept_as: Callable[[str], str]) -> str:
    """The list as a table for the manual; `kept_as` says of a column to which class of records it belongs."""
    rows = [f"| `{column.name}` | {column.state.value} | {kept_as(column.name)} | {column.what} |" for column in columns]
    return "\n".join(["| column | state | kept as | what it holds |", "|---|---|---|---|", *rows, ""])


def _column(model: type[Model], field: Field[object, object], reasons: Reasons) -> Column:
    name = f"{model._meta.app_label}.{model.__name__}.{field.name}"
    if model in {SealedItem, SealedObject} and field.name in {"wrapped", "ciphertext"}:
        return Column(name, State.SEALED, "a sealed thing and its sealed key")
    if isinstance(field, ForeignKey) and field.related_model is SealedItem:
        return Column(name, State.SEALED, "points at a sealed item")
    if not _may_hold_words(field):
        return Column(name, State.CLEAR, _plain_kind(field))
    # The line that says most decides: `cases.IndexTerm.digest` before `cases.*.*`.
    fitting = [
        (pattern, state, what)
        for state, known in reasons.items()
        for pattern, what in known.items()
        if fnmatchcase(name, pattern) and (pattern.endswith(f".{field.name}") or not isinstance(field, TextField | BinaryField))
    ]
    if not fitting:
        return Column(name, State.UNKNOWN, "")
    _, state, what = max(fitting, key=lambda line: len(line[0].replace("*", "")))
    return Column(name, State(state), what)


def _may_hold_words(field: Field[object, object]) -> bool:
    return isinstance(field, CharField | TextField | JSONField | BinaryField | FileField) and not field.choices


def _plain_kind(field: Field[object, object]) -> str:
    if field.is_relation:
        return "points at a row"
    if field.choices:
        return "a code of a closed list"
    kind = field.get_internal_type()
    for ending, what in (("UUIDField", "a random id"), ("AutoField", "an id"), ("BooleanField", "yes or no")):
        if kind.endswith(ending):
            return what
    return "a time" if kind.startswith("Date") else "a number"
