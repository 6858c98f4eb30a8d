import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as real
from tests.response.fetched import Fetcher
from tests.response.sources import drawn
from tests.support.list_server import ListServer, Reply
from tests.support.terminal import at_a_terminal

from cairndesk import doctor
from cairndesk.cli import main
from cairndesk.config import Config, Lists
from cairndesk.doctor import Level
from cairndesk.response import jobs
from cairndesk.signals.models import HashList, ListSource
from cairndesk.signals.rules import SourceKind

pytestmark = pytest.mark.django_db
LIST = f"Hash\n{drawn(1)}\n".encode()


@pytest.fixture
def server(fetcher: Fetcher, settings) -> Iterator[ListServer]:
    with ListServer(lambda _: Reply(LIST)) as held:
        fetcher.point(SourceKind.FILE, f"{held.base}/list", port=held.port, form="csv", columns="md5=Hash")
        place = Lists(hosts=[held.place], credentials=fetcher.folder, folder=fetcher.folder)
        settings.CAIRNDESK = real.CAIRNDESK.model_copy(update={"lists": place})
        (settings.CAIRNDESK.data / "signals").mkdir(exist_ok=True)
        yield held


def test_work_fetches_a_list_when_its_time_has_come_and_not_before(fetcher: Fetcher, server: ListServer) -> None:
    assert jobs.fetch_lists() == 1
    assert fetcher.listed() == {("md5", drawn(1))}
    assert jobs.fetch_lists() == 0
    assert len(server.asked) == 1
    HashList.objects.update(is_on=False, off_because="person")
    ListSource.objects.update(next_try_at=fetcher.now)
    assert jobs.fetch_lists() == 0


def test_one_list_that_cannot_be_fetched_does_not_hold_up_the_others(fetcher: Fetcher, server: ListServer, monkeypatch: pytest.MonkeyPatch) -> None:
    other = HashList.objects.get()
    other.pk, other.name = None, "Other"
    other.save()
    first = ListSource.objects.get()
    first.pk, first.list, first.address, first.credentials = None, other, f"{server.base}/other", "none"
    first.save()
    assert jobs.fetch_lists() == 1
    assert {one.list.name: one.trouble for one in ListSource.objects.all()} == {"Fetched": "", "Other": "response.credentials_refused"}


def test_what_nobody_foresaw_is_said_as_loudly_and_not_tried_at_once(fetcher: Fetcher, server: ListServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("cairndesk.signals.actions.import_fetched", broken)
    with pytest.raises(ZeroDivisionError):
        jobs.fetch_lists()
    held = ListSource.objects.get()
    assert (held.trouble, held.worker) == ("response.fetch_failed", "")
    assert held.next_try_at > fetcher.now


@pytest.mark.django_db(transaction=True)
def test_a_fetch_runs_beside_the_belt_and_only_once(fetcher: Fetcher, server: ListServer, django_assert_num_queries: Any) -> None:
    goes_on = threading.Event()
    server.answer = lambda _: Reply(LIST) if goes_on.wait(60) else Reply(status=500)
    assert jobs.fetch_lists_beside() == 1
    with django_assert_num_queries(0):
        assert jobs.fetch_lists_beside() == 0
    goes_on.set()
    (thread,) = [one for one in threading.enumerate() if one.name == "response.lists"]
    thread.join(10)
    assert fetcher.listed() == {("md5", drawn(1))}
    assert jobs.fetch_lists_beside() == 0


Run = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def running(*arguments: str, code: int = 0) -> str:
        ended = main(["signals", "lists", *arguments])
        said = capsys.readouterr()
        assert ended == code, said
        return said.out + said.err

    return running


@pytest.mark.slow
def test_a_list_is_fetched_by_hand(fetcher: Fetcher, server: ListServer, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with at_a_terminal(monkeypatch) as screen:
        assert "version 1 now" in run("fetch", "Fetched", "--organisation", "one")
    assert "bringing the list up to date" in screen.text
    assert "Nothing has changed" in run("fetch", "Fetched", "--organisation", "one")
    server.answer = lambda _: Reply(status=503)
    assert "asks for patience" in run("fetch", "Fetched", "--organisation", "one", code=6)
    (shown,) = json.loads(run("--organisation", "one", "--json"))
    assert shown["source"]["says"] == "The source asks for patience (it said 503)."
    assert "Tried again" in run("--organisation", "one")
    assert "no list Other" in run("fetch", "Other", "--organisation", "one", code=5)
    ListSource.objects.update(worker="w", lease_until=fetcher.now.replace(year=2100))
    assert "Another one" in run("fetch", "Fetched", "--organisation", "one", code=6)
    HashList.objects.update(is_on=False, off_because="person")
    assert "is off" in run("fetch", "Fetched", "--organisation", "one", code=5)


def test_the_doctor_tells_silence_that_has_begun_from_what_somebody_must_mend(fetcher: Fetcher, server: ListServer) -> None:
    def look() -> tuple[Level, str]:
        (found,) = doctor.fetching(fetcher.now)
        return found.level, found.says

    assert look()[0] is Level.OK
    server.answer = lambda _: Reply(status=503)
    for _ in range(3):
        fetcher.fetch()
    assert look() == (Level.WARNING, "Fetched could not be fetched: The source asks for patience (it said 503).")
    fetcher.fetch()
    assert look()[0] is Level.PROBLEM
    server.answer = lambda _: Reply(LIST)
    fetcher.fetch()
    assert look()[0] is Level.OK
    fetcher.later(days=3)
    assert look() == (Level.PROBLEM, "Fetched waits to be fetched")


def test_without_the_library_its_kinds_say_what_to_install(fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "threatexchange.exchanges.impl.ncmec_api", None)
    fetcher.point(SourceKind.NCMEC, "http://127.0.0.1:1/hashsharing", port=1)
    said = fetcher.fetch()
    assert said is not None
    assert said.code == "response.exchanges_missing"
    assert "cairndesk[exchanges]" in ListSource.objects.get().trouble_says


def test_work_writes_what_it_fetches_below_its_own_folder(tmp_path: Path) -> None:
    assert jobs.reach_of(Config(data=tmp_path)).scratch == tmp_path / "signals"
