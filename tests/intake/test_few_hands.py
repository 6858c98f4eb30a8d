"""How many code files a report passes through until it is a case, measured on the running code."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from django.db import connection
from tests.intake.portal.rae import Portal, Rae

from cairndesk.accounts.models import Organisation
from cairndesk.cases.models import Case
from cairndesk.custody.sealing import hpke
from cairndesk.custody.sealing.keyring import Keyring
from cairndesk.intake import jobs, publish
from cairndesk.intake.portal import site
from cairndesk.intake.published import Published
from cairndesk.intake.spool import Spool, SpoolFile
from cairndesk.lib import clock

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SOURCES = "/src/cairndesk/"
# Primitives that every write uses, whatever is written: sealing and the log, the library, the fields of models.
PRIMITIVES = ("custody/", "lib/", "cases/models/", "intake/models")


def hands() -> set[str]:
    """The files of the rooms whose functions are under way right now."""
    found: set[str] = set()
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if SOURCES in name:
            found.add(name.split(SOURCES)[1])
        frame = frame.f_back
    return {name for name in found if not name.startswith(PRIMITIVES)}


def test_a_report_passes_through_few_files(
    data: Path, spool: Spool, ring: Keyring, one: Organisation, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted are the files on the call stack when the last page is sealed and spooled, and when work writes to the tables.

    The architecture allows five for a report. Seven are measured, the portal's door among them: four until it is acknowledged and
    three until it is a case. A told link adds `intake/actions/items.py`. Not counted: what those files only ask, and the primitives.
    """
    publish.ensure_salt()
    publish.publish_changes(now=clock.now())
    held = site.Site(config=settings.CAIRNDESK, spool=spool, published=Published(data / "published"))
    monkeypatch.setattr(site, "current", lambda: held)
    settings.ROOT_URLCONF = "cairndesk.urls.portal"
    settings.MIDDLEWARE = ["cairndesk.intake.portal.doors.Headers"]
    rae = Rae(Portal(data, held, b""))
    filing: set[str] = set()
    receiving: set[str] = set()

    def sealing(*given: bytes) -> bytes:
        filing.update(hands())
        return seal(*given)

    def putting(spool: Spool, file: SpoolFile) -> str:
        filing.update(hands(), {"intake/spool.py"})
        return put(spool, file)

    def writing(execute: Callable[..., Any], sql: str, *given: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            receiving.update(hands())
        return execute(sql, *given)

    seal, put = hpke.seal, Spool.put
    monkeypatch.setattr(hpke, "seal", sealing)
    monkeypatch.setattr(Spool, "put", putting)
    rae.starts("child").says(danger=["self_harm"])
    rae.says(what="gifts").says(setting="online")
    filing.clear()
    rae.says(more="Please help.")
    monkeypatch.setattr(hpke, "seal", seal)
    with connection.execute_wrapper(writing):
        assert jobs.drain(spool)
    assert Case.objects.count() == 1
    assert filing == {"intake/portal/doors.py", "intake/portal/tell.py", "intake/portal/filing.py", "intake/spool.py"}
    assert receiving == {"intake/jobs.py", "intake/actions/receive.py", "cases/actions/open_case.py"}
