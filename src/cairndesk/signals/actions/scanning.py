"""That an archive is looked through, and why, before the first file is opened."""

from datetime import datetime
from uuid import UUID

from cairndesk.accounts.rules import SYSTEM
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.signals.rules import ScanPurpose


def note_scan(*, organisation: UUID, purpose: ScanPurpose, files: int, now: datetime) -> None:
    """Afterwards the log says that so many files are met with the lists of `organisation`, and for which purpose."""
    # Whoever may run the command has the desk's own rights; which person it was, the log of the machine knows.
    detail: dict[str, str | int] = {"purpose": purpose.value, "files": files}
    record(event=Event.SIGNALS_ARCHIVE_SCANNED, subject_kind="organisation", subject=organisation, by=SYSTEM, now=now, detail=detail)
