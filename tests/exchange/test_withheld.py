"""An entry that says what is not for the recipient goes by its hash alone: the history stays whole, and nobody can tell what it says."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.exchange.test_stranger import handed, tools
from tests.support import parcels, stranger
from tests.support.stranger import Refused, Tools

from cairndesk.custody.ledger import entry as entries
from cairndesk.custody.ledger.tree import leaf_hash
from cairndesk.custody.rules import VOCABULARY
from cairndesk.exchange.errors import NotOpened
from cairndesk.exchange.formats import acts, package
from cairndesk.exchange.formats.proof import Entry, Withheld

__all__ = ["tools"]
FIRST, STAGE = 0, 6
"""Places of entries about the case in what parcels make: the first, and one in the middle."""
HIDES = frozenset({FIRST, STAGE})


def laid(hides: frozenset[int] = HIDES) -> dict[str, bytes]:
    return package.lay_out(parcels.contents(hides=hides), parcels.sign())


def lines_of(files: Mapping[str, bytes]) -> list[dict[str, object]]:
    return [json.loads(line) for line in files["data/custody.jsonl"].decode().splitlines()]


def changed(files: Mapping[str, bytes], lines: list[dict[str, object]]) -> dict[str, bytes]:
    text = "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines)
    return {**files, "data/custody.jsonl": text.encode()}


@pytest.mark.slow
@pytest.mark.parametrize(("hides", "said"), [(frozenset({STAGE}), "1"), (HIDES, "2"), (frozenset(), "0")], ids=["one", "two", "none"])
def test_public_tools_check_it_like_any_other_and_say_how_many_there_are(tools: Tools, tmp_path: Path, hides: frozenset[int], said: str) -> None:
    given, verify = handed(parcels.contents(hides=hides))
    done = tools.run("\n".join(stranger.commands(verify)), stranger.lay(given, tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{said} entries are given by their hash alone." in done.stdout


@pytest.mark.slow
def test_the_tools_refuse_another_hash_and_one_that_was_left_out(tools: Tools, tmp_path: Path) -> None:
    """Also in the hand of whoever can sign the bag anew: here the bag is not asked."""
    given, verify = handed(parcels.contents(hides=frozenset({STAGE})))
    steps = stranger.commands(verify)
    first = next(at for at, one in enumerate(steps) if one.startswith("pem()"))
    folder = stranger.lay(given, tmp_path)
    opening = [one for one in steps[:first] if one.startswith(("age", "tar"))]
    path = f"{given.name}/data/custody.jsonl"
    forged = {
        "nothing": "true",
        "another hash": f'sed -i \'s/"leaf_hash": "[^"]*"/"leaf_hash": "{base64.b64encode(bytes(32)).decode()}"/\' {path}',
        "left out": f"sed -i '/leaf_hash/d' {path}",
        "of another thing": f'sed -i \'/leaf_hash/s/"about": "case"/"about": "item-1"/\' {path}',
    }
    for what, forge in forged.items():
        done = tools.run("\n".join([*opening, forge, *steps[first:-1]]), folder)
        assert (done.returncode == 0) is (what == "nothing"), (what, done.stderr)


@pytest.mark.slow
def test_it_holds_four_fields_of_one_length_and_no_trace_of_what_it_says_lies_anywhere() -> None:
    whole, files = parcels.contents(), laid()
    hidden = [one for one in parcels.contents(hides=HIDES).entries if isinstance(one, Withheld)]
    told = [line for line in lines_of(files) if "leaf_hash" in line]
    assert len(told) == len(hidden) == 2
    assert {tuple(sorted(line)) for line in told} == {("about", "index", "leaf_hash", "previous")}
    assert {len(str(line["leaf_hash"])) for line in told} == {44}
    everything = b"".join(files.values())
    of = {one.index: one for one in whole.entries if isinstance(one, Entry)}
    for one in hidden:
        secret = of[one.index]
        held = json.loads(secret.leaf)
        assert base64.b64encode(secret.leaf) not in everything
        for text in (held["subj"], held["actor"], held["d"], *(part.key.hex() for part in secret.opened.values())):
            assert text.encode() not in everything
    pages = files["data/custody-report.html"] + files["data/case.jsonld"] + files["data/custody.jsonl"]
    for event in ("cases.case.opened", "cases.stage.changed"):
        assert event.encode() not in pages
        assert base64.b64encode(b'"type":"' + event.encode())[:-4] not in pages
    assert b"2 further entries are given by their hash alone." in files["data/custody-report.html"]
    assert b"hash alone" not in laid(frozenset())["data/custody-report.html"]


def test_whoever_guesses_all_that_is_written_in_clear_cannot_try_the_guess() -> None:
    """Event, second, proof and number can be guessed: a few thousand tries. The three commitments cannot, and every hash covers them."""
    of = {one.index: one for one in parcels.contents().entries if isinstance(one, Entry)}
    [hidden] = [one for one in parcels.contents(hides=frozenset({STAGE})).entries if isinstance(one, Withheld)]
    truth, open_ones = entries.decode(of[hidden.index].leaf), [one for index, one in of.items() if index != hidden.index]
    assert leaf_hash(entries.encode(truth, VOCABULARY)) == hidden.leaf_hash
    values = {name: part.value for name, part in of[hidden.index].opened.items()}
    # Knowing all of it, by every key that was handed over, and without any.
    keys = [{name: one.opened[name].key for name in values} for one in open_ones] + [{name: entries.field_key(bytes(32), name) for name in values}]
    for held in keys:
        said = {name: entries.hmac.digest(held[name], value, "sha256") for name, value in values.items()}
        guess = entries.Entry(hidden.index, truth.time, truth.type, said["subj"], said["actor"], truth.policy, truth.proof, said["d"])
        assert leaf_hash(entries.encode(guess, VOCABULARY)) != hidden.leaf_hash
    # What the commitments of another entry about the same thing are does not help either: each entry has a salt of its own.
    leaves = [entries.decode(one.leaf) for one in of.values() if one.about == "case"]
    assert len({one.subject for one in leaves}) == len(leaves)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "step"),
    [("hash", "proof"), ("left out", "sed: an entry left out"), ("renamed", "sed|sort|awk"), ("its proof", "proof")],
)
def test_nobody_changes_hides_or_moves_one_unseen(what: str, step: str) -> None:
    files = laid(frozenset({STAGE}))
    stranger._custody(files)
    lines = lines_of(files)
    at = next(at for at, line in enumerate(lines) if "leaf_hash" in line)
    if what == "hash":
        lines[at]["leaf_hash"] = base64.b64encode(bytes(32)).decode()
    elif what == "left out":
        lines[-1]["previous"] = lines[at]["previous"]
        del lines[at]
    elif what == "renamed":
        lines[at] |= {"about": "item-1", "previous": max(int(str(one["index"])) for one in lines[:at] if one["about"] == "item-1")}
        lines[-1]["previous"] = lines[0]["index"]
    else:
        names = [f"data/proofs/{lines[place]['index']}.tlog-proof" for place in (at, 0)]
        files = {**files, names[0]: files[names[1]]}
    with pytest.raises(Refused, match=step):
        stranger._custody(changed(files, lines))


def test_what_is_withheld_of_a_thing_that_nothing_else_names_is_not_packed() -> None:
    entry, *rest = parcels.contents().entries
    with pytest.raises(NotOpened, match="nothing says what it is about"):
        acts.read([entry, *rest, Withheld(9999, bytes(32), "item-9")])
