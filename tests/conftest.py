"""What every test stands on: a data folder of its own, and the database that this pass is about."""

import os
import tempfile
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    wanted = "sqlite3" if os.environ.get("CAIRNDESK_TEST_DATABASE", "sqlite") == "sqlite" else "postgresql"
    engine = settings.DATABASES["default"]["ENGINE"]
    if not engine.endswith(wanted):
        raise pytest.UsageError(f"this pass is about {wanted}, but the settings say {engine}; use `.ci/with-postgres`")
