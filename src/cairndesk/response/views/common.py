"""What the pages of this room share."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cairndesk.accounts import confirm
from cairndesk.accounts.rules import Actor
from cairndesk.accounts.rules.handling import Step
from cairndesk.lib.ids import id_in
from cairndesk.response.errors import IncompleteAct, NoSuchThing

# What a form brings with it when it has been confirmed.
PROOF = frozenset({"proof_digest", "ceremony", "answer", "password", "code"})
Shape = TypeVar("Shape", bound=forms.Form)


def actor_of(request: HttpRequest) -> Actor:
    """Who is signed in; the policy of each view has made sure that somebody is."""
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def filled(form: Shape) -> dict[str, Any]:
    """What was typed, when its shape holds; else raise IncompleteAct naming the first field."""
    if not form.is_valid():
        name, problems = next(iter(form.errors.items()))
        raise IncompleteAct(f"{form.fields[name].label or name}: {problems[0]}" if name in form.fields else str(problems[0]))
    return form.cleaned_data


def wanted(acts: Mapping[str, Callable[[], object]], name: str) -> None:
    """Do the one act that the button named. Raises NoSuchThing for any other name."""
    if name not in acts:
        raise NoSuchThing
    acts[name]()


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the form comes from the page that said what will be done; the proof itself is checked with the act."""
    return "proof_digest" in request.POST


def shown_digest(request: HttpRequest) -> bytes:
    """The digest of what the page showed; the act compares it with what it would do now. Raises NoSuchThing for none."""
    try:
        return bytes.fromhex(request.POST.get("proof_digest", ""))
    except ValueError as strange:
        raise NoSuchThing from strange


def to_confirm(
    request: HttpRequest, digest: bytes, *, step: Step, heading: str, facts: Sequence[tuple[str, str]], button: str, back: str
) -> HttpResponse:
    """The page that says what will be done, and how to handle `step`; its form sends again what was sent, with the proof."""
    sent = [(name, value) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken" for value in values]
    shown = {"step": step, "heading": heading, "facts": facts, "button": button, "back": back, "sent": sent}
    return render(request, "response/confirm.html", {**shown, "proof": confirm.ask(request, digest)})


def uuid_of(text: str) -> UUID:
    """The id in `text`. Raises NoSuchThing."""
    if (named := id_in(text)) is None:
        raise NoSuchThing
    return named
