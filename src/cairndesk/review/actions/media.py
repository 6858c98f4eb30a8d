"""Files of a case: handed over to intake, which hashes them and keeps or drops them, and weighed at once by triage."""

from dataclasses import dataclass
from datetime import datetime

from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.intake.actions import add_media
from cairndesk.signals.engine.answer import State
from cairndesk.signals.queries import matches_of
from cairndesk.triage.actions import assess

_READ = {
    State.HASHED: "The file was read once and {}.",
    State.TOO_PLAIN: "The file was read once and {}. It has too little detail to look for pictures that look alike.",
    State.UNRENDERABLE: "The file could not be read as a picture or film and was {}; only exact copies of it can be found.",
}


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What a file left behind: how far it could be read, how many hashes and matches are new to the case, and whether it is kept."""

    state: State
    hashes: int
    matches: int
    is_kept: bool

    @property
    def words(self) -> str:
        """What the person who handed it over is told."""
        kept = f"{self.hashes} new hash{'es' if self.hashes != 1 else ''} kept." if self.hashes else "Its hashes were here already."
        if not self.matches:
            met = "No new match; that does not mean that it is harmless."
        else:
            met = f"{self.matches} new match{'es' if self.matches != 1 else ''}: a lead until a person decides."
        read = _READ[self.state].format("put into the vault, sealed" if self.is_kept else "dropped")
        return f"{read} {kept} {met}"


def hand_over(*, case: Case, data: bytes, by: Actor, now: datetime) -> HandedOver:
    """Afterwards the hashes of `data` are items of `case`, matched and weighed; the file is nowhere, or sealed in the vault.

    Raises EmptyFile, MediaRefused (before a byte is looked at), SandboxTooWeak, NotPermitted, DeskLocked, VaultRefused.
    """
    added = add_media(case=case, data=data, by=by, now=now)
    before = len(matches_of(case=case.pk))
    assess(case=case, by=by, now=now)
    return HandedOver(added.state, len(added.items), len(matches_of(case=case.pk)) - before, added.is_kept)
