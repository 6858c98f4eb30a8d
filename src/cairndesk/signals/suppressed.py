"""Which matches a person has marked as false: one thing that was asked about and one entry, and nothing wider than these two.

The thing is the very file where the desk had it, by its SHA-256, and else the value. Somebody who makes another picture that looks like
listed material, so that it is rejected here, must not hide the listed material by it: other bytes are another thing.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from cairndesk.custody import access
from cairndesk.custody.errors import DeskLocked
from cairndesk.signals.engine.identifiers import Identifier
from cairndesk.signals.models import Feedback, HashList, Suppression

Marked = Mapping[int, Collection[bytes]]
# Stands for whatever is asked about: the entry is disputed with its owner and held until that is answered.
EVERYTHING = b""


def asked_key(organisation: UUID, identifier: Identifier) -> bytes:
    """The thing that `identifier` asks about, as suppressions name it: 32 bytes, keyed per organisation. Raises DeskLocked."""
    thing = f"file:{identifier.file}" if identifier.file else f"{identifier.kind}:{identifier.value}"
    return access.keys().blind_index(organisation, "signals.asked", thing)


def marked(organisation: UUID) -> Marked:
    """Entry → the things that do not meet it; EVERYTHING where a person holds it."""
    held = Feedback.objects.filter(entry__list__organisation=organisation, holds=True).values_list("entry", flat=True)
    found: dict[int, set[bytes]] = {entry: {EVERYTHING} for entry in held}
    rows = Suppression.objects.filter(entry__list__organisation=organisation, ended_at=None).values_list("entry", "asked")
    for entry, asked in rows:
        found.setdefault(entry, set()).add(bytes(asked))
    return found


def is_marked(listed: HashList, entry: int, identifier: Identifier, told: Marked) -> bool:
    """Whether a person has said that what `identifier` asks about is not `entry`. Without keys nobody can tell, and then it still matches."""
    if entry not in told:
        return False
    if EVERYTHING in told[entry]:
        return True
    try:
        return asked_key(listed.organisation_id, identifier) in told[entry]
    except DeskLocked:
        return False
