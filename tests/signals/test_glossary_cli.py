import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from tests.signals.conftest import NOW, Cast
from tests.signals.test_cli import Run, run
from tests.support.two_people import written_out

from cairndesk.accounts.models import ApiKey, Person, RoleGrant
from cairndesk.accounts.rules import Proof, Role
from cairndesk.custody import access
from cairndesk.custody.sealing import keystore
from cairndesk.lib import clock
from cairndesk.signals import glossaries
from cairndesk.signals.models import Glossary
from cairndesk.signals.rules import WrittenOut

__all__ = ["run"]
pytestmark = pytest.mark.django_db
YEAR = date.today().year + 1  # noqa: DTZ011 - any year to come
TABLE = f"""term,pattern,language,meaning,platform,confidence,review_on
glimmerfox,,en,a made-up animal,,low,{YEAR}-01-01
bluelantern,,en,,,low,{YEAR}-01-01
"""


@pytest.fixture
def file(tmp_path: Path, cast: Cast) -> Iterator[Path]:
    sam = Person.objects.create(organisation=cast.one, sign_in_name="sam", name="Sam", created_at=NOW)
    RoleGrant.objects.create(person=sam, role=Role.SUPERVISOR, granted_at=NOW)
    ApiKey.objects.create(organisation=cast.one, sender="Chat", source="platform", digest=b"1" * 32, created_at=NOW)
    access.create(settings.CAIRNDESK, access.keys())
    path = tmp_path / "terms.csv"
    path.write_text(TABLE)
    yield path
    (access.folder(settings.CAIRNDESK) / keystore.RING).unlink()
    glossaries.forget()


def importing(file: Path, *more: str) -> list[str]:
    papers = {"name": "Terms", "owner": "Cairn Desk Two", "agreement": "A-8", "terms": "Matching only", "provenance": "sealed disk"}
    options = [part for option, text in papers.items() for part in (f"--{option}", text)]
    return ["glossary", "import", str(file), *options, "--expires", f"{YEAR}-06-01", "--as", "sam", *more]


def exporting(file: Path, to: str, name: str = "Terms") -> list[str]:
    return ["glossary", "export", str(file), "--name", name, "--to", to, "--as", "sam"]


def test_a_glossary_is_taken_in_shown_and_written_out(run: Run, file: Path, tmp_path: Path) -> None:
    said = run(*importing(file))
    assert "line 3: the meaning is missing" in said
    assert "version 1, terms 1, refused 1" in said
    assert "lantern" not in said
    answer = json.loads(run(*importing(file, "--may-share", "--json")))
    assert (answer["version"], answer["terms"], answer["problems"][0]["line"]) == (2, 1, 3)
    (shown,) = json.loads(run("glossary", "list", "--organisation", "one", "--json"))
    assert (shown["name"], shown["entries"], shown["overdue"], shown["may_share"]) == ("Terms", 1, 0, True)
    assert "Terms" in run("glossary", "list", "--organisation", "one")
    target = tmp_path / "out.csv"
    assert "signals.not_let_go" in run(*exporting(target, "Chat"), code=5)
    sam = Person.objects.get(sign_in_name="sam").as_actor(Proof.PASSKEY, now=clock.now())
    written_out(WrittenOut.TERMS, Glossary.objects.get(), to="Chat", by=sam, now=clock.now())
    assert "terms 1" in run(*exporting(target, "Chat"))
    assert target.read_text() == "\n".join(TABLE.splitlines()[:2]) + "\n"
    assert target.stat().st_mode & 0o777 == 0o600


def test_it_says_why_nothing_is_written_out(run: Run, file: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    assert "no glossary Other" in run(*exporting(target, "Chat", name="Other"), code=5)
    run(*importing(file))
    assert "do not allow" in run(*exporting(target, "Chat"), code=5)
    run(*importing(file, "--may-share"))
    assert "vetted" in run(*exporting(target, "Game"), code=5)
    assert not target.exists()
