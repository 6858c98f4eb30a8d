"""Below the level that the operator asks for, and on a kernel that lacks a wall, no file is decoded. Each lack is a real refusal."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from tests.support.lacking import PRCTL, RULES, UNSHARE, without
from tests.synthetic import pictures

from cairndesk.config import Config
from cairndesk.lib import landlock
from cairndesk.signals import walled
from cairndesk.signals.engine import bubblewrap, sandbox
from cairndesk.signals.engine.answer import State, Why
from cairndesk.signals.engine.children import SOURCE
from cairndesk.signals.engine.walls import Level
from cairndesk.signals.errors import SandboxTooWeak

Lacking = Callable[[tuple[int, int]], None]


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> Lacking:
    return lambda call: monkeypatch.setattr(sandbox, "PICTURE", without(call, sandbox.PICTURE))


@pytest.fixture
def asks_for(settings: Any) -> Callable[[str], None]:
    def ask(least: str) -> None:
        held: Config = settings.CAIRNDESK
        settings.CAIRNDESK = held.model_copy(update={"desk": held.desk.model_copy(update={"media_walls": least})})

    return ask


@pytest.mark.slow
@pytest.mark.parametrize("call", [RULES, PRCTL], ids=["no Landlock", "no filter of system calls"])
def test_a_kernel_without_a_wall_decodes_nothing(call: tuple[int, int], lacking: Lacking) -> None:
    lacking(call)
    assert sandbox.level()[0] is Level.NONE
    with pytest.raises(SandboxTooWeak):
        walled.hash_media(pictures.encoded(pictures.scene()))


@pytest.mark.slow
def test_the_operator_says_how_much_is_enough(lacking: Lacking, asks_for: Callable[[str], None]) -> None:
    assert landlock.abi() >= 4, "this kernel's Landlock has no rule about TCP, so that it cannot reach the level `container`"
    lacking(UNSHARE)
    picture = pictures.encoded(pictures.scene())
    for enough in ("minimal", "container"):
        asks_for(enough)
        seen = walled.hash_media(picture).seen
        assert (seen.state, seen.level) == (State.HASHED, Level.CONTAINER)
    asks_for("full")
    with pytest.raises(SandboxTooWeak, match=r"Level CONTAINER is below FULL"):
        walled.hash_media(picture)


@pytest.mark.slow
def test_nothing_of_the_file_is_read_below_that() -> None:
    seen = sandbox.ask(without(RULES, sandbox.PICTURE), pictures.encoded(pictures.scene()), minimum=Level.MINIMAL, order=b"", seconds=60)
    assert (seen.state, seen.why, seen.width, seen.format) == (State.UNRENDERABLE, Why.WEAK_WALLS, 0, 0)


def test_by_default_the_filter_and_landlock_are_asked_for() -> None:
    assert walled.least(settings.CAIRNDESK) is walled.least(Config()) is Level.MINIMAL


def test_what_is_asked_for_is_told_before_a_file_is_handed_over(monkeypatch: pytest.MonkeyPatch, asks_for: Callable[[str], None]) -> None:
    monkeypatch.setattr(walled, "_level", lambda: Level.CONTAINER)
    assert walled.is_strong_enough()
    asks_for("full")
    assert not walled.is_strong_enough()


# Bubblewrap, where it may be used.


@pytest.mark.slow
def test_inside_bubblewrap_there_is_no_file_but_the_code_and_nobody_else() -> None:
    around = bubblewrap.around(str(SOURCE))
    if not around:
        pytest.skip("this machine has no bubblewrap, or lets nobody use it")
    look = "import os; print(os.path.exists('/etc/passwd'), os.path.exists('/proc'), os.path.exists('/tmp'), os.getpid(), sorted(os.listdir('/')))"
    said = subprocess.run([*around, sys.executable, "-I", "-c", look], capture_output=True, check=True, text=True).stdout
    assert said.startswith("False False False 2 ")
    assert "home" not in said
    assert "root" not in said


def test_without_bubblewrap_nothing_stands_before_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap.shutil, "which", lambda *_, **__: None)
    assert bubblewrap.around.__wrapped__(str(SOURCE)) == ()


def test_bubblewrap_that_may_make_no_namespaces_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap.shutil, "which", lambda *_, **__: "/bin/false")
    assert bubblewrap.around.__wrapped__(str(SOURCE)) == ()


def test_as_root_it_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap.shutil, "which", lambda *_, **__: "/bin/true")
    monkeypatch.setattr(bubblewrap.os, "geteuid", lambda: 0)
    assert bubblewrap.around.__wrapped__(str(SOURCE)) == ()
