import re
import tomllib
from types import ModuleType

import pytest
from tests.house.tree import ROOT, SOURCE, page_writer, shown


def generator() -> ModuleType:
    return page_writer("generate")


QUICK = [name for name in generator().PAGES if name != "requirements.md"]


@pytest.mark.parametrize("name", QUICK)
def test_each_generated_page_is_fresh(name: str) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == generator().PAGES[name](), f"docs/{name} is stale: run `make docs`"


@pytest.mark.slow
def test_the_page_of_requirements_is_fresh() -> None:
    assert (ROOT / "docs" / "requirements.md").read_text("utf-8") == generator().requirements_page(), "run `make docs`"


@pytest.mark.parametrize("page", ["docs/tour.md", "docs/security.in.md", "README.md", "CONTRIBUTING.md"])
def test_every_path_that_the_manual_names_exists(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    named = re.findall(r"`((?:src|docs|tests|deploy|bench)/[\w./-]+|(?:[a-z]+/)+[a-z_]+\.(?:py|md|toml))(?::\w+)?`", text)
    missing = [name for name in named if not ((ROOT / name).exists() or (SOURCE / name).exists())]
    assert missing == []
    assert named or page != "docs/tour.md"


def test_the_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert "make demo" in text
    assert "make test" in text


def test_make_help_fits_one_look() -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {"help", "demo", "test", "rooms", "bench", "bench-quick", "docs", "soak"} <= set(targets)
    assert len(targets) <= 14


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-extras.lock", "requirements-dev.lock", "requirements-build.lock"])
def test_every_locked_package_has_a_hash(name: str) -> None:
    blocks = re.split(r"\n(?=[a-z])", (ROOT / name).read_text("utf-8"))
    packages = [block for block in blocks if re.match(r"[a-z0-9-]+==", block)]
    assert packages
    assert [block.splitlines()[0] for block in packages if "--hash=sha256:" not in block] == []


def test_the_locks_agree() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9-]+==[^ \\]+)", (ROOT / name).read_text("utf-8"), re.MULTILINE))

    assert pins("requirements.lock") - pins("requirements-extras.lock") == set()
    assert pins("requirements-extras.lock") - pins("requirements-dev.lock") == set()


def test_every_direct_dependency_is_explained_in_the_readme() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [line for extra in project["optional-dependencies"].values() for line in extra]
    names = [re.match(r"[a-z0-9-]+", line)[0] for line in [*project["dependencies"], *extras]]  # type: ignore[index]
    text = (ROOT / "README.md").read_text("utf-8").lower()
    assert [name for name in names if name not in text] == []
    assert len(names) <= 40


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1)), [shown(path) for path in (ROOT / "docs" / "decisions").iterdir()]


@pytest.mark.req("INT-16")
def test_the_manual_says_how_much_a_desk_takes_in_and_reckons_right() -> None:
    text = (ROOT / "docs" / "performance.md").read_text("utf-8")
    (measured,) = re.findall(r"^\| `intake-throughput`[^|]*\| (\d+) reports/s", text, re.MULTILINE)
    ((a_second, a_day),) = re.findall(r"takes in (\d+) reports a second on one core: ([\d.]+) million a day", text)
    assert a_second == measured
    assert float(a_day) == pytest.approx(int(measured) * 86_400 / 1e6, abs=0.05)


@pytest.mark.req("PRI-20")
def test_the_plan_for_a_breach_names_commands_that_exist_and_every_part_that_can_be_taken() -> None:
    text = (ROOT / "docs" / "breach.md").read_text("utf-8")
    known = set(re.findall(r"^## `cairndesk ([\w -]+)`", (ROOT / "docs" / "commands.md").read_text("utf-8"), re.MULTILINE))
    named = {name.split(" --")[0] for name in re.findall(r"`cairndesk ([\w -]+?)`", text)}
    assert named
    assert named - known == set()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        "In the first hour", "What may have been taken", "Whom to tell", "Back to work", "Afterwards",
    ]  # fmt: skip
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")][1:]
    assert all(len(row) == 4 and row[0] and row[1] and row[3] for row in rows)
    for part in (
        "public site",
        "desk or `work`",
        "disks or copies",
        "key file",
        "a person of the desk",
        "passkey",
        "package or letter",
        "log or the database",
    ):
        assert any(part in row[0] for row in rows), part
    assert "72 hours" in text
