"""A running portal on a random port of the loopback, and a browser without JavaScript."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.intake.portal.rae import Portal, publish_desks
from tests.journeys.portal.visitor import Visitor
from tests.support.week import VERIFIER

from cairndesk.config import Config, Desks, Receipts
from cairndesk.custody.sealing import hpke
from cairndesk.intake.portal.site import open_site

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_RUN = "import uvicorn, sys; from cairndesk.intake.portal.asgi import application; uvicorn.run(application(), port=int(sys.argv[1]), log_config=None)"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, "the portal stopped"
        time.sleep(0.05)
    pytest.fail("the portal did not start")


@contextmanager
def running(folder: Path) -> Iterator[tuple[str, Portal, subprocess.Popen[bytes], Callable[[], None]]]:
    """A portal that runs as `serve` runs it: its address, the desk's side of its folder, its process, and a way to start it again."""
    private, public = hpke.generate()
    publish_desks(folder, public)
    port = _free_port()
    environment = os.environ | {
        "CAIRNDESK_PROCESS": "portal",
        "CAIRNDESK_VERIFIER": VERIFIER,
        "DJANGO_SETTINGS_MODULE": "cairndesk.settings",
        "PYTHONPATH": "src",
        "CAIRNDESK_DATA": str(folder),
        "CAIRNDESK_PORTAL__PUBLIC_URL": f"http://127.0.0.1:{port}",
        "CAIRNDESK_RECEIPTS__MEMORY_KIB": "64",
        "CAIRNDESK_RECEIPTS__PASSES": "1",
    }
    started: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        started.append(subprocess.Popen([sys.executable, "-c", _RUN, str(port)], env=environment))
        _wait_for(port, started[-1])

    try:
        start()
        config = Config(data=folder, receipts=Receipts(memory_kib=64, passes=1), desks=Desks(country="XA"))
        portal = Portal(folder, open_site(config, verifier=VERIFIER), private)
        portal.is_read_again_tomorrow()
        yield f"http://127.0.0.1:{port}", portal, started[-1], start
    finally:
        for process in started:
            process.kill()
            process.wait(10)


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Portal]]:
    with running(tmp_path_factory.mktemp("portal")) as (address, portal, _, _):
        yield address, portal


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for one module: its event loop occupies the thread, and tests of other modules run loops of their own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}, locale="en")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def visitor(live: tuple[str, Portal], page: Page) -> Visitor:
    return Visitor(*live, page)


@pytest.fixture(scope="session")
def shots() -> Path:
    """Where screenshots are laid for people to look at."""
    folder = Path("screenshots") / "portal"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
