"""The same scan on a cluster of two workers, of which one is killed in the middle."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import Client, LocalCluster
from tests.signals.scan.conftest import NAMES, Run, rows

from cairndesk.signals.engine.video.answer import Mode
from cairndesk.signals.scan import keep, many
from cairndesk.signals.scan.results import Results

pytestmark = pytest.mark.slow


@pytest.fixture
def cluster() -> Iterator[LocalCluster]:
    """Two processes that are reached from this machine only and show no page."""
    quick = {"distributed.comm.timeouts.connect": "5s", "distributed.worker.daemon": True, "distributed.admin.log-length": 0}
    with (
        dask.config.set(quick),
        LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50) as made,
    ):
        yield made


def test_a_worker_that_dies_costs_no_row(cluster: LocalCluster, run: Run, archive: Path, tmp_path: Path) -> None:
    paths = [str(path) for path in sorted(archive.rglob("*.*")) if path.is_file() and not path.is_symlink()]
    out, begun = tmp_path / "cluster.parquet", threading.Event()
    results = Results(out, {})
    pids = [worker.pid for worker in cluster.workers.values()]

    def killing(done: int) -> None:
        if done == 2 and not begun.is_set():
            begun.set()
            os.kill(pids[0], signal.SIGKILL)

    with Client(cluster) as client, results.open(resume=False):
        keep.keep(many.on_a_cluster(client, paths, Mode.EACH_SECOND), results, None, killing)
        results.finish()
    assert begun.is_set()
    plain = tmp_path / "plain.parquet"
    run(archive, "--out", plain, "--lists", "none", code=1)
    here = rows(plain, archive)
    here.pop("pipe")
    assert here.keys() == NAMES - {"pipe"}
    assert rows(out, archive) == here


def test_it_is_reached_from_this_machine_only(run: Run, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []

    class Watched(LocalCluster):
        def __init__(self, **options: Any) -> None:
            super().__init__(silence_logs=50, **options)
            heard.extend([self.scheduler_address, *(worker.worker_address for worker in self.workers.values())])
            heard.append(self.scheduler.http_server)

    monkeypatch.setattr("distributed.LocalCluster", Watched)
    run(archive / "below", "--out", tmp_path / "results.parquet", "--lists", "none", "--dask", "local", "--workers", "2", code=0)
    assert rows(tmp_path / "results.parquet", archive).keys() == {"below/1.jpg", "below/3.jpg", "below/5.jpg"}
    assert len(heard) == 4
    assert all(address.startswith("tcp://127.0.0.1:") for address in heard[:3])
