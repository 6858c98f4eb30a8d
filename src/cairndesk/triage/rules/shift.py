"""How one shift hands on to the next."""

from datetime import timedelta

KEPT = timedelta(days=14)
"""After that a note is erased: what matters for longer belongs to the case it is about."""
LONGEST = 4000
"""Characters of a note."""
LOOKS_BACK = timedelta(hours=12)
"""What happened is counted since the last note, and for this long where there is none."""
