"""A desk that really runs on this machine, for clients that know HTTP only."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

# Seconds in which a server begins, or ends.
_PATIENCE = 60


@contextmanager
def running(app: Any, *, port: int = 0) -> Iterator[str]:
    """The address at which `app` answers, in a thread of this process, until the block ends; any free `port` unless one is named."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + _PATIENCE
        while not server.started:
            thread.join(0.01)
            assert thread.is_alive()
            assert time.monotonic() < until
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_PATIENCE)
