"""`cairndesk poster` at a desk that was just founded, and at one whose organisation chose its languages."""

import json
import re
from pathlib import Path

import pytest
import typer
from tests.directory.conftest import NOW, SAM
from tests.serve.conftest import found

from cairndesk.accounts.models import Organisation
from cairndesk.cli import poster
from cairndesk.config import Config, Desks
from cairndesk.directory import actions


@pytest.mark.slow
def test_a_poster_leads_to_the_public_site_in_each_language(tmp_path: Path) -> None:
    desk = found(tmp_path)
    done = desk.run("poster", "poster.html", "--language", "en", "--language", "ar", "--json", CAIRNDESK_DESKS__UNREVIEWED_LANGUAGES="ar")
    said = json.loads(done.stdout)
    assert said == {"written": "poster.html", "leads to": f"http://localhost:{desk.portal}", "not reviewed": "ar"}
    page = (desk.folder / "poster.html").read_text("utf-8")
    assert page.count("<section") == 2
    assert all(f"http://localhost:{desk.portal}{prefix}</bdi>" in page for prefix in ("", "/ar"))
    for wrong, named in (
        (("--size", "a0"), "a4, a6"),
        (("--language", "xx"), "xx is not offered here; offered: en"),
        (("--voice", "2"), "it is one of 1, 3"),
        (("--organisation", "none"), "no organisation none"),
    ):
        refused = desk.run("poster", "other.html", *wrong, NO_COLOR="1", COLUMNS="200")
        assert refused.returncode == 2
        assert named in refused.stderr
    assert not (desk.folder / "other.html").exists()


def _languages_on(file: Path, config: Config, codes: list[str] | None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(poster, "wake", lambda: config)
    monkeypatch.setattr(poster, "found_in", lambda _: None)
    poster.poster(file, language=codes)
    return re.findall('<section lang="([^"]+)"', file.read_text("utf-8"))


@pytest.mark.django_db
def test_a_poster_takes_the_languages_that_the_site_and_the_organisation_offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Organisation.objects.create(pk=SAM.home, slug="one", name="Cairn Desk One", is_first=True, created_at=NOW)
    file, real = tmp_path / "poster.html", Config(mode="real", desks=Desks(unreviewed_languages=["ar", "es"]))
    assert _languages_on(file, Config(mode="real"), None, monkeypatch) == ["en"]
    with pytest.raises(typer.BadParameter, match=r"ar is not offered here; offered: en$"):
        _languages_on(file, Config(mode="real"), ["ar"], monkeypatch)
    assert _languages_on(file, real, ["ar", "es"], monkeypatch) == ["ar", "es"]
    actions.set_portal(text='languages = ["ar", "fr"]\n[words.ar]\nname = "المكتب الأول"', by=SAM, now=NOW)
    with pytest.raises(typer.BadParameter, match=r"es is not offered here; offered: ar, en$"):
        _languages_on(file, real, ["ar", "es"], monkeypatch)
    assert _languages_on(file, real, None, monkeypatch) == ["ar"]
    assert _languages_on(file, real, ["ar", "en"], monkeypatch) == ["ar", "en"]
    names = re.findall('class="name"><bdi>([^<]+)', file.read_text("utf-8"))
    assert names == ["المكتب الأول", "Cairn Desk One"]
