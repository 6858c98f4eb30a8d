"""Django's own engine for SQLite, and before every commit the second parts of keys."""

from django.db.backends.sqlite3 import base

from cairndesk.custody.shredding import WithParts


class DatabaseWrapper(WithParts, base.DatabaseWrapper):
    """What Django opens."""
