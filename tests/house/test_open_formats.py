"""Others can build on it: every door for machines is described, every format has a published schema, and all of it is free to use (DET-25)."""

import json
import re
import tomllib
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.house.tree import ROOT, SOURCE, all_files, shown, text

from cairndesk.api import api

SCHEMAS = sorted(path for path in all_files() if path.name.endswith(".schema.json"))
INTERFACES = text(ROOT / "docs" / "interfaces.md")
PUBLISHED: dict[str, Any] = json.loads(text(ROOT / "docs" / "api.json"))
METHODS = {"get", "post", "put", "delete", "patch"}


def references(document: Any) -> list[str]:
    if isinstance(document, dict):
        own = [document["$ref"]] if isinstance(document.get("$ref"), str) else []
        return own + [one for value in document.values() for one in references(value)]
    return [one for value in document for one in references(value)] if isinstance(document, list) else []


def found(document: Any, reference: str) -> bool:
    for part in reference.removeprefix("#/").split("/"):
        if not isinstance(document, dict) or part not in document:
            return False
        document = document[part]
    return True


@pytest.mark.req("DET-25")
def test_every_format_that_leaves_the_desk_in_our_own_shape_has_a_schema() -> None:
    assert {path.name.partition(".schema")[0].partition("-")[0] for path in SCHEMAS} == {"case", "referral", "published"}


@pytest.mark.req("DET-25")
@pytest.mark.parametrize("path", SCHEMAS, ids=shown)
def test_a_schema_is_one_by_the_public_standard_and_needs_nothing_that_is_not_in_it(path: Any) -> None:
    document = json.loads(text(path))
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(document)
    assert [one for one in references(document) if not found(document, one)] == []


@pytest.mark.req("DET-25")
def test_every_door_is_described_whole_in_the_open_format_for_such_descriptions() -> None:
    assert PUBLISHED["openapi"].startswith("3.")
    assert set(PUBLISHED["paths"]) == set(api.get_openapi_schema()["paths"])
    assert [one for one in references(PUBLISHED) if not found(PUBLISHED, one)] == []
    silent = [
        f"{method} {path}"
        for path, doors in PUBLISHED["paths"].items()
        for method, door in doors.items()
        if method in METHODS and not (door.get("summary") and door.get("responses"))
    ]
    assert silent == []


def test_the_manual_for_engineers_leads_to_each_door_and_to_each_schema() -> None:
    for path in PUBLISHED["paths"]:
        fixed = re.split(r"/\{", path)[0]
        assert fixed in INTERFACES, path
    for named in ("api.json", "referral.md", "taxonomy.md", "case.schema.json", "CASE 1.5", "BagIt 1.0", "RFC 9457"):
        assert named in INTERFACES, named


@pytest.mark.req("DET-25")
def test_it_may_be_built_upon_by_anybody() -> None:
    project = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]
    assert project["license"] == "Apache-2.0"
    assert "Apache License" in text(ROOT / "LICENSE")
    # The engine is a library of its own: it knows no framework, no database and no room of the desk.
    said = text(ROOT / "docs" / "engine.md")
    assert "cairndesk.signals.engine" in said
    assert (SOURCE / "signals" / "engine" / "__init__.py").exists()
