"""Random identifiers that carry no time, no order and no machine."""

import uuid


def new_id() -> uuid.UUID:
    """A fresh random id (UUID version 4, 122 random bits)."""
    return uuid.uuid4()
