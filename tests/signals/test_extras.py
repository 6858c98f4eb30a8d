"""Whoever installs none of the extras has everything else, and is told what to install."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.synthetic import pictures, videos

SOURCE = Path(__file__).parents[2] / "src"
# Each way of finding a module finds none of these, as where they are not installed.
WITHOUT = """
import sys
from pathlib import Path
EXTRAS = {"av", "pyarrow", "dask", "distributed", "threatexchange", "matplotlib"}

class Without:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in EXTRAS else self.finder.find_spec(name, path, target)

sys.meta_path[:] = map(Without, sys.meta_path)
"""


def without_extras(code: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"PYTHONPATH": str(SOURCE), "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run([sys.executable, "-c", WITHOUT + code, *map(str, arguments)], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_pictures_are_hashed_and_of_videos_the_digests(tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(pictures.encoded(pictures.scene()))
    (tmp_path / "film").write_bytes(videos.encoded(videos.cuts(1)))
    code = """
from cairndesk.signals.engine import sandbox
for name in ("picture", "film"):
    made = sandbox.hash_media(Path(sys.argv[1], name).read_bytes())
    print(made.seen.state, made.seen.why, len(made.identifiers()))
"""
    ran = without_extras(code, tmp_path)
    assert ran.stdout.splitlines() == ["hashed nothing 11", "unrenderable no_decoder 3"], ran.stderr


@pytest.mark.slow
def test_a_scan_says_which_extra_it_needs(tmp_path: Path) -> None:
    code = """
from cairndesk.cli import main
raise SystemExit(main(["signals", "scan", "--purpose", "handed-over", sys.argv[1], "--out", sys.argv[1] + "/x.parquet", "--lists", "none"]))
"""
    ran = without_extras(code, tmp_path)
    assert (ran.returncode, "the extra `bulk`" in ran.stderr) == (5, True), ran.stderr
    assert list(tmp_path.iterdir()) == []
