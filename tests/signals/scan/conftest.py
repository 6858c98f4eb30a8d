"""An archive of drawn pictures and one video, with everything in it that archives have."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.synthetic import pictures, videos

from cairndesk.cli import main


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be written to."""
    folder = tmp_path_factory.mktemp("archive")
    below = folder / "below"
    below.mkdir()
    for seed in range(6):
        (below if seed % 2 else folder / ".").joinpath(f"{seed}.jpg").write_bytes(pictures.encoded(pictures.scene(160, 120, seed=seed), "JPEG"))
    (folder / "plain.png").write_bytes(pictures.encoded(pictures.plain()))
    (folder / "broken.png").write_bytes(pictures.encoded(pictures.scene())[:900])
    (folder / "notes.txt").write_text("no picture")
    (folder / "film.mp4").write_bytes(videos.encoded(videos.cuts(3, 4, seconds=1.2)))
    (folder / "away").symlink_to(below)
    (folder / "link.jpg").symlink_to(folder / "0.jpg")
    os.mkfifo(folder / "pipe")
    return folder


NAMES = {"0.jpg", "2.jpg", "4.jpg", "below/1.jpg", "below/3.jpg", "below/5.jpg", "plain.png", "broken.png", "notes.txt", "film.mp4", "pipe"}
Run = Callable[..., str]


def rows(out: Path, archive: Path) -> dict[str, Any]:
    """The rows by their path below the archive, each of which there has to be once."""
    table = pq.read_table(out).to_pylist()
    found = {str(Path(row["path"]).relative_to(archive)): row for row in table}
    assert len(found) == len(table)
    return found


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line: what it says, and the code it ends with."""

    def running(*arguments: object, code: int) -> str:
        ended = main(["signals", "scan", *(() if "--purpose" in arguments else ("--purpose", "handed-over")), *map(str, arguments)])
        said = capsys.readouterr()
        assert ended == code, said
        return said.out + said.err

    return running
