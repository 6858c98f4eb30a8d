"""The open taxonomy as anybody gets it: one document, checked by a validator that is not ours."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.intake.portal.conftest import portal, rae
from tests.intake.portal.rae import Rae
from tests.support.taxonomies import EARLIER, RENAMED, with_second_version

from cairndesk.cases import taxonomy
from cairndesk.cases.taxonomy import publish
from cairndesk.cli import main

__all__ = ["portal", "rae"]
pytestmark = [pytest.mark.req("DET-24"), pytest.mark.req("REG-26")]
Broken = Callable[[dict[str, Any]], object]
BROKEN: dict[str, Broken] = {
    "a code without a definition": lambda made: made["families"][0]["codes"][0].pop("definition"),
    "a kind that nobody knows": lambda made: made["schemes"][0]["mappings"][0].update(kind="close"),
    "no category and yet one": lambda made: made["schemes"][0]["mappings"][0].update(kind="none", to="a"),
    "a mapping to nothing": lambda made: made["schemes"][0]["mappings"][0].update(kind="broader", to=""),
    "a scheme without a source": lambda made: made["schemes"][0].pop("source"),
    "a word more": lambda made: made.update(more="more"),
}


@pytest.fixture
def made() -> dict[str, Any]:
    return json.loads(json.dumps(taxonomy.document()))


@pytest.mark.slow
def test_its_schema_is_one_and_it_validates(made: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(taxonomy.schema())
    jsonschema.validate(made, taxonomy.schema())
    jsonschema.validate(json.loads(json.dumps(taxonomy.document(with_second_version()))), taxonomy.schema())


@pytest.mark.parametrize("what", BROKEN)
def test_the_schema_refuses(what: str, made: dict[str, Any]) -> None:
    BROKEN[what](made)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(made, taxonomy.schema())


def test_nothing_of_the_taxonomy_is_left_out(made: dict[str, Any]) -> None:
    held = taxonomy.load()
    told = {(family["family"], code["code"]): code for family in made["families"] for code in family["codes"]}
    assert told.keys() == {(code.family, code.code) for family in held.families.values() for code in family.codes.values()}
    for (family, name), code in told.items():
        ours = held.families[family].codes[name]
        assert (code["label"], code["definition"], code["since"]) == (ours.label, ours.definition, ours.since)
        assert code.get("caveat", "") == ours.caveat
    assert {scheme["scheme"] for scheme in made["schemes"]} == held.schemes.keys()
    assert all(one["source"] for one in made["schemes"])
    assert len(made["unmapped_schemes"]) == len(held.unmapped) > 0


def test_every_mapping_leads_from_a_code_to_a_category_and_every_code_has_one(made: dict[str, Any]) -> None:
    codes = {f"{family['family']}.{code['code']}" for family in made["families"] for code in family["codes"] if family["family"] in publish.MAPPED}
    for scheme in made["schemes"]:
        categories = {one["code"] for one in scheme["categories"]}
        assert {one["from"] for one in scheme["mappings"]} == codes
        assert {one["to"] for one in scheme["mappings"] if one["kind"] != "none"} <= categories
        for one in scheme["mappings"]:
            family, code = one["from"].split(".")
            fits = taxonomy.categories_of(scheme["scheme"], [code] if family == "harm" else [], [code] if family == "context" else [])
            assert (one.get("to") in {category.code for category in fits}) == (one["kind"] != "none")


def test_a_mapping_says_the_same_or_that_the_category_holds_more(made: dict[str, Any]) -> None:
    (treaty,) = (one for one in made["schemes"] if one["scheme"] == "treaty")
    kinds = {one["from"]: one["kind"] for one in treaty["mappings"]}
    assert kinds["harm.exploitation_in_prostitution"] == "exact"
    assert kinds["harm.escort_seeking"] == "broader"
    assert kinds["harm.stalking"] == "none"


def test_a_later_version_says_what_became_of_a_code() -> None:
    later = taxonomy.document(with_second_version())
    assert later["changes"] == [{"version": "2027.1", "family": "harm", "old": EARLIER, "new": RENAMED}]
    (harm,) = (family for family in later["families"] if family["family"] == "harm")
    assert {code["code"]: code.get("until") for code in harm["codes"]}[EARLIER] == "2027.1"


def test_anybody_gets_it_from_the_public_site_and_from_the_command_line(
    rae: Rae, made: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "/taxonomy.json" in rae.opens("/numbers").text
    for address, wanted in {"/taxonomy.json": made, "/taxonomy.schema.json": taxonomy.schema()}.items():
        fetched = rae.opens(address)
        assert (fetched.response.status_code, json.loads(fetched.text)) == (200, wanted)
    assert main(["taxonomy", "export", str(tmp_path / "codes.json")]) == 0
    written = json.loads((tmp_path / "codes.json").read_bytes())
    assert written == made
    assert main(["taxonomy", "export", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == taxonomy.schema()
