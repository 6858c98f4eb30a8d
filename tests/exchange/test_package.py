"""What stands in an authority package: the case once, nothing of other cases, no imagery, and the same bytes for the same case."""

import base64
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support import parcels
from tests.support.parcels import NAME, a_case, contents, sign

from cairndesk.exchange.errors import NotOpened
from cairndesk.exchange.formats import acts, archive, casefile, package, summary
from cairndesk.exchange.formats.proof import Opened
from cairndesk.exchange.formats.report import pdf
from cairndesk.lib.unknowns import Unknown

_PACK = """
import hashlib, sys
from tests.support import parcels
from cairndesk.exchange.formats import archive, package
print(hashlib.sha256(archive.pack(package.lay_out(parcels.contents(), parcels.sign()), parcels.NAME)).hexdigest())
"""


def test_the_case_file_fits_its_published_schema() -> None:
    schema = json.loads(casefile.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(casefile.write(a_case()))
    jsonschema.validate(document, schema)
    assert document["people"][0]["age_band"] == {"unknown": "declined"}
    assert document["people"][0]["gender"] == {"unknown": "not_asked"}


@pytest.mark.parametrize("surplus", [{"image": "AAAA"}, {"media": []}])
def test_the_schema_has_no_place_for_imagery(surplus: dict[str, object]) -> None:
    document = json.loads(casefile.write(a_case()))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, **surplus}, json.loads(casefile.schema()))
    document["items"][0] |= surplus
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json.loads(casefile.schema()))


def test_the_summary_repeats_no_account_and_holds_no_link_or_script() -> None:
    page = summary.write(a_case()).decode()
    assert "asks for money" not in page
    assert "https://" not in page
    assert "hxxps://chat[.]example" in page
    assert "<script" not in page
    assert "href" not in page
    assert "not said, by choice" in page


def test_the_summary_escapes_what_people_wrote() -> None:
    page = summary.write(replace(a_case(), urgency=["<script>alert(1)</script>"])).decode()
    assert "<script" not in page


@pytest.mark.slow
def test_the_same_case_gives_the_same_tar_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    one = archive.pack(package.lay_out(contents(), sign()), NAME)
    assert one == archive.pack(package.lay_out(contents(), sign()), NAME)
    root = Path(__file__).parents[2]
    # Strings hash otherwise there, and its clock and time zone are others.
    env = {"PYTHONPATH": f"{root}:{root / 'src'}", "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "PATH": "/usr/bin:/bin"}
    other = subprocess.run([sys.executable, "-c", _PACK], env=env, cwd=root, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == package.hashlib.sha256(one).hexdigest()


def test_the_tar_says_nothing_of_the_machine_that_packed_it() -> None:
    headers = subprocess.run(["tar", "--numeric-owner", "-tvf", "-"], input=archive.pack({"a.txt": b"a"}, NAME), capture_output=True, check=True)
    assert b"0/0" in headers.stdout
    assert b"1970-01-01" in headers.stdout


@pytest.mark.slow
def test_nothing_of_other_cases_is_in_it() -> None:
    held = contents(others=60)
    laid = package.lay_out(held, sign())
    ours = {one.index for one in held.entries}
    assert {json.loads(line)["index"] for line in laid["data/custody.jsonl"].decode().splitlines()} == ours
    assert {int(path.partition("/proofs/")[2].partition(".")[0]) for path in laid if path.endswith(".tlog-proof")} == ours
    for line in laid["data/custody.jsonl"].decode().splitlines():
        entry = json.loads(line)
        subject = base64.b64decode(entry["opened"]["subj"]["value"]).partition(b"\0")[2]
        assert subject.hex() == parcels.SUBJECTS[entry["about"]].hex
    # A proof names others by hashes of their hashes alone: no leaf of theirs, no salt and no subject.
    whole = b"".join(laid.values())
    for index in set(range(60 + len(ours))) - ours:
        assert base64.b64encode(f'"i":{index},'.encode()) not in whole
        assert f"{parcels.UUID(int=index)}".encode() not in whole


def test_a_package_is_not_made_of_an_entry_that_opens_to_something_else() -> None:
    first, *rest = contents().entries
    lied = replace(first, opened={**first.opened, "d": Opened(first.opened["d"].key, b'{"names":1}')})
    with pytest.raises(NotOpened):
        acts.read([lied, *rest])
    moved = replace(first, index=first.index + 1)
    with pytest.raises(NotOpened):
        acts.read([moved, *rest])


@pytest.mark.req("EVD-19")
def test_a_package_is_not_made_of_a_history_in_which_an_entry_is_missing() -> None:
    entries = sorted(contents().entries, key=lambda one: one.index)
    for at, one in enumerate(entries):
        left = entries[:at] + entries[at + 1 :]
        if any(later.opened["subj"].value == one.opened["subj"].value for later in entries[at + 1 :]):
            with pytest.raises(NotOpened, match=f"the entry before it, {one.index}, is missing"):
                acts.read(left)
        else:
            # The last about a thing: only the log itself tells of it.
            assert len(acts.read(left)) == len(left)


@pytest.mark.slow
def test_without_the_library_for_a_pdf_the_page_goes_out_and_the_package_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "library", lambda: None)
    laid = package.lay_out(contents(), sign())
    assert "data/custody-report.html" in laid
    assert "data/custody-report.pdf" not in laid
    assert b"There is no PDF of it: the library that writes one was not on this desk, or it would be too long." in laid["VERIFY.txt"]


def test_a_report_that_would_hold_up_the_log_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "_MOST_PRINTED", len(contents().entries) - 1)
    monkeypatch.setattr(pdf, "write", lambda *_: pytest.fail("it was printed"))
    laid = package.lay_out(contents(), sign())
    assert "data/custody-report.html" in laid
    assert b"or it would be too long" in laid["VERIFY.txt"]


@pytest.mark.slow
@settings(deadline=None)
@given(st.text(max_size=60), st.sampled_from(list(Unknown)))
def test_any_words_and_any_unknown_stay_valid(words: str, unknown: Unknown) -> None:
    person = replace(a_case().people[0], relation=unknown, identity={"name": words})
    case = replace(a_case(), people=[person], caveats=[words])
    document = json.loads(casefile.write(case))
    jsonschema.validate(document, json.loads(casefile.schema()))
    assert document["people"][0]["identity"]["name"] == words
