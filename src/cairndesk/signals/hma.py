"""The read paths of Hasher-Matcher-Actioner (HMA, release 1.1.7), so that its clients can be pointed here unchanged.

    GET  /status, /site-map; /livez and /readyz of later releases
    GET  /h/hash?url=…                 refused: this desk fetches nothing
    POST /h/hash                       the hash of one file: a form with a field `photo` or `video`
    GET  /m/lookup?signal_type=…&signal=…
    POST /m/lookup                     the same for one file
    GET  /m/raw_lookup, /m/index/status
    POST /m/compare
    GET  /c/banks, /c/bank/<name>, /c/bank/<name>/content/<id>, /c/signal_type, /c/signal_type/index, /c/content_type
    GET  /c/exchanges, /c/exchange/<name>, /c/exchange/<name>/status, /c/exchanges/apis, /c/exchanges/api/<name>: see `exchanges.py`

Source: `hasher-matcher-actioner/docs/api.md` and the blueprints of that release. A bank is a list that machines may see. Everything
that would change a bank or an exchange is refused: here people do that.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote

from cairndesk.accounts.queries import Sender
from cairndesk.lib.edge import Scope, header
from cairndesk.signals import exchanges, queries
from cairndesk.signals.engine.answer import State
from cairndesk.signals.engine.identifiers import Identifier, Kind, normalise
from cairndesk.signals.engine.near.reach import MAX_DISTANCE
from cairndesk.signals.engine.sandbox import FileHashes
from cairndesk.signals.engine.video.walled import VideoHashes
from cairndesk.signals.errors import IndexBehind, LookupRefused, NoSuchBank, NotAnIdentifier, NothingFetched, PeopleChangeLists
from cairndesk.signals.models import HashList
from cairndesk.signals.shelf import Found, Snapshot

Answer = tuple[int, object]
Handler = Callable[[Scope, bytes, Sender], Awaitable[Answer]]
UPLOADS = HASH, LOOKUP = "/h/hash", "/m/lookup"
STATUS, ALIVE = "/status", b"I-AM-ALIVE"
LIVE, READY = "/livez", "/readyz"
PREFIXES = ("/h/", "/m/", "/c/")
# Their names for the kinds that both sides know; the first of a kind is the one that we say.
KINDS = {"pdq": Kind.PDQ, "video_md5": Kind.MD5, "raw_md5": Kind.MD5, "md5": Kind.MD5, "sha1": Kind.SHA1, "sha256": Kind.SHA256, "url": Kind.URL}
_HASHED_BY = {"photo": "pdq", "video": "video_md5"}
_BANK = re.compile(r"/c/bank/([^/]+)(?:/content/([0-9]{1,18}))?")
_EXCHANGE = re.compile(r"/c/exchange/([^/]+)(/status)?")
_API = re.compile(r"/c/exchanges/api/([^/]+)")
# What stands in their site map for changes alone.
_CHANGES = re.compile(r"/c/bank/[^/]+/(content|signal)|/c/signal_type/[^/]+|/c/exchanges/api/[^/]+/schema")
_NAMED = ("/c/bank/<bank_name>", "/c/bank/<bank_name>/content/<int:content_id>", "/c/exchange/<string:exchange_name>",
          "/c/exchange/<string:exchange_name>/status", "/c/exchanges/api/<string:api_name>")  # fmt: skip
_FIELD = re.compile(rb'content-disposition:[^\r\n]*;\s*name="([^"]*)"[^\r\n]*;\s*filename=', re.IGNORECASE)
_BOUNDARY = re.compile(rb'boundary="?([^";,]{1,70})"?', re.IGNORECASE)


class Desk(Protocol):
    """What the door does for these paths."""

    async def lists_of(self, sender: Sender) -> Snapshot:
        """The lists that this sender may be told of."""

    async def hashes_of(self, sender: Sender, data: bytes) -> FileHashes:
        """The hashes of a file, which is kept nowhere."""

    async def sizes_of(self, sender: Sender) -> Mapping[Kind, tuple[int, int]]:
        """Of each kind how many entries those lists have, and when the last of them came, in seconds since 1970."""

    async def aside(self, work: Callable[[], Any]) -> Any:
        """What `work` gives, in a thread that may read the database."""

    def take(self, sender: Sender, many: int) -> None:
        """Count `many` look-ups."""

    def now(self) -> datetime:
        """The time."""


class Hma:
    """The paths and who answers them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.doors: Mapping[tuple[str, str], Handler] = {
            ("GET", "/site-map"): self._site_map,
            ("GET", HASH): self._fetch,
            ("POST", HASH): self._hash,
            ("GET", LOOKUP): self._lookup,
            ("POST", LOOKUP): self._lookup_file,
            ("GET", "/m/raw_lookup"): self._raw_lookup,
            ("GET", "/m/index/status"): self._status,
            ("POST", "/m/compare"): self._compare,
            ("GET", "/c/banks"): self._banks,
            ("GET", "/c/signal_type"): self._signal_types,
            ("GET", "/c/signal_type/index"): self._index,
            ("GET", "/c/content_type"): self._content_types,
            ("GET", "/c/exchanges"): self._exchanges,
            ("GET", "/c/exchanges/apis"): self._apis,
        }
        self._named = ((_BANK, self._bank), (_EXCHANGE, self._exchange), (_API, self._api))

    def find(self, method: str, path: str) -> Handler | None:
        """Who answers; None where the path is none of theirs."""
        found = self.doors.get((method, path))
        if found is None and path.startswith(PREFIXES):
            return next((answers for form, answers in self._named if method == "GET" and form.fullmatch(path)), self._refuse)
        return found

    async def _site_map(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        return 200, sorted({STATUS, LIVE, READY, *_NAMED, *(path for _, path in self.doors)})

    async def _fetch(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        raise NothingFetched

    async def _hash(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        medium, hashes = await self._uploaded(scope, body, sender)
        return 200, {name: _hash_of(name, hashes) for name in _wanted(query(scope), medium)}

    async def _lookup_file(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        """By type of signal and bank; a type that was not asked for, but by which the very file is known, is there as well."""
        medium, hashes = await self._uploaded(scope, body, sender)
        names = {kind: name for name, kind in reversed(KINDS.items())}
        told: dict[str, dict[str, object]] = {name: {} for name in _wanted(query(scope), medium)}
        lists = _named(await self._desk.lists_of(sender), query(scope))
        found = lists.look_up(hashes.identifiers())
        for kind in (Kind.PDQ, Kind.MD5, Kind.SHA1, Kind.SHA256):
            if banks := by_bank(one for one in found if one[1].kind is kind):
                told[names[kind]] = banks
        return 200, _less_misses(told, lists)

    async def _lookup(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        if "url" in query(scope):
            raise NothingFetched
        return 200, await self._by_hash(scope, sender)

    async def _raw_lookup(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        asked = query(scope)
        matches = [match for bank in (await self._by_hash(scope, sender)).values() for match in bank]
        if asked.get("include_distance", "").lower() in {"true", "1"}:
            return 200, {"matches": matches}
        return 200, {"matches": [match["bank_content_id"] for match in matches]}

    async def _by_hash(self, scope: Scope, sender: Sender) -> dict[str, Any]:
        self._desk.take(sender, 1)
        asked = query(scope)
        if not asked.get("signal") or not asked.get("signal_type"):
            raise LookupRefused("Either url or both signal and signal_type are required")
        lists = _named(await self._desk.lists_of(sender), asked)
        return by_bank(lists.look_up([_signal(asked["signal_type"], asked["signal"])])) or _less_misses({}, lists)

    async def _status(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        sizes, lists = await self._desk.sizes_of(sender), await self._desk.lists_of(sender)
        kinds = frozenset() if lists.unread() else lists.kinds()
        told = {name: (kind, sizes.get(kind, (0, -1))) for name, kind in _asked_types(scope).items()}
        return 200, {name: {"present": kind in kinds, "size": size, "built_to": at} for name, (kind, (size, at)) in told.items()}

    async def _index(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        sizes, behind = await self._desk.sizes_of(sender), bool((await self._desk.lists_of(sender)).behind())
        told = {name: sizes.get(kind, (0, -1)) for name, kind in _asked_types(scope).items()}
        return 200, {
            name: {"db_size": size, "index_size": size, "index_out_of_date": behind, "newest_db_item": at, "index_built_to": at}
            for name, (size, at) in told.items()
        }

    async def _compare(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        return 200, compared(body)

    async def _banks(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        return 200, [_bank_of(listed) for listed in (await self._desk.lists_of(sender)).asked]

    async def _bank(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        name, number = _BANK.fullmatch(scope["path"]).groups()  # type: ignore[union-attr]
        listed = next((one for one in (await self._desk.lists_of(sender)).asked if one.name == unquote(name)), None)
        if listed is None:
            raise NoSuchBank(f"bank '{name}' not found")
        if number is None:
            return 200, _bank_of(listed)
        if not await self._desk.aside(lambda: queries.has_entry(listed, int(number))):
            raise NoSuchBank(f"content '{number}' not found")
        return 200, {"id": int(number), "disable_until_ts": 1, "collab_metadata": {}, "original_media_uri": None, "bank": _bank_of(listed)}

    async def _signal_types(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        return 200, [{"name": name, "enabled_ratio": 1.0} for name in KINDS]

    async def _content_types(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        return 200, [{"name": name, "enabled": True} for name in _HASHED_BY]

    async def _exchanges(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        lists = (await self._desk.lists_of(sender)).asked
        return 200, await self._desk.aside(lambda: exchanges.names(lists))

    async def _exchange(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        name, of_status = _EXCHANGE.fullmatch(scope["path"]).groups()  # type: ignore[union-attr]
        lists, named = (await self._desk.lists_of(sender)).asked, unquote(name)
        reading = partial(exchanges.status, lists, named, now=self._desk.now()) if of_status else partial(exchanges.exchange, lists, named)
        found = await self._desk.aside(reading)
        if found is None:
            raise NoSuchBank(f"Exchange '{named}' not found")
        return 200, found

    async def _apis(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        return 200, [*exchanges.APIS.values()]

    async def _api(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        name, lists = unquote(_API.fullmatch(scope["path"])[1]), (await self._desk.lists_of(sender)).asked  # type: ignore[index]
        found = await self._desk.aside(lambda: exchanges.api(lists, name))
        if found is None:
            raise LookupRefused(f"no such Exchange API '{name}'")
        return 200, found

    async def _refuse(self, scope: Scope, body: bytes, sender: Sender) -> Answer:
        if scope["method"] == "GET" and not _CHANGES.fullmatch(scope["path"]):
            raise NoSuchBank(f"There is nothing at {scope['path']}; /site-map names what there is.")
        raise PeopleChangeLists

    async def _uploaded(self, scope: Scope, body: bytes, sender: Sender) -> tuple[str, FileHashes]:
        self._desk.take(sender, 1)
        medium, data = uploaded(header(scope["headers"], b"content-type"), body)
        _wanted(query(scope), medium)
        return medium, await self._desk.hashes_of(sender, data)


def query(scope: Scope) -> dict[str, str]:
    """What stands behind the question mark, the last of each name."""
    return {name: values[-1] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}


def uploaded(content_type: bytes, body: bytes) -> tuple[str, bytes]:
    """The type of content and the bytes of the one file in a form (RFC 7578); raises LookupRefused."""
    boundary = _BOUNDARY.search(content_type)
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary[1])[1:] if boundary and content_type.lower().startswith(b"multipart/form-data") else []
    split = (part.partition(b"\r\n\r\n") for part in parts)
    files = [(found[1].decode("latin-1"), data) for head, _, data in split if (found := _FIELD.search(head))]
    if not files:
        raise LookupRefused("Missing multipart/form-data file upload")
    if len(files) > 1:
        raise LookupRefused("Only one file allowed per request")
    if files[0][0] not in _HASHED_BY:
        raise LookupRefused(f"no such content_type: '{files[0][0]}'")
    return files[0]


def by_bank(found: Iterable[Found]) -> dict[str, Any]:
    """Bank → its contents that answer, nearest first, each once."""
    nearest: dict[tuple[str, int], int] = {}
    for listed, _, hit in sorted(found, key=lambda one: one[2].distance):
        nearest.setdefault((listed.name, hit.ref), hit.distance)
    told: dict[str, Any] = {}
    for (name, ref), distance in nearest.items():
        told.setdefault(name, []).append({"bank_content_id": ref, "distance": str(distance)})
    return told


def _less_misses(told: dict[str, Any], lists: Snapshot) -> dict[str, Any]:
    """`told` without what is empty only because a bank could not be asked; raises IndexBehind where nothing is left.

    These answers have no other place to say that a bank is still being read in, and `{}` means to a client that nothing is known.
    """
    unread = [listed.name for listed in lists.unread()]
    told = {name: found for name, found in told.items() if found or not unread}
    if unread and not told:
        raise IndexBehind.of(unread)
    return told


def _named(lists: Snapshot, asked: Mapping[str, str]) -> Snapshot:
    """Those of `lists` that `asked` names as the `banks` to look in, or all."""
    if not asked.get("banks"):
        return lists
    names = asked["banks"].split(",")
    return replace(lists, asked=[listed for listed in lists.asked if listed.name in names])


def compared(body: bytes) -> dict[str, object]:
    """Type of signal → whether its two values match, and how far apart they are; raises LookupRefused."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as wrong:
        raise LookupRefused("Request input was not a dict") from wrong
    if not isinstance(given, dict):
        raise LookupRefused("Request input was not a dict")
    return {name: _comparison(name, pair) for name, pair in given.items()}


def _comparison(name: str, pair: object) -> object:
    if not isinstance(pair, list):
        raise LookupRefused(f"Comparison hashes for {name} was not a list")
    if len(pair) != 2 or not all(isinstance(one, str) for one in pair):
        raise LookupRefused("Comparison hash list length must be exactly 2")
    left, right = (_signal(name, one) for one in pair)
    if left.kind is not Kind.PDQ:
        return [left.value == right.value, {}]
    distance = (int(left.value, 16) ^ int(right.value, 16)).bit_count()
    return [distance <= MAX_DISTANCE, {"distance": distance}]


def _signal(name: str, value: str) -> Identifier:
    if name not in KINDS:
        raise LookupRefused(f"No such SignalType '{name}'")
    try:
        return normalise(KINDS[name], value)
    except NotAnIdentifier as wrong:
        raise LookupRefused(f"invalid signal: {wrong.detail or wrong.remedy}") from wrong


def _asked_types(scope: Scope) -> Mapping[str, Kind]:
    only = query(scope).get("signal_type")
    if only is None:
        return KINDS
    if only not in KINDS:
        raise LookupRefused(f"No such signal type '{only}'")
    return {only: KINDS[only]}


def _wanted(asked: Mapping[str, str], medium: str) -> list[str]:
    """The types of signal of a file of this medium, or those of them that `types` names; raises LookupRefused."""
    wanted = [name for part in asked.get("types", _HASHED_BY[medium]).split(",") if (name := part.strip())]
    if unknown := [name for name in wanted if name != _HASHED_BY[medium]]:
        raise LookupRefused(f"signal type '{unknown[0]}' doesn't exist or is disabled")
    return wanted


def _hash_of(name: str, hashes: FileHashes) -> str:
    """The value; empty for a picture that is too plain, as there. Raises LookupRefused for one that cannot be read."""
    if name != "pdq":
        return hashes.digests.md5
    if isinstance(hashes, VideoHashes) or hashes.seen.state is State.UNRENDERABLE:
        raise LookupRefused(f"The file could not be read as a picture ({hashes.seen.why}).")
    return hashes.seen.hashes[:32].hex() if hashes.seen.state is State.HASHED else ""


def _bank_of(listed: HashList) -> dict[str, object]:
    return {"name": listed.name, "matching_enabled_ratio": 1.0}
