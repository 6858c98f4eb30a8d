"""A scan has a purpose out of a closed list, and no purpose lets it read what people write to each other."""

import base64
from email.message import EmailMessage
from pathlib import Path

import pytest
from tests.signals.conftest import Cast
from tests.signals.scan.conftest import Run, rows
from tests.synthetic import pictures

from cairndesk.cli import main
from cairndesk.custody.queries import entries_about
from cairndesk.signals.errors import ScanRefused
from cairndesk.signals.rules import ScanPurpose
from cairndesk.signals.scan.source import files

pytestmark = pytest.mark.slow


@pytest.mark.req("PRI-02")
@pytest.mark.parametrize("purpose", [[], ["--purpose", "monitoring"], ["--purpose", "communications"], ["--purpose", ""]])
def test_without_a_purpose_of_the_list_no_file_is_opened(purpose: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.png").write_bytes(pictures.encoded(pictures.scene()))
    out = tmp_path / "results.parquet"
    assert main(["signals", "scan", *purpose, str(tmp_path), "--out", str(out), "--lists", "none"]) == 2
    assert "purpose" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["one.png"]


@pytest.mark.req("PRI-02")
@pytest.mark.django_db(transaction=True)
def test_the_log_says_why_before_the_first_file_is_opened(run: Run, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one.png").write_bytes(pictures.encoded(pictures.scene()))
    from cairndesk.signals.scan import many

    said: list[object] = []

    def looking(*_given: object, **_named: object) -> object:
        said.extend((one.event, one.detail) for one in entries_about(cast.one.pk) if one.event == "signals.archive.scanned")
        return iter(())

    monkeypatch.setattr(many, "on_this_machine", looking)
    run(tmp_path, "--out", tmp_path / "results.parquet", "--organisation", "one", "--purpose", "own-holdings", code=0)
    assert said == [("signals.archive.scanned", {"purpose": "own-holdings", "files": 1})]


@pytest.mark.req("PRI-02")
def test_mail_and_chat_are_not_opened_whatever_lies_in_them(run: Run, tmp_path: Path) -> None:
    picture = pictures.encoded(pictures.scene())
    letter = EmailMessage()
    letter["Subject"] = "Private"
    letter.set_content("words")
    letter.add_attachment(picture, maintype="image", subtype="png", filename="one.png")
    (tmp_path / "letter.eml").write_bytes(letter.as_bytes())
    (tmp_path / "inbox.mbox").write_bytes(b"From a@b.example Thu Jan  1 00:00:00 1970\n" + letter.as_bytes())
    (tmp_path / "chat.json").write_text('{"picture": "' + base64.b64encode(picture).decode() + '"}')
    out = tmp_path / "results.parquet"
    run(tmp_path, "--out", out, "--lists", "none", code=0)
    found = rows(out, tmp_path)
    assert {(row["kind"], row["pdq"]) for row in found.values()} == {(None, None)}
    assert len(found) == 3


@pytest.mark.req("PRI-02")
def test_where_mail_is_delivered_is_refused_and_nothing_of_it_is_listed(tmp_path: Path) -> None:
    for name in ("cur", "new", "tmp"):
        (tmp_path / "people" / "rae" / name).mkdir(parents=True)
    with pytest.raises(ScanRefused, match="mail is delivered"):
        files(tmp_path)


def test_the_purposes_are_few_and_none_is_watching() -> None:
    assert {one.value for one in ScanPurpose} == {"handed-over", "seized", "own-holdings"}
