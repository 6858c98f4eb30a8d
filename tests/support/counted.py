"""Tables with many new rows."""

from django.db import connection


def count_rows() -> None:
    """Let PostgreSQL count the rows of its tables, as it does by itself a minute after many came; until then any way seems as good to it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
