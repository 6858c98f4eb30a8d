"""When somebody opened so much more than usual that another person asks why. It accuses nobody: a busy week looks the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

# Below that nothing stands out, whatever was usual; above it, three times what is usual does.
FEW, TIMES = 20, 3
WEEK, WEEKS = 7, 4
"""Days that are looked at, and how many stretches of them before that tell what is usual."""


@dataclass(frozen=True, slots=True)
class Volume:
    """What one person opened: things and cases in the last week, and things a week in the weeks before."""

    opened: int = 0
    cases: int = 0
    usual: float = 0.0


def unusual(volumes: Mapping[str, Volume]) -> set[str]:
    """Whose week stands out against their own weeks before and against the middle of their colleagues' week, whichever is more."""
    found = set()
    for who, volume in volumes.items():
        colleagues = [other.opened for name, other in volumes.items() if name != who]
        usual = max(volume.usual, median(colleagues) if colleagues else 0)
        if volume.opened > max(FEW, TIMES * usual):
            found.add(who)
    return found
