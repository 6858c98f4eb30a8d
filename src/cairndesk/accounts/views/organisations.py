"""Organisations, the media switch, and the keys of machines."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from cairndesk.accounts import actions, confirm, errors, forms, queries
from cairndesk.accounts.actions.organisations import media_digest
from cairndesk.accounts.models import ApiKey, Organisation
from cairndesk.accounts.policy import requires
from cairndesk.accounts.rules import Actor, Kind, Verb
from cairndesk.accounts.views.people import joining
from cairndesk.custody.actions.keys import add_keys
from cairndesk.custody.queries import kept_objects
from cairndesk.lib import clock


def _by(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


@requires(Verb.ORGANISATION_MANAGE)
@require_http_methods(["GET", "POST"])
def organisations(request: HttpRequest) -> HttpResponse:
    """The desks of this installation; the first one may add others."""
    form = forms.NewOrganisation(request.POST or None)
    by, now = _by(request), clock.now()
    if form.is_valid():
        actions.create_organisation(**form.cleaned_data, make_keys=lambda made: add_keys(organisation=made, by=by, now=now), by=by, now=now)
        return redirect("accounts:organisations")
    mine = Organisation.objects.get(pk=by.home)
    listed = [(one, queries.may_start(by, one.id)) for one in queries.organisations(by=by)]
    media = forms.MediaSwitch(initial={"mode": mine.media_mode, "basis": mine.media_basis})
    context = {"listed": listed, "mine": mine, "form": form, "media": media, "kind": forms.KindOf(prefix="of")}
    return render(request, "accounts/organisations.html", context, status=422 if request.POST else 200)


@requires(Verb.ORGANISATION_MANAGE)
@require_http_methods(["GET", "POST"])
def first_person(request: HttpRequest, organisation: UUID) -> HttpResponse:
    """The first people of a desk in which nobody can sign in yet."""
    held = Organisation.objects.filter(pk=organisation).first()
    if held is None or not queries.may_start(_by(request), held.id):
        raise errors.OtherOrganisation
    return joining(request, held)


@requires(Verb.ORGANISATION_MANAGE)
@require_POST
def kind(request: HttpRequest) -> HttpResponse:
    """Say what one of the desks is."""
    form = forms.KindOf(request.POST, prefix="of")
    if not form.is_valid():
        raise errors.NotPossible("kind")
    actions.set_kind(**form.cleaned_data, by=_by(request), now=clock.now())
    return redirect("accounts:organisations")


@requires(Verb.ORGANISATION_MANAGE)
@require_POST
def media(request: HttpRequest) -> HttpResponse:
    """First the page that says what would change; with the proof on it, the change."""
    mine, now = Organisation.objects.get(pk=_by(request).home), clock.now()
    form = forms.MediaSwitch(request.POST)
    if not form.is_valid():
        raise errors.NotPossible("media")
    mode, basis = form.cleaned_data["mode"], form.cleaned_data["basis"]
    digest = media_digest(mine, mode, basis)
    if "proof_digest" not in request.POST:
        context = {"mine": mine, "mode": mode, "basis": basis, "said": Organisation.Media(mode).label, "proof": confirm.ask(request, digest)}
        return render(request, "accounts/media.html", context | {"kept": kept_objects(mine.id)})
    fresh = confirm.given(request, digest, now=now)
    actions.switch_media(organisation=mine, mode=mode, basis=basis, by=_by(request), fresh=fresh, now=now)
    return redirect("accounts:organisations")


@requires(Verb.API_KEY_MANAGE)
@require_http_methods(["GET", "POST"])
def api_keys(request: HttpRequest) -> HttpResponse:
    """Machines that hand over reports; a new key is shown this once."""
    form, by, new = forms.NewApiKey(request.POST or None), _by(request), ""
    if form.is_valid():
        mine = Organisation.objects.get(pk=by.home)
        _, new = actions.create_api_key(organisation=mine, **form.cleaned_data, by=by, now=clock.now())
        form = forms.NewApiKey()
    asked = {one.subject: one.pk for one in queries.open_requests(by=by, now=clock.now()) if one.kind == Kind.OPEN_LISTS}
    keys = [(key, asked.get(key.pk)) for key in queries.api_keys(by=by)]
    context = {"keys": keys, "form": form, "new": new}
    return render(request, "accounts/api_keys.html", context, status=422 if form.errors else 200)


@requires(Verb.API_KEY_MANAGE)
@require_POST
def open_lists(request: HttpRequest, key: UUID) -> HttpResponse:
    """Ask that the machine may fetch lists."""
    by = _by(request)
    held = ApiKey.objects.filter(pk=key, organisation=by.home).select_related("organisation").first()
    if held is None:
        raise errors.OtherOrganisation
    asked = actions.ask_to_open_lists(key=held, by=by, now=clock.now())
    return redirect("accounts:request", request_id=asked.pk)


@requires(Verb.API_KEY_MANAGE)
@require_POST
def revoke(request: HttpRequest, key: UUID) -> HttpResponse:
    """Afterwards the machine's key opens nothing."""
    held = ApiKey.objects.filter(pk=key).first()
    if held is None:
        raise errors.OtherOrganisation
    actions.revoke_api_key(key=held, by=_by(request), now=clock.now())
    return redirect("accounts:api-keys")
