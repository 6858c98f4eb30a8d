"""What every look at what is sealed comes to, whatever it counted."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What is wrong first; nothing where all is well."""

    first_problem: str

    @property
    def ok(self) -> bool:
        """Whether everything is there, as it was sealed."""
        return not self.first_problem

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)
