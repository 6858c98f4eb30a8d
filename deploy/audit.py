"""Looks at everything that a desk stands on: `make audit`, or python deploy/audit.py LOCK... Exit code 1 where something is wrong.

Without a network: the lock files, what is installed, the licences. The known weaknesses come from a file that somebody fetched
(docs/cryptography.md says from where); without it the last line says that nobody looked at them.
"""

import argparse
import base64
import csv
import hashlib
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

OLDEST = timedelta(days=8)
"""A collection whose newest entry is older says nothing about last week."""
# A licence that asks for nothing but its text, or (LGPL, MPL) for the changes to the library itself, which we only import.
ALLOWED = re.compile(
    r"\b(MIT|MIT-0|MIT-CMU|BSD|0BSD|BSD-[234]-Clause|Apache|Apache-2\.0|ISC|PSF|PSF-2\.0|Python Software Foundation|MPL|MPL-2\.0|Mozilla Public"
    r"|LGPL\w*|LGPL-[23]\S*|Lesser General Public|Unlicense|Public[ -]Domain|CC0-1\.0|Zlib|HPND)\b",
    re.IGNORECASE,
)
# Whose metadata say nothing; read in their own LICENSE.
BY_HAND = {"pyrage": "MIT", "pysqlite3": "Zlib"}
Pins = Mapping[str, frozenset[str]]
_DIGEST = "sha256="


def pins(lock: str) -> Pins:
    """The versions of each package that a lock names; several where they differ between platforms."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ \\;\n]+)", lock, re.MULTILINE):
        found.setdefault(_normal(name), set()).add(version)
    return {name: frozenset(versions) for name, versions in found.items()}


def wrong_in_lock(lock: str) -> Iterator[str]:
    """Lines that name a package without its hash, or from anywhere but the index that pip is configured with."""
    for line in re.sub(r"\\\n", " ", lock).splitlines():
        said = line.partition("#")[0].strip()
        if not said:
            continue
        name = said.split()[0]
        if not re.match(r"[A-Za-z0-9._-]+(\[[a-z,-]+\])?==", said):
            yield f"{name}: not a package with its version"
        elif not re.search(r"--hash=sha256:[0-9a-f]{64}\b", said):
            yield f"{name}: no SHA-256"


def wrong_in_place(known: Pins, installed: Iterable[metadata.Distribution]) -> Iterator[str]:
    """What is installed and is not what the lock names, or not as its wheel said that it is."""
    for one in installed:
        name = _normal(one.metadata["Name"])
        if name in {"pip", "cairndesk"}:
            continue
        if one.version not in known.get(name, frozenset()):
            yield f"{name} {one.version}: installed, and the lock names {', '.join(sorted(known.get(name, ()))) or 'no such package'}"
        yield from (f"{name}: {file} was changed" for file in _changed(one))


def _changed(one: metadata.Distribution) -> Iterator[str]:
    # Read by ourselves: what reads it for us may leave out a file that is gone.
    for name, told, _ in csv.reader((one.read_text("RECORD") or "").splitlines()):
        path = Path(str(one.locate_file(name)))
        if not told.startswith(_DIGEST) or path.suffix == ".pyc":
            continue
        digest = hashlib.sha256(path.read_bytes()).digest() if path.exists() else b""
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != told.removeprefix(_DIGEST):
            yield name


def licence_of(one: metadata.Distribution) -> str:
    """What a package says of its licence, in its own words."""
    said: Any = one.metadata
    classified = [line.split("::")[-1].strip() for line in said.get_all("Classifier") or () if line.startswith("License")]
    return str(said.get("License-Expression") or "; ".join(classified) or BY_HAND.get(_normal(said["Name"])) or (said.get("License") or "")[:60])


def wrong_licences(known: Pins, installed: Iterable[metadata.Distribution]) -> Iterator[str]:
    """Packages of the lock whose licence is none that we may build on."""
    for one in installed:
        name, said = _normal(one.metadata["Name"]), licence_of(one)
        if name in known and not all(ALLOWED.search(part) for part in re.split(r"\s+AND\s+", said)):
            yield f"{name}: licence “{said or 'none named'}”"


def weaknesses(known: Pins, collection: Path, now: datetime) -> Iterator[str]:
    """Entries of an OSV collection (a zip of one JSON file each) that name a version of the lock; raises ValueError for one that is too old."""
    newest = datetime.min.replace(tzinfo=UTC)
    with zipfile.ZipFile(collection) as zipped:
        for name in zipped.namelist():
            entry = json.loads(zipped.read(name))
            newest = max(newest, datetime.fromisoformat(entry["modified"].replace("Z", "+00:00")[:19] + "+00:00"))
            if not entry.get("withdrawn"):
                yield from _hits(known, entry)
    if now - newest > OLDEST:
        raise ValueError(f"the newest entry is of {newest:%Y-%m-%d}; fetch the collection again")


def _hits(known: Pins, entry: Mapping[str, Any]) -> Iterator[str]:
    for affected in entry.get("affected", ()):
        package = affected.get("package", {})
        name = _normal(package.get("name", ""))
        for version in sorted(known.get(name, ()) if package.get("ecosystem") == "PyPI" else ()):
            ranges = [one["events"] for one in affected.get("ranges", ()) if one.get("type") == "ECOSYSTEM"]
            if version in affected.get("versions", ()) or any(_within(version, events) for events in ranges):
                yield f"{name} {version}: {entry['id']} {entry.get('summary', '')}".rstrip()


def _within(version: str, events: Iterable[Mapping[str, str]]) -> bool:
    """Whether `version` lies between an `introduced` and the `fixed` (or after the `last_affected`) that follows it."""
    inside = False
    for event in events:
        (kind, at), *_ = event.items()
        try:
            reached = at == "0" or Version(version) >= Version(at)
            beyond = Version(version) > Version(at) if kind == "last_affected" else reached
        except InvalidVersion:
            continue
        inside = (inside or reached) if kind == "introduced" else inside and not beyond
    return inside


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main(given: list[str]) -> int:
    """The whole look, as lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("locks", nargs="+", type=Path)
    parser.add_argument("--tools", nargs="*", type=Path, default=[], help="locks of what only builds and tests; any licence will do")
    parser.add_argument("--advisories", type=Path, help="a collection of known weaknesses, as a zip in the OSV format")
    asked = parser.parse_args(given)
    texts = {path: path.read_text("utf-8") for path in [*asked.locks, *asked.tools]}
    known, run = pins("\n".join(texts.values())), pins("\n".join(texts[path] for path in asked.locks))
    installed = list(metadata.distributions())
    wrong = [f"{path.name}: {line}" for path, text in texts.items() for line in wrong_in_lock(text)]
    wrong += [*wrong_in_place(known, installed), *wrong_licences(run, installed)]
    if asked.advisories:
        try:
            wrong += weaknesses(known, asked.advisories, datetime.now(UTC))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            wrong.append(f"{asked.advisories}: {error}")
    print(f"{len(known)} packages in {len(texts)} lock files, {len(installed)} installed.")
    print("\n".join(wrong) or "Nothing is wrong with them.")
    if not asked.advisories:
        print("Known weaknesses were not looked at: that takes a collection of them, see docs/cryptography.md.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
