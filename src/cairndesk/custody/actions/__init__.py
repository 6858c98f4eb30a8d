"""Every write of this room."""

from cairndesk.custody.actions.log import make_checkpoint, record
from cairndesk.custody.actions.vault import seal

__all__ = ["make_checkpoint", "record", "seal"]
