"""The schemes of this desk: the one that grades severity, and those that it uses beside it.

`severity.toml` in the data folder takes the place of the severity scheme that comes along. What lies in its folder `schemes` is used beside it:
tables that come along and were chosen, and tables that a member of a scheme loaded. Several versions lie side by side; the newest that counts on a
day is in force. Below it, `severity` holds every version that severity was graded by, and `mappings` what an operator loaded.
"""

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeVar

from django.conf import settings

from cairndesk.lib.files import make_folder, replace_durably, write_new
from cairndesk.review.errors import SchemeBroken, SchemeThere
from cairndesk.review.rules.mapping import Grade, Table, equivalents
from cairndesk.review.rules.reading import read_mapping, read_scheme
from cairndesk.review.rules.severity import Scheme

_T = TypeVar("_T")
_OURS = Path(__file__).parent / "schemes"
_SEVERITY, _BY_MACHINES, SLOTS = "three_levels", frozenset({"xarf_csam"}), frozenset({"inhope_ucs"})


def in_force() -> Scheme:
    """The severity scheme in force.

    Raises SchemeBroken when the operator's file cannot be used, or says something else than the version of that name by which cases were graded:
    a wrong grade is worse than none.
    """
    path = _severity()
    found = _at(path)
    for one in (_OURS / f"{_SEVERITY}.toml", _graded_by(found)):
        if one.exists() and (before := _at(one)).key == found.key and before != found:
            raise SchemeBroken(f"{path.name}: {found.key} said something else before, and records name it; give it a version of its own")
    return found


def to_grade_by() -> Scheme:
    """The severity scheme in force, which from now on is kept for the words of what is graded by it. Raises SchemeBroken as `in_force` does."""
    found = in_force()
    copy = _graded_by(found)
    if not copy.exists():
        make_folder(copy.parent)
        # Two people may grade the first case at once.
        with contextlib.suppress(FileExistsError):
            write_new(copy, _severity().read_bytes())
    return found


def graded_by() -> list[Scheme]:
    """Every version that severity was graded by, but those that cannot be read any more."""
    return sorted(_readable(folder() / "severity", _at)[0], key=_age)


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
    found, broken = _readable(folder(), _at)
    return sorted(found, key=_age), broken


def _readable(where: Path, read: Callable[[Path], _T]) -> tuple[list[_T], list[SchemeBroken]]:
    """What `read` makes of each table that lies there, by the names of the files, and why of the others it makes nothing."""
    found, broken = [], []
    for path in sorted(where.glob("*.toml")):
        try:
            found.append(read(path))
        except (SchemeBroken, OSError, UnicodeDecodeError) as error:
            broken.append(error if isinstance(error, SchemeBroken) else SchemeBroken(f"{path.name}: {error}"))
    return found, broken


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


def mappings() -> list[Table]:
    """The mappings that come along, each but where the operator loaded another one between these two schemes, and all others that were loaded."""
    # One that was spoilt since counts for nothing, which the doctor says; what it stood for stays.
    tables = (table for where in (_OURS, folder()) for table in _readable(where / "mappings", _mapping_at)[0])
    return list({(table.origin, table.to): table for table in tables}.values())


def load_mapping(text: str, *, place: str) -> Table:
    """Afterwards values of one scheme are written as those of another by the table of `text`, instead of by the one before.

    Raises SchemeBroken, and then everything is as it was: also where no value of it is of a scheme that is here.
    """
    table = read_mapping(text, place=place)
    for name, codes in ((table.origin, {pair.code for pair in table.pairs}), (table.to, {pair.to for pair in table.pairs if pair.to})):
        known = {level.code for scheme in _named(name) for level in scheme.levels}
        if not known:
            raise SchemeBroken(f"{place}, line 1: no scheme called “{name}” is here; load it first")
        if strange := sorted(codes - known):
            raise SchemeBroken(f"{place}, line 1: “{strange[0]}” is no value of {name}")
    path = folder() / "mappings" / f"{table.origin}-{table.to}.toml"
    make_folder(path.parent)
    replace_durably(path, [text.encode()])
    return table


def broken_mappings() -> list[SchemeBroken]:
    """Why mappings that the operator loaded cannot be read any more."""
    return _readable(folder() / "mappings", _mapping_at)[1]


def _here() -> Iterator[Scheme]:
    """Every version that can be read, of either kind; the one that most records name first, and no folder read before it is needed."""
    yield in_force()
    yield from graded_by()
    yield from kept()[0]


def _named(name: str) -> list[Scheme]:
    """Every version of that name that is here or comes along, of either kind."""
    shipped = _OURS / f"{name}.toml"
    return [one for one in (*_here(), *([_at(shipped)] if shipped.exists() else [])) if one.name == name]


def find(name: str, version: str) -> Scheme | None:
    """A version as records name it, of those that can be read now; None where its table is gone."""
    return next((scheme for scheme in _here() if (scheme.name, scheme.version) == (name, version)), None)


def _severity() -> Path:
    own = Path(settings.DATA) / "severity.toml"
    return own if own.exists() else _OURS / f"{_SEVERITY}.toml"


def _graded_by(scheme: Scheme) -> Path:
    return folder() / "severity" / f"{scheme.key}.toml"


def _at(path: Path) -> Scheme:
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, changed: int) -> Scheme:
    return read_scheme(path.read_text("utf-8"), place=path.name)


def _mapping_at(path: Path) -> Table:
    return _mapping(path, path.stat().st_mtime_ns)


@cache
def _mapping(path: Path, changed: int) -> Table:
    return read_mapping(path.read_text("utf-8"), place=path.name)


def _age(scheme: Scheme) -> tuple[str, date, list[tuple[int, str]]]:
    """3.10 came after 3.9: what is written in digits is compared as a number."""
    parts = re.findall(r"[0-9]+|[^0-9.-]+", scheme.version)
    return scheme.name, scheme.since or date.min, [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
