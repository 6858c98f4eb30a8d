"""Intake keys for tests: one whose halves are at hand without a shred store, and one that a portal without a desk trusts."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cairndesk.custody.ledger import note
from cairndesk.custody.sealing import intake
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.custody.sealing.parts import new_part
from cairndesk.lib.ids import new_id

if TYPE_CHECKING:
    from cairndesk.custody.models import IntakeKey

BEGAN = datetime(2026, 3, 2, tzinfo=UTC)
_HALVES: dict[UUID, bytes] = {}
_SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
_PUBLIC = _SIGNER.public_key().public_bytes_raw()
VERIFIER = note.verifier_key(note.origin_of(_PUBLIC), _PUBLIC)


def give_week(ring: Keyring, organisation: UUID, *, number: int = 1, opens: datetime = BEGAN) -> "IntakeKey":
    """The next intake key of `organisation`, in use since it opened."""
    from cairndesk.custody.models import IntakeKey

    key, second = new_id(), new_part()
    _HALVES[key] = second
    ring.second_of = _HALVES.get
    made = ring.add_intake(organisation, key, second, number, int(opens.timestamp()))
    fields = {"public": made[: intake.PUBLIC], "signature": made[intake.PUBLIC :], "opens_at": opens, "opened_at": opens}
    return IntakeKey.objects.create(id=key, organisation=organisation, number=number, **fields)


def published_key(organisation: UUID, public: bytes, *, number: int = 1, opens: int = 0) -> dict[str, Any]:
    """As `work` lays it out, vouched for by the key that `VERIFIER` checks."""
    said = intake.statement(organisation=organisation, number=number, opens=opens, public=public)
    return {"number": number, "opens": opens, "public": public.hex(), "signature": _SIGNER.sign(said).hex()}
