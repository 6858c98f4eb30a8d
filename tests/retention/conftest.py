"""The cast of the response room, at whose end retention begins: a case that was told, reviewed and acted on."""

from tests.response.conftest import ana, case, lia, ola, one, open_at, plan, police, provider, ring, sam, sue, two
from tests.response.test_pages import analyst, sign_in, supervisor

__all__ = ["ana", "analyst", "case", "lia", "ola", "one", "open_at", "plan", "police", "provider", "ring", "sam"]
__all__ += ["sign_in", "sue", "supervisor", "two"]
