"""How many code files accepting a report touches, measured on the running code.

A report touches a file when a function of that file is under way while what was told is sealed, spooled or written to the
tables: the files on the call stack at that moment. What they only ask is not counted.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from django.db import connection
from tests.intake.portal.rae import Rae

from cairndesk.cases.models import Case
from cairndesk.custody.sealing import hpke
from cairndesk.intake import jobs
from cairndesk.intake.spool import Spool, SpoolFile

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SOURCES = "/src/cairndesk/"
# What is passed whatever is told: the middleware before every page, which is named in urls, and below every write sealing and
# the log, the library and the fields of models.
PASSED_BY_ALL = ("intake/portal/doors.py", "custody/", "lib/", "cases/models/", "intake/models")
FIVE = {"intake/portal/tell.py", "intake/spool.py", "intake/jobs.py", "intake/actions/receive.py", "cases/actions/open_case.py"}


def hands() -> set[str]:
    """The files of the rooms whose functions are under way right now."""
    found: set[str] = set()
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if SOURCES in name:
            found.add(name.split(SOURCES)[1])
        frame = frame.f_back
    return {name for name in found if not name.startswith(PASSED_BY_ALL)}


@pytest.mark.parametrize("link", ["", "https://site.example/room/1"], ids=["without a link", "with a link"])
def test_accepting_a_report_touches_five_files(rae: Rae, spool: Spool, monkeypatch: pytest.MonkeyPatch, link: str) -> None:
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
    rae.says(what="gifts", link=link).says(setting="online", handle="gull__gull")
    rae.says(more="Please help.")
    monkeypatch.setattr(hpke, "seal", seal)
    with connection.execute_wrapper(writing):
        assert jobs.drain(spool)
    assert Case.objects.get().items.count() == 1 + bool(link)
    assert filing == {"intake/portal/tell.py", "intake/spool.py"}
    assert filing | receiving == FIVE
    assert len(filing | receiving) <= 5
