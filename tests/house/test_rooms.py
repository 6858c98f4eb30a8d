import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.db.migrations.loader import MigrationLoader
from django.db.models import Model
from tests.house.tree import FLOORS, ROOMS, ROOT, SOURCE, floor_of, imports, parsed, shown, sources

PRIVATE = ("adapters", "views", "forms", "jobs", "api")
# The files that know all rooms, and nothing else does.
ROOF = {"urls", "api.py", "work.py", "cli", "serve", "demo", "doctor.py", "founding.py", "settings.py", "__main__.py"}
DIALLERS = ("http.client", "urllib.request", "smtplib", "ftplib", "telnetlib", "httpx", "httpx2", "requests", "aiohttp", "urllib3")
DOORS = re.compile(r"/(views|jobs|api|middleware|policy|doors|portal|cli|shell|context|door|sessions|confirm|templatetags|lane)(/|\.py|_)")


def of_a_room(path: Path) -> str | None:
    room = path.relative_to(SOURCE).parts[0]
    return room if room in ROOMS else None


def tables() -> list[type[Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in ROOMS]


def test_foreign_keys_point_to_the_same_or_a_lower_room() -> None:
    assert len(tables()) > 50
    assert [wrong for model in tables() for wrong in upward(model)] == []


def upward(model: type[Model]) -> Iterator[str]:
    room = model._meta.app_label
    for field in model._meta.get_fields():
        if field.is_relation and field.concrete and field.related_model is not None:
            target = field.related_model._meta.app_label
            if target in ROOMS and target != room and not floor_of(target) < floor_of(room):
                yield f"{model._meta.label}.{field.name} points up or sideways to {target}"


def test_nobody_opens_another_rooms_private_furniture() -> None:
    trespasses = []
    for path in sources():
        room = of_a_room(path)
        for name in imports(path) if room else ():
            parts = name.split(".")
            if parts[0] == "cairndesk" and len(parts) > 2 and parts[1] in ROOMS and parts[1] != room and parts[2] in PRIVATE:
                trespasses.append(f"{shown(path)} opens {name}")
    assert trespasses == []


def test_the_portal_opens_neither_the_database_nor_a_table() -> None:
    wrong = [
        f"{shown(path)} imports {name}"
        for path in sources()
        if path.is_relative_to(SOURCE / "intake" / "portal")
        for name in imports(path)
        if name.startswith(("django.db", "django.contrib", "sqlite3", "pysqlite3", "psycopg")) or "models" in name.split(".")
    ]
    assert wrong == []


def test_only_adapters_and_the_doctor_dial_out() -> None:
    wrong = [
        f"{shown(path)} imports {name}"
        for path in sources()
        for name in imports(path)
        if name in DIALLERS and not ("adapters" in path.parts and path.is_relative_to(SOURCE / "response"))
    ]
    assert wrong == []


def test_only_doors_read_the_clock() -> None:
    wrong = []
    for path in sources():
        room = of_a_room(path)
        if room and not DOORS.search(shown(path)):
            wrong += [f"{shown(path)}:{node.lineno}" for node in ast.walk(parsed(path)) if is_clock(node)]
    assert wrong == []


def is_clock(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in {
        "clock.now",
        "timezone.now",
        "datetime.now",
        "datetime.utcnow",
        "date.today",
        "time.time",
    }


def test_the_contract_names_every_room_and_the_rooms_are_in_its_order() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "rooms")
    named = [re.findall(r"\w+", layer) for layer in reversed(layers)]
    rooms = [tuple(names) for names in named if set(names) & {room for floor in FLOORS for room in floor}]
    assert rooms == list(FLOORS)


def test_each_room_says_what_it_is_for() -> None:
    for room in ROOMS:
        words = ast.get_docstring(parsed(SOURCE / room / "__init__.py")) or ""
        assert words.strip(), f"{room}/__init__.py says nothing"


def test_every_failure_is_named_by_its_room_and_by_what_happened() -> None:
    codes = {code: path for path in sources() for code in re.findall(r'^    code = "(.+)"$', path.read_text("utf-8"), re.MULTILINE)}
    assert len(codes) > 100
    wrong = [f"{shown(path)}: {code}" for code, path in codes.items() if not re.fullmatch(rf"{of_a_room(path) or '[a-z]+'}(\.[a-z_]+)+", code)]
    assert wrong == []


def test_only_the_roof_knows_every_room() -> None:
    for path in sources():
        inside = path.relative_to(SOURCE).parts[0]
        known = {name.split(".")[1] for name in imports(path) if name.startswith("cairndesk.") and name.split(".")[1] in ROOMS}
        assert inside in ROOF or len(known) < len(ROOMS), shown(path)


def test_the_migrations_of_each_room_are_one_line() -> None:
    # Two people who each add the next one are told here, and not when a desk is upgraded.
    assert MigrationLoader(None).detect_conflicts() == {}
