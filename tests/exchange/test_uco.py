"""The graph of a case is asked by the validator of the CASE community, with the ontology that it ships and without a network."""

import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from case_utils.case_validate import validate
from tests.support.parcels import NAME, a_case, contents

from cairndesk.cases import taxonomy
from cairndesk.exchange.formats import acts, casefile, uco


def faults(written: bytes, folder: Path) -> str:
    """What the validator of CASE finds wrong; nothing where all is well."""
    (folder / "case.jsonld").write_bytes(written)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = validate(str(folder / "case.jsonld"), case_version="case-1.5.0")
    return "" if found.conforms else f"{found.text} {sorted(found.undefined_concepts)}"


def told(case: casefile.CaseFile | None = None, **kinds: str) -> uco.Told:
    return uco.Told(case or a_case(), acts.read(contents().entries), kinds or {"item-1": "account", "item-2": "media"})


@pytest.fixture
def graph() -> list[dict[str, Any]]:
    held: list[dict[str, Any]] = json.loads(uco.write(told()))["@graph"]
    return held


@pytest.mark.slow
def test_an_item_of_each_kind_fits_case_and_uco(tmp_path: Path) -> None:
    codes = sorted(taxonomy.family("item_kind").codes)
    items = [replace(a_case().items[code == "media"], ref=f"item-{number}", kind=code) for number, code in enumerate(codes, start=1)]
    kinds = {item.ref: item.kind for item in items}
    assert faults(uco.write(told(replace(a_case(), items=items), **kinds)), tmp_path) == ""


@pytest.mark.slow
def test_the_validator_finds_what_does_not_fit(tmp_path: Path) -> None:
    written = uco.write(told()).replace(b'"uco-types:hashMethod": "SHA256",', b"").replace(b'"uco-core:name"', b'"uco-core:nothing"', 1)
    found = faults(written, tmp_path)
    assert "hashMethod" in found
    assert "uco/core/nothing" in found


@pytest.mark.slow
def test_a_case_with_nothing_in_it_fits_as_well(tmp_path: Path) -> None:
    assert faults(uco.write(uco.Told(replace(a_case(), items=[], harms=[]), [], {})), tmp_path) == ""


def test_every_entry_of_the_log_is_an_act_in_the_graph(graph: list[dict[str, Any]]) -> None:
    found = [node for node in graph if node["@type"] == "case-investigation:InvestigativeAction"]
    assert [node["uco-core:name"] for node in found] == [act.event for act in told().acts]
    opened = next(node for node in found if node["uco-core:name"] == "custody.object.opened")
    assert "a person is about to open an original" in opened["uco-core:description"]
    hourly = next(node for node in found if node["uco-core:name"] == "cases.case.opened")
    assert hourly["uco-core:description"].endswith("The time is known to the hour.")


def test_each_item_has_a_record_of_its_custody(graph: list[dict[str, Any]]) -> None:
    records = {node["case-investigation:exhibitNumber"]: node for node in graph if node["@type"] == "case-investigation:ProvenanceRecord"}
    assert set(records) == {"ABCD-2345", "item-1", "item-2"}
    by_id = {node["@id"]: node for node in graph}
    named = [by_id[one["@id"]].get("uco-core:name") for one in records["item-2"]["uco-core:object"]]
    assert named == ["item-2", "custody.object.sealed", "signals.item.matched", "custody.object.opened", "cases.item.amended"]


def test_nothing_that_a_person_told_and_no_person_of_the_case_is_in_the_graph() -> None:
    written = uco.write(told()).decode()
    assert "asks for money" not in written
    assert "known only online" not in written
    assert a_case().people[0].ref not in {node.get("uco-core:name") for node in json.loads(written)["@graph"]}


def test_a_file_is_there_by_its_hashes_alone(graph: list[dict[str, Any]]) -> None:
    file = next(node for node in graph if node["@type"] == "uco-observable:File")
    (facet,) = file["uco-core:hasFacet"]
    assert {one["uco-types:hashMethod"]: one["uco-types:hashValue"]["@value"] for one in facet["uco-observable:hash"]} == {
        "MD5": "CD" * 16,
        "SHA256": "AB" * 32,
    }
    assert "the file itself is not part of this package" in file["uco-core:description"]


def test_the_same_case_gives_the_same_graph_and_another_package_another() -> None:
    assert uco.write(told()) == uco.write(told())
    assert UUID(NAME).hex not in uco.write(told(replace(a_case(), package=UUID(int=5)))).decode()
    ids = {node["@id"] for node in json.loads(uco.write(told()))["@graph"]}
    assert not ids & {node["@id"] for node in json.loads(uco.write(told(replace(a_case(), package=UUID(int=5)))))["@graph"]}
