import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.house.tree import ROOT, SOURCE, all_files, parsed, shown, sources, text

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


def test_no_code_file_is_longer_than_400_lines() -> None:
    lengths = {shown(path): text(path).count("\n") for path in CODE}
    assert {path: length for path, length in lengths.items() if length > 400} == {}


def folder_of(path: Path) -> str:
    return "/".join(shown(path.parent).split("/")[: 3 if path.is_relative_to(SOURCE) else 2])


@pytest.mark.parametrize("folder", sorted(set(map(folder_of, CODE))))
def test_no_function_is_longer_than_60_lines(folder: str) -> None:
    lengths = {f"{shown(path)}:{name}": length for path in CODE if folder_of(path) == folder for name, length in functions(path)}
    assert {name: length for name, length in lengths.items() if length > 60} == {}


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Every function of `path` with its length in lines; one is only ever part of a statement, so expressions are passed by."""
    waiting: list[ast.AST] = [parsed(path)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or 0) - node.lineno + 1
        waiting += [part for part in ast.iter_child_nodes(node) if not isinstance(part, ast.expr)]


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


def test_no_file_names_a_machine_a_package_host_or_unfinished_work() -> None:
    words = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, FORBIDDEN))})")
    assert len(FORBIDDEN) == 9
    found = {shown(path): words.findall(text(path)) for path in all_files() if not is_binary(path)}
    assert {path: named for path, named in found.items() if named} == {}


def test_every_lint_exception_carries_its_reason() -> None:
    for path in CODE:
        for number, line in enumerate(text(path).splitlines(), 1):
            found = re.search(r"# noqa(: [A-Z]+[0-9]+(?:, ?[A-Z]+[0-9]+)*)?(.*)", line)
            if found and "re.search" not in line and path.is_relative_to(SOURCE):
                assert found[1], f"{shown(path)}:{number}: name the rule"
                assert found[2].startswith(" - "), f"{shown(path)}:{number}: say why"
