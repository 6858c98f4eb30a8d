"""What a session holds: who is signed in and by what, or who may enrol a passkey for a few minutes."""

from datetime import datetime, timedelta

from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from cairndesk.accounts import errors
from cairndesk.accounts.models import Person, Session
from cairndesk.accounts.rules import Proof

ENROLMENT = timedelta(minutes=30)


def start(request: HttpRequest, person: Person, proof: Proof, *, now: datetime) -> None:
    """Afterwards the browser holds a new session of `person`; whatever it held before is void."""
    request.session.flush()
    Session.objects.filter(expire_date__lte=now).delete()
    request.session.update({"person": str(person.id), "proof": proof.value, "started": now.isoformat(), "seen": now.isoformat()})
    rotate_token(request)


def renew(request: HttpRequest) -> None:
    """Afterwards the session has another key, and the old one opens nothing: after every fresh proof."""
    request.session.cycle_key()
    rotate_token(request)


def open_enrolment(request: HttpRequest, person: Person, *, now: datetime) -> None:
    """Afterwards this browser may add a passkey for `person` for half an hour; a sign-in of the same person stays."""
    if request.session.get("person") != str(person.id):
        request.session.flush()
    request.session["enrolling"] = str(person.id)
    request.session["enrolling_until"] = (now + ENROLMENT).isoformat()
    renew(request)


def enrolling(request: HttpRequest, *, now: datetime) -> Person:
    """For whom this browser may add a passkey; raises NotSignedIn."""
    held = request.session
    open_still = "enrolling" in held and datetime.fromisoformat(held["enrolling_until"]) > now
    person = Person.objects.filter(pk=held["enrolling"], is_active=True).first() if open_still else None
    if person is None:
        raise errors.NotSignedIn
    return person


def close_enrolment(request: HttpRequest) -> None:
    """Afterwards nothing more can be added without a new proof."""
    request.session.pop("enrolling", None)
    request.session.pop("enrolling_until", None)
    renew(request)
