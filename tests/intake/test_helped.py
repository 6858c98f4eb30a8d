"""Presses under pages, from the spool to a sum: of whom and when nothing stays."""

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import OperationalError
from tests.intake.portal.rae import Rae

from cairndesk.accounts.models import Organisation
from cairndesk.cases.models import Case
from cairndesk.directory.portals import Partner, Sheet, Words
from cairndesk.intake import jobs
from cairndesk.intake.actions import helped
from cairndesk.intake.models import Drained, HelpedCount
from cairndesk.intake.rules import EXPLAINING, TELLING, Kind
from cairndesk.intake.spool import Spool
from cairndesk.lib import clock

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 17, 21, 43, 12, tzinfo=UTC)
Press = Callable[..., str]


@pytest.fixture
def press(put: Callable[..., str]) -> Press:
    """Puts one press into the spool as the portal does."""

    def pressing(page: str = "help/1", *, says: str = "yes", voice: str = "middle", month: str = "2026-05", **fields: Any) -> str:
        nothing = {"draft": "", "path": "", "step": 0, "counter": 0}
        answers = {"page": page, "voice": voice, "helped": says}
        return put(answers, kind=Kind.HELPED, hour=f"{month}-01T00:00Z", cold=True, **nothing, **fields)

    return pressing


def sums() -> dict[tuple[Any, ...], int]:
    rows = HelpedCount.objects.values_list("organisation__slug", "month", "page", "language", "voice", "helped", "count")
    return {row[:-1]: row[-1] for row in rows}


def test_presses_are_summed_by_month_page_language_and_voice(press: Press, spool: Spool, two: Organisation) -> None:
    for _ in range(3):
        press(says="no")
    press()
    press("next", voice="young", language="ar")
    press(month="2026-04")
    press(to=two)
    assert jobs.drain(spool) == 7
    assert spool.names() == []
    press(says="no")
    jobs.drain(spool)
    may, april = date(2026, 5, 1), date(2026, 4, 1)
    assert sums() == {
        ("one", may, "help/1", "en", "middle", "no"): 4,
        ("one", may, "help/1", "en", "middle", "yes"): 1,
        ("one", may, "next", "ar", "young", "yes"): 1,
        ("one", april, "help/1", "en", "middle", "yes"): 1,
        ("two", may, "help/1", "en", "middle", "yes"): 1,
    }


def test_a_report_is_taken_in_before_any_number_of_presses(
    press: Press, put: Callable[..., str], spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "FILES_A_TURN", 4)
    monkeypatch.setattr(jobs, "COLD_A_TURN", 1)
    for _ in range(9):
        press()
    put({"what": ["threatens"]}, done=True)
    assert jobs.drain(spool) == 4
    assert Case.objects.count() == 1
    assert sum(sums().values()) == 3


def test_presses_that_cannot_be_counted_hold_up_no_report_and_are_counted_later(
    press: Press, put: Callable[..., str], spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    press()
    press()
    put({"what": ["threatens"]}, done=True)
    with monkeypatch.context() as broken:
        broken.setattr(helped.HelpedCount.objects, "get_or_create", lambda **_: (_ for _ in ()).throw(OperationalError("locked")))
        with pytest.raises(OperationalError):
            jobs.drain(spool)
    assert (Case.objects.count(), sums(), len(spool.names())) == (1, {}, 2)
    jobs.drain(spool)
    assert list(sums().values()) == [2]


# ── The attack: whoever copies everything, and knows whom to look for ────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.req("PAR-05")
def test_what_is_pressed_under_each_page_that_explains_and_after_telling_reaches_the_desk(rae: Rae, spool: Spool) -> None:
    words = {"en": Words(law="The law is on your side.", checked_on=date(2026, 5, 1))}
    sheet = Sheet(words=words, partners=(Partner("Help Line One", {"en": "They talk with you."}),))
    rae.portal.says_of_itself("one", sheet)
    for page in EXPLAINING:
        assert f'formaction="/{page}/n"' in rae.opens(f"/{page}").text
        assert rae.posts(f"/{page}/n", go="").heading == "Thank you"
    rae.starts("child").says(danger="not_now").says(what="gifts").says("send")
    assert 'formaction="/next/n"' in rae.text
    assert rae.posts("/next/n", **rae.hidden, go="stay").heading == "Thank you"
    jobs.drain(spool)
    month = clock.now().date().replace(day=1)
    assert sums() == {("one", month, page, "en", "middle", "no"): 1 for page in (*EXPLAINING, TELLING)}


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    models = [one for one in apps.get_models(include_auto_created=True) if one._meta.managed]
    return {one._meta.label: sorted(one._base_manager.values_list(), key=repr) for one in models}


def test_whoever_copies_database_spool_and_log_finds_neither_who_pressed_nor_when(
    rae: Rae, spool: Spool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rae.starts("child").says(danger="not_now").says(what="gifts").says("send")
    jobs.drain(spool)
    receipt = rae.hidden
    before = everything()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    caplog.clear()
    with caplog.at_level(logging.INFO):
        rae.posts("/next/n", **receipt, go="stay")
        rae.posts("/help/6/y", go="")
        rae.posts("/help/6/y", go="")
        files = [spool.read(name) for name in spool.names()]
        assert len(files) == 3
        # Nothing that could be read without the key tells one from another.
        assert {(len(one.sealed), one.is_cold, one.happening_now) for one in files} == {(len(files[0].sealed), True, False)}
        jobs.drain(spool)
    assert spool.names() == []
    after = everything()
    label = HelpedCount._meta.label
    assert {name for name in after if after[name] != before[name]} == {label}
    assert Drained.objects.count() == len(before[Drained._meta.label])
    assert {field.name for field in HelpedCount._meta.get_fields()} == {
        "id", "organisation", "month", "page", "language", "voice", "helped", "count",
    }  # fmt: skip
    may = date(2026, 5, 1)
    assert sums() == {("one", may, "help/6", "en", "middle", "yes"): 2, ("one", may, "next", "en", "middle", "no"): 1}
    logged = " ".join(record.getMessage() for record in caplog.records)
    assert [trace for trace in ("05-17", "21:43", "help/6", receipt["d"][:32], receipt["s"]) if trace in logged] == []
