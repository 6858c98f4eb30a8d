"""Lists for partners: an interface in the shape of NCMEC hash sharing, and a file in the shape that `threatexchange` reads.

The key goes into the password of HTTP Basic, or behind Bearer. Only lists whose papers allow it are here, and the log says what went to whom.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import http_date, parse_http_date_safe
from ninja import Router, Schema

from cairndesk.accounts.queries import Sender
from cairndesk.exchange import actions, errors
from cairndesk.exchange.formats import hash_sharing, signal_file
from cairndesk.exchange.formats.hash_sharing import Entry, Medium, Member
from cairndesk.lib import clock
from cairndesk.lib.bucket import Bucket
from cairndesk.signals import giving
from cairndesk.signals.actions import receive_opinion
from cairndesk.signals.engine import blocking
from cairndesk.signals.engine.blocking import BlockList
from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.models import HashList
from cairndesk.signals.rules import DISPUTES, Reason

router = Router(tags=["lists"])
# What the format has a place for. Of a digest nobody knows whether the file is a picture or a video, so it is given as both.
_MEDIA = {Kind.PDQ: (Medium.IMAGE,), Kind.MD5: (Medium.IMAGE, Medium.VIDEO), Kind.SHA1: (Medium.IMAGE, Medium.VIDEO)}
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_HELD = 1000
_buckets: dict[UUID, Bucket] = {}


class ListOut(Schema):
    """A list that this key may fetch; the addresses are below that of the desk."""

    id: UUID
    name: str
    owner: str
    terms: str
    version: int
    ncmec: str
    file: str
    blocklist: str


@dataclass(frozen=True, slots=True)
class _Page:
    since: datetime
    until: datetime
    start: int
    last: int | None


@router.get("", response=list[ListOut], summary="Which lists may be fetched")
def lists(request: HttpRequest) -> list[ListOut]:
    """The lists of the desk whose papers allow that partners have them, with the terms that bind whoever fetches."""
    sender, now = _sender(request), clock.now()
    return [_out(listed) for listed in giving.shared_lists(organisation=sender.organisation.id, now=now)]


@router.get("/{uuid:list_id}/ncmec/v2/status", summary="NCMEC hash sharing: who asks")
def status(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """The name behind the key."""
    sender, _ = _asked(request, list_id)
    return _xml(hash_sharing.status(user=sender.name, member=Member(sender.name)))


@router.get("/{uuid:list_id}/ncmec/v2/members", summary="NCMEC hash sharing: whose entries")
def members(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """The owner of the list."""
    _, listed = _asked(request, list_id)
    return _xml(hash_sharing.members([Member(listed.owner)]))


@router.get("/{uuid:list_id}/ncmec/v2/categorizations", summary="NCMEC hash sharing: classifications")
def categorizations(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """A1 to B2, which an entry bears where its owner gave one."""
    _asked(request, list_id)
    return _xml(hash_sharing.categorizations())


@router.get("/{uuid:list_id}/ncmec/v2/feedback/{fingerprint}/reasons", summary="NCMEC hash sharing: reasons for feedback")
def reasons(request: HttpRequest, list_id: UUID, fingerprint: str) -> HttpResponse:
    """Those of which one has to be given by whoever calls an entry wrong, the same for every kind."""
    _asked(request, list_id)
    return _xml(hash_sharing.reasons({code.value: words for code, words in DISPUTES.items()}))


@router.put("/{uuid:list_id}/ncmec/v2/entries/{member}/{entry}/{fingerprint}/feedback", summary="NCMEC hash sharing: an entry is right, or wrong")
def feedback(request: HttpRequest, list_id: UUID, member: str, entry: str, fingerprint: str) -> HttpResponse:
    """It is kept beside the entry for the people who govern the list, and nothing follows by itself. The last word of each key counts."""
    sender, listed = _asked(request, list_id)
    try:
        code = hash_sharing.read_feedback(request.body, DISPUTES)
        number, kind = int(entry.partition("-")[0]), Kind(fingerprint.lower())
    except (ValueError, KeyError) as wrong:
        raise errors.FeedbackRefused from wrong
    if kind not in _MEDIA:
        raise errors.FeedbackRefused
    receive_opinion(listed=listed, entry=number, kind=kind, reason=Reason(code) if code else None, by=sender.actor, now=clock.now())
    return HttpResponse(status=204)


@router.get(
    "/{uuid:list_id}/ncmec/v2/entries",
    summary="NCMEC hash sharing: entries that came or went",
    openapi_extra={
        "parameters": [
            {"in": "query", "name": name, "schema": {"type": "string"}, "description": text}
            for name, text in {"from": "ISO 8601, included", "to": "ISO 8601, not included", "start": "only as `next` gives it",
                               "max": "only as `next` gives it"}.items()
        ]
    },
)  # fmt: skip
def entries(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """A thousand entries a page, in no order of time; `paging/next` leads on, and stays valid. What is gone comes as deletedImage or deletedVideo."""
    sender, listed = _asked(request, list_id)
    now = clock.now()
    asked = _page(request, now)
    span = giving.changed_between(listed, asked.since, asked.until, kinds=list(_MEDIA), start=asked.start, last=asked.last, size=hash_sharing.PAGE)
    if span.entries:
        gone = sum(one.is_gone for one in span.entries)
        actions.record_given(listed=listed, given=len(span.entries) - gone, gone=gone, span=(asked.since, asked.until), by=sender.actor, now=now)
    following = hash_sharing.next_page(asked.since, asked.until, span.next, span.last) if span.next else ""
    page = list(chain.from_iterable(_entries(listed, one) for one in span.entries))
    return _xml(hash_sharing.entries(page, following=following))


@router.get("/{uuid:list_id}/signals.txt", summary="The whole list as a file that `threatexchange` reads")
def signals(request: HttpRequest, list_id: UUID) -> HttpResponseBase:
    """One `type value` a line. It costs nothing where nothing changed: send back the ETag as If-None-Match, or the time as If-Modified-Since."""
    sender, listed = _asked(request, list_id)
    first, last = giving.first_and_last(listed)
    kept = {"ETag": f'"{listed.pk.hex}-{listed.version}"', "Last-Modified": http_date(last.timestamp())}
    if _is_held(request, kept["ETag"], last):
        return HttpResponseNotModified(headers=kept)
    count = giving.size(listed)
    actions.record_given(listed=listed, given=count, gone=0, span=(first, last), by=sender.actor, now=clock.now())
    return StreamingHttpResponse(_lines(listed), content_type=signal_file.CONTENT_TYPE, headers=kept)


@router.get("/{uuid:list_id}/blocklist.txt", summary="Exact addresses to be blocked, one a line")
def blocked_text(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """Of our own list alone: each address as a whole, for a time. Fetch it at least once a day; the ETag changes with what is in it."""
    return _blocked(request, list_id, blocking.as_text, "text/plain; charset=utf-8")


@router.get("/{uuid:list_id}/blocklist.jsonl", summary="Exact addresses to be blocked, an object a line")
def blocked_json(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """The same with the day on which each entry ends; the first line says what the file is."""
    return _blocked(request, list_id, blocking.as_json_lines, "application/jsonl; charset=utf-8")


def _blocked(request: HttpRequest, list_id: UUID, form: Callable[[BlockList], bytes], content_type: str) -> HttpResponse:
    sender, now = _sender(request), clock.now()
    listed, given = giving.shared_blocks(organisation=sender.organisation.id, list_id=list_id, now=now)
    kept = {"ETag": f'"{given.version}"'}
    if kept["ETag"] in request.headers.get("If-None-Match", ""):
        return HttpResponseNotModified(headers=kept)
    actions.record_given(listed=listed, given=len(given.entries), gone=0, span=giving.first_and_last(listed), by=sender.actor, now=now)
    return HttpResponse(form(given), content_type=content_type, headers=kept)


async def _lines(listed: HashList) -> AsyncIterator[bytes]:
    batches = giving.every_value(listed)
    while batch := await sync_to_async(lambda: next(batches, []))():
        yield signal_file.lines(batch)


def _asked(request: HttpRequest, list_id: UUID) -> tuple[Sender, HashList]:
    sender = _sender(request)
    return sender, giving.shared_list(organisation=sender.organisation.id, list_id=list_id, now=clock.now())


def _sender(request: HttpRequest) -> Sender:
    """Whose key this is, if it may fetch lists; raises KeyFetchesNoLists, TooManyPages."""
    sender: Sender = request.sender  # type: ignore[attr-defined]
    if not sender.may_read_lists:
        raise errors.KeyFetchesNoLists
    if len(_buckets) >= _MOST_HELD:
        _buckets.clear()
    rate = settings.CAIRNDESK.desk.list_pages_a_second
    if _buckets.setdefault(sender.key, Bucket(rate, rate)).take():
        raise errors.TooManyPages
    actions.require_list_sharing(sender, now=clock.now())
    return sender


def _page(request: HttpRequest, now: datetime) -> _Page:
    given = request.GET
    try:
        since = hash_sharing.parse_time(given["from"]) if given.get("from") else _BEGINNING
        until = hash_sharing.parse_time(given["to"]) if given.get("to") else now
        asked = _Page(since, until, int(given.get("start", 0)), int(given["max"]) if "max" in given else None)
    except ValueError as wrong:
        raise errors.SpanRefused from wrong
    if until > now:
        # Whoever believes to have seen that time would never ask for what will come until then.
        raise errors.SpanRefused("`to` lies in the future. Is the clock right, and is the time in UTC?")
    return asked


def _entries(listed: HashList, one: giving.Changed) -> Iterator[Entry]:
    label = one.label if one.label in hash_sharing.CLASSIFICATIONS else ""
    for medium in _MEDIA[one.kind]:
        # The same number for both would be one entry to those who keep them by number.
        number = str(one.id) if medium is _MEDIA[one.kind][0] else f"{one.id}-{medium}"
        prints = {} if one.is_gone else {one.kind.value: one.value}
        yield Entry(number, medium, Member(listed.owner), one.at, prints, label, one.is_gone)


def _is_held(request: HttpRequest, tag: str, changed: datetime) -> bool:
    """Whether whoever asks has this version; a tag counts before a time (RFC 9110)."""
    if tags := request.headers.get("If-None-Match"):
        return "*" in tags or tag in tags
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and int(changed.timestamp()) <= since


def _out(listed: HashList) -> ListOut:
    at = f"/api/v1/lists/{listed.pk}"
    blocked = f"{at}/blocklist.txt" if listed.is_own else ""
    return ListOut(id=listed.pk, name=listed.name, owner=listed.owner, terms=listed.terms, version=listed.version, ncmec=f"{at}/ncmec",
                   file=f"{at}/signals.txt", blocklist=blocked)  # fmt: skip


def _xml(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type="application/xml; charset=utf-8")
