import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import cryptography
import pytest
from django.conf import LazySettings
from tests.custody.conftest import NOON, Doer
from tests.custody.test_ledger import WORDS, an_entry
from tests.support import append_only
from tests.support.signers import Cosigner, Signer

from cairndesk.custody import jobs, queries
from cairndesk.custody.actions import keep_cosignature, lay_out_log, make_checkpoint, record
from cairndesk.custody.errors import LogRolledBack
from cairndesk.custody.ledger import tiles
from cairndesk.custody.ledger.check_tiles import check_folder, check_tiles
from cairndesk.custody.ledger.entry import encode
from cairndesk.custody.ledger.proofs import root_of
from cairndesk.custody.ledger.tiles import Tile
from cairndesk.custody.ledger.tree import leaf_hash
from cairndesk.custody.models import Checkpoint, LogEntry, LogHead, LogOpening
from cairndesk.custody.rules import Event
from cairndesk.custody.sealing.keyring import Keyring

Files = dict[str, bytes]


def write(count: int) -> None:
    for _ in range(count):
        record(event=Event.CUSTODY_ITEM_OPENED, subject_kind="case", subject=uuid4(), by=Doer(), now=NOON)


def a_log(size: int, signer: Signer) -> Files:
    """The files of a log of `size` entries, in memory."""
    entries = [encode(an_entry(index), WORDS) for index in range(size)]
    hashes = [leaf_hash(entry) for entry in entries]
    files = {"checkpoint": signer.note(size, root_of(hashes)).encode()}
    for tile in tiles.tiles(size):
        below = 256**tile.level
        files[tile.path] = b"".join(root_of(hashes[place * below : (place + 1) * below]) for place in tile.hashes)
        if tile.level == 0:
            files[tile.bundle] = tiles.bundled(entries[tile.hashes.start : tile.hashes.stop])
    return files


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0, 256), "tile/0/000"),
        (Tile(0, 1234067, 256), "tile/0/x001/x234/067"),
        (Tile(1, 273, 112), "tile/1/273.p/112"),
        (Tile(2, 1000, 1), "tile/2/x001/000.p/1"),
    ],
)
def test_tiles_lie_where_the_specification_says(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert tile.bundle == path.replace(f"tile/{tile.level}/", "tile/entries/")


def test_the_tiles_of_70000_entries_are_those_of_the_specification() -> None:
    held = list(tiles.tiles(70_000))
    assert [sum(tile.level == level and tile.width == 256 for tile in held) for level in range(4)] == [273, 1, 0, 0]
    assert [tile for tile in held if tile.width < 256] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert list(tiles.tiles(256)) == [Tile(0, 0, 256), Tile(1, 0, 1)]


@pytest.mark.parametrize(("since", "size"), [(0, 0), (0, 1), (1, 1), (5, 300), (256, 300), (300, 300), (255, 70_000), (65_536, 131_073)])
def test_only_what_is_new_is_laid_out(since: int, size: int) -> None:
    before, new = {*tiles.tiles(since)}, list(tiles.tiles(size, since=since))
    assert {*new} == {*tiles.tiles(size)} - before
    assert len({*new}) == len(new)


@pytest.mark.req("EVD-19")
@pytest.mark.parametrize("size", [1, 255, 256, 257, 600])
def test_the_checker_takes_a_whole_log_by_its_files_alone(size: int) -> None:
    signer = Signer()
    files = a_log(size, signer)
    report = check_tiles(files.__getitem__, files, verifier=signer.verifier)
    assert (report.ok, report.first_problem, report.size, report.signatures_checked) == (True, "", size, True)


@pytest.fixture(scope="module")
def laid() -> tuple[Signer, Files]:
    signer = Signer()
    return signer, a_log(600, signer)


def lies(files: Files) -> Iterator[Files]:
    yield files | {"tile/0/000": files["tile/0/001"]}
    yield files | {"tile/entries/000": files["tile/entries/001"]}
    yield files | {"tile/entries/002.p/88": files["tile/entries/002.p/88"][:-1]}
    yield files | {"tile/1/000.p/2": files["tile/1/000.p/2"][32:] + files["tile/1/000.p/2"][:32]}
    yield files | {"tile/1/000.p/2": files["tile/1/000.p/2"][:32]}
    yield files | {"tile/0/003": files["tile/0/000"]}
    yield files | {"tile/0/002.p/89": files["tile/0/002.p/88"]}
    yield files | {"tile/0/002.p/87": files["tile/0/002.p/88"]}
    yield files | {"tile/0/002.p/3": files["tile/0/000"][:96]}
    yield files | {"tile/entries/002.p/1": files["tile/entries/002.p/88"][:-1]}
    yield files | {"checkpoint": a_log(599, Signer())["checkpoint"]}
    yield files | {"checkpoint": files["checkpoint"].replace(b"\n600\n", b"\n99999999999999999\n")}
    yield from ({name: data for name, data in files.items() if name != missing} for missing in files)


@pytest.mark.req("EVD-19")
def test_a_file_that_is_missing_swapped_cut_or_too_many_is_named(laid: tuple[Signer, Files]) -> None:
    signer, files = laid

    def read(told: Files, name: str) -> bytes:
        if name not in told:
            raise FileNotFoundError(name)
        return told[name]

    for number, told in enumerate(lies(files)):
        report = check_tiles(lambda name, told=told: read(told, name), told, verifier=signer.verifier)
        assert not report.ok, number
        assert report.first_problem


def test_what_a_tile_held_before_may_lie_beside_it(laid: tuple[Signer, Files]) -> None:
    signer, files = laid
    first = int.from_bytes(files["tile/entries/002.p/88"][:2])
    beside = {"tile/0/002.p/1": files["tile/0/002.p/88"][:32], "tile/entries/002.p/1": files["tile/entries/002.p/88"][: first + 2]}
    assert check_tiles((files | beside).__getitem__, files | beside, verifier=signer.verifier).ok


def test_the_checker_counts_the_witnesses_whose_word_holds(laid: tuple[Signer, Files]) -> None:
    signer, files = laid
    one, two = Cosigner(), Cosigner("witness.example/w2")
    note = files["checkpoint"].decode()
    told = files | {"checkpoint": (note + one.line(note, 9)).encode()}
    assert check_tiles(told.__getitem__, told, verifier=signer.verifier, witnesses=[one.verifier, two.verifier]).witnesses == 1
    told = files | {"checkpoint": (note + one.line(note.replace("\n600\n", "\n599\n"), 9)).encode()}
    assert "cosignature of witness.example/w1" in check_tiles(told.__getitem__, told, witnesses=[one.verifier]).first_problem


@pytest.fixture
def data(tmp_path: Path, settings: LazySettings, ring: Keyring) -> Path:
    settings.DATA = tmp_path
    return tmp_path


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.req("EVD-19")
def test_every_beat_lays_the_log_out_and_the_small_program_takes_it(data: Path) -> None:
    for count in (3, 252, 3):
        write(count)
        jobs.sign_the_log()
        report = check_folder(data / "log", verifier=queries.verifier_key())
        assert (report.ok, report.first_problem, report.size) == (True, "", LogHead.objects.get().size)
    assert not (data / "log" / "tile" / "0" / "000.p").exists()
    assert not (data / "log" / "tile" / "entries" / "000.p").exists()


@pytest.mark.django_db
def test_cosignatures_come_to_the_checkpoint_that_is_laid_out(data: Path) -> None:
    write(2)
    checkpoint, witness = make_checkpoint(now=NOON), Cosigner()
    assert lay_out_log(checkpoint) == 1
    keep_cosignature(checkpoint=checkpoint, answer=witness.line(checkpoint.note, 9), witness=witness.verifier)
    assert lay_out_log(checkpoint) == 0
    assert check_folder(data / "log", verifier=queries.verifier_key(), witnesses=[witness.verifier]).witnesses == 1


@pytest.mark.django_db
@pytest.mark.req("EVD-19")
@pytest.mark.parametrize("kept", [5, 8])
def test_a_log_that_is_shorter_or_another_is_never_laid_over_what_was_signed(data: Path, kept: int) -> None:
    write(8)
    jobs.sign_the_log()
    before = (data / "log" / "checkpoint").read_bytes()
    append_only.lift()
    for model in (Checkpoint, LogOpening, LogEntry, LogHead):
        model.objects.all().delete()
    write(kept)
    with pytest.raises(LogRolledBack):
        lay_out_log(make_checkpoint(now=NOON))
    assert (data / "log" / "checkpoint").read_bytes() == before


def only_the_checker(folder: Path) -> list[str]:
    """Folders with our library of the log, what it stands on, and `cryptography`: all that somebody needs who was handed a log."""
    ours = folder / "ours" / "cairndesk"
    package = Path(tiles.__file__).parents[2]
    for part in ("__init__.py", "lib/__init__.py", "lib/errors.py", "lib/progress.py", "custody/__init__.py", "custody/errors.py"):
        (ours / part).parent.mkdir(parents=True, exist_ok=True)
        (ours / part).write_bytes((package / part).read_bytes())
    shutil.copytree(package / "custody" / "ledger", ours / "custody" / "ledger")
    theirs = folder / "theirs"
    theirs.mkdir()
    installed = Path(cryptography.__file__).parents[1]
    for name in ("cryptography", "cffi", "_cffi_backend*"):
        for found in installed.glob(name):
            (theirs / found.name).symlink_to(found)
    return [str(ours.parent), str(theirs)]


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.req("EVD-19")
def test_the_small_program_needs_neither_a_desk_nor_django(data: Path) -> None:
    write(5)
    jobs.sign_the_log()
    program = (
        "import sys, cairndesk.custody.ledger.verify as v; code = v.main(sys.argv[1:]);"
        "sys.exit(code or 10 * any(name.split('.')[0] in {'django', 'sqlite3', 'pysqlite3'} for name in sys.modules))"
    )
    command = [sys.executable, "-c", program, str(data / "log"), "--key", queries.verifier_key()]
    ran = subprocess.run(command, capture_output=True, check=False, env={"PYTHONPATH": ":".join(sys.path)}, cwd=data)
    assert (ran.returncode, json.loads(ran.stdout)["size"]) == (0, 5)
    # The same with a Python that has nothing but our two small folders and one library: no Django is there to be missed.
    alone = only_the_checker(data / "alone")
    said = [sys.executable, "-IS", "-c", f"import sys; sys.path[:0] = {alone!r}; {program}", *command[3:]]
    ran = subprocess.run(said, capture_output=True, check=False, env={}, cwd=data)
    assert (ran.returncode, json.loads(ran.stdout)["size"], ran.stderr) == (0, 5, b"")
    absent = subprocess.run([*said[:3], f"import sys; sys.path[:0] = {alone!r}; import django"], capture_output=True, check=False, env={}, cwd=data)
    assert b"No module named 'django'" in absent.stderr
    bundle = next((data / "log" / "tile" / "entries").rglob("*.p/*"))
    whole = bundle.read_bytes()
    bundle.write_bytes(whole[:-3] + b"xxx")
    assert subprocess.run(said, capture_output=True, check=False, env={}, cwd=data).returncode == 1
    bundle.write_bytes(whole)
    assert subprocess.run([*command, "--quorum", "1"], capture_output=True, check=False, env={"PYTHONPATH": ":".join(sys.path)}).returncode == 1
