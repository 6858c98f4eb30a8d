"""What a process loads before it answers: nothing heavy that most of its answers never need."""

import os
import subprocess
import sys

import pytest
from tests.house.tree import ROOT

pytestmark = pytest.mark.slow
HELP = "from cairndesk.cli import main; main(['--help'])"
DOORS = """
import cairndesk.serve.child, django
django.setup(set_prefix=False)
from importlib import import_module
from django.conf import settings
import_module(settings.ROOT_URLCONF)
"""
SITE = "from cairndesk.serve import site; site.application(settings.CAIRNDESK)"
PORTAL = "from cairndesk.intake.portal import asgi"


@pytest.mark.parametrize(
    ("process", "code", "unwanted"),
    [
        ("desk", DOORS + SITE, {"webauthn", "OpenSSL", "PIL"}),
        ("portal", DOORS + PORTAL, {"webauthn", "OpenSSL", "PIL", "numpy", "ninja"}),
        ("desk", HELP, {"webauthn", "PIL", "numpy", "django.db", "ninja", "cryptography", "uvicorn"}),
    ],
    ids=["desk", "portal", "help"],
)
def test_it_loads_nothing_heavy_that_it_may_never_need(process: str, code: str, unwanted: set[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CAIRNDESK_")}
    environment |= {"PYTHONPATH": str(ROOT / "src"), "DJANGO_SETTINGS_MODULE": "cairndesk.settings", "CAIRNDESK_PROCESS": process}
    told = code + "\nimport sys; sys.stderr.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert unwanted & set(done.stderr.split()) == set()
