"""Signing in and out."""

import json
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cairndesk.accounts import actions, confirm, demo, door, errors
from cairndesk.accounts.forms import PasswordSignIn
from cairndesk.accounts.policy import open_to_all, signed_in
from cairndesk.accounts.rules import Proof
from cairndesk.lib import clock

HOME = "/"


@open_to_all
@require_GET
def sign_in(request: HttpRequest) -> HttpResponse:
    """The first page: a passkey, and in the demo its people."""
    context = {"demo_people": demo.people() if demo.is_demo() else None, "signed_in": getattr(request, "actor", None)}
    return render(request, "accounts/sign_in.html", context)


@open_to_all
@require_POST
def ceremony(request: HttpRequest) -> HttpResponse:
    """A fresh challenge, as JSON for the page's script; for enrolling and confirming only to whoever may."""
    purpose, now = request.POST.get("purpose"), clock.now()
    if purpose == "sign_in":
        begun = actions.begin_sign_in(now=now)
    elif purpose == "enrol":
        begun = actions.begin_enrolment(person=door.enrolling(request, now=now), now=now)
    else:
        actor = getattr(request, "actor", None)
        if actor is None:
            raise errors.NotSignedIn
        begun = actions.begin_confirmation(by=actor, digest=_digest(request.POST.get("digest", "")), now=now)
    return JsonResponse({"ceremony": str(begun.ceremony), "options": json.loads(begun.options)})


@open_to_all
@require_POST
def by_passkey(request: HttpRequest) -> HttpResponse:
    """Somebody signs in."""
    now = clock.now()
    person, proof = actions.sign_in(ceremony=confirm.ceremony_of(request.POST.get("ceremony", "")), answer=request.POST.get("answer", ""), now=now)
    door.start(request, person, proof, now=now)
    return redirect(HOME)


@open_to_all
@require_http_methods(["GET", "POST"])
def by_demo(request: HttpRequest) -> HttpResponse:
    """A demo person signs in by one click, here or on the link that the demo printed; outside the demo there is no such door."""
    if not demo.is_demo():
        raise Http404
    now = clock.now()
    wanted = demo.behind(request.GET.get("link", "")) if request.method == "GET" else _person(request.POST.get("person", ""))
    person, proof = demo.sign_in(person=wanted, now=now)
    door.start(request, person, proof, now=now)
    return redirect(HOME)


@open_to_all
@require_http_methods(["GET", "POST"])
def by_password(request: HttpRequest) -> HttpResponse:
    """A full sign-in where the operator allows it; else the way to a first passkey."""
    form = PasswordSignIn(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/password.html", {"form": form}, status=422 if request.POST else 200)
    now, full = clock.now(), settings.CAIRNDESK.desk.password_sign_in
    person = actions.sign_in_with_password(**form.cleaned_data, now=now)
    if full:
        door.start(request, person, Proof.PASSWORD, now=now)
        return redirect(HOME)
    if person.passkeys.exists():
        raise errors.SignInFailed
    door.open_enrolment(request, person, now=now)
    return redirect("accounts:enrol-now")


@open_to_all
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Afterwards this browser is signed out."""
    request.session.flush()
    return redirect("accounts:sign-in")


@signed_in
@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """Afterwards every browser of this person is signed out."""
    actions.end_sessions(person=confirm.person_of(request), by=request.actor, now=clock.now())  # type: ignore[attr-defined]
    request.session.flush()
    return redirect("accounts:sign-in")


def _person(sent: str) -> UUID:
    try:
        return UUID(sent)
    except ValueError as error:
        raise errors.SignInFailed from error


def _digest(sent: str) -> bytes:
    try:
        digest = bytes.fromhex(sent)
    except ValueError as error:
        raise errors.FreshProofNeeded from error
    if len(digest) != 32:
        raise errors.FreshProofNeeded
    return digest
