"""Which severity scheme is in force: the operator's own file `severity.toml` in the data folder, or the one that comes along."""

from functools import cache
from pathlib import Path

from django.conf import settings

from cairndesk.review.rules.severity import Scheme, read_scheme

_OURS = Path(__file__).parent / "schemes" / "three_levels.toml"


def in_force() -> Scheme:
    """The scheme in force. Raises SchemeBroken when the operator's file cannot be used: a wrong grade is worse than none."""
    own = Path(settings.DATA) / "severity.toml"
    return _read(own if own.exists() else _OURS)


@cache
def _read(path: Path) -> Scheme:
    return read_scheme(path.read_text("utf-8"), place=path.name)
