"""The schemes of this desk: the one that grades severity, and those that it uses beside it.

`severity.toml` in the data folder takes the place of the severity scheme that comes along. What lies in its folder `schemes` is used beside it:
tables that come along and were chosen, and tables that a member of a scheme loaded. Several versions lie side by side; the newest that counts on a
day is in force.
"""

from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

from django.conf import settings

from cairndesk.lib.files import make_folder, write_new
from cairndesk.review.errors import SchemeBroken, SchemeThere
from cairndesk.review.rules.mapping import Grade, Table, equivalents
from cairndesk.review.rules.reading import read_mapping, read_scheme
from cairndesk.review.rules.severity import Scheme

_OURS = Path(__file__).parent / "schemes"
_SEVERITY, _BY_MACHINES, SLOTS = "three_levels", frozenset({"xarf_csam"}), frozenset({"inhope_ucs"})


def in_force() -> Scheme:
    """The severity scheme in force. Raises SchemeBroken when the operator's file cannot be used: a wrong grade is worse than none."""
    own = Path(settings.DATA) / "severity.toml"
    return _at(own if own.exists() else _OURS / f"{_SEVERITY}.toml")


def folder() -> Path:
    """Where the tables lie that are used beside the severity."""
    return Path(settings.DATA) / "schemes"


def shipped_names() -> list[str]:
    """The tables that come along and can be used, or, for a slot, filled."""
    return sorted(path.stem for path in _OURS.glob("*.toml") if path.stem not in {_SEVERITY, *_BY_MACHINES})


def shipped_text(name: str) -> str | None:
    """The table of that name that comes along; None where there is none."""
    return (_OURS / f"{name}.toml").read_text("utf-8") if name in shipped_names() else None


def kept() -> tuple[list[Scheme], list[SchemeBroken]]:
    """Every version in the folder that can be read, by name and age, and why the others cannot."""
    found, broken = [], []
    for path in sorted(folder().glob("*.toml")):
        try:
            found.append(_at(path))
        except (SchemeBroken, OSError, UnicodeDecodeError) as error:
            broken.append(error if isinstance(error, SchemeBroken) else SchemeBroken(f"{path.name}: {error}"))
    return sorted(found, key=_age), broken


def used(on: date) -> list[Scheme]:
    """The versions in force on a day, one of each scheme, by title. A file that cannot be read is passed over: the older version stays."""
    newest = {scheme.name: scheme for scheme in kept()[0] if scheme.counts_on(on)}
    return sorted(newest.values(), key=lambda scheme: scheme.title)


def load(text: str, *, place: str) -> tuple[Scheme, bool]:
    """Afterwards the scheme of `text` lies in the folder; the second value says whether it is new there.

    Raises SchemeBroken, and then everything is as it was; SchemeThere where this version is there with other contents, on which records rest.
    """
    scheme = read_scheme(text, place=place)
    if scheme.name in {in_force().name, _SEVERITY, *_BY_MACHINES}:
        raise SchemeBroken(f"{place}, line 1: a scheme called “{scheme.name}” is there for something else; give it another name")
    path = folder() / f"{scheme.key}.toml"
    make_folder(path.parent)
    if not path.exists():
        write_new(path, text.encode())
        return scheme, True
    if path.read_text("utf-8") != text:
        raise SchemeThere(f"{scheme.key} is there already and says something else.")
    return scheme, False


def equivalent(grades: Iterable[Grade], to: str) -> str | None:
    """How the scheme `to`, one that comes along, writes what was graded, directly or by a mapping: its first of several; None where nothing fits."""
    codes = equivalents(grades, to, mappings())
    return next((level.written for level in _at(_OURS / f"{to}.toml").levels if level.code in codes), None) if codes else None


@cache
def mappings() -> tuple[Table, ...]:
    """The mappings that come along."""
    return tuple(read_mapping(path.read_text("utf-8"), place=path.name) for path in sorted((_OURS / "mappings").glob("*.toml")))


def find(name: str, version: str) -> Scheme | None:
    """A version as records name it, of those that can be read now; None where its table is gone."""
    here = [in_force(), *kept()[0]]
    return next((scheme for scheme in here if (scheme.name, scheme.version) == (name, version)), None)


def _at(path: Path) -> Scheme:
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, changed: int) -> Scheme:
    return read_scheme(path.read_text("utf-8"), place=path.name)


def _age(scheme: Scheme) -> tuple[str, date, str]:
    return scheme.name, scheme.since or date.min, scheme.version
