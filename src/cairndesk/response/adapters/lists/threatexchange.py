"""ThreatExchange of Meta: the updates of one privacy group, as JSON of the Graph interface.

What members think of an entry is read and weighed by the library `threatexchange` 1.2.17: an entry that all who spoke call NON_MALICIOUS matches
nothing; one that some do carries `disputed` in its label. Deletions are told for about ninety days; after eighty-five without a fetch the
library calls a mark too old, and everything is read anew.
"""

from collections.abc import Iterator
from typing import Any

from cairndesk.response.adapters.lists.documents import key_of, read_json
from cairndesk.response.adapters.lists.library import client_of, session_over, understood
from cairndesk.response.adapters.lists.reach import Reach
from cairndesk.response.adapters.web import Web
from cairndesk.response.errors import AnswerUnreadable, CredentialsRefused
from cairndesk.signals.engine.fetched import Listed, Page, Reading
from cairndesk.signals.engine.lists import SIGNAL_TYPES
from cairndesk.signals.rules import Source


def pages(source: Source, reach: Reach, checkpoint: dict[str, Any] | None, now: int) -> Iterator[Page]:
    """What has changed since `checkpoint`: `{"since": the source's time, "at": when it was read, in seconds}`."""
    exchange, graph = client_of("impl.fb_threatexchange_api"), client_of("clients.fb_threatexchange.api")
    token = reach.secret(source.credentials)
    if not graph.is_valid_app_token(token):
        raise CredentialsRefused(f"the file of credentials {source.credentials} does not hold app number|secret")
    client = _client(graph, reach.web(source.address), source.address.rstrip("/"), token)
    mark = exchange.FBThreatExchangeCheckpoint(checkpoint["since"], checkpoint["at"]) if checkpoint else None
    starts_over = mark is not None and mark.is_stale()
    collaboration = exchange.FBThreatExchangeCollabConfig(name="list", privacy_group=int(source.collection))
    api = exchange.FBThreatExchangeSignalExchangeAPI(client, collaboration)
    reached = 0 if mark is None or starts_over else mark.update_time
    with understood():
        for delta in api.fetch_iter([], None if starts_over else mark):
            reached = delta.checkpoint.update_time
            yield _page(delta.updates, {"since": reached, "at": now}, refused=client.take_refused(), starts_over=starts_over)
            starts_over = False
    # Also a fetch that brings nothing says that we have not fallen behind.
    yield Page({}, {"since": reached, "at": now}, refused=client.take_refused(), starts_over=starts_over)


def _page(updates: dict[tuple[str, str], Any], mark: dict[str, Any], *, refused: int, starts_over: bool) -> Page:
    found: dict[str, tuple[Listed, ...]] = {}
    for (kind, value), record in updates.items():
        reading = Reading()
        opinion = record.get_as_aggregate_opinion() if record is not None else None
        if opinion is not None and opinion.category.name != "NEGATIVE_CLASS":
            disputed = ["disputed"] if opinion.category.name == "DISPUTED" else []
            reading.label = " ".join([*disputed, *sorted(opinion.tags)])
            reading.add(SIGNAL_TYPES.get(kind.lower()), kind, value)
        found[key_of(kind, value)] = reading.values()
        refused += reading.refused
    return Page(found, mark, refused=refused, starts_over=starts_over)


def _client(graph: Any, web: Web, base: str, token: str) -> Any:
    """The library's client, reading through `web` from `base`, whose own would ask any host that an answer names."""

    class Client(graph.ThreatExchangeAPI):  # type: ignore[misc] # the library may not be here
        def __init__(self) -> None:
            super().__init__(token, endpoint_override=base)
            self._refused, self._links = 0, set[str]()

        def get_json_from_url(self, url: str, params: Any = None, **_: object) -> dict[str, Any]:
            if url in self._links:
                raise AnswerUnreadable("the source names a page twice")
            self._links.add(url)
            with session_over(web) as session:
                answer = read_json(session.get(url, params=params or {}).content)
            data = answer.get("data")
            if not isinstance(data, list):
                raise AnswerUnreadable("the answer holds no data")
            answer["data"] = [update for update in data if _is_update(update)]
            self._refused += len(data) - len(answer["data"])
            return answer

        def get_threat_updates(self, *args: Any, **named: Any) -> Iterator[Any]:
            # The library takes a page without updates for a mistake of its own.
            return (batch for batch in super().get_threat_updates(*args, **named) if batch)

        def take_refused(self) -> int:
            """How many updates could not be read since this was asked last."""
            refused, self._refused = self._refused, 0
            return refused

    return Client()


def _is_update(update: Any) -> bool:
    """Whether the library can read it: what is not deleted has descriptors, each with a number, a status, and an owner with a number."""
    try:
        int(update["last_updated"])
        if not isinstance(update["indicator"], str) or not isinstance(update["type"], str) or not isinstance(update["should_delete"], bool):
            return False
        told = update["descriptors"]["data"] if "descriptors" in update and not update["should_delete"] else []
        return all(int(one["id"]) >= 0 and isinstance(one["status"], str) and int(one.get("owner", {"id": 0})["id"]) >= 0 for one in told)
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
