"""What waits for a person or for the belt, and whether deliveries are well."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, QuerySet

from cairndesk.accounts import undo
from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case
from cairndesk.cases.queries import hidden_from
from cairndesk.lib.belt import DEAD_AFTER
from cairndesk.response import rules
from cairndesk.response.models import AuthorityPackage, CounterNotice, CrossingLetter, Delivery, Notice, PlanStep, Preservation, Referral
from cairndesk.response.queries.callbacks import cases_to_call_back
from cairndesk.response.queries.crossing import unanswered
from cairndesk.response.queries.holding import run_out
from cairndesk.response.rules import LONG_WAIT, NoticeState, PackageState, ReferralState, Side

WORDS = {
    "step": "a step of the plan is overdue",
    "notice_unanswered": "a provider has not answered",
    "notice_undelivered": "a notice could not be delivered",
    "authority_silent": "an authority has not confirmed",
    "long_wait": "a long wait for a service, and nothing in between",
    "override_unreviewed": "an override waits for a second look",
    "step_unreviewed": "a step that could not wait waits for a second look",
    "recheck": "look whether it is still gone",
    "preservation_ends": "a provider will stop preserving soon",
    "objection": "an objection waits for a decision",
    "hold_ran_out": "a hold that an authority asked for ran out: a supervisor renews or lifts it",
    "call_back": "they chose otherwise: call back what went out",
    "tell_desk": "they chose otherwise or wrote after the other desk took the case: tell that desk",
    "offer_unanswered": "a partner desk has not answered our offer",
    "offer_to_answer": "a partner desk waits for our answer",
    "letter_undelivered": "a letter was not taken by a partner desk",
}
Rows = QuerySet[PlanStep] | QuerySet[Notice] | QuerySet[AuthorityPackage] | QuerySet[Referral]


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that a person should look at. `what` is a code, `since` when it fell due; what another desk offers has no `case` here yet."""

    case: UUID | None
    number: str
    what: str
    since: datetime

    @property
    def words(self) -> str:
        """What it is, in a few words."""
        return WORDS[self.what]


@dataclass(frozen=True, slots=True)
class DeliveryHealth:
    """Letters on their way. Without a mail server they wait, and nothing is lost."""

    is_configured: bool
    waiting: int
    dead: int
    oldest: datetime | None
    troubles: dict[str, int]


def deliveries_due(now: datetime) -> QuerySet[Delivery]:
    """Letters that may be tried now, the oldest first."""
    rows = Delivery.objects.filter(Delivery.free(now), Delivery.ripe(now), done_at__isnull=True, is_dead=False, attempts__lt=DEAD_AFTER)
    return rows.select_related("notice__provider", "notice__case__organisation", "message").order_by("queued_at")


def unsent() -> QuerySet[Delivery]:
    """Letters that a person let go and that no worker has ever taken: these can be taken back. One that was tried before never can."""
    untouched = Delivery.objects.filter(claimed_by="", attempts=0, done_at=None, is_dead=False)
    return untouched.filter(next_try_at=F("queued_at") + undo.window())


def health(*, is_configured: bool) -> DeliveryHealth:
    """How deliveries stand; `is_configured`: whether a mail server and a sender are set."""
    open_rows = list(Delivery.objects.filter(done_at__isnull=True).order_by("queued_at"))
    troubles: dict[str, int] = {}
    for row in open_rows:
        if row.trouble:
            troubles[row.trouble] = troubles.get(row.trouble, 0) + 1
    waiting = [row for row in open_rows if not row.is_dead]
    oldest = waiting[0].queued_at if waiting else None
    return DeliveryHealth(is_configured, len(waiting), len(open_rows) - len(waiting), oldest, troubles)


def due_for(by: Actor, now: datetime) -> list[Due]:
    """What is due at the organisation of `by`, without the cases that are hidden from them."""
    hidden = set(Case.objects.filter(hidden_from(by), organisation=by.home).values_list("pk", flat=True))
    return [one for one in due(by.home, now) if one.case not in hidden]


def due(organisation: UUID, now: datetime) -> list[Due]:
    """Everything of `organisation` whose time has come, the longest overdue first."""
    found = [
        *_rows(PlanStep.objects.filter(state__in=rules.OPEN_STEPS, due_at__lte=now), "step", "due_at"),
        *_rows(Notice.objects.filter(state__in=rules.AWAITS_ANSWER, answer_by__lte=now), "notice_unanswered", "answer_by"),
        *_rows(Notice.objects.filter(state=NoticeState.UNDELIVERED), "notice_undelivered", "queued_at"),
        *_rows(AuthorityPackage.objects.filter(state=PackageState.HANDED_OVER, remind_at__lte=now), "authority_silent", "remind_at"),
        *_rows(Referral.objects.filter(state=ReferralState.MADE, made_at__lte=now - LONG_WAIT, interim__isnull=True), "long_wait", "made_at"),
        *_rows(Referral.objects.filter(consent=rules.Consent.OVERRIDDEN, override_reviewed_by=""), "override_unreviewed", "decided_at"),
        *_rows(PlanStep.objects.filter(needs_review=True, reviewed_by=""), "step_unreviewed", "approved_at"),
    ]
    mine = [one for one, owner in found if owner == organisation]
    mine += [Due(row.case_id, row.case.number, "recheck", now) for row in _rechecks(organisation, now)]
    mine += [Due(row.case_id, row.case.number, "preservation_ends", now) for row in _ending(organisation, now)]
    objections = CounterNotice.objects.filter(state="open", notice__case__organisation=organisation).select_related("notice__case")
    mine += [Due(row.notice.case_id, row.notice.case.number, "objection", row.received_at) for row in objections]
    for case, out in cases_to_call_back(organisation):
        kinds = {"tell_desk" if one.what is rules.Sent.DESK else "call_back": one.turned for one in reversed(out)}
        mine += [Due(case.pk, case.number, what, since) for what, since in kinds.items()]
    mine += [Due(row.case_id, row.case.number, "hold_ran_out", row.until) for row in run_out(organisation, now)]
    mine += _between_desks(organisation, now)
    return sorted(mine, key=lambda one: (one.since, one.number, one.what))


def _between_desks(organisation: UUID, now: datetime) -> list[Due]:
    found = [Due(row.case_id, row.case.number, "offer_unanswered", row.answer_by) for row in unanswered(organisation, Side.OUT, now) if row.case]
    found += [Due(None, row.theirs, "offer_to_answer", row.answer_by) for row in unanswered(organisation, Side.IN, now)]
    dead = CrossingLetter.objects.filter(is_dead=True, done_at=None, crossing__partner__organisation=organisation).select_related("crossing__case")
    return found + [
        Due(row.crossing.case_id, row.crossing.case.number if row.crossing.case else row.crossing.theirs, "letter_undelivered", row.made_at)
        for row in dead
    ]


def _rows(rows: Rows, what: str, since: str) -> list[tuple[Due, UUID]]:
    found = rows.select_related("case")
    return [(Due(row.case_id, row.case.number, what, getattr(row, since)), row.case.organisation_id) for row in found]


def _rechecks(organisation: UUID, now: datetime) -> QuerySet[Notice]:
    rows = Notice.objects.filter(case__organisation=organisation, state=NoticeState.REMOVED, recheck_on__lte=now.date())
    return rows.select_related("case")


def _ending(organisation: UUID, now: datetime) -> QuerySet[Preservation]:
    return Preservation.objects.filter(case__organisation=organisation, renew_on__lte=now.date(), expires_on__gte=now.date()).select_related("case")
