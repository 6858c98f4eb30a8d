"""StopNCII, v1: intimate images of adults, as their own hashes, in JSON behind two keys.

A set of pages is read from its beginning to its end; only then the mark moves on, to the time that the source gives for the next set. Source
of the format: the client of the library `threatexchange` 1.2.17. It is not used: it never takes back what was withdrawn, and it writes records
that it cannot read into the log.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from cairndesk.response.adapters.lists.documents import key_of, read_json
from cairndesk.response.adapters.lists.reach import Reach
from cairndesk.response.errors import AnswerUnreadable, CredentialsRefused
from cairndesk.signals.engine.fetched import Listed, Page, Reading
from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.rules import Source

_KINDS = {"ImagePDQ": Kind.PDQ, "VideoMD5": Kind.MD5, "URL": Kind.URL}
_ACTIVE = "Active"
_FIRST, _RECORDS = 10, 800
# After thirty days without a fetch the library reads everything anew; so do we, for what was taken back may be told no more.
_TOO_OLD = 30 * 24 * 3600


def pages(source: Source, reach: Reach, checkpoint: dict[str, Any] | None, now: int) -> Iterator[Page]:
    """What has changed since `checkpoint`: `{"since": the source's time, "at": when it was read, in seconds}`."""
    headers, base = _keys(reach.secret(source.credentials)), source.address.rstrip("/")
    web = reach.web(base)
    starts_over = checkpoint is not None and now - checkpoint["at"] > _TOO_OLD
    since = _FIRST if checkpoint is None or starts_over else int(checkpoint["since"])
    seen, token = set[str](), ""
    while True:
        asked = {"startTimestamp": since, "pageSize": _RECORDS, **({"nextPageToken": token} if token else {})}
        into = BytesIO()
        web.get(f"{base}/FetchHashes?{urlencode(asked)}", headers, into)
        records, more, token, following = _shape(read_json(into.getvalue()))
        # Until the set is complete, a fetch that dies begins it anew.
        yield _page(records, {"since": since if more else following, "at": now}, starts_over=starts_over)
        if not more:
            return
        if not token.isprintable() or not token or token in seen:
            raise AnswerUnreadable("the source says that there is more, and not where")
        seen.add(token)
        starts_over = False


def _keys(secret: str) -> dict[str, str]:
    function, _, subscription = secret.partition(",")
    if not function or not subscription:
        raise CredentialsRefused("the file of credentials does not hold function key,subscription key")
    return {"x-functions-key": function.strip(), "Ocp-Apim-Subscription-Key": subscription.strip()}


def _shape(answer: dict[str, Any]) -> tuple[list[Any], bool, str, int]:
    """Its records, whether there are more, by which word, and the time for the next set. Raises AnswerUnreadable."""
    records, more, following = answer.get("hashRecords"), answer.get("hasMoreRecords"), answer.get("nextSetTimestamp")
    if not isinstance(records, list) or not isinstance(more, bool) or not isinstance(following, int):
        raise AnswerUnreadable("the answer lacks hashRecords, hasMoreRecords or nextSetTimestamp")
    return records, more, str(answer.get("nextPageToken") or ""), following


def _page(records: list[Any], mark: dict[str, Any], *, starts_over: bool) -> Page:
    found: dict[str, tuple[Listed, ...]] = {}
    refused = 0
    for record in records:
        kind, value = (record.get("signalType"), record.get("hashValue")) if isinstance(record, dict) else (None, None)
        if not isinstance(kind, str) or not isinstance(value, str):
            refused += 1
            continue
        reading = Reading()
        # Only what is active is listed: what was received and not looked at is not, and what was withdrawn no more.
        if record.get("hashStatus") == _ACTIVE:
            reading.add(_KINDS.get(kind), kind, value)
        found[key_of(kind, value)] = reading.values()
        refused += reading.refused
    return Page(found, mark, refused=refused, starts_over=starts_over)
