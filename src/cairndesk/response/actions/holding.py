"""Holds on notices: asked for by an authority, renewed or lifted by a supervisor, and never over by themselves."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from cairndesk.accounts.rules import Actor, Verb
from cairndesk.cases.models import Case
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.directory.models import Authority
from cairndesk.response import queries, rules
from cairndesk.response.actions.gate import hold_case, require_supervisor
from cairndesk.response.actions.sealing import seal_words
from cairndesk.response.errors import HeldBack, IllegalStep, IncompleteAct
from cairndesk.response.models import AuthorityPackage, Delivery, NoticeHold
from cairndesk.response.rules import HoldEnd


@transaction.atomic
def ask_hold(
    *, case: Case, authority: Authority, words: str, by: Actor, now: datetime, days: int = rules.USUAL_DAYS, package: AuthorityPackage | None = None
) -> NoticeHold:
    """Afterwards no notice of `case` leaves that could warn somebody, also none that waits already, until a supervisor ends the hold.

    `words`: who asked, how, and under which reference. `package`: the referral upon which they asked. Raises IncompleteAct for more days than
    a hold may last, without words, or for a package that went elsewhere; IllegalStep where a hold of this authority stands; NotPermitted.
    """
    held = hold_case(case, by, Verb.HOLD_PLACE)
    if package is not None and (package.case_id, package.authority_id) != (held.pk, authority.pk):
        raise IncompleteAct("choose a package of this case that went to this authority")
    if queries.standing_holds(held).filter(authority=authority).exists():
        raise IllegalStep("a hold of this authority stands; a supervisor renews it")
    made = _set(NoticeHold(case=held, authority=authority, package=package), words, days, by, now)
    detail = {"days": days, "referral": int(package is not None)}
    record(event=Event.RESPONSE_HOLD_ASKED, subject_kind="case", subject=held.pk, by=by, now=now, detail=detail)
    return made


@transaction.atomic
def renew_hold(*, hold: NoticeHold, days: int, why: str, by: Actor, now: datetime) -> NoticeHold:
    """Afterwards the hold stands for so many days from now; a supervisor has said why. Raises IllegalStep, IncompleteAct, NotPermitted."""
    held = _locked(hold, by)
    _end(held, HoldEnd.RENEWED, why, by, now)
    made = _set(NoticeHold(case=held.case, authority=held.authority, package=held.package, renews=held), why, days, by, now)
    record(event=Event.RESPONSE_HOLD_RENEWED, subject_kind="case", subject=held.case_id, by=by, now=now, detail={"days": days})
    return made


@transaction.atomic
def lift_notice_hold(*, hold: NoticeHold, why: str, by: Actor, now: datetime) -> NoticeHold:
    """Afterwards this hold stands against nothing; letters that waited for it are due now. Raises IllegalStep, IncompleteAct, NotPermitted."""
    held = _locked(hold, by)
    _end(held, HoldEnd.LIFTED, why, by, now)
    Case.objects.filter(pk=held.case_id, next_action_at=held.until).update(next_action_at=now)
    Delivery.objects.filter(notice__case=held.case_id, done_at=None, is_dead=False, trouble=HeldBack.code).update(next_try_at=now)
    detail = {"early": int(now < held.until)}
    record(event=Event.RESPONSE_HOLD_LIFTED, subject_kind="case", subject=held.case_id, by=by, now=now, detail=detail)
    return held


def require_no_hold(case: Case) -> None:
    """Return when no authority has asked that nobody be warned; raise HeldBack, whether the time that it asked for is over or not."""
    if standing := queries.standing_holds(case).first():
        raise HeldBack(f"{standing.authority.name} asked that nobody be warned, until {standing.until:%Y-%m-%d %H:%M} UTC.")


def _set(made: NoticeHold, words: str, days: int, by: Actor, now: datetime) -> NoticeHold:
    if not rules.may_last(days):
        raise IncompleteAct(f"choose 1 to {rules.LONGEST_DAYS} days; it can be renewed")
    made.words, made.recorded_by, made.recorded_at = seal_words(made.case, words, now), by.pseudonym, now
    made.until = made.next_page_at = now + timedelta(days=days)
    made.save()
    # The case is due at the latest when the hold runs out, and after a renewal no longer for the one before.
    due = Q(next_action_at__gt=made.until) | (Q(next_action_at=made.renews.until) if made.renews else Q())
    Case.objects.filter(due, pk=made.case_id).update(next_action_at=made.until)
    return made


def _end(held: NoticeHold, ended: HoldEnd, why: str, by: Actor, now: datetime) -> None:
    held.ended, held.ended_by, held.ended_at, held.why = ended, by.pseudonym, now, seal_words(held.case, why, now)
    held.save()


def _locked(hold: NoticeHold, by: Actor) -> NoticeHold:
    rows = NoticeHold.objects.select_for_update(of=("self",)).select_related("case__organisation", "authority", "package")
    held = rows.get(pk=hold.pk)
    require_supervisor(by, held.case.organisation_id)
    if held.ended_at is not None:
        raise IllegalStep("this hold has ended")
    return held
