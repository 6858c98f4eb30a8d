"""Who is there: the doer behind a session, organisations and their people."""

from django.contrib.sessions.backends.base import SessionBase

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Actor, Proof


def actor_of(session: SessionBase) -> Actor | None:
    """The person signed in to `session`, or None."""
    person = Person.objects.filter(pk=session.get("person"), is_active=True).prefetch_related("grants").first()
    return person.as_actor(Proof(session["proof"])) if person else None


def first_organisation() -> Organisation:
    """The organisation whose portal answers at `/`. Raises Organisation.DoesNotExist before `init`."""
    return Organisation.objects.get(is_first=True)
