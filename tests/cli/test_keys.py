import json
from pathlib import Path

import pytest
from tests.serve.conftest import Installation, found

# A public key whose private part nobody has.
AGE = "age1q3ymupl8unw5gsx89t9g0q8usmamsz0dkp7jdhz0k7ptnuygpu4qcf7lek"
KEY = Path("data") / "keys" / "unlock.key"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return found(tmp_path_factory.mktemp("desk"))


def sheets(desk: Installation, printed: str) -> list[str]:
    """The options that name the sheets of what was printed, each in a file of its own."""
    given = []
    for number, page in enumerate(printed.split("\f")):
        path = desk.folder / f"sheet-{number}.txt"
        path.write_text(page)
        given.append(f"--sheet={path}")
    return given


@pytest.mark.slow
def test_the_sheets_as_printed_open_a_desk_whose_key_file_is_lost_and_too_few_do_not(desk: Installation) -> None:
    made = desk.run("keys", "recovery", "create", "--shares", "3", "--need", "2")
    assert made.returncode == 0, made.stderr
    given = sheets(desk, made.stdout)
    assert len(given) == 3
    kept = b"".join(path.read_bytes() for path in (desk.folder / "data").rglob("*") if path.is_file())
    words = [word for word in made.stdout.split("\f")[0].splitlines()[3].split() if word.isalpha()]
    assert " ".join(words).encode() not in kept
    (desk.folder / KEY).unlink()
    assert desk.run("doctor").stdout.count("cannot be read: No such file") == 1

    few = desk.run("keys", "recovery", "open", given[1])
    assert (few.returncode, "2 different sheets are needed, and 1 given." in few.stderr) == (5, True), few.stderr
    assert not (desk.folder / KEY).exists()
    opened = desk.run("keys", "recovery", "open", *given[1:], "--json")
    assert (opened.returncode, opened.stdout.split()) == (0, ["{", '"organisations":', "1", "}"]), opened.stderr
    assert (desk.folder / KEY).stat().st_mode & 0o777 == 0o600
    said = desk.run("doctor").stdout
    assert "the ring opens by the key file" in said
    assert "English is offered" in said
    assert desk.run("verify").returncode == 0

    again = desk.run("keys", "recovery", "open", *given[1:])
    assert (again.returncode, "a key file already" in again.stderr) == (2, True), again.stderr


@pytest.mark.slow
def test_sheets_made_on_another_machine_are_used_by_their_public_part_and_never_replaced_by_mistake(desk: Installation, tmp_path: Path) -> None:
    apart = desk.run("keys", "recovery", "create", "--apart", "--json", CAIRNDESK_CONFIG=str(tmp_path / "none.toml"))
    made = json.loads(apart.stdout)
    assert (len(made["sheets"]), made["need"]) == (5, 3)
    taken = desk.run("keys", "recovery", "use", made["recipient"], "--again")
    assert taken.returncode == 0, taken.stderr
    assert (desk.folder / "data" / "keys" / "recovery.recipient").read_text().strip() == made["recipient"]
    refused = desk.run("keys", "recovery", "create")
    assert (refused.returncode, "there are recovery sheets already" in refused.stderr) == (2, True), refused.stderr


@pytest.mark.slow
def test_a_copy_is_tried_and_laid_down_by_sheets_alone(tmp_path: Path) -> None:
    desk = found(tmp_path)
    given = sheets(desk, desk.run("keys", "recovery", "create", "--shares", "3", "--need", "2").stdout)
    (tmp_path / "copies").mkdir()
    assert "never tried" in desk.run("doctor").stdout
    assert desk.run("work", "--once").returncode == 0
    assert desk.run("backup", "--to", "copies", "--recipient", AGE).returncode == 0
    tried = desk.run("drill", "--from", "copies", *given[:2], "--json")
    said = json.loads(tried.stdout)
    # Nothing is signed on a desk that never ran: the drill says so, and nothing else is wrong.
    assert (tried.returncode, [row["id"] for row in said["figures"] if not row["ok"]]) == (1, ["root", "entries-replayed"]), tried.stderr
    assert said["first_problem"] == "nothing of the log is signed yet"
    assert "would not bring this desk back" in desk.run("doctor").stdout

    [copy] = (tmp_path / "copies").glob("*.tar.age")
    laid = desk.run("restore", "--verify", str(copy), "--to", "new", *given[1:])
    assert laid.returncode == 0, laid.stderr
    new = {"CAIRNDESK_DATA": str(tmp_path / "new")}
    assert desk.run("keys", "recovery", "open", *given[:2], **new).returncode == 0
    verified = desk.run("verify", "--json", **new)
    assert (verified.returncode, json.loads(verified.stdout)["ok"]) == (0, True)
    problems = {one["subject"] for one in json.loads(desk.run("doctor", "--json", **new).stdout)["findings"] if one["level"] == "problem"}
    assert problems == {"contacts"}
    over = desk.run("restore", "--verify", str(copy), "--to", "new", *given[1:])
    assert (over.returncode, "is not empty" in over.stderr) == (5, True), over.stderr
