"""`cairndesk vault …` as somebody types it: exit codes and JSON, on a desk of its own."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.custody.conftest import NOON, ONE, TWO, Doer

from cairndesk.cli import main
from cairndesk.custody import access
from cairndesk.custody.actions import destroy_object, keep_object, sealing_object
from cairndesk.custody.models import SealedObject
from cairndesk.custody.rules import Purpose
from cairndesk.custody.sealing.keyring import Keyring

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture
def vault(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAIRNDESK_DATA", str(tmp_path / "data"))
    settings.DATA = tmp_path / "data"
    access.create(settings.CAIRNDESK.model_copy(update={"data": settings.DATA}), Keyring.create([ONE, TWO]))
    for number in range(3):
        with sealing_object(organisation=ONE, purpose=Purpose.ORIGINAL, data=b"drawn %d" % number, now=NOON) as sealed:
            keep_object(sealed=sealed, by=Doer(), now=NOON)
    access.use(None)
    return tmp_path / "data" / "vault"


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_damaged_original_is_found_mended_from_a_folder_and_found_whole(vault: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = said(capsys, "vault", "check")
    assert (code, report["ok"], report["objects"], report["damaged"]) == (0, True, 3, [])
    first, second, _ = SealedObject.objects.order_by("pk")
    other = tmp_path / "other"
    other.mkdir()
    (vault / first.id.hex).rename(other / first.id.hex)
    (vault / second.id.hex).chmod(0o600)
    (vault / second.id.hex).write_bytes(b"x" * second.length)
    code, report = said(capsys, "vault", "check", "--quick")
    assert (code, report["missing"], report["changed"]) == (1, 1, 0)
    code, report = said(capsys, "vault", "check")
    assert (code, report["missing"], report["changed"], report["damaged"]) == (1, 1, 1, [first.id.hex, second.id.hex])
    code, report = said(capsys, "vault", "repair", "--from", str(other))
    assert (code, report) == (1, {"damaged": 2, "mended": 1, "beyond": [second.id.hex], "ok": False})
    assert main(["vault", "check"]) == 1
    assert second.id.hex in capsys.readouterr().out


def test_a_copy_is_opened_by_one_thing_that_opens_it(vault: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "copy.tar.age").write_bytes(b"no copy")
    assert main(["vault", "repair", "--from", str(tmp_path / "copy.tar.age")]) == 2


def test_what_nothing_needs_is_shown_first_and_goes_when_somebody_is_sure(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone, *kept = SealedObject.objects.order_by("pk")
    size = gone.length
    destroy_object(sealed=gone, by=Doer(), now=NOON)
    (vault / ("0" * 32)).write_bytes(b"known to nobody")
    os.utime(vault / ("0" * 32), (0, 0))
    code, waste = said(capsys, "vault", "prune")
    assert (code, waste) == (0, {"unfinished": 0, "orphans": 1, "destroyed": 1, "bytes": size + 15, "deleted": 0})
    assert len(list(vault.iterdir())) == 4
    code, waste = said(capsys, "vault", "prune", "--sure")
    assert (code, waste["deleted"]) == (0, 2)
    assert sorted(path.name for path in vault.iterdir()) == sorted(one.id.hex for one in kept)
    assert said(capsys, "vault", "prune")[1]["bytes"] == 0
