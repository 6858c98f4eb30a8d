"""The triggers of the log stand in the way of emptying the tables between tests that commit; this lifts them for that moment."""

from importlib import import_module

from django.db import connection

# In the order in which they were made: the later ones use a function of the first.
_MADE_BY = ("0002_append_only", "0006_stretch_append_only", "0008_witnesses_append_only", "0011_in_order_by_index")
_TRIGGERS = [import_module(f"cairndesk.custody.migrations.{name}") for name in _MADE_BY]


def lift() -> None:
    """Afterwards the log tables can be changed and emptied."""
    for one in reversed(_TRIGGERS):
        _run(one.OFF)


def restore() -> None:
    """Afterwards the log tables are append-only, whatever they were before."""
    lift()
    for one in _TRIGGERS:
        _run(one.ON)


def _run(statements: dict[str, list[str]]) -> None:
    with connection.cursor() as cursor:
        for sql in statements[connection.vendor]:
            cursor.execute(sql)
