"""The tree that the house tests look at: files, rooms and their order, imports."""

import ast
import importlib.util
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "cairndesk"
# From the ground up, as in the contract `Rooms`; names on one line do not know each other.
FLOORS = (
    ("lib",),
    ("custody",),
    ("accounts",),
    ("cases", "signals", "directory", "prevention"),
    ("intake",),
    ("triage",),
    ("review", "exchange"),
    ("response",),
    ("retention",),
    ("insight",),
)
ROOMS = [room for floor in FLOORS[1:] for room in floor if (SOURCE / room / "__init__.py").exists()]
_NOT_OURS = {".git", ".venv", "data", "screenshots", "node_modules", "build", "dist"}


def page_writer(name: str) -> ModuleType:
    """The program docs/`name`.py, which writes pages, loaded anew and not run."""
    found = importlib.util.spec_from_file_location(f"docs_{name}", ROOT / "docs" / f"{name}.py")
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def floor_of(room: str) -> int:
    """How high `room` lies; 0 is the ground."""
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


@cache
def all_files() -> tuple[Path, ...]:
    """Every file of the repository, without environment, caches, data and what is compiled; in a linked worktree `.git` is a file."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        at_top = Path(folder) == ROOT
        folders[:] = [name for name in folders if name != "__pycache__" and not name.endswith("_cache") and name != ".hypothesis"]
        if at_top:
            folders[:] = [name for name in folders if name not in _NOT_OURS]
            files[:] = [name for name in files if name not in _NOT_OURS]
        found += [Path(folder, name) for name in files if not Path(folder, name).is_symlink() and not name.endswith((".mo", ".so"))]
    return tuple(sorted(found))


def sources() -> list[Path]:
    """Every Python file of the package, without migrations."""
    return [path for path in all_files() if path.suffix == ".py" and path.is_relative_to(SOURCE) and "migrations" not in path.parts]


def shown(path: Path) -> str:
    """`path` as a reader of the repository writes it."""
    return path.relative_to(ROOT).as_posix()


@cache
def text(path: Path) -> str:
    """What `path` holds, read once for all rules."""
    return path.read_text("utf-8", "replace")


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of `path`."""
    return ast.parse(text(path))


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Every module that `path` imports, in full; `from a import b` counts as both `a` and `a.b`."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
