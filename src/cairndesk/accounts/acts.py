"""What a kind of request is: how to say exactly what will happen, who may ask for it and who may do it, and the doing.

Each room writes an `Act` for what it owns and names it in `settings.ACTS`; this room asks, shows, approves and refuses them all alike.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.utils.module_loading import import_string

from cairndesk.accounts.models import Request
from cairndesk.accounts.rules import Actor, Kind, Verb
from cairndesk.custody.rules import Event


@dataclass(frozen=True)
class Words:
    """A request for a reader: what would happen, its facts, what the button does, and where to go afterwards. Nothing sealed stands in it."""

    heading: str
    facts: Sequence[tuple[str, str]]
    button: str
    back: str


class Act(ABC):
    """One kind of request. `asks` says whose role may ask and take back, `does` whose may approve or refuse."""

    kind: ClassVar[Kind]
    asks: ClassVar[Verb]
    does: ClassVar[Verb]
    about: ClassVar[str]
    """The kind of subject, as the log names it."""
    asked: ClassVar[Event] = Event.ACCOUNTS_REQUEST_ASKED
    taken_back: ClassVar[Event] = Event.ACCOUNTS_REQUEST_TAKEN_BACK

    @abstractmethod
    def stage(self, request: Request) -> str | None:
        """The stage that bounds the verbs; None where it is not about a case."""

    def hold(self, request: Request) -> None:  # noqa: B027 - some acts have nothing to lock
        """Lock, for the rest of the transaction, what the digest is about, so that it stays so until it is done."""

    @abstractmethod
    def digest(self, request: Request) -> bytes:
        """Exactly what will happen, as things stand now; raises a DeskError where it cannot. Whoever asks binds themselves to it."""

    def seen(self, request: Request) -> Mapping[str, Any]:
        """What may rightly change between asking and doing: whoever approves binds themselves to it as it stands then."""
        return {}

    def check(self, request: Request, *, now: datetime) -> None:  # noqa: B027 - for most acts nothing passes with time
        """Return unless something that will pass stands in the way now; then raise a DeskError that says what."""

    @abstractmethod
    def do(self, request: Request, *, by: Actor, now: datetime) -> str:
        """It is done, in the transaction of the caller, and what to say of it is returned."""

    def way_back(self, request: Request) -> str:
        """Where whoever did it takes it back as long as it has not left the house; empty where nothing leaves, or nothing waits."""
        return ""

    @abstractmethod
    def words(self, request: Request) -> Words:
        """The request for a reader who may see nothing else of the case."""


def act_of(kind: str) -> Act:
    """The act of this kind; raises KeyError for one that no room has."""
    made: type[Act] = import_string(settings.ACTS[kind])
    return made()
