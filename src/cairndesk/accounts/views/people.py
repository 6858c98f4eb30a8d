"""People of the desk: who they are, what they may do, and how a lost passkey is replaced."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cairndesk.accounts import actions, confirm, errors, forms, queries
from cairndesk.accounts.actions.replacements import replacement_digest
from cairndesk.accounts.models import Organisation, Person, Replacement
from cairndesk.accounts.policy import requires
from cairndesk.accounts.rules import Actor, Role, Verb
from cairndesk.lib import clock


def _by(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


@requires(Verb.PEOPLE_MANAGE)
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Everybody of this organisation."""
    return render(request, "accounts/people.html", {"people": queries.people(by=_by(request)), "today": clock.now().date()})


@requires(Verb.PEOPLE_MANAGE)
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Somebody joins."""
    return joining(request, Organisation.objects.get(pk=_by(request).home))


def joining(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """The form for somebody who joins `organisation`, and after it the enrolment link."""
    form = forms.NewPerson(request.POST or None)
    if not form.is_valid():
        context = {"form": form, "organisation": organisation}
        return render(request, "accounts/person_add.html", context, status=422 if request.POST else 200)
    data, now = form.cleaned_data, clock.now()
    person = actions.add_person(
        organisation=organisation,
        sign_in_name=data["sign_in_name"],
        name=data["name"],
        roles=[Role(role) for role in data["roles"]],
        credential_until=data["credential_until"],
        by=_by(request),
        now=now,
    )
    return link_page(request, person, actions.make_link(person=person, by=_by(request), now=now))


@requires(Verb.PEOPLE_MANAGE)
@require_GET
def person(request: HttpRequest, person: UUID) -> HttpResponse:
    """One person."""
    held = queries.person_for(_by(request), person)
    context = {
        "person": held,
        "roles": forms.Roles(initial={"roles": [role.value for role in held.roles]}),
        "credential": forms.Credential(initial={"until": held.credential_until}),
        "keys": queries.passkeys(held.id),
        "is_me": held.id == _by(request).id,
    }
    return render(request, "accounts/person.html", context)


@requires(Verb.PEOPLE_MANAGE)
@require_POST
def roles(request: HttpRequest, person: UUID) -> HttpResponse:
    """Ask for other roles; another person reads what would change and does it."""
    held, now = queries.person_for(_by(request), person), clock.now()
    form = forms.Roles(request.POST)
    if not form.is_valid():
        raise errors.NotPossible("roles")
    wanted = frozenset(Role(role) for role in form.cleaned_data["roles"])
    if wanted == held.roles:
        request.session["said"] = "Nothing would change."
        return redirect("accounts:person", person=held.id)
    asked = actions.ask_roles(person=held, roles=wanted, by=_by(request), now=now)
    return redirect("accounts:request", request_id=asked.pk)


@requires(Verb.PEOPLE_MANAGE)
@require_POST
def credential(request: HttpRequest, person: UUID) -> HttpResponse:
    """Afterwards the training is on record."""
    form = forms.Credential(request.POST)
    if not form.is_valid():
        raise errors.NotPossible("date")
    held = queries.person_for(_by(request), person)
    actions.record_credential(person=held, until=form.cleaned_data["until"], by=_by(request), now=clock.now())
    return redirect("accounts:person", person=held.id)


@requires(Verb.PEOPLE_MANAGE)
@require_POST
def activity(request: HttpRequest, person: UUID) -> HttpResponse:
    """Somebody leaves, or comes back."""
    held = queries.person_for(_by(request), person)
    act = actions.deactivate if held.is_active else actions.reactivate
    act(person=held, by=_by(request), now=clock.now())
    return redirect("accounts:person", person=held.id)


@requires(Verb.PEOPLE_MANAGE)
@require_POST
def link(request: HttpRequest, person: UUID) -> HttpResponse:
    """A new enrolment link for somebody who has no passkey yet."""
    held = queries.person_for(_by(request), person)
    return link_page(request, held, actions.make_link(person=held, by=_by(request), now=clock.now()))


@requires(Verb.PEOPLE_MANAGE)
@require_POST
def lost(request: HttpRequest, person: UUID) -> HttpResponse:
    """A lost passkey: now a second person must agree."""
    actions.ask_replacement(person=queries.person_for(_by(request), person), by=_by(request), now=clock.now())
    return redirect("accounts:replacements")


@requires(Verb.PEOPLE_RECOVER)
@require_GET
def replacements(request: HttpRequest) -> HttpResponse:
    """Lost passkeys that wait for a second person."""
    by, now = _by(request), clock.now()
    waiting = [(asked, queries.name_behind(asked.asked_by), _may_agree(asked, by)) for asked in queries.open_replacements(by=by, now=now)]
    shown = [(asked, name, confirm.ask(request, replacement_digest(asked)) if may else None) for asked, name, may in waiting]
    return render(request, "accounts/replacements.html", {"waiting": shown})


@requires(Verb.PEOPLE_RECOVER)
@require_POST
def agree(request: HttpRequest, replacement: UUID) -> HttpResponse:
    """Afterwards the old passkeys are gone and there is a new enrolment link."""
    by, now = _by(request), clock.now()
    asked = queries.open_replacements(by=by, now=now).filter(pk=replacement).first()
    if asked is None:
        raise errors.OtherOrganisation
    fresh = confirm.given(request, replacement_digest(asked), now=now)
    return link_page(request, asked.person, actions.agree_to_replacement(asked=asked, by=by, fresh=fresh, now=now))


def link_page(request: HttpRequest, person: Person, token: str) -> HttpResponse:
    """The link, shown this once."""
    address = f"{settings.CAIRNDESK.desk.public_url.rstrip('/')}{reverse('accounts:enrol')}?link={token}"
    return render(request, "accounts/link.html", {"person": person, "address": address})


def _may_agree(asked: Replacement, by: Actor) -> bool:
    return by.pseudonym != asked.asked_by and by.id != asked.person_id
