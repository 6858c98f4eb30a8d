"""The triggers of the log stand in the way of emptying the tables between tests that commit; this lifts them for that moment."""

from importlib import import_module

from django.db import connection

_TRIGGERS = import_module("cairndesk.custody.migrations.0002_append_only")


def lift() -> None:
    """Afterwards the log tables can be changed and emptied."""
    _run(_TRIGGERS.OFF)


def restore() -> None:
    """Afterwards the log tables are append-only, whatever they were before."""
    _run(_TRIGGERS.OFF)
    _run(_TRIGGERS.ON)


def _run(statements: dict[str, list[str]]) -> None:
    with connection.cursor() as cursor:
        for sql in statements[connection.vendor]:
            cursor.execute(sql)
