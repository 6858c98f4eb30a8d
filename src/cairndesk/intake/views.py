"""The desk's side of intake: writing down a call, and the conversation with a reporter."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cairndesk.accounts import undo
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Verb, permits
from cairndesk.cases.queries import case_for, mandate_on
from cairndesk.intake import actions, errors, queries
from cairndesk.intake.forms import CallForm
from cairndesk.intake.rules import Path
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id


@requires(Verb.REPORT_TAKE)
def take_call(request: HttpRequest) -> HttpResponse:
    """The form for a call; once it is sent, the six words to read out, shown this one time."""
    form = CallForm(request.POST or None, initial={"once": new_id()})
    if request.method == "POST" and form.is_valid():
        try:
            return _taken(request, form)
        except errors.NothingTold as error:
            form.add_error("what", error.remedy)
    may_find = mandate_on(doer(request).home, clock.now().date())
    return render(request, "intake/call.html", {"form": form, "may_find": may_find}, status=422 if form.errors else 200)


@requires(Verb.MESSAGE_SEND)
@require_POST
def send(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Send a message to the reporter of the case."""
    actor = doer(request)
    sent = actions.send_message(case=case_for(actor, case_id), words=request.POST.get("words", ""), by=actor, now=clock.now())
    url = reverse("intake:take-back", args=[case_id, sent.pk])
    undo.offer(request.session, said=f"The message leaves in {undo.in_words()}.", label="Take it back", url=url, now=sent.at)
    return redirect("intake:conversation", case_id=case_id)


@requires(Verb.MESSAGE_SEND)
@require_POST
def take_back(request: HttpRequest, case_id: UUID, message_id: int) -> HttpResponse:
    """The message never comes to the reporter."""
    actor = doer(request)
    case = case_for(actor, case_id)
    undo.withdraw(request.session, url=request.path)
    actions.take_back_message(case=case, message=message_id, by=actor, now=clock.now())
    request.session["said"] = "The message has not left, and its words are gone."
    return redirect("review:case", case_id=case_id)


@requires(Verb.CASE_READ)
def conversation(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The messages in clear; that they were opened is in the log before they are."""
    actor = doer(request)
    case = case_for(actor, case_id)
    messages = actions.read_messages(case=case, by=actor, now=clock.now())
    return render(request, "intake/conversation.html", {"case": case, "messages": messages, "has_way_back": queries.has_way_back(case)})


def _taken(request: HttpRequest, form: CallForm) -> HttpResponse:
    actor = doer(request)
    data = form.cleaned_data
    taken = actions.take_report(
        organisation=get_object_or_404(Organisation, pk=actor.organisation),
        path=Path(data["path"]),
        language=data["language"],
        channel=data["channel"],
        told=form.told(),
        by=actor,
        now=clock.now(),
        once=form.cleaned_data["once"],
    )
    may_describe = permits(actor.roles, Verb.CASE_DESCRIBE, taken.case.stage)
    return render(request, "intake/taken.html", {"taken": taken, "may_describe": may_describe}, status=201)
