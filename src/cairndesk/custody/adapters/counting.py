"""How many rows the tables of SQLite hold and how alike they are: without these counts it looks for the rare by way of the frequent."""

from cairndesk.custody.adapters.databases import Connection

SAMPLED = 1000
"""Rows that are looked at in each index. Any limit also keeps SQLite from keeping samples, which would be values of rows, the erased included."""


def count_rows(source: Connection) -> int:
    """Afterwards whoever opens the database plans by what it holds now; returns how many tables were counted. PostgreSQL counts by itself."""
    if source.vendor != "sqlite":
        return 0
    with source.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit={SAMPLED}")
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = [name for (name,) in cursor.fetchall() if not name.startswith("sqlite_")]
        # Each by itself, so that nobody who writes waits for more than one of them.
        for table in tables:
            cursor.execute(f'ANALYZE "{table}"')
    return len(tables)
