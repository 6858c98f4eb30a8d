"""The HTTP protocol of our two sites: whoever sends half a request is not waited for, and a full house has room for a report.

The server's own protocol waits for ever for the rest of a request; a few hundred half-sent ones would then keep everybody out.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds until the headers must be there, seconds without one byte of a body, and how many connections may be open."""

    header_seconds: float
    stall_seconds: float
    connections: int


@dataclass
class House:
    """Everybody who is connected. When it is full, whoever has kept us waiting longest makes room.

    Half of the places are kept for those who tell something: the ones who began last among them stay, however slow they are.
    An answer that is being worked on is never cut off.
    """

    most: int
    inside: set["PatientProtocol"] = field(default_factory=set)

    def enter(self, guest: "PatientProtocol") -> None:
        """Afterwards `guest` is inside, or was turned away because everybody else is being answered; at most `most` are inside."""
        self.inside.add(guest)
        if len(self.inside) > self.most:
            (self._longest_awaited(guest) or guest).hang_up()

    def _longest_awaited(self, guest: "PatientProtocol") -> "PatientProtocol | None":
        awaited = sorted((one for one in self.inside if one.waiting_since is not None and one is not guest), key=lambda one: one.waiting_since or 0.0)
        kept = set([one for one in reversed(awaited) if one.tells][: self.most // 2])
        return next((one for one in awaited if one not in kept), None)


class PatientProtocol(H11Protocol):
    """Closes a connection whose headers are not whole in time, or whose body stalls; every byte of a body begins the wait anew."""

    limits: Limits
    house: House
    is_report: Callable[[str], bool]
    at_once: Callable[[bytes], bytes | None]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting_since: float | None = None
        self.tells = False
        # Whether nothing of a request is under way, and whether the wait for the next one is ours and not the server's.
        self._between, self._idle = True, False
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._begin(self.limits.header_seconds)
        self.house.enter(self)

    def data_received(self, data: bytes) -> None:
        if self._between and not self.flow.write_paused and (answer := self.at_once(data)) is not None:
            self._answer(answer)
            return
        if self._idle:
            self._idle, self._deadline = False, None
        self._between = False
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._follow()
        elif self._deadline is None:
            # The first bytes of a further request; until then the server's own clock of idle connections ran.
            self._begin(self.limits.header_seconds)

    def on_response_complete(self) -> None:
        self.tells, self.waiting_since, self._deadline = False, self.loop.time(), None
        super().on_response_complete()
        self._follow()
        self._between = self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]

    def _answer(self, answer: bytes) -> None:
        """To a request that came whole, and that the server's own parser has not seen."""
        self._unset_keepalive_if_required()
        self.transport.write(answer)
        self._idle = True
        self._begin(self.timeout_keep_alive)

    def _follow(self) -> None:
        """After the headers: every byte of a body begins the wait anew, and while we answer nobody is waited for."""
        if self.conn.their_state is h11.SEND_BODY:
            self.tells = self.is_report(self.scope["path"])
            self._wait(self.limits.stall_seconds)
        elif self.conn.their_state is not h11.IDLE:
            self.waiting_since = self._deadline = None

    def connection_lost(self, exc: Exception | None) -> None:
        self.house.inside.discard(self)
        self._deadline = None
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def hang_up(self) -> None:
        """Close at once; what the other side has not read by now it will not read."""
        self.house.inside.discard(self)
        self.transport.abort()

    def _begin(self, seconds: float) -> None:
        self.waiting_since = self.loop.time()
        self._wait(seconds)

    def _wait(self, seconds: float) -> None:
        self._deadline = self.loop.time() + seconds
        if self._timer is None:
            self._timer = self.loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if self.flow.read_paused:
            # We are the ones who do not read; that is not held against anybody.
            self._wait(self.limits.stall_seconds)
        elif self.loop.time() < self._deadline:
            self._timer = self.loop.call_at(self._deadline, self._look)
        else:
            self.hang_up()


def protocol(limits: Limits, *, is_report: Callable[[str], bool], at_once: Callable[[bytes], bytes | None] = lambda _: None) -> type[PatientProtocol]:
    """The protocol of one server, with a house of its own; `is_report` tells by the path who is telling something.

    `at_once` gives the whole answer to a request that came in one piece, or None for the usual way.
    """
    own = {"limits": limits, "house": House(limits.connections), "is_report": staticmethod(is_report), "at_once": staticmethod(at_once)}
    return type("Protocol", (PatientProtocol,), own)
