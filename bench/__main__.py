"""Run every benchmark beside its peer, print a table, and write the rows to a file."""

import argparse
import json
import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

import django
from bench.report import Row, Scale
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
# As in the processes of a desk: two threads of a numerical library that wait for each other on a busy machine tell nothing.
os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
NO_BENCHMARKS = {"__main__", "report", "desk", "laying", "soak"}
# Runs only where it is named: on the full desk that it leaves behind no other figure would mean anything.
_BY_NAME = {"scale"}


def main() -> None:
    """Exits with 1 if a benchmark could not be run."""
    asked = _asked()
    sys.path.insert(0, str(HERE.parent / "src"))
    names = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NO_BENCHMARKS)
    with tempfile.TemporaryDirectory(prefix="cairndesk-bench-", dir="/var/tmp") as folder:
        # Before any benchmark is imported: they read and write through the desk's own tables.
        os.environ |= {"DJANGO_SETTINGS_MODULE": "cairndesk.settings", "CAIRNDESK_MODE": "demo", "CAIRNDESK_DATA": str(asked.data or folder)}
        django.setup()
        rows, broken = _all([name for name in names if name in (asked.names or {*names} - _BY_NAME)], asked.scale)
    _print(rows)
    machine = {"processor": platform.machine(), "cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()}
    results = {"machine": machine | {"scale": asked.scale}, "rows": [asdict(row) for row in rows]}
    asked.results.write_text(json.dumps(results, indent=2) + "\n")
    if broken:
        sys.exit(f"could not be measured: {', '.join(broken)}")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", help="files of this folder, without their end; where none is named, all but scale")
    for scale, means in {
        Scale.QUICK: "smaller lists",
        Scale.SOAK: "everything at full size",
        Scale.TINY: "so small that it only shows that all run",
    }.items():
        parser.add_argument(f"--{scale}", dest="scale", action="store_const", const=scale, default=Scale.USUAL, help=means)
    parser.add_argument("--data", type=Path, help="a folder for the desk, which stays; without it one that goes")
    parser.add_argument("--results", type=Path, default=HERE / "results.json", help="where the rows are written")
    return parser.parse_args()


def _all(names: Sequence[str], scale: Scale) -> tuple[list[Row], list[str]]:
    """The rows of every benchmark, and which of them broke: one that does must not take the others' figures with it."""
    rows: list[Row] = []
    broken = []
    for name in names:
        try:
            rows += import_module(f"bench.{name}").rows(scale=scale)
        except Exception:  # noqa: BLE001 - whatever it is, it is printed and the run fails
            traceback.print_exc()
            broken.append(name)
    return rows, broken


def _print(rows: Sequence[Row]) -> None:
    table, notes = Table("what", "ours", "peer", "times better", "unit"), Table.grid(padding=(0, 2))
    for row in rows:
        table.add_row(row.id, f"{row.ours:,.4g}", f"{row.peer:,.4g}", f"{row.ratio:,.2f}", row.unit)
        notes.add_row(row.id, row.note)
    Console().print(table, notes)


if __name__ == "__main__":
    main()
