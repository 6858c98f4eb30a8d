"""The machine door: platforms, trusted flaggers and authorities hand over reports and ask after their own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Header, Router, Schema, Status
from pydantic import ValidationError

from cairndesk.accounts.queries import Sender
from cairndesk.cases.actions import Named
from cairndesk.cases.rules import Stage
from cairndesk.intake import actions, errors, queries, rules
from cairndesk.lib import clock, text
from cairndesk.lib.errors import DeskError, problem, problem_of

router = Router(tags=["reports"])
MOST_ITEMS = 1000
MOST_LINES = 200
# Of a header and of a line alike: what no header can carry would be taken at one door only.
KEY = r"^[!-~][ -~]{6,78}[!-~]$"
HASHES = frozenset({"md5", "sha1", "sha256", "pdq"})
# Bare bytes: a form would bring a name with it.
FILE = "application/octet-stream"
LINES = "application/x-ndjson"
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
    happening_now: bool = Field(default=False, description="a child may be in danger at this moment, or it is live now; somebody is called")
    what: list[str] = Field(default_factory=list, max_length=20, description="situation codes, as on the public form")
    description: str = Field(default="", max_length=20000, description="what happened, in plain words; sealed on arrival")
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    items: list[ItemIn] = Field(default_factory=list, max_length=MOST_ITEMS)
    found_by_searching: bool = Field(
        default=False, description="your own people searched for it; taken only while the desk has a legal mandate of yours on record (else 403)"
    )


class StatusOut(Schema):
    """What a sender may know of its own report."""

    id: UUID
    status: Progress
    received_at: datetime


class LineIn(Schema):
    """One line of a batch: a report, and the key under which it may be sent again."""

    model_config = {"extra": "forbid"}
    key: str = Field(
        min_length=8, max_length=80, pattern=KEY, description="as the header Idempotency-Key of a single report, and at both doors the same"
    )
    report: ReportIn


class LineOut(Schema):
    """What became of one line: the report, or why it was not taken, as a problem document (RFC 9457) whose status says whether to try again."""

    line: int = Field(description="counted from 1; empty lines count and are not answered")
    status: int = Field(description="201 taken, 200 taken before under this key; 4xx wrong, and will stay so; 503 not taken, send it again")
    report: StatusOut | None = None
    problem: dict[str, Any] | None = None


class BatchOut(Schema):
    """The answer to a batch, in the order of its lines."""

    taken: int
    taken_before: int
    refused: int
    lines: list[LineOut]


class FileOut(Schema):
    """What became of a file. Whether a list knows it is not said: that belongs to the list's owner."""

    id: UUID
    state: Literal["hashed", "too_plain", "unrenderable"]
    new_hashes: int
    kept: bool = Field(description="whether the desk keeps the original sealed; otherwise it was dropped once it was hashed")


@router.post("/reports", response={201: StatusOut, 200: StatusOut}, summary="Hand over a report")
def post_report(
    request: HttpRequest, report: ReportIn, idempotency_key: Annotated[str, Header(min_length=8, max_length=80, pattern=KEY, alias="Idempotency-Key")]
) -> Status[StatusOut]:
    """Taken when this answers 201. The same key with the same body answers 200 and is the same report."""
    return Status(*_taken(_sender(request), report, idempotency_key))


@router.post(
    "/reports/batch",
    response=BatchOut,
    summary="Hand over many reports at once, one a line",
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": f"JSON lines, each as the schema `LineIn`; at most {MOST_LINES}",
            "content": {LINES: {"schema": LineIn.model_json_schema(ref_template="#/components/schemas/{model}")}},
        }
    },
)
def post_batch(request: HttpRequest) -> BatchOut:
    """Each line is taken or refused by itself: one that is wrong holds up no other. Where no answer comes, send the same lines again."""
    if request.content_type != LINES:
        raise errors.NotAsLines
    lines = [(place, line.strip()) for place, line in enumerate(request.body.split(b"\n"), 1) if line.strip()]
    if len(lines) > MOST_LINES:
        raise errors.TooManyLines(f"There are {len(lines)} reports; a batch has at most {MOST_LINES}.")
    answers = [_of_line(_sender(request), place, line) for place, line in lines]
    taken, before = (sum(one.status == status for one in answers) for status in (201, 200))
    return BatchOut(taken=taken, taken_before=before, refused=len(answers) - taken - before, lines=answers)


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


def _taken(sender: Sender, report: ReportIn, key: str) -> tuple[int, StatusOut]:
    """201 and the report, or 200 and the same one as before."""
    told = told_by(report)
    if not (report.items or report.happening_now or rules.is_told(told)):
        raise errors.NothingTold
    done = actions.submit_report(
        sender=sender,
        idempotency_key=key,
        # What was said, however it was laid out: the same report comes alone or as a line of a batch.
        body=report.model_dump_json(exclude_unset=True).encode(),
        told=told,
        language=report.language,
        named=[_named(item) for item in report.items],
        now=clock.now(),
        is_found=report.found_by_searching,
    )
    return 201 if done.is_new else 200, _out(done.submission.report_id, done.submission.case.stage, done.submission.at)


def _of_line(sender: Sender, place: int, line: bytes) -> LineOut:
    """What became of the line; nothing of it is repeated, because it may be sealed matter."""
    try:
        said = LineIn.model_validate_json(line)
        status, report = _taken(sender, said.report, said.key)
    except ValidationError as unclear:
        fields = [{"field": ".".join(map(str, one["loc"])), "problem": one["msg"]} for one in unclear.errors(include_input=False, include_url=False)]
        why = problem(422, "api.unprocessable", "Something is missing or does not fit", "See `errors` for each field.", errors=fields)
        return LineOut(line=place, status=422, problem=why)
    except DeskError as failure:
        return LineOut(line=place, status=failure.status, problem=problem_of(failure))
    return LineOut(line=place, status=status, report=report)


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
