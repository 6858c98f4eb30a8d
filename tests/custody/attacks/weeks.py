"""What somebody tries who kept files of the spool and wants to read them once the week that they were sealed to is destroyed.

The thief has every file that was ever in the spool; every ring that the desk ever had, opened, the one that recovery sheets open among them; the
shred store as it is now, and each copy of it that is still there. Nothing here asks the desk to open anything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from cairndesk.custody.errors import CannotOpen
from cairndesk.custody.sealing import hpke, intake
from cairndesk.custody.sealing.keyring import Keyring


@dataclass(frozen=True)
class Thief:
    """All that the thief holds."""

    rings: Sequence[Keyring]
    halves: Sequence[dict[UUID, bytes]]

    def opens(self, organisation: UUID, sealed: bytes, context: bytes) -> bool:
        """Whether any key opens `sealed` that can be put together from what is here."""
        return any(_opens(private, sealed, context) for private in self.keys(organisation))

    def keys(self, organisation: UUID) -> Iterator[bytes]:
        """Every key of every ring, and of each intake key both halves in all ways: its own, those of other weeks, and each alone."""
        seconds = {half for held in self.halves for half in held.values()}
        for ring in self.rings:
            yield from (key.private for key in ring.held.own.values())
            for week in ring.held.weeks.get(organisation, ()):
                yield week.held
                for key in {week.key} - {None}:
                    yield from (intake.private(week.held, second, organisation, key) for second in seconds)  # type: ignore[arg-type]
        yield from seconds


def _opens(private: bytes, sealed: bytes, context: bytes) -> bool:
    """Also where the file were to name another key than it was sealed to: only the key itself counts."""
    opener = hpke.Opener(private)
    try:
        opener.unseal(sealed[:1] + opener.id + sealed[1 + hpke.KEY_ID_LENGTH :], context)
    except CannotOpen:
        return False
    return True
