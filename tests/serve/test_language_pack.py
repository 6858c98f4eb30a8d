"""A language pack in the data folder of a real desk: its walled portal speaks it, and does again after a restart, with no code changed."""

import dataclasses
import http.client
import time
from pathlib import Path

import pytest
from tests.intake.portal.pack_made import said_otherwise
from tests.intake.portal.pseudo import accented
from tests.serve.conftest import found
from tests.serve.test_serve import answer, serving

pytestmark = pytest.mark.slow


def _page(port: int) -> str:
    """The first page in the language of the pack, once the worker has published who may be told."""
    deadline = time.monotonic() + 40
    while True:
        answer(port)
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        line.request("GET", "/qxa/", headers={"Host": f"localhost:{port}"})
        page = line.getresponse().read().decode()
        if 'lang="qxa"' in page or time.monotonic() > deadline:
            return page
        time.sleep(0.2)


@pytest.mark.req("UXQ-17")
def test_the_walled_portal_speaks_a_pack_and_does_again_after_a_restart(tmp_path: Path) -> None:
    desk = found(tmp_path)
    desk = dataclasses.replace(desk, environment=desk.environment | {"CAIRNDESK_DESKS__UNREVIEWED_LANGUAGES": "qxa"})
    pack = tmp_path / "data" / "languages" / "qxa"
    done = desk.run("language", "lay-out", str(pack), "--name", "Ñåmé", "--english", "Made", "--rtl", "--falls-back", "sw")
    assert done.returncode == 0, done.stderr
    said_otherwise(pack / "texts.po", "Leave now", accented("Leave now"))
    for _ in range(2):
        with serving(desk):
            page = _page(desk.portal)
        assert '<html lang="qxa" dir="rtl">' in page
        assert accented("Leave now") in page
        assert '<span lang="sw" dir="ltr">' in page
    said = desk.run("doctor").stdout
    assert "Made is offered" in said
    assert "Made has no words for" in said
    (pack / "pack.toml").unlink()
    assert "a language pack is off: qxa/pack.toml: No such file" in desk.run("doctor").stdout
