"""Optional analysers: off by default, described by a card with error rates, locked in like a decoder, and no more than a hint (DET-05)."""

import dataclasses
import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.signals.conftest import NOW, Cast
from tests.signals.test_cli import Run, run
from tests.support import plugins
from tests.synthetic import pictures

from cairndesk.config import Analysers
from cairndesk.lib import clock
from cairndesk.signals import actions, analysers, jobs, register
from cairndesk.signals.engine.analysers import Card, ErrorRates, Opinion, decode, encode
from cairndesk.signals.engine.answer import Why
from cairndesk.signals.errors import AnalyserRefused
from cairndesk.signals.models import AnalyserHint, ToolRecord
from cairndesk.signals.tools import Tool

__all__ = ["run"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("DET-05")]
POINTS = {
    "plain": "plain_area:analyser",
    "nosy": "plain_area:nosy",
    "mute": "plain_area:mute",
    "bare": "plain_area:without_card",
    "gone": "nowhere:x",
}
PLAIN = pictures.encoded(pictures.plain())


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plugins.install(tmp_path_factory.mktemp("package"), POINTS)


@pytest.fixture
def plugged(package: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(package))
    sys.modules.pop("plain_area", None)
    yield
    sys.modules.pop("plain_area", None)


def switch_on(settings: Any, *names: str) -> None:
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"analysers": Analysers(on=list(names))})


def said(cast: Cast, data: bytes = PLAIN) -> dict[str, Opinion]:
    return {one.name: opinion for one, opinion in analysers.opinions(data, organisation=cast.one.id, now=NOW)}


def hand_over(cast: Cast, data: bytes = PLAIN) -> list[AnalyserHint]:
    sighting, _ = actions.hash_media(organisation=cast.one, data=data, by=cast.ana, now=NOW, stage="reviewing")
    return list(AnalyserHint.objects.filter(sighting=sighting))


@pytest.mark.slow
def test_none_is_on_by_default_and_what_is_installed_is_not_even_imported(cast: Cast, plugged: None, settings: Any) -> None:
    assert settings.CAIRNDESK.analysers.on == []
    assert (said(cast), hand_over(cast)) == ({}, [])
    assert "plain_area" not in sys.modules


@pytest.mark.slow
def test_one_that_is_named_looks_at_the_file_and_its_error_rates_stay_beside_what_it_says(cast: Cast, plugged: None, settings: Any) -> None:
    switch_on(settings, "plain")
    (hint,) = hand_over(cast)
    assert (hint.analyser, hint.title, hint.version, hint.share) == ("plain", "Plain area", "1.2", 100)
    assert (hint.wrongly, hint.missed, hint.measured_on) == ("2", "12.5", "100 drawn pictures")
    share = said(cast, pictures.encoded(pictures.scene()))["plain"].share
    assert share is not None
    assert share < 60
    # The desk knows the card; the module that looks was loaded by the child alone.
    assert "plain_area_looks" not in sys.modules


@pytest.mark.slow
def test_it_is_off_when_nobody_assessed_its_use_in_time(cast: Cast, plugged: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    jobs.tools()
    switch_on(settings, "plain")
    assert list(said(cast)) == ["plain"]
    ToolRecord.objects.filter(organisation=cast.one, tool=Tool.ANALYSERS).update(due_on=NOW.date() - timedelta(days=1))
    assert Tool.ANALYSERS in register.off(organisation=cast.one.id, now=NOW)
    assert (said(cast), hand_over(cast)) == ({}, [])


@pytest.mark.slow
def test_it_sits_behind_the_walls_of_a_decoder(cast: Cast, plugged: None, settings: Any) -> None:
    switch_on(settings, "nosy")
    assert said(cast) == {"nosy": Opinion(0)}


@pytest.mark.slow
def test_one_that_fails_says_nothing_and_the_file_is_hashed_all_the_same(cast: Cast, plugged: None, settings: Any) -> None:
    switch_on(settings, "plain", "mute", "bare", "gone")
    assert said(cast) == {"mute": Opinion(None, Why.NO_DECODER), "plain": Opinion(100)}
    broken = b"no picture at all"
    assert said(cast, broken)["plain"] == Opinion(None, Why.BROKEN)
    assert hand_over(cast, broken) == []
    assert [one.name for one in analysers.installed()] == ["mute", "nosy", "plain"]


@pytest.mark.slow
def test_the_cards_are_shown_by_command(cast: Cast, plugged: None, settings: Any, run: Run) -> None:
    switch_on(settings, "plain")
    shown = {one["name"]: one for one in json.loads(run("analysers", "--organisation", "one", "--json"))}
    assert {name: one["is_on"] for name, one in shown.items()} == {"mute": False, "nosy": False, "plain": True}
    assert shown["plain"]["rates"] == {"false_positives": 0.02, "false_negatives": 0.125, "measured_on": "100 drawn pictures"}
    assert "false negatives: 0.125" in run("analysers", "--organisation", "one")


RATES = ErrorRates(0.1, 0.2, "drawn pictures")
WHOLE = {"title": "a", "version": "1", "maker": "b", "licence": "c", "says": "d", "made_from": "e", "limits": "f"}


@pytest.mark.req("PRI-22")
@pytest.mark.parametrize("empty", WHOLE)
def test_a_card_says_everything(empty: str) -> None:
    with pytest.raises(AnalyserRefused, match=empty):
        Card(**{**WHOLE, empty: " "}, rates=RATES)


def test_a_card_has_error_rates_that_can_be_read() -> None:
    with pytest.raises(TypeError):
        Card(**WHOLE)  # type: ignore[call-arg]
    with pytest.raises(AnalyserRefused):
        Card(**WHOLE, rates=None)  # type: ignore[arg-type]
    for wrong in ({"false_positives": -0.1}, {"false_negatives": 5.0}, {"measured_on": ""}, {"false_positives": float("nan")}):
        with pytest.raises(AnalyserRefused):
            dataclasses.replace(RATES, **wrong)  # type: ignore[arg-type]


def test_a_child_can_say_one_share_or_one_reason_and_nothing_else() -> None:
    for right in (Opinion(0), Opinion(100), Opinion(None, Why.BROKEN)):
        assert decode(encode(right)) == right
    good = encode(Opinion(50))
    for wrong in (b"", good[:-1], good + b"x", b"XXXX" + good[4:], b"CDA1\x65\x00", b"CDA1\xff\x00", b"CDA1\x32\x03", b"CDA1\x32\xff"):
        assert decode(wrong) is None
