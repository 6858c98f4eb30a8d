import ast
import re
from pathlib import Path

import pytest
from tests.house.tree import ROOT, SOURCE, all_files, parsed, shown, sources

CODE = [path for path in all_files() if path.suffix == ".py" and "migrations" not in path.parts]
TEXTS = {
    ".py",
    ".md",
    ".toml",
    ".html",
    ".css",
    ".js",
    ".sh",
    ".txt",
    ".lock",
    ".csv",
    ".po",
    ".svg",
    ".json",
    ".service",
    ".target",
    ".yml",
    ".yaml",
    "",
}
# Written by no person: the lock files, the word lists and the catalogues may be as long as they are.
BINARY_LIMIT = 4096
PICTURE_LIMIT = 200_000
# Taken apart, so that this file is not what it looks for.
FORBIDDEN = [
    "/work" + "/",
    "/root" + "/",
    "/tmp" + "/plan",
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "npmjs" + ".org",
    "TO" + "DO",
    "FIX" + "ME",
    "NotImplemented" + "Error",
]


@pytest.mark.parametrize("path", CODE, ids=shown)
def test_no_code_file_is_longer_than_400_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", CODE, ids=shown)
def test_no_function_is_longer_than_60_lines(path: Path) -> None:
    functions = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [node.name for node in functions if (node.end_lineno or 0) - node.lineno + 1 > 60] == []


def test_every_module_says_in_its_first_line_what_it_is_for() -> None:
    silent = [shown(path) for path in sources() if not (ast.get_docstring(parsed(path)) or "").strip()]
    assert silent == []


def test_folders_are_at_most_four_deep() -> None:
    deep = {shown(path.parent) for path in sources() if len(path.parent.relative_to(SOURCE.parent).parts) > 5}
    assert deep == set()


def test_no_binary_file_enters_the_repository() -> None:
    large = [shown(path) for path in all_files() if is_binary(path) and path.stat().st_size > limit(path)]
    assert large == []


def is_binary(path: Path) -> bool:
    return b"\0" in path.read_bytes()[:8192]


def limit(path: Path) -> int:
    # The README shows what the desk looks like; pictures of pages, drawn by the journeys, are all that may be larger.
    return PICTURE_LIMIT if path.suffix == ".png" and path.is_relative_to(ROOT / "docs") else BINARY_LIMIT


@pytest.mark.parametrize("word", FORBIDDEN)
def test_no_file_names_a_machine_a_package_host_or_unfinished_work(word: str) -> None:
    found = [
        shown(path) for path in all_files() if not is_binary(path) and re.search(rf"(?<!\w){re.escape(word)}", path.read_text("utf-8", "replace"))
    ]
    assert found == []


def test_every_lint_exception_carries_its_reason() -> None:
    for path in CODE:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            found = re.search(r"# noqa(: [A-Z]+[0-9]+(?:, ?[A-Z]+[0-9]+)*)?(.*)", line)
            if found and "re.search" not in line and path.is_relative_to(SOURCE):
                assert found[1], f"{shown(path)}:{number}: name the rule"
                assert found[2].startswith(" - "), f"{shown(path)}:{number}: say why"
