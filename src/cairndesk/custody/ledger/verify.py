"""`python -m cairndesk.custody.ledger.verify PATH`: check a whole log, laid out as tiles or exported, with nothing but its files.

No desk, no database, no configuration: whoever has the folder, and the keys from a source they trust, can run it.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from cairndesk.custody.ledger.check import LogReport, check_file
from cairndesk.custody.ledger.check_tiles import check_folder
from cairndesk.lib.progress import Progress, unwatched


def verify(path: Path, *, key: str | None, witnesses: Sequence[str] = (), quorum: int = 0, progress: Progress = unwatched) -> LogReport:
    """The report on the log at `path`, a folder of tiles or an exported file; not well with fewer than `quorum` of the witnesses."""
    if not path.is_dir():
        return check_file(path, verifier=key, progress=progress)
    report = check_folder(path, verifier=key, witnesses=witnesses, progress=progress)
    if report.ok and report.witnesses < quorum:
        return report.failed(f"{report.witnesses} of {quorum} witnesses have signed")
    return report


def main(arguments: Sequence[str]) -> int:
    """Say as JSON what was found; 0 where everything is whole, 1 where it is not."""
    parser = argparse.ArgumentParser(prog="cairndesk.custody.ledger.verify", description="Check a log by its files alone.")
    parser.add_argument("path", type=Path, help="folder of tiles, or exported file")
    parser.add_argument("--key", help="the log's verifier key, from a source you trust")
    parser.add_argument("--witness", action="append", default=[], help="the key of a witness; may be given several times")
    parser.add_argument("--quorum", type=int, default=0, help="how many of the witnesses must have signed")
    given = parser.parse_args(arguments)
    report = verify(given.path, key=given.key, witnesses=given.witness, quorum=given.quorum)
    sys.stdout.write(json.dumps(asdict(report), indent=1) + "\n")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
