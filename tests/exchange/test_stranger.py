"""An authority package is opened and checked by a stranger: public tools alone, nothing of ours on the machine, and no network."""

import os
import re
from pathlib import Path

import pytest
from pyrage import x25519
from tests.support import mutants, parcels, stranger
from tests.support.stranger import Handed, Tools

from cairndesk.exchange.formats import package, seal

MUTANTS, ROUND = int(os.environ.get("SOAK_SIZE", "300")), int(os.environ.get("SOAK_ROUND", "0"))


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    return Tools(tmp_path_factory.mktemp("stranger"))


def handed(contents: package.Contents, seed: int = 1) -> tuple[Handed, str]:
    identity = x25519.Identity.generate()
    made = package.build(contents, [str(identity.to_public())], parcels.sign(seed))
    verify = package.lay_out(contents, parcels.sign(seed))["VERIFY.txt"].decode()
    return Handed(made.name, made.sealed, made.signature, seal.public_pem(contents.export_key).encode(), str(identity)), verify


@pytest.mark.slow
def test_every_command_of_verify_txt_runs_as_it_stands(tools: Tools, tmp_path: Path) -> None:
    given, verify = handed(parcels.contents(stamp=True))
    asked = stranger.commands(verify)
    done = tools.run("\n".join(asked), stranger.lay(given, tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    for tool in ("age -d", "sha256sum", "sha512sum", "bagit.py --validate", "openssl pkeyutl -verify", "openssl ts -verify", "case_validate"):
        assert any(tool in one for one in asked), tool
    assert done.stdout.count("Signature Verified Successfully") == 3
    assert "Verification: OK" in done.stdout + done.stderr
    assert (tmp_path / given.name / "data/custody-report.pdf").read_bytes().startswith(b"%PDF-1.7")


def test_nothing_of_ours_and_no_network_is_there_to_help(tools: Tools, tmp_path: Path) -> None:
    tools.wrap("ours", "cairndesk", "__version__")
    ours = tools.run("ours", tmp_path)
    assert "No module named 'cairndesk'" in ours.stderr
    if not stranger.has_namespaces():
        pytest.skip("this machine gives no network namespace")
    assert tools.run("exec 3<> /dev/tcp/127.0.0.1/80", tmp_path).stderr.count("Network is unreachable")


@pytest.mark.slow
def test_a_package_without_witness_and_stamp_says_so_and_still_holds(tools: Tools, tmp_path: Path) -> None:
    given, verify = handed(parcels.contents(3, witness=False), 3)
    assert "This package holds no signature of a witness" in verify
    assert "This package holds no time stamp" in verify
    # Without the last command, which asks about the form of the graph.
    done = tools.run("\n".join(stranger.commands(verify)[:-1]), stranger.lay(given, tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.req("EVD-01")
def test_no_changed_package_gets_through() -> None:
    """`SOAK_SIZE` is how many, `SOAK_ROUND` which of them; an attack follows from its number, so that one that got through can be made again."""
    held = mutants.whole()
    assert stranger.refusal(held.handed, held.verify) is None
    assert not stranger.is_refused_by_bagit(held.files)
    for seed in range(ROUND * MUTANTS, (ROUND + 1) * MUTANTS):
        mutant = mutants.attack(seed)
        refused = mutant.refused_by()
        # By the step that is there for it: not because the attack was clumsy.
        assert re.match(mutant.step, refused or "nothing"), (seed, mutant.name, refused)


@pytest.mark.slow
def test_the_public_validator_refuses_what_its_sums_do_not_fit() -> None:
    changed = [mutants.attack(seed) for seed in range(400) if mutants.attack(seed).name in {"a file left out", "a bit of a file"}]
    for mutant in changed[:20]:
        assert isinstance(mutant.left, dict)
        # What the sums do not cover, the signatures do.
        own = {path for path in mutants.whole().files if path.startswith("tagmanifest-")}
        if any(mutant.left.get(path) != mutants.whole().files[path] for path in set(mutants.whole().files) - own):
            assert stranger.is_refused_by_bagit(mutant.left)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 4, 11, 15, 21, 22, 23], ids=lambda seed: mutants.ATTACKS[seed][0])
def test_the_tools_themselves_refuse_a_sample_of_them(seed: int, tools: Tools, tmp_path: Path) -> None:
    mutant = mutants.attack(seed)
    done = tools.run(mutant.script(tmp_path), tmp_path)
    assert done.returncode != 0, done.stdout


@pytest.mark.slow
def test_the_same_attack_is_made_of_the_same_number() -> None:
    assert mutants.attack(14).left == mutants.attack(14).left
