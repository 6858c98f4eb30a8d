"""Intake's stage: the cast, a spool on a real disk, and a data folder of its own."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.intake.portal.rae import Portal, Rae
from tests.support.cast import ana, cal, lia, lou, ola, one, ring, sam, sue, two

from cairndesk.accounts.models import Organisation
from cairndesk.custody.queries import intake_keys, verifier_key
from cairndesk.custody.sealing import hpke
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.intake import jobs, publish
from cairndesk.intake.patience import Patience
from cairndesk.intake.portal import site
from cairndesk.intake.published import Published
from cairndesk.intake.rules import Answers, Fragment, Kind, fragment_context, is_happening_now
from cairndesk.intake.rules import Path as Telling
from cairndesk.intake.spool import Spool, SpoolFile
from cairndesk.lib import clock

__all__ = ["ana", "cal", "lia", "lou", "ola", "one", "ring", "sam", "sue", "two"]
HOUR = "2026-03-04T12:00Z"
DRAFT = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def data(tmp_path: Path, settings) -> Path:
    settings.DATA = tmp_path
    return tmp_path


@pytest.fixture
def spool(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Spool]:
    for name, minutes in (("_later", 10), ("_desk", 1)):
        monkeypatch.setattr(jobs, name, Patience(timedelta(minutes=minutes)))
    folder = data / "spool"
    folder.mkdir()
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    yield Spool(handle)
    os.close(handle)


@pytest.fixture
def put(spool: Spool, ring: Keyring, one: Organisation) -> Callable[..., str]:
    """Puts a fragment into the spool as the portal does, and returns the file's name."""

    def putting(
        answers: Answers | None = None, *, to: Organisation = one, sealed_to: Organisation | None = None, cold: bool = False, **fields
    ) -> str:
        held = {"kind": Kind.ANSWERS, "organisation": str(to.pk), "hour": HOUR, "draft": DRAFT, "path": Telling.CHILD, "step": 1, "counter": 1}
        if fields.get("kind") == Kind.MESSAGE:
            held |= {"draft": "", "path": "", "step": 0}
        fragment = Fragment(**held | fields | ({"answers": answers} if answers else {}))
        public = bytes(intake_keys((sealed_to or to).pk)[-1].public)
        sealed = hpke.seal(public, fragment.to_json(), fragment_context(to.pk))
        return spool.put(SpoolFile(to.pk, is_happening_now(answers or {}), sealed, cold))

    return putting


@pytest.fixture
def rae(data: Path, spool: Spool, ring: Keyring, one: Organisation, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Rae:
    """Rae at a portal whose spool this desk drains."""
    publish.ensure_salt()
    publish.publish_changes(now=clock.now())
    held = site.Site(config=settings.CAIRNDESK, spool=spool, published=Published(data / "published", verifier_key()))
    monkeypatch.setattr(site, "current", lambda: held)
    settings.ROOT_URLCONF = "cairndesk.urls.portal"
    settings.MIDDLEWARE = ["cairndesk.intake.portal.doors.Headers"]
    return Rae(Portal(data, held, b""))
