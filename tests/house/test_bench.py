"""Each benchmark runs: at the smallest sizes, where its figures mean nothing and its rows are all there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bench import first_page
from bench.report import Scale
from bench.soak import GOALS
from tests.house.tree import ROOT
from tests.support import migrated

# What only a soak has the time for.
_SOAK_ONLY = {"log-million", "match-50m", "match-50m-bytes"}
_SERVER = """
import os, signal, time
from http.server import BaseHTTPRequestHandler, HTTPServer
class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
# Whoever starts the tests in the background hands on that this signal is ignored.
signal.signal(signal.SIGINT, signal.SIG_DFL)
time.sleep(0.3)
HTTPServer(("localhost", int(os.environ["CAIRNDESK_PORTAL__PORT"])), Page).serve_forever()
"""


@pytest.mark.slow
@pytest.mark.parametrize("named", [(), ("scale",)])
def test_each_runs_and_gives_every_row_that_has_a_goal(named: tuple[str, ...], tmp_path: Path) -> None:
    data, results = tmp_path / "data", tmp_path / "results.json"
    migrated.begin(data)
    command = [sys.executable, "-m", "bench", *named, "--tiny", "--data", str(data), "--results", str(results)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CAIRNDESK_", "DJANGO_"))}
    done = subprocess.run(command, cwd=ROOT, env=kept, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    given = {row["id"] for row in json.loads(results.read_text("utf-8"))["rows"]}
    steps = named or GOALS.keys() - {"scale", "first_page"}
    wanted = {name for step in steps for name in GOALS[step]} - _SOAK_ONLY
    assert wanted - given == set()


@pytest.mark.slow
def test_the_first_page_is_waited_for_and_the_demo_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a server in place of a demo, whose seeding is what the benchmark measures, and as slow here as there."""
    monkeypatch.setattr(first_page, "_DEMO", (sys.executable, "-c", _SERVER))
    (row,) = first_page.rows(scale=Scale.USUAL)
    assert row.id == "first-page"
    assert 0.3 < row.ours < 60
    assert row.ratio == pytest.approx(row.peer / row.ours, abs=0.01)
