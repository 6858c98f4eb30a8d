"""The look-up door for machines: a small ASGI application beside Django, because the framework would cost more than the match.

    POST /api/v1/check      a JSON list of hashes, links and the like, or the bytes of one file
    GET  /m/lookup …        the read paths of Hasher-Matcher-Actioner, see `hma.py`

A key is checked in the database at most once a second, and the versions of the lists four times a second, so that a revoked key and
a hash that was confirmed elsewhere both count within a second.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import Error, connections

from cairndesk.accounts.errors import NotSignedIn
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.queries import Sender, key_in, sender_of
from cairndesk.lib import clock
from cairndesk.lib.bucket import Bucket
from cairndesk.lib.edge import App, Message, QuickAnswer, Receive, Scope, Send, header
from cairndesk.lib.errors import DeskError, problem
from cairndesk.lib.kept import Kept
from cairndesk.signals import actions, check, hma, magic, queries, quick, walled
from cairndesk.signals.check import Checked
from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.engine.sandbox import FileHashes
from cairndesk.signals.engine.video.answer import Container
from cairndesk.signals.engine.video.kinds import LOOKED_AT, kind_of
from cairndesk.signals.errors import CheckRefused, IndexBehind, KeyOnlyReports, MediaRefused, ToolOff, TooManyChecks
from cairndesk.signals.hma import Answer, Hma
from cairndesk.signals.models import HashList
from cairndesk.signals.quick import Quick
from cairndesk.signals.rules import TERMS_OF_LOOK_UP, SeenBy
from cairndesk.signals.shelf import Snapshot
from cairndesk.signals.tally import Tally
from cairndesk.signals.tools import TOOLS, Tool

CHECK = "/api/v1/check"
_JSON = (b"content-type", b"application/json")
_KEY_SECONDS, _LISTS_SECONDS, _COUNTS_SECONDS = 1.0, 0.25, 10.0
_MOST_HELD, _MANY = 1000, 20
_PROBES = {hma.STATUS: hma.ALIVE, hma.LIVE: b"OK", hma.READY: b"READY"}
_T = TypeVar("_T")


class Door:
    """Answers look-ups; everything else goes to `inner`. `rate`: how many things a second one key may ask about."""

    def __init__(self, inner: App, *, rate: int) -> None:
        self._inner, self._rate = inner, rate
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="look-up")
        # What is read anew all the time, by threads that keep their connections, because opening one takes longer than reading. No key waits
        # for lists of which much is new, nor do the lists of one organisation for those of another.
        self._keys = ThreadPoolExecutor(1, thread_name_prefix="look-up-keys")
        self._fresh = ThreadPoolExecutor(2, thread_name_prefix="look-up-lists")
        # Files take seconds, and videos more: nobody who asks about a hash waits behind them, nor the check of a key.
        self._pictures = ThreadPoolExecutor(4, thread_name_prefix="look-up-picture")
        self._videos = ThreadPoolExecutor(2, thread_name_prefix="look-up-video")
        self._senders: Kept[Sender] = Kept(_MOST_HELD)
        self._lists: Kept[Snapshot] = Kept(_MOST_HELD)
        self._ready: Kept[bool] = Kept(1)
        self._buckets: dict[UUID, Bucket] = {}
        self._tally = Tally()
        self._counting: asyncio.Task[None] | None = None
        self._hma = Hma(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        asked = (scope["method"], scope["path"]) if scope["type"] == "http" else ("", "")
        if asked[0] in {"GET", "HEAD"} and asked[1] in _PROBES:
            await _send(send, *await self._probed(asked[1]), None, is_head=asked[0] == "HEAD")
            return
        answer = self._check if asked == ("POST", CHECK) else self._hma.find(*asked)
        if answer is None:
            await self._inner(scope, receive, send)
            return
        bucket = None
        try:
            sender = await self._sender(scope)
            bucket = self._buckets.setdefault(sender.key, Bucket(self._rate, self._rate))
            status, body = await answer(scope, (await receive())["body"], sender)
        except DeskError as failure:
            status, body = failure.status, _problem(failure)
        await _send(send, status, body, bucket)

    async def _probed(self, path: str) -> tuple[int, bytes]:
        """What a load balancer is told without a key: that this process lives, or that it reads its database."""
        if path == hma.READY:
            try:
                await self._ready.get("", _KEY_SECONDS, lambda: self._read(self._keys, Organisation.objects.exists))
            except Error:
                return 503, b"NOT-READY"
        return 200, _PROBES[path]

    async def _check(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        lists = await self.lists_of(sender)
        if header(scope["headers"], b"content-type").startswith(b"application/octet-stream"):
            self.take(sender, 1)
            answers = [await self._of_file(lists, sender, body)]
        else:
            items = _items(body)
            self.take(sender, len(items))
            answers = await self._of_texts(lists, items)
        return 200, {
            "results": [answer.as_json() for answer in answers],
            "lists": [_asked(lists, listed) for listed in lists.asked],
            "terms_of_use": TERMS_OF_LOOK_UP,
        }

    async def _of_texts(self, lists: Snapshot, items: list[tuple[str, str]]) -> list[Checked]:
        cards = {place: card for place, (_, value) in enumerate(items) if (card := magic.of_text(value)) is not None}
        await _wait_for(cards.values())
        real = [item for place, item in enumerate(items) if place not in cards] if cards else items
        if len(real) < _MANY:
            found = check.check_texts(lists, real)
        else:
            # So many take milliseconds, in which others shall be answered.
            found = await asyncio.get_running_loop().run_in_executor(self._pool, check.check_texts, lists, real)
        rest = iter(found)
        return [magic.answer(cards[place]) if place in cards else next(rest) for place in range(len(items))] if cards else found

    async def _of_file(self, lists: Snapshot, sender: Sender, data: bytes) -> Checked:
        if not data:
            raise CheckRefused("The body is empty.")
        if (card := magic.of_bytes(data)) is not None:
            await _wait_for([card])
            return magic.answer(card)
        hashes = await self.hashes_of(sender, data)
        # A video has many frames to look up; nobody else waits meanwhile.
        return await self.aside(lambda: check.check_file(lists, hashes))

    async def sizes_of(self, sender: Sender) -> Mapping[Kind, tuple[int, int]]:
        """Of each kind how many entries those lists have, and when the last of them came, in seconds since 1970."""
        organisation = sender.organisation.id
        return await self.aside(lambda: queries.sizes(organisation=organisation, seen_by=SeenBy.MACHINES, now=clock.now()))

    async def hashes_of(self, sender: Sender, data: bytes) -> FileHashes:
        """The hashes of a file, taken behind walls; the file is kept nowhere. Raises MediaRefused."""
        if sender.organisation.media_mode == Organisation.Media.NONE:
            raise MediaRefused("This desk takes no files.")
        if Tool.FILES in (await self.lists_of(sender)).off:
            raise ToolOff(TOOLS[Tool.FILES].title)
        pool = self._videos if kind_of(data[:LOOKED_AT]) is not Container.NONE else self._pictures
        return await self.aside(lambda: walled.hash_media(data), pool)

    def take(self, sender: Sender, many: int) -> None:
        """Count `many` look-ups; raises TooManyChecks."""
        if wait := self._buckets[sender.key].take(many):
            raise TooManyChecks(f"Wait {max(1, round(wait))} s.")

    def now(self) -> datetime:
        """The time."""
        return clock.now()

    def at_once(self, request: bytes) -> QuickAnswer | None:
        """The answer to one hash, if nothing has to be read first and nothing is to be refused; None: it goes the usual way."""
        try:
            asked = quick.read(request)
            return self._of_hash(asked) if asked else None
        except Exception:  # noqa: BLE001 - the usual way says what is wrong, and to whom it is told
            return None

    def _of_hash(self, asked: Quick) -> QuickAnswer | None:
        sender = self._senders.at_hand(asked.key, _KEY_SECONDS, lambda: self._read(self._keys, lambda: sender_of(asked.key)))
        if sender is None or not sender.may_look_up:
            return None
        lists = self._lists.at_hand(sender.organisation.id, _LISTS_SECONDS, lambda: self._read_lists(sender.organisation))
        bucket = self._buckets.get(sender.key)
        if lists is None or lists.off or bucket is None or lists.unread() or bucket.take():
            return None
        told = hma.by_bank(lists.look_up([asked.identifier]))
        return (_written(told) if told else b"{}"), [_JSON, *_rate_of(bucket)]

    async def _sender(self, scope: Scope) -> Sender:
        key = key_in(header(scope["headers"], b"authorization").decode("latin-1"))
        if not key:
            raise NotSignedIn
        found = await self._senders.get(key, _KEY_SECONDS, lambda: self._read(self._keys, lambda: sender_of(key)))
        if not found.may_look_up:
            raise KeyOnlyReports
        return found

    async def lists_of(self, sender: Sender) -> Snapshot:
        """The lists that this sender may be told of; raises IndexBehind."""
        organisation = sender.organisation
        lists = await self._lists.get(organisation.id, _LISTS_SECONDS, lambda: self._read_lists(organisation))
        if Tool.DOOR in lists.off:
            raise ToolOff(TOOLS[Tool.DOOR].title)
        if _is_unread(lists):
            raise IndexBehind
        return lists

    async def _read_lists(self, organisation: Organisation) -> Snapshot:
        if self._counting is None or self._counting.done():
            self._counting = asyncio.get_running_loop().create_task(self._keep_counts())
        found = await self._read(self._fresh, lambda: queries.lists_now(organisation=organisation.id, now=clock.now(), seen_by=SeenBy.MACHINES))
        return replace(found, counts=self._tally)

    async def _keep_counts(self) -> None:
        """In ten seconds write down how often lists were asked and met, and go on as long as they are."""
        await asyncio.sleep(_COUNTS_SECONDS)
        if await self.aside(lambda: actions.count_uses(tally=self._tally, now=clock.now())):
            self._counting = asyncio.get_running_loop().create_task(self._keep_counts())

    def close(self) -> None:
        """Let go of the threads and their connections. Call it when nobody asks any more."""
        for pool in (self._keys, self._fresh):
            pool.submit(connections.close_all)
            pool.shutdown()
        for pool in (self._pool, self._pictures, self._videos):
            pool.shutdown()

    async def _read(self, pool: ThreadPoolExecutor, work: Callable[[], _T]) -> _T:
        """What `work` reads from the database, on a connection that stays."""

        def reading() -> _T:
            try:
                return work()
            except Error:
                # A database that was started anew, or dropped a line that was idle: a new one may do.
                connections.close_all()
                return work()

        return await asyncio.get_running_loop().run_in_executor(pool, reading)

    async def aside(self, work: Callable[[], _T], pool: ThreadPoolExecutor | None = None) -> _T:
        """What `work` gives, in a thread that may read the database."""

        def working() -> _T:
            try:
                return work()
            finally:
                # Now and then: not worth a connection that is held by each thread.
                connections.close_all()

        return await asyncio.get_running_loop().run_in_executor(pool or self._pool, working)


async def _wait_for(cards: Iterable[magic.Card]) -> None:
    # Once, however many there are: nobody may hold a connection for an hour with one request.
    if magic.Card.SLOW in cards:
        await asyncio.sleep(magic.SLOW_SECONDS)


def _items(body: bytes) -> list[tuple[str, str]]:
    """Kinds (empty: to be recognised) and values of the things that are asked about; raises CheckRefused."""
    try:
        given = json.loads(body)
        items = given["items"] if isinstance(given, dict) and "items" in given else [given]
        asked = [(str(item.get("kind") or ""), item["value"]) for item in items]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
        raise CheckRefused('Send {"items": [{"value": …, "kind": …}, …]} as JSON, or the bytes of one file as application/octet-stream.') from wrong
    if not 0 < len(asked) <= check.MOST_ITEMS or not all(isinstance(value, str) for _, value in asked):
        raise CheckRefused(f"Ask about 1 to {check.MOST_ITEMS} things at a time, each with its value as text.")
    return asked


def _is_unread(lists: Snapshot) -> bool:
    """Whether none of the lists answers yet."""
    return bool(lists.asked) and len(lists.unread()) == len(lists.asked)


def _asked(lists: Snapshot, listed: HashList) -> Mapping[str, object]:
    answers = lists.version_of(listed)
    return {"name": listed.name, "version": listed.version, "is_behind": answers != listed.version, "answered_from": answers}


def _problem(failure: DeskError) -> object:
    detail, title = failure.detail or failure.remedy, str(type(failure).__doc__)
    # `message` is what clients of Hasher-Matcher-Actioner read.
    return problem(failure.status, failure.code, title, detail, message=detail)


async def _send(send: Send, status: int, body: object, bucket: Bucket | None, *, is_head: bool = False) -> None:
    data = body if isinstance(body, bytes) else _written(body)
    kind = b"text/plain" if isinstance(body, bytes) else b"application/json" if status < 400 else b"application/problem+json"
    headers = [(b"content-type", kind), (b"content-length", str(len(data)).encode())]
    if bucket is not None:
        headers += _rate_of(bucket)
    if status in {429, 503}:
        headers.append((b"retry-after", b"1"))
    start: Message = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": b"" if is_head else data})


def _written(body: object) -> bytes:
    # Half of a pair of code units, which only an escape can say, may have come in and is told as it came.
    return json.dumps(body, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace")


def _rate_of(bucket: Bucket) -> list[tuple[bytes, bytes]]:
    """As in the draft of the HTTP working group on rate limits."""
    return [(b"ratelimit-policy", b'"checks";q=%d;w=1' % bucket.rate), (b"ratelimit", b'"checks";r=%d;t=1' % max(0, bucket.left))]
