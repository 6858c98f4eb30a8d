"""Letting a closed package out of the desk: one person asks, another one who has read to whom and on which ground lets it go."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from cairndesk.accounts import actions as accounts
from cairndesk.accounts.acts import Words
from cairndesk.accounts.models import Request
from cairndesk.accounts.rules import Actor, Kind, Verb
from cairndesk.cases.acts import OfCase
from cairndesk.custody.actions import record
from cairndesk.custody.errors import Erased
from cairndesk.custody.rules import Event
from cairndesk.response.actions.confirming import taking_digest
from cairndesk.response.actions.gate import hold
from cairndesk.response.actions.package import require_package_sharing
from cairndesk.response.models import AuthorityPackage


@transaction.atomic
def ask_release(*, package: AuthorityPackage, by: Actor, now: datetime) -> Request:
    """Afterwards another person can let the closed package go; until then nobody can take it. Raises NotPermitted, Erased, AskedAlready."""
    held = hold(package, by, Verb.STEP_APPROVE)
    request = Request(kind=Kind.EXPORT, organisation=held.case.organisation, case=held.case_id, subject=held.pk)
    return accounts.ask(request=request, by=by, now=now)


class Releasing(OfCase):
    """Whoever works on the step can take the very bytes that were asked for, and hand them over."""

    kind, asks, does, about = Kind.EXPORT, Verb.STEP_APPROVE, Verb.STEP_APPROVE, "case"

    def hold(self, request: Request) -> None:
        AuthorityPackage.objects.select_for_update().get(pk=request.subject)

    def digest(self, request: Request) -> bytes:
        package = _package(request)
        if not package.sealed:
            raise Erased
        return taking_digest(package)

    def do(self, request: Request, *, by: Actor, now: datetime) -> str:
        require_package_sharing(_package(request), now=now)
        record(event=Event.RESPONSE_PACKAGE_RELEASED, subject_kind="case", subject=_package(request).case_id, by=by, now=now)
        return "The package can be taken now, and handed over."

    def words(self, request: Request) -> Words:
        package = _package(request)
        facts = [("Case", package.case.number), ("For", f"{package.authority.name} ({package.authority.country})")]
        facts += [("How it is handed over", package.authority.route or "see the directory")]
        facts += [("Identities", "inside" if package.names_people else "not inside"), ("Masked or left out", package.left_out or "nothing")]
        facts += [("Closed with the key", package.authority.age_recipient), ("SHA-256 of the tar inside", package.digest)]
        heading = f"Let a package for {package.authority.name} leave the desk"
        return Words(heading, facts, f"Let it go to {package.authority.name}", reverse("response:package", args=[package.pk]))


def _package(request: Request) -> AuthorityPackage:
    return AuthorityPackage.objects.select_related("case__organisation", "authority").get(pk=request.subject)
