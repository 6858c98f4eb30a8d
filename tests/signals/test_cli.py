import io
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from tests.signals.conftest import NOW, Cast
from tests.support.terminal import BAR, at_a_terminal

from cairndesk.accounts.models import Person, RoleGrant
from cairndesk.accounts.rules import Role
from cairndesk.cli import main
from cairndesk.custody.queries import entries_about
from cairndesk.signals import magic, shelf
from cairndesk.signals.models import HashList

pytestmark = pytest.mark.django_db
PDQ = "0f" * 32
TEXT = f"Hash,Category\n{PDQ},A1\nnot a hash,B2\n"


@pytest.fixture
def file(tmp_path: Path, cast: Cast) -> Path:
    for name, role in (("sam", Role.SUPERVISOR), ("ana", Role.ANALYST)):
        person = Person.objects.create(organisation=cast.one, sign_in_name=name, name=name.title(), created_at=NOW)
        RoleGrant.objects.create(person=person, role=role, granted_at=NOW)
    path = tmp_path / "list.csv"
    path.write_text(TEXT)
    return path


def importing(file: Path, *more: str, by: str = "sam", expires: str = "") -> list[str]:
    papers = {"name": "Partner list", "owner": "Cairn Desk Two", "agreement": "A-7", "terms": "Matching only", "provenance": "sealed disk"}
    options = [part for option, text in papers.items() for part in (f"--{option}", text)]
    return ["import", str(file), *options, "--expires", expires or str(date(date.today().year + 1, 1, 1)), "--as", by, *more]  # noqa: DTZ011 - any year to come


Run = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The whole command line, as a person types it: what it says, and the code it ends with."""

    def running(*arguments: str, stdin: str = "", code: int = 0) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        ended = main(["signals", *arguments])
        said = capsys.readouterr()
        assert ended == code, said
        return said.out + said.err

    return running


def test_a_list_is_taken_in_shown_and_matched(run: Run, file: Path) -> None:
    answer = json.loads(run(*importing(file, "--map", "pdq=Hash,label=Category", "--json")))
    assert {name: answer[name] for name in ("version", "added", "refused")} == {"version": 1, "added": 1, "refused": 1}
    assert [problem["line"] for problem in answer["problems"]] == [3]
    assert [line.proof for line in entries_about(HashList.objects.get().id)] == ["system"]
    (shown,) = json.loads(run("lists", "--organisation", "one", "--json"))
    assert (shown["name"], shown["entries"], shown["is_asked"]) == ("Partner list", 1, True)
    (found,) = json.loads(run("match", f"pdq:{PDQ}", "--organisation", "one", "--json"))
    assert (found["list_name"], found["distance"], found["kind"]) == ("Partner list", 0, "near")
    assert "Partner list" in run("match", "-", "--organisation", "one", stdin=f"pdq:{PDQ}\n")
    assert "Partner list" in run("lists", "--organisation", "one")


@pytest.mark.slow
def test_a_change_that_waits_is_said_and_decided_from_the_command_line(run: Run, file: Path) -> None:
    run(*importing(file, "--map", "pdq=Hash"))
    HashList.objects.update(flood_rows=0)
    file.write_text(f"Hash,Category\n{'1e' * 32},A1\n{'2d' * 32},A1\n")
    said = run(*importing(file, "--map", "pdq=Hash"))
    assert "It waits, and the old version counts" in " ".join(said.split())
    assert json.loads(run("lists", "--organisation", "one", "--json"))[0]["is_held"] is True
    assert "Another" not in run(*importing(file, "--map", "pdq=Hash"), code=5)
    run("lists", "accept", "Partner list", "--why", "damaged", "--as", "sam", code=2)
    run("lists", "accept", "No such list", "--why", "announced", "--as", "sam", code=2)
    run("lists", "accept", "Partner list", "--why", "announced", "--as", "ana", code=5)
    assert "counts as version 2 now" in run("lists", "accept", "Partner list", "--why", "announced", "--as", "sam")
    HashList.objects.update(flood_rows=0)
    file.write_text(f"Hash,Category\n{PDQ},A1\n")
    assert "It waits" in run(*importing(file, "--map", "pdq=Hash", "--replace"))
    assert "stays at version 2" in run("lists", "refuse", "Partner list", "--why", "damaged", "--as", "sam")


def test_a_terminal_shows_how_far_the_file_is_taken_in(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with at_a_terminal(monkeypatch) as screen:
        assert "added 1" in run(*importing(file, "--map", "pdq=Hash"))
    assert re.search(f"taking in.*{BAR}.*100%", screen.text, re.DOTALL)
    with at_a_terminal(monkeypatch) as screen:
        run(*importing(file, "--map", "pdq=Hash", "--json"))
    assert screen.text == ""


def test_refused_rows_are_shown_to_a_person(run: Run, file: Path) -> None:
    output = run(*importing(file, "--map", "pdq=Hash"))
    assert "line 3: A pdq hash is written with the digits" in output
    assert "added 1" in output


def test_not_being_listed_is_never_called_harmless(run: Run, file: Path) -> None:
    run(*importing(file, "--map", "pdq=Hash"))
    assert "does not mean that it is harmless" in run("match", "ab" * 16, "--organisation", "one")


def test_a_list_that_cannot_be_asked_is_an_error_and_no_miss(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(*importing(file, "--map", "pdq=Hash"))
    shelf.of.cache_clear()
    monkeypatch.setattr(shelf, "MOST_LATE", 0)
    for form in ((), ("--json",)):
        assert "Not read in yet: Partner list." in run("match", "ab" * 16, "--organisation", "one", *form, code=6)


@pytest.mark.parametrize(
    ("more", "by", "expires", "words"),
    [
        (("--map", "pdq=Nowhere"), "sam", "", "no column Nowhere"),
        (("--map", "what=ever"), "sam", "", "not a column map"),
        (("--map", "pdq=Hash"), "sam", "2020-01-01", "expires_on"),
        (("--map", "pdq=Hash"), "nobody", "", "nobody here"),
        (("--map", "pdq=Hash"), "ana", "", ""),
    ],
)
def test_what_cannot_be_taken_in_is_said_with_a_remedy(run: Run, file: Path, more: tuple[str, ...], by: str, expires: str, words: str) -> None:
    assert words in run(*importing(file, *more, by=by, expires=expires), code=2 if by == "nobody" else 5)
    assert not HashList.objects.exists()


def test_a_value_that_cannot_be_read_is_said_kindly(run: Run, cast: Cast) -> None:
    assert "33 hexadecimal digits" in run("match", "a" * 33, code=5)


def test_an_unknown_organisation_is_named(run: Run, cast: Cast) -> None:
    assert "no organisation four" in run("lists", "--organisation", "four", code=2)


def test_where_there_is_no_list_yet_it_says_how_to_take_one_in(run: Run, cast: Cast) -> None:
    assert "No list yet; `cairndesk signals import`" in run("lists", "--organisation", "one")


def test_cards_are_written_with_the_links_that_stand_for_them(run: Run, tmp_path: Path) -> None:
    said = run("cards", str(tmp_path / "cards"))
    assert sorted(path.stem for path in (tmp_path / "cards").iterdir()) == ["known", "malformed", "near", "none", "slow"]
    assert "known.bmp  https://test.cairndesk.example/known" in said
    assert magic.of_bytes((tmp_path / "cards" / "near.bmp").read_bytes()) is magic.Card.NEAR


SOURCE = ["--owner", "Partner", "--agreement", "A-7", "--terms", "Matching only", "--expires", "2100-01-01", "--as", "sam"]


def test_a_source_is_set_for_a_list_that_is_new_then_renewed_and_removed(run: Run, file: Path) -> None:
    place = ["--kind", "ncmec", "--address", "https://lists.example/hashsharing", "--credentials", "ncmec", "--every", "6"]
    assert "cairndesk work" in run("lists", "source", "Fetched", *place, *SOURCE)
    (shown,) = json.loads(run("lists", "--organisation", "one", "--json"))
    assert (shown["name"], shown["version"], shown["provenance"]) == ("Fetched", 0, "fetched from https://lists.example/hashsharing")
    assert {name: shown["source"][name] for name in ("kind", "credentials", "every_hours", "fetched_at")} == {
        "kind": "ncmec",
        "credentials": "ncmec",
        "every_hours": 6,
        "fetched_at": None,
    }
    assert "not before it" in run("lists", "--organisation", "one")
    run("lists", "source", "Fetched", *place, "--expires", "2101-01-01", "--as", "sam")
    assert str(HashList.objects.get().expires_on) == "2101-01-01"
    assert HashList.objects.get().owner == "Partner"
    assert "fetched no more" in run("lists", "source", "Fetched", "--remove", "--as", "sam")
    assert "no source" in run("lists", "source", "Fetched", "--remove", "--as", "sam", code=5)


def test_a_source_that_lacks_something_is_refused_by_name(run: Run, file: Path) -> None:
    assert "--owner" in run("lists", "source", "Fetched", "--address", "https://lists.example/a.csv", "--as", "sam", code=2)
    assert "no list Other" in run("lists", "source", "Other", "--remove", "--as", "sam", code=5)
    assert "is not a column map" in run("lists", "source", "Fetched", "--address", "a.csv", "--map", "x", *SOURCE, code=5)
    assert "privacy group" in run(
        "lists", "source", "Fetched", "--kind", "threatexchange", "--address", "https://x.example", "--credentials", "x", *SOURCE, code=5
    )
    assert not HashList.objects.exists()


def test_a_list_is_renewed_by_command(file: Path, run: Run) -> None:
    run(*importing(file, "--map", "pdq=Hash,label=Category"))
    assert run("lists", "renew", "Partner list", "--until", "2101-02-03", "--as", "sam") == "Partner list is good until 2101-02-03.\n"
    assert HashList.objects.get().expires_on == date(2101, 2, 3)
    run("lists", "renew", "Partner list", "--until", "2001-02-03", "--as", "sam", code=5)
