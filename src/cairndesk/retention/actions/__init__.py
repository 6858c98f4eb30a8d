"""Every write of the retention room."""

from cairndesk.retention.actions.destroy import announce, carry_out
from cairndesk.retention.actions.time import keep_time, tell_time

__all__ = ["announce", "carry_out", "keep_time", "tell_time"]
