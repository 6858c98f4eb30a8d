"""Random identifiers that carry no time, no order and no machine, and reading one that was sent."""

import uuid


def new_id() -> uuid.UUID:
    """A fresh random id (UUID version 4, 122 random bits)."""
    return uuid.uuid4()


def id_in(said: str) -> uuid.UUID | None:
    """The id that an address or a form names; None for whatever else was sent."""
    try:
        return uuid.UUID(said)
    except ValueError:
        return None
