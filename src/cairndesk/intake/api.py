"""The machine door: platforms, trusted flaggers and authorities hand over reports and ask after their own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Header, Router, Schema, Status

from cairndesk.accounts.queries import Sender
from cairndesk.cases.actions import Named
from cairndesk.cases.rules import Stage
from cairndesk.intake import actions, errors, queries, rules
from cairndesk.lib import clock, text

router = Router(tags=["reports"])
MOST_ITEMS = 1000
HASHES = frozenset({"md5", "sha1", "sha256", "pdq"})
# Bare bytes: a form would bring a name with it.
FILE = "application/octet-stream"
# What a sender may learn of a case: that it is being worked on, not by whom or with what result for a child.
Progress = Literal["received", "in_review", "acting", "answered", "closed"]
STATUS: Mapping[Stage, Progress] = {
    Stage.RECEIVED: "received",
    Stage.QUEUED: "received",
    Stage.REVIEWING: "in_review",
    Stage.SECOND_LOOK: "in_review",
    Stage.CLASSIFIED: "in_review",
    Stage.ACTING: "acting",
    Stage.ANSWERED: "answered",
    Stage.CLOSED: "closed",
}


class ItemIn(Schema):
    """One thing the report is about."""

    model_config = {"extra": "forbid"}
    kind: Literal["url", "account", "app", "search_result", "listing", "wallet", "md5", "sha1", "sha256", "pdq"]
    value: str = Field(min_length=1, max_length=4000, description="address, account or hash (hex digits); never a file")


class ReportIn(Schema):
    """A report. One of `items`, `what` or `description` must say what it is about."""

    model_config = {"extra": "forbid"}
    happening_now: bool = Field(default=False, description="a child may be in danger at this moment")
    what: list[str] = Field(default_factory=list, max_length=20, description="situation codes, as on the public form")
    description: str = Field(default="", max_length=20000, description="what happened, in plain words; sealed on arrival")
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    items: list[ItemIn] = Field(default_factory=list, max_length=MOST_ITEMS)


class StatusOut(Schema):
    """What a sender may know of its own report."""

    id: UUID
    status: Progress
    received_at: datetime


class FileOut(Schema):
    """What became of a file. Whether a list knows it is not said: that belongs to the list's owner."""

    id: UUID
    state: Literal["hashed", "too_plain", "unrenderable"]
    new_hashes: int
    kept: bool = Field(description="whether the desk keeps the original sealed; otherwise it was dropped once it was hashed")


@router.post("/reports", response={201: StatusOut, 200: StatusOut}, summary="Hand over a report")
def post_report(
    request: HttpRequest, report: ReportIn, idempotency_key: Annotated[str, Header(min_length=8, max_length=80, alias="Idempotency-Key")]
) -> Status[StatusOut]:
    """Taken when this answers 201. The same key with the same body answers 200 and is the same report."""
    told = told_by(report)
    if not (report.items or report.happening_now or rules.is_told(told)):
        raise errors.NothingTold
    done = actions.submit_report(
        sender=_sender(request),
        idempotency_key=idempotency_key,
        body=request.body,
        told=told,
        language=report.language,
        named=[_named(item) for item in report.items],
        now=clock.now(),
    )
    return Status(201 if done.is_new else 200, _out(done.submission.report_id, done.submission.case.stage, done.submission.at))


@router.get("/reports/{uuid:report_id}", response=StatusOut, summary="Ask after a report of your own")
def get_report(request: HttpRequest, report_id: UUID) -> StatusOut:
    """How far a report of this sender has come; anybody else's answers 404."""
    found = queries.submission_of(sender=_sender(request), report=report_id)
    return _out(found.report_id, found.case.stage, found.at)


@router.post(
    "/reports/{uuid:report_id}/media",
    response={201: FileOut, 200: FileOut},
    summary="Hand over a file of your own report, where the organisation may take one",
    openapi_extra={"requestBody": {"required": True, "content": {FILE: {"schema": {"type": "string", "format": "binary"}}}}},
)
def post_media(request: HttpRequest, report_id: UUID) -> Status[FileOut]:
    """The file is hashed behind walls and its hashes join the report; then it is dropped, or kept sealed where a law lets the desk keep it.

    403 where the desk takes no media, which is the default. 503: nothing of the file was kept, send it again later.
    """
    if request.body and request.content_type != FILE:
        raise errors.NotAsAFile
    added = actions.submit_media(sender=_sender(request), report=report_id, data=request.body, now=clock.now())
    return Status(201 if added.items else 200, FileOut(id=report_id, state=added.state.value, new_hashes=len(added.items), kept=added.is_kept))


def told_by(report: ReportIn) -> rules.Answers:
    """The report in the answers of the public form, so that triage reads every channel alike."""
    told: rules.Answers = {}
    if report.happening_now:
        told["danger"] = ["happening_now"]
    known = [code for code in report.what if code in rules.QUESTIONS["what"].choices]
    if known:
        told["what"] = known
    words = text.clean(report.description).strip()
    if words:
        told["more"] = words
    return told


def _named(item: ItemIn) -> Named:
    return Named("media", item.value, hash_kind=item.kind) if item.kind in HASHES else Named(item.kind, item.value)


def _sender(request: HttpRequest) -> Sender:
    sender: Sender = request.sender  # type: ignore[attr-defined]
    return sender


def _out(report: UUID, stage: str, at: datetime) -> StatusOut:
    return StatusOut(id=report, status=STATUS[Stage(stage)], received_at=at)
