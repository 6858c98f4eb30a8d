import time
from threading import Event, Thread
from threading import enumerate as enumerate_threads

import pytest
import structlog

from cairndesk import work
from cairndesk.custody import beside
from cairndesk.custody.errors import VaultAway
from cairndesk.lib.belt import Lane


def waits(go: Event, done: list[str]) -> int:
    go.wait(5)
    done.append("carried")
    return 1


def test_one_turn_of_the_belt_ends_when_what_custody_began_beside_it_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    # It gives connections back, and this test has none.
    monkeypatch.setattr(work, "report", lambda _: None)
    go, done = Event(), list[str]()
    lane = Lane(name="custody.carry", turn=lambda: int(beside.begin("custody.carry", lambda: waits(go, done), "not_carried")))
    other = Lane(name="custody.again", turn=lambda: int(beside.begin("custody.carry", lambda: 1 // 0, "begun_twice")))
    late = Thread(target=lambda: (time.sleep(0.05), go.set()))
    late.start()
    assert work.once([lane, other]) == {"custody.carry": 1, "custody.again": 0}
    assert done == ["carried"]
    late.join(5)


@pytest.mark.parametrize(("failure", "said"), [(VaultAway(), {"code": "custody.vault_away"}), (ZeroDivisionError(), {"error": "ZeroDivisionError"})])
def test_what_fails_beside_the_belt_is_said_without_a_word_of_what_it_was_about(failure: Exception, said: dict[str, str]) -> None:
    def fails() -> int:
        raise failure

    with structlog.testing.capture_logs() as lines:
        assert beside.begin("custody.test", fails, "not_carried")
        beside.wait_for("custody")
    assert [line["event"] for line in lines] == ["not_carried"]
    assert said.items() <= lines[0].items()
    assert not [thread for thread in enumerate_threads() if thread.name == "custody.test"]
