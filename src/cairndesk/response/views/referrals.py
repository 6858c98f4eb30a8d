"""Referrals: drafted with a note, decided by the person or by danger, made, answered."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cairndesk.accounts import confirm
from cairndesk.accounts.policy import requires
from cairndesk.accounts.rules import Verb
from cairndesk.accounts.rules.handling import Step
from cairndesk.directory.profiles import Gives
from cairndesk.directory.queries import service
from cairndesk.directory.sharing import profile_of_service
from cairndesk.lib import clock
from cairndesk.response import actions, queries
from cairndesk.response.forms import ConsentForm, OverrideForm, ReferralForm, ServiceAnswerForm, WordsForm
from cairndesk.response.rules import Told
from cairndesk.response.views.common import actor_of, filled, is_confirmed, to_confirm, uuid_of, wanted
from cairndesk.review.queries.wording import word_in
from cairndesk.review.rewording import reworded


@requires(Verb.STEP_APPROVE)
def draft(request: HttpRequest, step_id: UUID) -> HttpResponse:
    """Which service, and why that is best for the child."""
    actor = actor_of(request)
    step = queries.step_for(actor, step_id)
    known = queries.services_for_step(step)
    form = ReferralForm(request.POST or None, services=queries.services_in_words(step, known))
    if request.method != "POST" or not form.is_valid():
        shown = {"step": step, "case": step.case, "form": form, "known": known, "call_first": queries.call_first(step)}
        return render(request, "response/refer.html", shown, status=422 if request.method == "POST" else 200)
    given = form.cleaned_data
    chosen = service(uuid_of(given["service"]), step.case.organisation_id)
    made = actions.draft_referral(step=step, service=chosen, reason=step.kind, best_interests=given["best_interests"], by=actor, now=clock.now())
    return redirect("response:referral", made.pk)


@requires(Verb.CASE_READ)
def referral(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """One referral and what may happen next."""
    held = queries.referral_for(actor_of(request), referral_id)
    forms = {"consent_form": reworded(ConsentForm(), lambda: word_in(held.case)), "override_form": OverrideForm(), "answer_form": ServiceAnswerForm()}
    said = {"consent": queries.CONSENT_WORDS[held.consent], "told": queries.TOLD_WORDS.get(held.told_child, "")}
    shown = {"referral": held, "case": held.case, "others": queries.other_referrals(held), "now": clock.now()}
    return render(request, "response/referral.html", {**shown, **forms, **said})


@requires(Verb.STEP_APPROVE)
@require_POST
def decide(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """The person's choice, and the referral itself."""
    actor, now = actor_of(request), clock.now()
    held = queries.referral_for(actor, referral_id)

    def consent() -> object:
        given = filled(ConsentForm(request.POST))
        choice = actions.Choice(given["is_given"], given["limits_explained"], given["by_whom"], given["words"])
        return actions.record_consent(referral=held, choice=choice, by=actor, now=now)

    acts = {"consent": consent, "refer": lambda: actions.refer(referral=held, by=actor, now=now)}
    wanted(acts, request.POST.get("act", ""))
    return redirect("response:referral", held.pk)


@requires(Verb.STEP_APPROVE)
@require_POST
def override(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """First the page that says what danger would override; with the proof on it, the override."""
    actor, now = actor_of(request), clock.now()
    held = queries.referral_for(actor, referral_id)
    given = filled(OverrideForm(request.POST))
    said = {"why": given["words"], "told": Told(given["told"]), "best_interests": given["best_interests"]}
    digest = actions.overriding_digest(held, **said)
    if not is_confirmed(request):
        facts = [("Which danger", given["words"]), ("Best for the child", given["best_interests"]), ("Child told", queries.TOLD_WORDS[given["told"]])]
        facts += [("Afterwards", "the referral may go without the consent of the person; a supervisor who did not decide it looks at it")]
        heading, back = f"Danger goes before a choice: referral to {held.service.name}", reverse("response:referral", args=[held.pk])
        return to_confirm(
            request, digest, step=Step.OVERRIDE, heading=heading, facts=facts, button="Record the override; a supervisor will look at it", back=back
        )
    fresh = confirm.given(request, digest, now=now)
    actions.record_override(referral=held, **said, by=actor, fresh=fresh, now=now)
    return redirect("response:referral", held.pk)


@requires(Verb.STEP_RECORD)
@require_POST
def follow(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """The service's answer; what is offered while it lets wait; whether the child was told of an override."""
    actor, now = actor_of(request), clock.now()
    held = queries.referral_for(actor, referral_id)

    def bridge() -> object:
        interim = queries.referral_for(actor, uuid_of(request.POST.get("interim", "")))
        return actions.bridge_wait(referral=held, interim=interim, by=actor, now=now)

    def answer() -> object:
        given = filled(ServiceAnswerForm(request.POST))
        said = actions.Answer(given["is_accepted"], given["first_appointment_on"], given["reference"], given["words"])
        return actions.record_referral_answer(referral=held, answer=said, by=actor, now=now)

    acts = {
        "answer": answer,
        "bridge": bridge,
        "told": lambda: actions.record_told(referral=held, told=Told.TOLD, by=actor, now=now),
        "close": lambda: actions.close_referral(referral=held, best_interests=filled(WordsForm(request.POST))["words"], by=actor, now=now),
    }
    wanted(acts, request.POST.get("act", ""))
    return redirect("response:referral", held.pk)


@requires(Verb.STEP_APPROVE)
@require_POST
def summary(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """What was told, to hand to the service: nobody has to tell twice."""
    actor = actor_of(request)
    held = queries.referral_for(actor, referral_id)
    digest, now = actions.summary_digest(held), clock.now()
    if not is_confirmed(request):
        facts = [("Service", held.service.name), ("Choice", queries.CONSENT_WORDS[held.consent]), ("Opened", "what was told, once, to hand on")]
        profile = profile_of_service(held.case.organisation_id, held.service)
        kept_back = profile.fields(Gives.MASKED, Gives.LEFT_OUT)
        facts += [("Masked or left out", f"{kept_back} (table {profile.table} of sharing: {profile.bases})")]
        heading, back = f"Hand on what was told: case {held.case.number}", reverse("response:referral", args=[held.pk])
        return to_confirm(request, digest, step=Step.SUMMARY, heading=heading, facts=facts, button=f"Open it for {held.service.name}", back=back)
    accounts = actions.read_summary(referral=held, by=actor, fresh=confirm.given(request, digest, now=now), now=now)
    answer = render(request, "response/summary.html", {"referral": held, "case": held.case, "accounts": accounts})
    answer.headers["Cache-Control"] = "no-store"
    return answer


@requires(Verb.STEP_REVIEW)
@require_POST
def look(request: HttpRequest, referral_id: UUID) -> HttpResponse:
    """A supervisor who did not decide it looks at an override."""
    actor = actor_of(request)
    held = queries.referral_for(actor, referral_id)
    actions.review_override(referral=held, by=actor, now=clock.now())
    return redirect("response:referral", held.pk)
