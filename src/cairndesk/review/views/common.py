"""What the pages of a case share."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from cairndesk.accounts import undo
from cairndesk.accounts.rules import Actor, Verb, permits
from cairndesk.cases.models import Case, Report
from cairndesk.cases.rules.stages import Stage
from cairndesk.intake.told import Told, told_lines
from cairndesk.lib import clock
from cairndesk.review import actions, errors
from cairndesk.review.models import Classification
from cairndesk.triage.queries import cases_in, kept_for, left_out_of, people_to_give_to, rows_of
from cairndesk.triage.rules.queues import BY_KEY

_QUEUE_OF = {
    Stage.RECEIVED: "waiting",
    Stage.QUEUED: "waiting",
    Stage.REVIEWING: "reviewing",
    Stage.SECOND_LOOK: "second_look",
    Stage.CLASSIFIED: "acting",
    Stage.ACTING: "acting",
    Stage.ANSWERED: "answered",
    Stage.CLOSED: "answered",
}


def around(shown: Case, actor: Actor, *, alike: bool = False) -> dict[str, Any]:
    """What every page of a case shows: the case as a row, its queue as the list, the time. `alike`: also how many alike wait beside each."""
    queue = BY_KEY[_QUEUE_OF[Stage(shown.stage)]]
    is_home = shown.organisation_id == actor.organisation
    found = rows_of({"row": [shown], "rows": cases_in(queue, by=actor) if is_home else ()}, most=15, alike=alike)
    return {
        "case": shown,
        "now": clock.now(),
        "queue": queue,
        "row": found["row"][0],
        "rows": found["rows"],
        "left_out": SimpleLazyObject(left_out_of(queue, by=actor).count),
    }


def sharing_out(shown: Case, actor: Actor) -> dict[str, Any]:
    """For whom a waiting case is kept, and to whom this person could give it."""
    if shown.stage != Stage.QUEUED or shown.organisation_id != actor.organisation:
        return {}
    may = permits(actor.roles, Verb.CASE_GIVE, shown.stage)
    return {"kept_for": kept_for(shown, now=clock.now()), "givable": list(people_to_give_to(shown, now=clock.now())) if may else []}


def offer_advice_back(request: HttpRequest, case: Case) -> None:
    """The answer that was just given, until it leaves."""
    given = case.messages.filter(from_reporter=False).order_by("pk").last()
    if given is not None:
        url = reverse("intake:take-back", args=[case.pk, given.pk])
        undo.offer(request.session, said=f"The answer leaves in {undo.in_words()}.", label="Take it back", url=url, now=given.at)


def offer_to_take_back(request: HttpRequest, made: Classification) -> None:
    """On the next page, also where that is the next case, which has a button of its own to put it back."""
    if made.settles_id is None:
        url = reverse("response:take-back-classification", args=[made.case_id])
        undo.offer(request.session, said=f"You classified case {made.case.number}.", label="Take it back", url=url, now=made.at)


def read_account(shown: Case, report: UUID, *, by: Actor) -> tuple[Report, dict[str, Any], list[Told]]:
    """A report of `shown`, what was told in it, and that in lines; the log names `by` before, their ledger after. Raises NoSuchAccount."""
    found = shown.reports.select_related("told", "case").filter(pk=report).first()
    if found is None:
        raise errors.NoSuchAccount
    answers = actions.open_account(report=found, by=by, now=clock.now())
    lines = told_lines(answers)
    actions.note_reading(words=sum(len(line.answer.split()) for line in lines), by=by, now=clock.now())
    return found, answers, lines


def unstored(response: HttpResponse) -> HttpResponse:
    """Opened accounts stay in no cache."""
    response["Cache-Control"] = "no-store"
    return response
