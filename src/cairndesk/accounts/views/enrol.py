"""Getting a first passkey by a link, and looking after one's own."""

from typing import Any
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cairndesk.accounts import actions, confirm, door, errors, queries
from cairndesk.accounts.actions.passkeys import removal_digest
from cairndesk.accounts.forms import NewPassword
from cairndesk.accounts.models import Passkey, Person
from cairndesk.accounts.policy import enrolling, open_to_all, signed_in
from cairndesk.accounts.rules import codes, digest_of
from cairndesk.lib import clock

_SALT = "accounts.second_factor"
_HALF_AN_HOUR = 1800


@open_to_all
@require_http_methods(["GET", "POST"])
def by_link(request: HttpRequest) -> HttpResponse:
    """Opening the link shows for whom it is; only the button spends it, because mail programmes open links too."""
    now, token = clock.now(), request.POST.get("link") or request.GET.get("link", "")
    if request.method == "POST":
        door.open_enrolment(request, actions.use_link(token=token, now=now), now=now)
        return redirect("accounts:enrol-now")
    return render(request, "accounts/enrol_link.html", {"person": queries.open_link(token, now=now).person, "link": token})


@enrolling
@require_GET
def now_page(request: HttpRequest) -> HttpResponse:
    """A passkey; or, for want of one, a password and a generator."""
    return render(request, "accounts/enrol.html", _context(request, NewPassword()))


@enrolling
@require_POST
def passkey(request: HttpRequest) -> HttpResponse:
    """Afterwards the person has the passkey, and this browser may add no other."""
    person: Person = request.enrolling  # type: ignore[attr-defined]
    ceremony, sent = confirm.ceremony_of(request.POST.get("ceremony", "")), request.POST
    label = sent.get("label", "").strip()
    actions.enrol_passkey(ceremony=ceremony, answer=sent.get("answer", ""), person=person, label=label, now=clock.now())
    door.close_enrolment(request)
    return redirect("accounts:me" if request.actor else "accounts:sign-in")  # type: ignore[attr-defined]


@enrolling
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """Afterwards the person has a password and a generator; what they are good for, the operator decides."""
    person: Person = request.enrolling  # type: ignore[attr-defined]
    form = NewPassword(request.POST)
    if not form.is_valid():
        return render(request, "accounts/enrol.html", _context(request, form), status=422)
    data, now = form.cleaned_data, clock.now()
    try:
        secret = signing.loads(data["secret"], salt=f"{_SALT}.{person.id}", max_age=_HALF_AN_HOUR)
        actions.set_password(person=person, password=data["password"], secret=secret, code=data["code"], now=now)
    except (signing.BadSignature, errors.SignInFailed):
        form.add_error("code", "This code does not fit; wait for the next one.")
        return render(request, "accounts/enrol.html", _context(request, form), status=422)
    except errors.PasswordRefused as error:
        form.add_error("password", error.detail)
        return render(request, "accounts/enrol.html", _context(request, form), status=422)
    door.close_enrolment(request)
    return redirect("accounts:sign-in-password")


@signed_in
@require_GET
def me(request: HttpRequest) -> HttpResponse:
    """One's own passkeys, and the way to sign out everywhere."""
    person = confirm.person_of(request)
    keys = [(key, confirm.ask(request, removal_digest(key))) for key in queries.passkeys(person.id)]
    return render(request, "accounts/me.html", {"person": person, "keys": keys, "proof": confirm.ask(request, _adding(person))})


@signed_in
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """After a fresh proof the browser may add a further passkey."""
    person, now = confirm.person_of(request), clock.now()
    confirm.given(request, _adding(person), now=now)
    door.open_enrolment(request, person, now=now)
    return redirect("accounts:enrol-now")


@signed_in
@require_POST
def remove(request: HttpRequest, key: UUID) -> HttpResponse:
    """Afterwards the passkey opens nothing."""
    row, now, by = Passkey.objects.filter(pk=key).first(), clock.now(), request.actor  # type: ignore[attr-defined]
    if row is None or row.person_id != by.id:
        raise errors.OtherOrganisation
    actions.remove_passkey(key=row, by=by, fresh=confirm.given(request, removal_digest(row), now=now), now=now)
    return redirect("accounts:me")


def _adding(person: Person) -> bytes:
    return digest_of("accounts.add_passkey", person=person.id)


def _context(request: HttpRequest, form: NewPassword) -> dict[str, Any]:
    """The page with a fresh secret for the generator, signed so that it comes back as it went."""
    person: Person = request.enrolling  # type: ignore[attr-defined]
    secret = codes.new_secret()
    try:
        secret = signing.loads(form.data.get("secret", ""), salt=f"{_SALT}.{person.id}", max_age=_HALF_AN_HOUR)
    except signing.BadSignature:
        form.initial["secret"] = signing.dumps(secret, salt=f"{_SALT}.{person.id}")
    spaced = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    return {"person": person, "form": form, "secret": spaced, "address": codes.address(secret, person.sign_in_name)}
