"""Every door of the desk says who may open it; a door that says nothing stays shut."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver
from django.utils.module_loading import import_string

from cairndesk.accounts import door, errors, queries, rules
from cairndesk.lib import clock
from cairndesk.lib.errors import DeskError

View = TypeVar("View", bound=Callable[..., Any])

# Writing "still here" at every request would make each page view a write.
_SEEN_EVERY = timedelta(seconds=30)


@dataclass(frozen=True)
class Policy:
    """`open` to all, for anybody `signed_in`, for a machine's `api` key, for somebody `enrolling`, or for a role that allows `verb`."""

    kind: str
    verb: rules.Verb | None = None


OPEN, SIGNED_IN, API, ENROLLING = Policy("open"), Policy("signed_in"), Policy("api"), Policy("enrolling")


def _mark(policy: Policy) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.policy = policy  # type: ignore[attr-defined]
        return view

    return mark


open_to_all = _mark(OPEN)
signed_in = _mark(SIGNED_IN)
by_api_key = _mark(API)
enrolling = _mark(ENROLLING)


def requires(verb: rules.Verb) -> Callable[[View], View]:
    """Mark a view as open to people with a role that allows `verb`; the action checks organisation and stage again."""
    return _mark(Policy("verb", verb))


def asks_by_itself(view: View) -> View:
    """Mark a view that an open page asks again and again: nobody needs to be there for that, so it keeps no sign-in alive."""
    view.asks_by_itself = True  # type: ignore[attr-defined]
    return view


def all_under(patterns: Iterable[URLPattern | URLResolver], mark: Callable[[Any], Any]) -> list[URLPattern | URLResolver]:
    """Mark every view below `patterns`: for doors that a library makes, such as `NinjaAPI().urls[0]`."""
    marked = list(patterns)
    for entry in marked:
        if isinstance(entry, URLResolver):
            all_under(entry.url_patterns, mark)
        else:
            entry.callback = mark(_own(entry.callback))
    return marked


def _own(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A function of its own around `view`: a bound method cannot carry a mark."""

    @wraps(view)
    def own(*args: Any, **kwargs: Any) -> HttpResponse:
        return view(*args, **kwargs)

    return own


class ActorMiddleware:
    """Sets `request.actor` (and `request.sender` behind an API door) and refuses what the policy of the view does not allow."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = _actor(request)  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> HttpResponse | None:
        """Let the view run (None), lead to the sign-in page, or answer with the refusal."""
        try:
            check(request, getattr(view, "policy", None))
        except errors.NotSignedIn as failure:
            return _refusal(request, failure) if request.path.startswith("/api/") else redirect("accounts:sign-in")
        except DeskError as failure:
            return _refusal(request, failure)
        if not getattr(view, "asks_by_itself", False):
            _say_here(request)
        return None


def doer(request: HttpRequest) -> rules.Actor:
    """Who is behind a request that the policy of its door has let through."""
    actor: rules.Actor = request.actor  # type: ignore[attr-defined]
    return actor


def check(request: HttpRequest, policy: Policy | None) -> None:
    """Return if the policy lets this request through; else raise NotSignedIn or NotPermitted."""
    if policy is None:
        raise errors.NotPermitted("this address has no policy")
    if policy.kind == "open":
        return
    if policy.kind == "api":
        request.sender = queries.api_sender(request)  # type: ignore[attr-defined]
        request.actor = request.sender.actor  # type: ignore[attr-defined]
        return
    if policy.kind == "enrolling":
        request.enrolling = door.enrolling(request, now=clock.now())  # type: ignore[attr-defined]
        return
    actor: rules.Actor | None = request.actor  # type: ignore[attr-defined]
    if actor is None:
        raise errors.NotSignedIn
    if policy.verb is not None and not rules.may_somewhere(actor, policy.verb):
        raise errors.NotPermitted(policy.verb.value)


def _actor(request: HttpRequest) -> rules.Actor | None:
    """The person of the session; a session that has run out is ended here."""
    now, session = clock.now(), request.session
    actor = queries.actor_of(session, now=now, idle=timedelta(minutes=settings.CAIRNDESK.desk.idle_minutes))
    if actor is None and "person" in session:
        session.flush()
    return actor


def _say_here(request: HttpRequest) -> None:
    """Afterwards the sign-in of whoever sent this lasts on: they are there."""
    now, session = clock.now(), request.session
    if "seen" in session and now - datetime.fromisoformat(session["seen"]) > _SEEN_EVERY:
        session["seen"] = now.isoformat()


def _refusal(request: HttpRequest, failure: DeskError) -> HttpResponse:
    """The page or problem document; by name, as with Django's own CSRF view, because pages are drawn in a higher room."""
    answer: Callable[[HttpRequest, DeskError], HttpResponse] = import_string(settings.REFUSAL_VIEW)
    return answer(request, failure)
