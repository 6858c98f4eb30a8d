"""Every door of the desk says who may open it; a door that says nothing stays shut."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from cairndesk.accounts import errors, queries, rules

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Policy:
    """`open` to all, for anybody `signed_in`, for a machine's `api` key, or for people whose role allows `verb` at some stage."""

    kind: str
    verb: rules.Verb | None = None


OPEN, SIGNED_IN, API = Policy("open"), Policy("signed_in"), Policy("api")


def _mark(policy: Policy) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.policy = policy  # type: ignore[attr-defined]
        return view

    return mark


open_to_all = _mark(OPEN)
signed_in = _mark(SIGNED_IN)
by_api_key = _mark(API)


def requires(verb: rules.Verb) -> Callable[[View], View]:
    """Mark a view as open to people with a role that allows `verb`; the action checks organisation and stage again."""
    return _mark(Policy("verb", verb))


class ActorMiddleware:
    """Sets `request.actor` and refuses what the policy of the view does not allow."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = queries.actor_of(request.session)  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> HttpResponse | None:
        """Let the view run (None), lead to the sign-in page, or raise NotPermitted."""
        policy: Policy | None = getattr(view, "policy", None)
        if policy is None:
            raise errors.NotPermitted("this address has no policy")
        if policy.kind in {"open", "api"}:
            return None
        actor: rules.Actor | None = request.actor  # type: ignore[attr-defined]
        if actor is None:
            return redirect("accounts:sign-in")
        if policy.verb is not None and not any(rules.PERMISSIONS[policy.verb].get(role) for role in actor.roles):
            raise errors.NotPermitted(policy.verb.value)
        return None
