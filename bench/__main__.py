"""Run every benchmark beside its peer, print a table, and write bench/results.json."""

import json
import os
import platform
import sys
import tempfile
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

import django
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
# As in the processes of a desk: two threads of a numerical library that wait for each other on a busy machine tell nothing.
os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
NO_BENCHMARKS = {"__main__", "report", "desk", "soak"}


def main() -> None:
    """`--soak` takes the full sizes; a name runs that file only."""
    soak = "--soak" in sys.argv
    wanted = {argument for argument in sys.argv[1:] if not argument.startswith("-")}
    sys.path.insert(0, str(HERE.parent / "src"))
    names = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NO_BENCHMARKS)
    with tempfile.TemporaryDirectory(prefix="cairndesk-bench-", dir="/var/tmp") as folder:
        # Before any benchmark is imported: they read and write through the desk's own tables.
        os.environ |= {"DJANGO_SETTINGS_MODULE": "cairndesk.settings", "CAIRNDESK_MODE": "demo", "CAIRNDESK_DATA": folder}
        django.setup()
        rows = [row for name in names if not wanted or name in wanted for row in import_module(f"bench.{name}").rows(soak=soak)]
    table = Table("what", "ours", "peer", "times better", "unit", "note")
    for row in rows:
        table.add_row(row.id, f"{row.ours:,.4g}", f"{row.peer:,.4g}", f"{row.ratio:,.2f}", row.unit, row.note)
    Console().print(table)
    machine = {"processor": platform.machine(), "cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()}
    (HERE / "results.json").write_text(json.dumps({"machine": machine, "rows": [asdict(row) for row in rows]}, indent=2) + "\n")


if __name__ == "__main__":
    main()
