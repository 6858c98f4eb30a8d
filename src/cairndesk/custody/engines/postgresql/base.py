"""Django's own engine for PostgreSQL, and before every commit the second parts of keys."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import base, features, operations

from cairndesk.custody.kept_open import KeptOpen
from cairndesk.custody.one_go import InOneGo
from cairndesk.custody.shredding import WithParts

# What the protocol counts them with, for values that go to the server beside the statement; Django splits up what holds more.
_VALUES = 65_535


class Features(features.DatabaseFeatures):
    """How many values one statement takes."""

    max_query_params = _VALUES


class Operations(operations.DatabaseOperations):
    """How many rows one statement takes."""

    def bulk_batch_size(self, fields: Sequence[Any], objs: Sequence[Any]) -> int:
        """As many of `objs` as their columns leave room for."""
        return min(len(objs), _VALUES // max(len(fields), 1)) or 1


class DatabaseWrapper(WithParts, InOneGo, KeptOpen, base.DatabaseWrapper):
    """What Django opens."""

    features_class = Features
    ops_class = Operations
