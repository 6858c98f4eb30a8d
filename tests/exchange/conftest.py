"""The cast, on the exchange room's stage."""

from tests.intake.conftest import data
from tests.support.cast import ana, cal, lia, lou, ola, one, ring, sam, sue, two

__all__ = ["ana", "cal", "data", "lia", "lou", "ola", "one", "ring", "sam", "sue", "two"]
