"""Holds on notices that an authority asked for: recorded here, renewed or lifted by a supervisor."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cairndesk.accounts.policy import requires
from cairndesk.accounts.rules import Actor, Role, Verb, permits
from cairndesk.cases.models import Case
from cairndesk.cases.queries import case_for
from cairndesk.directory.queries import authorities_for
from cairndesk.lib import clock
from cairndesk.response import actions, queries
from cairndesk.response.forms import HoldEndForm, HoldForm
from cairndesk.response.views.common import actor_of, filled, wanted


def holds_shown(case: Case, actor: Actor) -> dict[str, Any]:
    """What the plan of `case` shows of its holds on notices."""
    is_own = case.organisation_id == actor.organisation
    may_ask = is_own and permits(actor.roles, Verb.HOLD_PLACE, case.stage)
    return {
        "holds": queries.holds_on(case) if is_own else (),
        "ask_hold": _form(case) if may_ask else None,
        "end_hold": HoldEndForm() if is_own and Role.SUPERVISOR in actor.roles else None,
    }


@requires(Verb.HOLD_PLACE)
@require_POST
def ask(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """That an authority asked to warn nobody yet."""
    actor = actor_of(request)
    case = case_for(actor, case_id)
    given = filled(_form(case, request.POST))
    authority = next(one for one in _authorities(case) if str(one.pk) == given["authority"])
    package = case.packages.filter(pk=given["package"]).first() if given["package"] else None
    actions.ask_hold(case=case, authority=authority, package=package, days=given["days"], words=given["words"], by=actor, now=clock.now())
    return redirect("response:plan", case.pk)


@requires(Verb.STEP_REVIEW)
@require_POST
def end(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Renew a hold on notices, or lift it, and say why."""
    actor, now = actor_of(request), clock.now()
    hold = queries.hold_for(actor.home, hold_id)
    given = filled(HoldEndForm(request.POST))
    acts = {
        "renew": lambda: actions.renew_hold(hold=hold, days=given["days"], why=given["words"], by=actor, now=now),
        "lift": lambda: actions.lift_notice_hold(hold=hold, why=given["words"], by=actor, now=now),
    }
    wanted(acts, request.POST.get("act", ""))
    return redirect("response:plan", hold.case_id)


def _form(case: Case, posted: QueryDict | None = None) -> HoldForm:
    packages = [(str(one.pk), f"{one.authority.name}, {one.built_at:%Y-%m-%d}") for one in case.packages.select_related("authority")]
    return HoldForm(posted, authorities=[(str(one.pk), one.name) for one in _authorities(case)], packages=packages)


def _authorities(case: Case) -> list[Any]:
    return list(authorities_for(case.organisation.country, organisation=case.organisation_id))
