"""Waiting longer each time before a thing is tried again; kept in memory, because a restart is often the cure."""

from datetime import datetime, timedelta

from cairndesk.lib import belt

# Nothing that was told is ever given up: after this many tries the wait only stops growing.
_NEVER = 1_000_000


class Patience:
    """What is put off until when, by name, and never for longer than `longest`."""

    def __init__(self, longest: timedelta) -> None:
        self._longest = longest
        self._later: dict[str, tuple[int, datetime]] = {}

    def is_due(self, name: str, now: datetime) -> bool:
        """Whether `name` may be tried now. A clock that jumped back puts nothing off for longer than the longest wait."""
        again = self._later.get(name, (0, now))[1]
        return not now < again <= now + self._longest

    def put_off(self, name: str, now: datetime) -> timedelta:
        """Try `name` later: 30 seconds after the first failure, twice as long after each further one, at most the longest. Returns how long."""
        tries = self._later.get(name, (0, now))[0] + 1
        again = min(belt.next_try(tries, now, dead_after=_NEVER) or now, now + self._longest)
        self._later[name] = tries, again
        return again - now

    def forget(self, name: str) -> None:
        """`name` came through, or is gone."""
        self._later.pop(name, None)

    def keep_only(self, names: set[str]) -> None:
        """Forget every name that is not among `names`."""
        self._later = {name: later for name, later in self._later.items() if name in names}

    @property
    def waiting(self) -> int:
        """How many things are put off."""
        return len(self._later)
