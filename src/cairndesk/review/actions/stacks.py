"""One decision for the cases of a stack: laid down, taken back in time, or carried out case by case."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from cairndesk.accounts import undo
from cairndesk.accounts.models import Person
from cairndesk.accounts.rules import Actor, Proof, Verb, require
from cairndesk.cases import taxonomy
from cairndesk.cases.actions import give_up_sample, keep_apart, link_cases, move
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import record
from cairndesk.custody.errors import DeskLocked
from cairndesk.custody.rules import Event
from cairndesk.lib.batches import batches
from cairndesk.lib.errors import DeskError
from cairndesk.lib.logs import log, place
from cairndesk.review import errors
from cairndesk.review.actions.classify import lay_down, move_on
from cairndesk.review.actions.recording import write_down
from cairndesk.review.models import StackDecision, StackMember
from cairndesk.review.queries.stacks import Member, standing, weigh
from cairndesk.review.rules.stacks import OF_WORDS, Follows, Out, taken_over
from cairndesk.triage.actions import assess, forget_stacked, restack
from cairndesk.triage.models import Stacked
from cairndesk.triage.queries import waiting_under


@dataclass(frozen=True)
class Decided:
    """What was decided, for how many, and how many stay in the queue."""

    decision: StackDecision
    follow: int
    stay: int


@transaction.atomic
def decide_stack(
    *, lead: Case, shown_at: datetime, shown: UUID | None, by: Actor, now: datetime, kind: str = "", without: Collection[UUID] = ()
) -> Decided:
    """Afterwards all that wait under `lead` and are not held out by rule will follow it, once the time to take that back is over.

    They take over how it is classified, or, with `kind`, are linked with it. `without` are left out. Nothing has happened to any of them yet.
    `shown_at` is when whoever decides was shown the stack: what came in or changed after it stays. `shown` is the classification that they saw.
    Raises NothingToTakeOver, NotAsShown where another one stands, NobodyFollows, UnknownCode, NotPermitted.
    """
    held = Case.objects.select_for_update(of=("self",)).get(pk=lead.pk)
    taken = None if kind else standing(held)
    _check(held, kind, by)
    if not kind and taken is None:
        raise errors.NothingToTakeOver
    if taken is not None and taken.pk != shown:
        raise errors.NotAsShown
    decision = StackDecision.objects.create(
        lead=held, taken=taken, kind=kind, actor=by.pseudonym, proof=by.proof.value, made_at=now, due_at=now + undo.window()
    )
    rows = [0, 0]
    # All are listed before the first is written down: a page of them must not move while it is read.
    for some in batches(list(waiting_under(held, by=by).values_list("pk", flat=True))):
        rows_of_some = Stacked.objects.filter(pk__in=some).select_related("case").order_by("case__opened_at", "pk")
        members = weigh(list(rows_of_some), lead=held, now=now, since=shown_at)
        made = [_row(decision, one, without, now) for one in members]
        StackMember.objects.bulk_create(made)
        stay = sum(one.state == Follows.STAYED for one in made)
        rows = [rows[0] + len(made) - stay, rows[1] + stay]
    if not rows[0]:
        raise errors.NobodyFollows
    detail: dict[str, str | int] = {"stack": str(decision.pk), "follow": rows[0], "stay": rows[1], "what": kind or "classification"}
    record(event=Event.REVIEW_STACK_DECIDED, subject_kind="case", subject=held.pk, by=by, now=now, detail=detail)
    return Decided(decision, *rows)


@transaction.atomic
def take_back_decision(*, decision: StackDecision, by: Actor, now: datetime) -> None:
    """Afterwards nothing of it is carried out. Raises TooLate once its time is over, once a case has followed, and for anybody else; NotPermitted."""
    held = StackDecision.objects.select_for_update(of=("self",)).select_related("lead").get(pk=decision.pk)
    _check(held.lead, held.kind, by)
    if held.actor != by.pseudonym or held.withdrawn_at is not None or held.done_at is not None or now >= held.due_at:
        raise errors.TooLate
    # The belt may have begun while this waited for the row.
    if held.members.filter(state=Follows.FOLLOWED).exists():
        raise errors.TooLate
    held.withdrawn_at = now
    held.save(update_fields=["withdrawn_at"])
    held.members.filter(state=Follows.WAITS).update(state=Follows.STAYED, why=Out.TAKEN_BACK, at=now)
    detail = {"stack": str(held.pk)}
    record(event=Event.REVIEW_STACK_WITHDRAWN, subject_kind="case", subject=held.lead_id, by=by, now=now, detail=detail)


@transaction.atomic
def say_apart(*, one: Case, other: Case, by: Actor, now: datetime) -> None:
    """Afterwards the two are kept apart, and neither waits under the other. Raises NotPermitted, NotOfThisOrganisation."""
    keep_apart(one=one, other=other, by=by, now=now)
    for case in (one, other):
        restack(case=case, now=now)


@transaction.atomic
def forget_stacks(*, case: Case) -> None:
    """Afterwards nothing tells why `case` stood under another or another under it; that one decision was taken for them stays."""
    forget_stacked(case=case)
    about = StackMember.objects.filter(Q(case=case) | Q(decision__lead=case))
    about.filter(why__in=OF_WORDS).update(why=Out.CHANGED)
    about.update(because=[])


def begin_anew(*, now: datetime) -> int:
    """Afterwards no decision waits longer than it can be taken back; returns for how many that time begins anew.

    Of one that was laid down while the clock ran ahead nobody knows how long it has waited: not a day too long, and not a moment too short.
    """
    return StackDecision.objects.filter(due_at__gt=now + undo.window(), done_at=None, withdrawn_at=None).update(due_at=now + undo.window())


def carry_out(*, decision: StackDecision, most: int, now: datetime) -> int:
    """Afterwards up to `most` more cases have followed the decision or are named as ones that stay; returns how many.

    It is done in the name of whoever decided, with the rights that they have now. Raises DeskLocked, and then the rest waits.
    """
    person = Person.objects.filter(pseudonym=decision.actor, is_active=True).prefetch_related("grants", "guest_grants").first()
    by = person.as_actor(Proof(decision.proof), now=now) if person else None
    waiting = list(decision.members.filter(state=Follows.WAITS).order_by("pk")[:most])
    for one in waiting:
        _follow(one, decision, by, now)
    if len(waiting) < most:
        StackDecision.objects.filter(pk=decision.pk, done_at=None, withdrawn_at=None).update(done_at=now)
    return len(waiting)


def _follow(member: StackMember, decision: StackDecision, by: Actor | None, now: datetime) -> None:
    try:
        why = Out.NOT_ALLOWED if by is None else _try(member, decision, by, now)
    except DeskLocked:
        raise
    except DeskError as refused:
        why = Out.NOT_ALLOWED if refused.status == _FORBIDDEN else Out.REFUSED
    except Exception as error:  # noqa: BLE001 - one case holds up no other: it stays where it waits, and the page of the stack says so
        log().error("stack_member_not_carried_out", **place(error))
        why = Out.REFUSED
    if why is not None:
        _stay(member, why, decision, by, now)


_FORBIDDEN = 403


@transaction.atomic
def _try(member: StackMember, decision: StackDecision, by: Actor, now: datetime) -> Out | None:
    """Carry it out for one case; or why not, and then nothing has changed. Whoever takes it back meanwhile waits, or has done so before."""
    if StackDecision.objects.select_for_update(of=("self",)).get(pk=decision.pk).withdrawn_at is not None:
        return None
    case = Case.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=member.case_id)
    if not StackMember.objects.filter(pk=member.pk, state=Follows.WAITS).exists():
        return None
    stacked = Stacked.objects.filter(case=case, lead=decision.lead).first()
    if stacked is None:
        return Out.CHANGED
    stacked.case = case
    [weighed] = weigh([stacked], lead=decision.lead, now=now, decision=decision)
    if weighed.out is not None or weighed.seen != member.seen:
        return weighed.out or Out.CHANGED
    if decision.taken is None:
        link_cases(one=decision.lead, other=case, kind=decision.kind, by=by, now=now)
    else:
        _take_over(case, weighed, decision, by, now)
    if not StackMember.objects.filter(pk=member.pk, state=Follows.WAITS).update(state=Follows.FOLLOWED, at=now):
        raise errors.TooLate
    detail: dict[str, str | int] = {"stack": str(decision.pk), "lead": str(decision.lead_id)}
    record(event=Event.REVIEW_STACK_FOLLOWED, subject_kind="case", subject=case.pk, by=by, now=now, detail=detail)
    return None


def _take_over(case: Case, member: Member, decision: StackDecision, by: Actor, now: datetime) -> None:
    """No second look is asked for: the classification that is taken over stands, and had its own."""
    source = decision.taken
    if source is None or standing(decision.lead) != source:
        raise errors.NothingToTakeOver
    _check(case, "", by)
    look = taken_over(source.look, member.because, looks_listed=member.looks_listed)
    move(case=case, to=Stage.REVIEWING, by=by, now=now)
    lay_down(case, look, by=by, now=now, taken_from=source)
    # Whoever reads this case reads the coding of the leading one: nobody could code that blind any more.
    give_up_sample(case=decision.lead, by=by, now=now)
    write_down(case=case, look=look, before=None, onto=member.covered, by=by, now=now)
    assess(case=case, by=by, now=now)
    move_on(case, (), by, now)


def _stay(member: StackMember, why: Out, decision: StackDecision, by: Actor | None, now: datetime) -> None:
    with transaction.atomic():
        is_first = StackMember.objects.filter(pk=member.pk, state=Follows.WAITS).update(state=Follows.STAYED, why=why, at=now)
        if by is not None and is_first:
            detail: dict[str, str | int] = {"stack": str(decision.pk), "why": (Out.UNREAD if why in OF_WORDS else why).value}
            record(event=Event.REVIEW_STACK_LEFT, subject_kind="case", subject=member.case_id, by=by, now=now, detail=detail)


def _row(decision: StackDecision, member: Member, without: Collection[UUID], now: datetime) -> StackMember:
    out = member.out or (Out.LEFT_OUT if member.case.pk in without else None)
    state = Follows.STAYED if out else Follows.WAITS
    return StackMember(
        decision=decision, case=member.case, because=list(member.because), seen=member.seen, state=state, why=out or "", at=now if out else None
    )


def _check(case: Case, kind: str, by: Actor) -> None:
    """Whether `by` may decide this for cases that wait; the whole stack belongs to one organisation."""
    if kind:
        taxonomy.accept("link_kind", kind)
        require(by, Verb.CASE_DESCRIBE, organisation=case.organisation_id, stage=case.stage)
    else:
        require(by, Verb.CASE_CLAIM, organisation=case.organisation_id, stage=Stage.QUEUED)
        require(by, Verb.ITEM_CLASSIFY, organisation=case.organisation_id, stage=Stage.REVIEWING)
