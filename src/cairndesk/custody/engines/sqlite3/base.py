"""Django's own engine for SQLite, with one lane for what is written, and before every commit the second parts of keys."""

from django.db.backends.sqlite3 import base

from cairndesk.custody.kept_open import KeptOpen
from cairndesk.custody.lane import InOneLane
from cairndesk.custody.one_go import InOneGo
from cairndesk.custody.shredding import WithParts


class DatabaseWrapper(WithParts, InOneGo, InOneLane, KeptOpen, base.DatabaseWrapper):
    """What Django opens."""
