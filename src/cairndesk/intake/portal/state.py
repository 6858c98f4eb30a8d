"""What travels with the reporter from page to page, sealed under a key that lives in this process's memory only."""

import base64
import binascii
import json
import re
import secrets
import threading
from collections import OrderedDict
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cairndesk.intake import receipt
from cairndesk.intake.rules import Answers, Path, new_draft, steps_of

_NONCE = 12
_CONTEXT = b"cairndesk/portal-state/v1|"
_CLEAR = re.compile(r"([0-9a-f]{32})\.([0-9])\.([a-z]{1,16})\.([0-9]{1,10})")
# Ids of drafts told through this process whose counters are remembered; 100,000 take about 20 MB.
_REMEMBERED = 100_000


# In the clear field, in place of a page: all is told, and the receipt was shown.
_ALL_KEPT = 0
# Milliseconds in which no person reads a page and answers it; programs do.
_HASTE = 700


class StateLost(Exception):
    """The hidden field cannot be opened: a restart, more than two days, or tampering. Not an error to show."""


@dataclass(frozen=True)
class Telling:
    """A draft on its way: the page that is open, the answers so far, and the receipt that was drawn when it started."""

    draft: str
    path: Path
    step: int
    parts: receipt.Parts
    answers: Answers = field(default_factory=dict)
    counter: int = 0
    is_resumed: bool = False
    is_heard: bool = False
    """Whether the danger that is named now is kept, and may be spoken of as received."""
    is_kept: bool = False
    """Whether all is kept and the receipt filed: what is left is to show it."""
    shown_at: int = 0
    """When the open page was sent out, in milliseconds since 1970; 0 where nobody knows."""

    @classmethod
    def start(cls, path: Path, language: str) -> Self:
        """A new draft at its first page, with a freshly drawn receipt."""
        return cls(draft=new_draft(), path=path, step=1, parts=receipt.draw(language))

    @classmethod
    def resume(cls, clear: str, language: str) -> Self:
        """The draft that the clear field names, with a new receipt and no answers. Raises StateLost when it names none."""
        found = _CLEAR.fullmatch(clear)
        if found is None or found[3] not in set(Path):
            raise StateLost
        path, step = Path(found[3]), int(found[2])
        last = len(steps_of(path))
        if step > last:
            raise StateLost
        is_kept, parts, counter = step == _ALL_KEPT, receipt.draw(language), int(found[4])
        return cls(draft=found[1], path=path, step=last if is_kept else step, parts=parts, counter=counter, is_resumed=True, is_kept=is_kept)

    @property
    def clear(self) -> str:
        """The field beside the sealed one: enough to go on after a restart, nothing that was told."""
        return f"{self.draft}.{_ALL_KEPT if self.is_kept else self.step}.{self.path}.{self.counter}"

    @property
    def questions(self) -> tuple[str, ...]:
        """What the open page asks."""
        return steps_of(self.path)[self.step - 1]

    @property
    def steps(self) -> int:
        """How many pages this path has."""
        return len(steps_of(self.path))

    def told(self, answers: Answers, counter: int) -> Self:
        """The same page with `answers` added."""
        return replace(self, answers=self.answers | answers, counter=counter)

    def is_hasty(self, now: datetime) -> bool:
        """Whether the page came back sooner than anybody reads one. A clock that went back says nothing."""
        return bool(self.shown_at) and 0 <= _milliseconds(now) - self.shown_at < _HASTE

    def shown(self, now: datetime) -> Self:
        """The same page, sent out now."""
        return replace(self, shown_at=_milliseconds(now))

    def at(self, step: int) -> Self:
        """Another page of the same draft."""
        return replace(self, step=max(1, min(step, self.steps)))


def _milliseconds(now: datetime) -> int:
    return int(now.timestamp() * 1000)


class Counters:
    """Numbers the pages of a draft upwards, also when an older page is sent again from the browser's history.

    `start` is above every number that an earlier process gave: a page that is sent again after a restart, with other words
    than the first time, must win over what that process kept without being able to say so.
    """

    def __init__(self, start: int = 0) -> None:
        self._start = start
        self._last: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def after(self, draft: str, counter: int) -> int:
        """The next number for `draft`, above every one given before and above `counter`."""
        with self._lock:
            following = max(self._last.pop(draft, self._start), counter) + 1
            self._last[draft] = following
            if len(self._last) > _REMEMBERED:
                self._last.popitem(last=False)
            return following


class Keyholder:
    """The keys of today and of the day before; older ones are gone, and so is every field sealed under them."""

    def __init__(self) -> None:
        self._keys: dict[bytes, bytes] = {}
        self._today: date | None = None
        self._lock = threading.Lock()

    def seal_telling(self, telling: Telling, *, organisation: str, now: datetime) -> str:
        """The hidden field for a draft."""
        return self._seal(asdict(telling), b"telling|" + organisation.encode(), now)

    def open_telling(self, sealed: str, *, organisation: str, now: datetime) -> Telling:
        """The draft in the hidden field. Raises StateLost."""
        values = self._open(sealed, b"telling|" + organisation.encode(), now)
        return Telling(**values | {"path": Path(values["path"]), "parts": tuple(values["parts"])})

    def seal_return(self, parts: receipt.Parts, index: str, *, organisation: str, now: datetime) -> str:
        """The hidden field of the way back: the words never stand in a page in clear."""
        return self._seal({"parts": parts, "index": index}, b"return|" + organisation.encode(), now)

    def open_return(self, sealed: str, *, organisation: str, now: datetime) -> tuple[receipt.Parts, str]:
        """Words and index from the hidden field of the way back. Raises StateLost."""
        values = self._open(sealed, b"return|" + organisation.encode(), now)
        return tuple(values["parts"]), values["index"]

    def _seal(self, values: object, purpose: bytes, now: datetime) -> str:
        with self._lock:
            self._turn(now)
            name, key = list(self._keys.items())[-1]
        nonce = secrets.token_bytes(_NONCE)
        raw = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
        blob = AESGCM(key).encrypt(nonce, raw, _CONTEXT + purpose)
        return base64.urlsafe_b64encode(name + nonce + blob).decode().rstrip("=")

    def _open(self, sealed: str, purpose: bytes, now: datetime) -> dict[str, Any]:
        try:
            blob = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
            with self._lock:
                self._turn(now)
                key = self._keys[blob[:4]]
            values: dict[str, Any] = json.loads(AESGCM(key).decrypt(blob[4 : 4 + _NONCE], blob[4 + _NONCE :], _CONTEXT + purpose))
        except (KeyError, ValueError, InvalidTag, binascii.Error) as error:
            raise StateLost from error
        return values

    def _turn(self, now: datetime) -> None:
        """A new key whenever the date is another one, also after a clock has jumped back: no key may live on for years."""
        days = 0 if self._today is None else (now.date() - self._today).days
        if self._keys and days == 0:
            return
        kept = list(self._keys.items())[-1:] if days <= 1 else []
        self._keys = dict([*kept, (secrets.token_bytes(4), AESGCM.generate_key(256))])
        self._today = now.date()
