"""The desk, walled in as it is served, can still start the decoder that a handed-over file is hashed in, and its small copy drawn."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.synthetic import pictures

HASH = """
import sys
from pathlib import Path
from cairndesk.config import Config
from cairndesk.serve import walls
from cairndesk.serve.roles import Role
from cairndesk.signals.engine.sandbox import draw, hash_media
file = sys.stdin.buffer.read()
walls.enclose(Role.DESK, Config(data=Path(sys.argv[1])))
print(hash_media(file).seen.state, draw(file).why)
"""


@pytest.mark.slow
def test_a_file_is_hashed_and_drawn_from_behind_the_walls_of_the_desk(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HASH, str(tmp_path)]
    one_thread = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    said = subprocess.run(command, input=pictures.encoded(pictures.scene()), capture_output=True, check=True, env=one_thread, timeout=60)
    assert said.stdout.decode().strip() == "hashed nothing"
