"""The precision at which the log keeps time."""

from datetime import datetime

from cairndesk.custody.rules import Event, Proof
from cairndesk.lib.clock import to_hour

# What the desk does by itself in these rooms follows within seconds of a reporter's act and would give its time away.
_FOLLOWS_THE_REPORTER = frozenset({"intake", "cases", "triage", "signals"})


def log_time(event: Event, proof: Proof, now: datetime) -> int:
    """Seconds since 1970 for the entry: exact for staff acts, the full hour for what follows from the portal."""
    return int((to_hour(now) if is_to_the_hour(event, proof) else now).timestamp())


def is_to_the_hour(event: Event, proof: Proof) -> bool:
    """Whether the log keeps only the hour of such an act."""
    return proof is Proof.SYSTEM and event.value.partition(".")[0] in _FOLLOWS_THE_REPORTER
