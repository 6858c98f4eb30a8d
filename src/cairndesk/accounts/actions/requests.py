"""Acts that take two people: one asks for exactly what will happen, another does it with a fresh proof of that, or refuses."""

from dataclasses import replace
from datetime import datetime

from django.db import IntegrityError, transaction

from cairndesk.accounts import errors, undo
from cairndesk.accounts.actions.guests import let_in
from cairndesk.accounts.acts import Act, act_of
from cairndesk.accounts.models import GuestGrant, Person, Request
from cairndesk.accounts.rules import Actor, FreshProof, GuestRight, Kind, Proof, digest_of, life, require, require_fresh
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event


@transaction.atomic
def ask(*, request: Request, by: Actor, now: datetime) -> Request:
    """Afterwards another person can do what the unsaved `request` says, exactly as it would happen now, until its time is over.

    Raises NotPermitted, AskedAlready where one is open, and what `Act.digest` raises where it cannot be done at all.
    """
    act = act_of(request.kind)
    _require_person(by)
    require(by, act.asks, organisation=request.organisation_id, stage=act.stage(request))
    open_ones = Request.objects.filter(kind=request.kind, subject=request.subject, done_at=None, closed_at=None)
    open_ones.filter(until__lte=now).update(closed_by=by.pseudonym, closed_at=now)
    request.asked_by, request.asked_at, request.until = by.pseudonym, now, now + life(Kind(request.kind))
    request.digest = act.digest(request)
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError as error:
        raise errors.AskedAlready from error
    _log(act.asked, request, by, now)
    return request


def approval_digest(request: Request) -> bytes:
    """What whoever approves confirms: the request, and what it would do as things stand now. Raises ChangedMeanwhile, and as `Act.digest` does."""
    act = act_of(request.kind)
    if act.digest(request) != bytes(request.digest):
        raise errors.ChangedMeanwhile
    return digest_of("accounts.approve", request=request.pk, asked_by=request.asked_by, will=bytes(request.digest), seen=act.seen(request))


@transaction.atomic
def approve(*, request: Request, by: Actor, fresh: FreshProof | None, now: datetime) -> str:
    """Afterwards what was asked for is done, once, and by another person than who asked; returns what to say of it.

    Raises NotPermitted, NeedsSecondPerson, RequestClosed, ChangedMeanwhile where it would do something else than was asked for,
    FreshProofNeeded, and what the act itself raises; then nothing is done.
    """
    held, act = _held(request, by, now)
    act.hold(held)
    act.check(held, now=now)
    require_fresh(fresh, by=by, digest=approval_digest(held), now=now)
    held.done_by, held.done_at = by.pseudonym, now
    held.save(update_fields=["done_by", "done_at"])
    _log(Event.ACCOUNTS_REQUEST_APPROVED, held, by, now)
    # Who was named for this one request by a partner acts here as one of us, and only in this.
    return act.do(held, by=replace(by, organisation=held.organisation_id), now=now)


@transaction.atomic
def refuse(*, request: Request, by: Actor, now: datetime) -> Request:
    """Afterwards it will not be done, and the log says who decided so. Raises NotPermitted, NeedsSecondPerson, RequestClosed."""
    held, _ = _held(request, by, now)
    _close(held, by, now)
    _log(Event.ACCOUNTS_REQUEST_REFUSED, held, by, now)
    return held


@transaction.atomic
def take_back(*, request: Request, by: Actor, now: datetime) -> Request:
    """Afterwards nobody asks for it any more; also whoever else may ask can take it back. Raises NotPermitted, RequestClosed."""
    held = Request.objects.select_for_update().get(pk=request.pk)
    act = act_of(held.kind)
    _require_person(by)
    require(by, act.asks, organisation=held.organisation_id, stage=act.stage(held))
    if held.done_at is not None or held.closed_at is not None:
        raise errors.RequestClosed
    _close(held, by, now)
    _log(act.taken_back, held, by, now)
    return held


def may_undo(request: Request, *, by: Actor, now: datetime) -> bool:
    """Whether what was done upon `request` has not left yet, and `by` is one of the two people."""
    return request.done_at is not None and by.pseudonym in {request.asked_by, request.done_by} and not undo.is_over(request.done_at, now)


@transaction.atomic
def undone(*, request: Request, by: Actor, now: datetime) -> Request:
    """Afterwards what was done upon `request` counts as never done, and somebody can ask anew; whose act it is undoes it in the same transaction.

    For either of the two people, as long as it has not left. Raises NotPermitted, RequestClosed.
    """
    held = Request.objects.select_for_update().get(pk=request.pk)
    act = act_of(held.kind)
    _require_person(by)
    require(by, act.asks, organisation=held.organisation_id, stage=act.stage(held))
    if not may_undo(held, by=by, now=now):
        raise errors.RequestClosed
    held.done_by, held.done_at = "", None
    held.save(update_fields=["done_by", "done_at"])
    _close(held, by, now)
    return held


@transaction.atomic
def name_approver(*, request: Request, person: Person, by: Actor, now: datetime) -> GuestGrant:
    """Afterwards `person` of a partner organisation can answer this request, as long as it is open, and sees nothing else.

    Raises NotPermitted, RequestClosed, or NotPossible for one of one's own, or one who could not do it at their own desk.
    """
    held = Request.objects.select_for_update().get(pk=request.pk)
    act = act_of(held.kind)
    _require_person(by)
    stage = act.stage(held)
    require(by, act.asks, organisation=held.organisation_id, stage=stage)
    _require_open(held, now)
    right = GuestRight(case=held.pk, organisation=held.organisation_id, verb=act.does)
    named = let_in(person=person, to=right, stage=stage, until=held.until, by=by, now=now)
    _log(Event.ACCOUNTS_APPROVER_NAMED, held, by, now)
    return named


def _held(request: Request, by: Actor, now: datetime) -> tuple[Request, Act]:
    """The request locked until the transaction ends, when `by` may answer it: another person, with the role, in time."""
    held = Request.objects.select_for_update().select_related(None).get(pk=request.pk)
    act = act_of(held.kind)
    _require_person(by)
    # The id of the request lets in who was named for it, and for nothing else.
    require(by, act.does, organisation=held.organisation_id, stage=act.stage(held), case=held.pk)
    _require_open(held, now)
    concerned = str(by.id) == str(held.subject)
    if by.pseudonym == held.asked_by or concerned:
        raise errors.NeedsSecondPerson
    return held, act


def _require_person(by: Actor) -> None:
    if by.id is None or by.proof in {Proof.SYSTEM, Proof.API}:
        raise errors.NotPermitted("a_person_decides")


def _require_open(held: Request, now: datetime) -> None:
    if held.done_at is not None or held.closed_at is not None or now >= held.until:
        raise errors.RequestClosed


def _close(held: Request, by: Actor, now: datetime) -> None:
    held.closed_by, held.closed_at = by.pseudonym, now
    held.save(update_fields=["closed_by", "closed_at"])


def _log(event: Event, held: Request, by: Actor, now: datetime) -> None:
    record(event=event, subject_kind=act_of(held.kind).about, subject=held.subject, by=by, now=now, detail={"act": held.kind})
