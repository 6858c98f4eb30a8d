"""Hash sharing of NCMEC, v2: XML behind a name and a password. All fingerprints are taken, which the library's own conversion does not do.

Entries do not come in the order of time, so that the mark moves on only when a whole window was read; within one, a page link is kept, which
the source honours for about twelve hours. Source of the format: NCMEC's documentation of v2 as the library `threatexchange` 1.2.17 reads it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cairndesk.response.adapters.lists.documents import key_of, read_xml
from cairndesk.response.adapters.lists.library import client_of, session_over, understood
from cairndesk.response.adapters.lists.reach import Reach
from cairndesk.response.adapters.web import Web
from cairndesk.response.errors import AnswerUnreadable, CredentialsRefused, FetchRefused
from cairndesk.signals.engine.fetched import Page, Reading
from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.rules import Source

_KINDS = {"md5": Kind.MD5, "sha1": Kind.SHA1, "pdq": Kind.PDQ}
_TIME = "%Y-%m-%dT%H:%M:%SZ"
# The library takes a page link for good that long, and asks of a window that ends before its own.
_LINK_SECONDS, _MARGIN = 12 * 3600, 5


def pages(source: Source, reach: Reach, checkpoint: dict[str, Any] | None, now: int) -> Iterator[Page]:
    """What has changed since `checkpoint`: `{"to": seconds}`, in the middle of a window also its link, its end, and when that was given."""
    exchange, hashes = client_of("impl.ncmec_api"), client_of("clients.ncmec.hash_api")
    name, _, word = reach.secret(source.credentials).partition(":")
    if not name or not word:
        raise CredentialsRefused(f"the file of credentials {source.credentials} does not hold name:password")
    client = _client(hashes, reach.web(source.address), source.address.rstrip("/"), name, word)
    api = exchange.NCMECSignalExchangeAPI(exchange.NCMECCollabConfig(name="list", environment=None), name, word)
    api.get_client = lambda _: client
    mark, began = _their_mark(exchange, checkpoint, now), False
    try:
        with understood():
            for delta in api.fetch_iter([], mark):
                began = True
                yield _page(client, delta)
    except (FetchRefused, AnswerUnreadable):
        if began or mark is None or mark.paging_info is None:
            raise
        # The source honours its link no more: the window is read from its beginning.
        yield from pages(source, reach, {"to": mark.get_entries_max_ts}, now)


def _page(client: Any, delta: Any) -> Page:
    read = [(key_of(str(entry.member_id), entry.id), _values(entry)) for entry in delta.updates.values()]
    refused, client.refused = client.refused + sum(one.refused for _, one in read), 0
    return Page({key: one.values() for key, one in read}, _our_mark(delta.checkpoint), refused=refused)


def _values(entry: Any) -> Reading:
    reading = Reading(entry.classification or "")
    for name, text in {} if entry.deleted else entry.fingerprints.items():
        reading.add(_KINDS.get(name.lower()), name, text)
    return reading


def _their_mark(exchange: Any, mark: dict[str, Any] | None, now: int) -> Any:
    if mark is None:
        return None
    with_link = "link" in mark and now - mark["given"] <= _LINK_SECONDS and mark["end"] < now - _MARGIN
    link = exchange._NCMECPagingInfo(mark["link"], mark["end"], mark["given"]) if with_link else None  # noqa: SLF001 - its only way to go on
    return exchange.NCMECCheckpoint(mark["to"], link)


def _our_mark(checkpoint: Any) -> dict[str, Any]:
    link = checkpoint.paging_info
    within = {"link": link.paging_url, "end": link.paging_end_ts, "given": link.paging_url_ts} if link is not None else {}
    return {"to": checkpoint.get_entries_max_ts, **within}


def _client(hashes: Any, web: Web, base: str, name: str, word: str) -> Any:
    """The library's client, reading through `web` from `base`; `refused` counts entries that it could not read."""

    class Client(hashes.NCMECHashAPI):  # type: ignore[misc] # the library may not be here
        def __init__(self) -> None:
            self.username, self.password, self._base_url = name, word, base
            self.refused, self._links = 0, set[str]()

        def _get_session(self) -> Any:
            session = session_over(web)
            session.auth = (self.username, self.password)
            return session

        def get_entries(self, *, start_timestamp: int = 0, end_timestamp: int = 0, next_: str = "") -> Any:
            # The library's own would read times by the clock of the machine's zone, expand entities, and put the answer into its failure.
            window = {"from": _as_text(start_timestamp), "to": _as_text(end_timestamp)}
            # Each window begins without a link.
            self._links = {*self._links, next_} if next_ else set()
            url = f"{base}{next_}" if next_ else f"{base}/{self.VERSION}/entries"
            with self._get_session() as session:
                root = read_xml(session.get(url, params={} if next_ else window).content)
            self.refused += _leave_out(hashes, root)
            answer = hashes.GetEntriesResponse.from_xml(hashes._XMLWrapper(root), end_timestamp)  # noqa: SLF001 - its parser has no other door
            # Looked at before it is kept: what was kept is where the next fetch begins.
            if answer.next and (not answer.next.startswith("/") or answer.next in self._links):
                raise AnswerUnreadable("the source names a page that cannot be one of its own")
            return answer

    return Client()


def _leave_out(hashes: Any, root: Any) -> int:
    """Take out of an answer the entries that cannot be read, which else would spoil it; returns how many."""
    if root.tag != "queryResult":
        raise AnswerUnreadable("the answer is no query result")
    refused = 0
    for group in (*root.findall("images"), *root.findall("videos")):
        for entry in list(group):
            try:
                hashes.NCMECEntryUpdate.from_xml(hashes._XMLWrapper(entry))  # noqa: SLF001 - the same
            except Exception:  # noqa: BLE001 - the library fails in many ways; each means that this entry is not one
                group.remove(entry)
                refused += 1
    return refused


def _as_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(_TIME)
