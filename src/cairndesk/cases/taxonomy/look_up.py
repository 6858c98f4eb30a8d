"""Questions to the taxonomy: is this a code, what does it mean, what is it called elsewhere, what became of it."""

from collections.abc import Iterable
from datetime import date

from cairndesk.cases.errors import UnknownCode
from cairndesk.cases.taxonomy.load import load
from cairndesk.cases.taxonomy.shape import Alias, Break, Category, Code, Family, Scheme, Taxonomy
from cairndesk.lib.unknowns import Unknown


def family(name: str) -> Family:
    """The family of that name; raises UnknownCode."""
    try:
        return load().families[name]
    except KeyError:
        raise UnknownCode(f"there is no family {name}") from None


def in_force(on: date, taxonomy: Taxonomy | None = None) -> str:
    """The version in force `on` that day. What is coded for an earlier day is coded by the first version."""
    versions = (taxonomy or load()).versions
    begun = [version.name for version in versions if version.since <= on]
    return begun[-1] if begun else versions[0].name


def accept(name: str, value: str, *, version: str | None = None, unknowns: bool = True) -> str:
    """`value` if it is a code of that family, or one of the four kinds of unknown where `unknowns`; else raise UnknownCode.

    With `version` the code must be in force in it; without, any code that ever was is good, so that old records stay readable.
    """
    if unknowns and value in set(Unknown):
        return str(value)
    code = family(name).codes.get(value)
    if code is None:
        raise UnknownCode(f"{name}: {value!r}")
    if version is not None and not _is_in(code, version):
        raise UnknownCode(f"{name}: {value!r} is not in force in version {version}")
    return code.code


def _is_in(code: Code, version: str) -> bool:
    order = [v.name for v in load().versions]
    at = order.index(version)
    return order.index(code.since) <= at and (not code.until or at < order.index(code.until))


def label(name: str, value: str) -> str:
    """The words for `value` as they are shown and exported, also for the four kinds of unknown; a caveat goes wherever its term goes (TRM-03)."""
    unknown = {
        Unknown.NOT_ASKED: "Not asked",
        Unknown.DECLINED: "Rather not said",
        Unknown.UNKNOWN: "Not known",
        Unknown.NOT_APPLICABLE: "Does not apply",
    }
    if value in set(Unknown):
        return unknown[Unknown(value)]
    code = family(name).codes[accept(name, value)]
    return f"{code.label}. {code.caveat}" if code.caveat else code.label


def members(name: str, rollup: str) -> frozenset[str]:
    """The codes that a roll-up of that family sums; raises UnknownCode."""
    try:
        return family(name).rollups[rollup]
    except KeyError:
        raise UnknownCode(f"{name} has no roll-up {rollup}") from None


def raises_urgency(name: str, value: str) -> bool:
    """Whether this code makes a case more urgent. No code makes one less urgent."""
    code = family(name).codes.get(value)
    return code is not None and code.raises


def translate(name: str, value: str, *, to: str, taxonomy: Taxonomy | None = None) -> str:
    """What `value` is called in version `to`, following every change up to it; itself when nothing changed."""
    held = taxonomy or load()
    order = [version.name for version in held.versions]
    reached = order.index(to)
    for change in sorted(held.changes, key=lambda change: order.index(change.version)):
        if order.index(change.version) <= reached and (change.family, change.old) == (name, value):
            value = change.new
    return value


def counted_as(name: str, value: str, on: date) -> str:
    """The code under which a record that says `value` is counted on that day, whenever it was coded."""
    return translate(name, value, to=in_force(on))


def breaks(name: str, on: date) -> tuple[Break, ...]:
    """The days up to `on` on which the series of a family break, oldest first; none where every code is as old as the taxonomy."""
    held = load()
    since = {version.name: version.since for version in held.versions}
    first, codes = held.versions[0].name, family(name).codes.values()
    changes = [change for change in held.changes if change.family == name]
    found = [Break(since[change.version], change.old, change.new) for change in changes]
    taken_over, given_up = {change.new for change in changes}, {change.old for change in changes}
    found += [Break(since[code.since], "", code.code) for code in codes if code.since != first and code.code not in taken_over]
    found += [Break(since[code.until], code.code, "") for code in codes if code.until and code.code not in given_up]
    return tuple(sorted((one for one in found if one.on <= on), key=lambda one: (one.on, one.old, one.new)))


def outside(scheme: str) -> Scheme:
    """An outside scheme by name; raises UnknownCode."""
    try:
        return load().schemes[scheme]
    except KeyError:
        raise UnknownCode(f"there is no outside scheme {scheme}") from None


def categories_of(scheme: str, harms: Iterable[str], contexts: Iterable[str] = ()) -> tuple[Category, ...]:
    """The categories of an outside scheme into which these harms and contexts fall, in the scheme's order; may be none or several."""
    had, around = set(harms), set(contexts)
    return tuple(c for c in outside(scheme).categories if c.harms & had or c.contexts & around)


def aliases(name: str, value: str, country: str = "") -> tuple[Alias, ...]:
    """Local names of a code; with `country`, only those used there or in several countries."""
    known = (alias for alias in load().aliases if (alias.family, alias.code) == (name, value))
    return tuple(alias for alias in known if not country or alias.country in {"", country})
