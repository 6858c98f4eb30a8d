from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.custody.conftest import ring
from tests.custody.test_standing import data, put_back, write
from tests.support.list_server import Asked, ListServer, Reply
from tests.support.signers import Cosigner, Signer
from tests.support.witnesses import RunningWitness

from cairndesk import doctor
from cairndesk.config import Config, Log
from cairndesk.custody import jobs as custody
from cairndesk.custody import queries, standing
from cairndesk.custody.actions import accept_log, make_checkpoint
from cairndesk.custody.errors import LogBroken, LogRolledBack
from cairndesk.custody.ledger.check_tiles import check_folder
from cairndesk.custody.models import Checkpoint, Cosignature
from cairndesk.lib import clock
from cairndesk.response import jobs
from cairndesk.response.actions import ask_witness
from cairndesk.response.errors import AnswerUnreadable, FetchDelayed, WitnessRefuses

# Only the tables of the log need emptying afterwards, which keeps the tests quick.
pytestmark = [pytest.mark.django_db(transaction=True, available_apps=["cairndesk.custody"]), pytest.mark.req("EVD-19")]
__all__ = ["data", "ring"]


@pytest.fixture
def two_witnesses(data: Path, settings: Any) -> Iterator[tuple[RunningWitness, RunningWitness]]:
    """Two witnesses as processes of their own, and a desk that names both; two of two must sign."""
    own = queries.verifier_key()
    with RunningWitness(data / "w1", "witness.example/w1", (own,)) as one, RunningWitness(data / "w2", "witness.example/w2", (own,)) as two:
        policy = Log(witnesses=[f"{each.key} {each.url}" for each in (one, two)], quorum=2)
        settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"data": data, "log": policy})
        jobs._compared.clear()
        yield one, two


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits an hour for the next checkpoint that witnesses see."""
    monkeypatch.setattr(jobs, "_EVERY", timedelta(0))


def sign_and_vouch() -> int:
    custody.sign_the_log()
    jobs._compared.clear()
    return jobs.vouch()


def forget_what_lies_beside(data: Path) -> None:
    """What whoever puts an old database back would do to what lies beside it."""
    for path in sorted([*(data / "log").rglob("*"), *(data / "witnessed").rglob("*")], reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


@pytest.mark.slow
def test_every_checkpoint_is_signed_by_all_witnesses_and_stays_so(two_witnesses: tuple[RunningWitness, ...], data: Path, settings: Any) -> None:
    for count in (3, 5, 1):
        write(count)
        assert sign_and_vouch() == 2
    keys = [each.key for each in two_witnesses]
    assert check_folder(data / "log", verifier=queries.verifier_key(), witnesses=keys).witnesses == 2
    assert Cosignature.objects.count() == 6
    # What they see tells nothing of how much came, and they go on knowing an older one while the log grows.
    assert set(Cosignature.objects.values_list("checkpoint", flat=True)) == {64, 128, 192}
    checkpoint, _ = queries.witnessed(["witness.example/w1", "witness.example/w2"], 2) or (None, None)
    assert checkpoint == queries.newest_checkpoint()
    assert jobs.vouch() == 0
    write(2)
    custody.sign_the_log()
    report = check_folder(data / "log", verifier=queries.verifier_key(), witnesses=keys)
    assert (report.ok, report.size, report.checkpoints, report.witnesses) == (True, 194, 2, 2)
    (found,) = doctor.log(settings.CAIRNDESK, clock.now())
    assert (found.level, "witnessed up to" in found.says) == (doctor.Level.OK, True)


@pytest.mark.slow
def test_a_fork_shown_to_two_witnesses_is_caught_in_the_next_round(two_witnesses: tuple[RunningWitness, ...], data: Path, settings: Any) -> None:
    """One story for one witness, another for the other: from the same state, with the desk's own key."""
    write(4)
    assert sign_and_vouch() == 2
    policy: Log = settings.CAIRNDESK.log
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"log": Log(witnesses=policy.witnesses[:1])})
    write(3)
    assert sign_and_vouch() == 1
    put_back(64)
    forget_what_lies_beside(data)
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"log": Log(witnesses=policy.witnesses[1:])})
    write(5)
    assert sign_and_vouch() == 1
    # Neither story has both signatures, and the next round with both witnesses shows that there are two.
    checkpoint, _ = queries.witnessed(["witness.example/w1", "witness.example/w2"], 2) or (Checkpoint(), None)
    assert checkpoint.size == 64
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"log": policy})
    write(1)
    sign_and_vouch()
    assert standing.reason()
    with pytest.raises(LogRolledBack, match="only reads"):
        write(1)
    (found,) = doctor.log(settings.CAIRNDESK, clock.now())
    assert (found.level, "only reads" in found.says) == (doctor.Level.PROBLEM, True)


@pytest.mark.slow
def test_an_old_database_with_nothing_beside_it_is_caught_by_the_witnesses(two_witnesses: tuple[RunningWitness, ...], data: Path) -> None:
    write(8)
    assert sign_and_vouch() == 2
    put_back(5)
    forget_what_lies_beside(data)
    assert standing.begin() == ""
    sign_and_vouch()
    assert "the first 64 entries are not those that were signed" in standing.reason()
    with pytest.raises(LogRolledBack, match="only reads"):
        write(1)
    # An operator goes on without them; the witnesses refuse until theirs forget, and the desk is not shut again.
    assert accept_log(now=clock.now()) == 64
    write(1)
    assert sign_and_vouch() == 0
    assert standing.reason() == ""
    for each in two_witnesses:
        each.run("forget", queries.verifier_key().partition("+")[0])
    assert sign_and_vouch() == 2


def told_by(server: ListServer, key: str) -> Any:
    (witness,) = jobs.witnesses_of(Config.model_construct(log=Log(witnesses=[f"{key} {server.base}"])))
    return witness


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (Reply(b"9\n", 409), WitnessRefuses),
        (Reply(b"nine\n", 409), AnswerUnreadable),
        (Reply(b"", 422), WitnessRefuses),
        (Reply(b"\xff", 200), AnswerUnreadable),
        (Reply(b"yes\n", 200), AnswerUnreadable),
        (Reply(b"", 500), FetchDelayed),
        (Reply(b"", 404), Exception),
    ],
)
def test_a_witness_that_lies_or_fails_shuts_nothing(data: Path, reply: Reply, failure: type[Exception]) -> None:
    write(3)
    checkpoint = make_checkpoint(now=clock.now())
    shown = Signer(queries.verifier_key().partition("+")[0]).note(9, bytes(32)).encode()

    def answer(asked: Asked) -> Reply:
        return Reply(shown) if asked.path.startswith("/seen/") else reply

    with ListServer(answer) as server, pytest.raises(failure):
        ask_witness(witness=told_by(server, Cosigner().verifier), checkpoint=checkpoint)
    assert standing.reason() == ""
    assert not Cosignature.objects.exists()
    write(1)


def test_a_key_that_is_none_is_named(data: Path) -> None:
    with pytest.raises(LogBroken):
        jobs.witnesses_of(Config.model_construct(log=Log(witnesses=["a+b+c http://127.0.0.1:1"])))[0].name  # noqa: B018 - asking is the test
    with pytest.raises(ValueError, match="a blank and its address"):
        Log(witnesses=["a+b+c"])


def test_where_nobody_is_named_nobody_is_asked_and_the_doctor_says_so(data: Path, settings: Any) -> None:
    write(1)
    assert sign_and_vouch() == 0
    (found,) = doctor.log(settings.CAIRNDESK, clock.now())
    assert (found.level, "nobody outside" in found.says) == (doctor.Level.WARNING, True)
