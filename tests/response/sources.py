"""Sources of lists that answer as the real ones do: their state changes, they page, they break off on demand. All hashes are drawn."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from tests.support.list_server import Asked, Reply

NAMESPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
DIGITS = {"md5": 32, "sha1": 40, "sha256": 64, "pdq": 64}


def drawn(seed: object, kind: str = "md5") -> str:
    """A hash of that kind, always the same for the same number."""
    return hashlib.shake_256(f"{kind}{seed}".encode()).hexdigest(DIGITS[kind] // 2)


@dataclass
class Ncmec:
    """Entries by (member, id): when they changed (seconds), image or video, class, fingerprints; None for what was deleted."""

    size: int = 2
    entries: dict[tuple[int, str], tuple[int, str, str, dict[str, str] | None]] = field(default_factory=dict)
    broken: str = ""

    def __call__(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != "Basic bmFtZTp3b3Jk":
            return Reply(status=401)
        assert asked.path == "/hashsharing/v2/entries"
        if "from" not in asked.query:
            return Reply(status=404)
        begin, end = (int(datetime.strptime(asked.query[name], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()) for name in ("from", "to"))
        # Not in the order of time, as the real one.
        held = sorted(((key, one) for key, one in self.entries.items() if begin <= one[0] <= end), key=lambda pair: drawn(pair[0]))
        start = int(asked.query.get("start", 0))
        more = f"/v2/entries?from={asked.query['from']}&to={asked.query['to']}&start={start + self.size}&size={self.size}&max={len(held)}"
        return Reply(self.document(held[start : start + self.size], more if start + self.size < len(held) else "").encode())

    def document(self, held: Iterable[tuple[tuple[int, str], tuple[int, str, str, dict[str, str] | None]]], more: str) -> str:
        groups: dict[str, list[str]] = {"images": [], "videos": []}
        last = 0
        for (member, name), (at, kind, grade, prints) in held:
            last = max(last, at)
            inner = "".join(f"<{tag}>{text}</{tag}>" for tag, text in (prints or {}).items())
            tag = kind if prints is not None else f"deleted{kind.title()}"
            rest = f"<classification>{grade}</classification><fingerprints>{inner}</fingerprints>" if prints is not None else ""
            groups[f"{kind}s"].append(f'<{tag}><member id="{member}">M</member><timestamp>x</timestamp><id>{name}</id>{rest}</{tag}>')
        when = datetime.fromtimestamp(last, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        inside = "".join(f'<{tag} count="{len(rows)}" maxTimestamp="{when}">{"".join(rows)}</{tag}>' for tag, rows in groups.items() if rows)
        return (
            f'<queryResult xmlns="{NAMESPACE}">{inside}{self.broken}{f"<paging><next>{escape(more)}</next></paging>" if more else ""}</queryResult>'
        )


@dataclass
class StopNcii:
    """Records by (type, hash): when they changed and their status."""

    size: int = 2
    records: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    more: list[object] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Reply:
        if (asked.headers.get("x-functions-key"), asked.headers.get("ocp-apim-subscription-key")) != ("name", "word"):
            return Reply(status=401)
        assert asked.path == "/v1/FetchHashes"
        since = int(asked.query["startTimestamp"])
        held = [self.record(*key, *one) for key, one in self.records.items() if one[0] > since] + self.more
        start = int(asked.query.get("nextPageToken", "page-0").removeprefix("page-"))
        more = start + self.size < len(held)
        last = max((at for at, _ in self.records.values()), default=since)
        answer = {
            "count": len(held),
            "nextPageToken": f"page-{start + self.size}" if more else None,
            "nextSetTimestamp": last,
            "hasMoreRecords": more,
        }
        return Reply(json.dumps({**answer, "hashRecords": held[start : start + self.size]}).encode())

    def record(self, kind: str, value: str, at: int, status: str) -> dict[str, object]:
        return {"lastModtimestamp": at, "signalType": kind, "hashValue": value, "hashStatus": status, "caseNumbers": [], "CSPFeedbacks": []}


@dataclass
class Graph:
    """Updates by (type, indicator): when, and what members think (status, tags); None for what was deleted."""

    size: int = 2
    updates: dict[tuple[str, str], tuple[int, list[tuple[str, list[str]]] | None]] = field(default_factory=dict)
    more: list[object] = field(default_factory=list)
    base: Callable[[], str] = lambda: ""

    def __call__(self, asked: Asked) -> Reply:
        if asked.query.get("access_token") != TOKEN:
            return Reply(status=401)
        assert asked.path.rstrip("/") == "/v26.0/4711/threat_updates"
        since = int(asked.query.get("start_time", 0))
        every = sorted(self.updates.items(), key=lambda pair: pair[1][0])
        held = [self.update(number, *key, *one) for number, (key, one) in enumerate(every) if one[0] >= since] + self.more
        start = int(asked.query.get("after", 0))
        answer: dict[str, object] = {"data": held[start : start + self.size]}
        if start + self.size < len(held):
            url = f"{self.base()}/v26.0/4711/threat_updates?access_token={TOKEN.replace('|', '%7C')}&start_time={since}&after={start + self.size}"
            answer["paging"] = {"next": url}
        return Reply(json.dumps(answer).encode())

    def update(self, number: int, kind: str, value: str, at: int, told: list[tuple[str, list[str]]] | None) -> dict[str, object]:
        base = {"id": str(number), "indicator": value, "type": kind, "last_updated": at, "should_delete": told is None}
        if told is None:
            return base
        data = [
            {"id": str(10 * number + nr), "owner": {"id": str(100 + nr)}, "status": status, "tags": tags} for nr, (status, tags) in enumerate(told)
        ]
        return {**base, "descriptors": {"data": data}}


TOKEN = "12345678|" + "abcdefghij" * 3
