"""Django's own engine for PostgreSQL, and before every commit the second parts of keys."""

from django.db.backends.postgresql import base

from cairndesk.custody.one_go import InOneGo
from cairndesk.custody.shredding import WithParts


class DatabaseWrapper(WithParts, InOneGo, base.DatabaseWrapper):
    """What Django opens."""
