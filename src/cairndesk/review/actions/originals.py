"""Destroying an original: one person asks and says why, a supervisor who is another one does it. Nobody can bring it back."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from cairndesk.accounts import actions as accounts
from cairndesk.accounts.acts import Words
from cairndesk.accounts.models import Request
from cairndesk.accounts.rules import Actor, Kind, Verb, digest_of, require
from cairndesk.cases.actions import require_no_hold
from cairndesk.cases.acts import OfCase
from cairndesk.cases.models import Case
from cairndesk.custody.actions import destroy_object, seal
from cairndesk.custody.errors import ObjectGone
from cairndesk.custody.models import SealedObject
from cairndesk.custody.retention import RecordClass
from cairndesk.custody.rules import Event, Purpose
from cairndesk.review import errors, queries


@transaction.atomic
def ask_destruction(*, case: Case, original: SealedObject, reason: str, by: Actor, now: datetime) -> Request:
    """Afterwards another person can destroy the original of `case`; nothing is destroyed yet, and the reason is kept sealed.

    Raises NotPermitted, NoSuchAccount for another case's, NoReasonToDestroy, AskedAlready, ObjectGone.
    """
    require(by, Verb.DESTRUCTION_ASK, organisation=case.organisation_id, stage=case.stage)
    if queries.original_of(case, original.pk) is None:
        raise errors.NoSuchAccount
    if not reason.strip():
        raise errors.NoReasonToDestroy
    sealed = seal(organisation=case.organisation_id, purpose=Purpose.REASON, plain=reason.strip(), now=now)
    request = Request(kind=Kind.DESTROY, organisation=case.organisation, case=case.pk, subject=original.pk, reason=sealed)
    return accounts.ask(request=request, by=by, now=now)


class Destroying(OfCase):
    """The original cannot be opened by anybody afterwards; its hashes, the sealed reason, who asked and who did it, and the log stay.

    Never while a hold or the law keeps it: then OnHold, KeptByLaw.
    """

    kind, asks, does, about = Kind.DESTROY, Verb.DESTRUCTION_ASK, Verb.MEDIA_DESTROY, "object"
    asked, taken_back = Event.REVIEW_DESTRUCTION_ASKED, Event.REVIEW_DESTRUCTION_WITHDRAWN

    def hold(self, request: Request) -> None:
        SealedObject.objects.select_for_update().get(pk=request.subject)

    def check(self, request: Request, *, now: datetime) -> None:
        require_no_hold(self.case(request), request.subject)
        if until := queries.kept_until(self.case(request), [RecordClass.ORIGINAL], now):
            raise errors.KeptByLaw(f"until {until:%Y-%m-%d}")

    def digest(self, request: Request) -> bytes:
        original = SealedObject.objects.filter(pk=request.subject).first()
        if original is None or original.destroyed_at is not None:
            raise ObjectGone("It was destroyed.")
        return digest_of("review.destroy_media", original=original.pk, sealed=bytes(original.digest), reason=request.reason_id)

    def do(self, request: Request, *, by: Actor, now: datetime) -> str:
        destroy_object(sealed=SealedObject.objects.get(pk=request.subject), reason=request.reason, by=by, now=now)
        return "The original is destroyed. Its hashes and the entry in the log stay."

    def words(self, request: Request) -> Words:
        case = self.case(request)
        file = next((one for one in queries.files(case) if one.original == request.subject), None)
        facts = [("Case", case.number), ("File", f"{file.type}, {file.size}, {file.door}" if file else "destroyed")]
        facts += [("What goes", "its key and its bytes, for good"), ("What stays", "its hashes, the reason and the entry in the log")]
        button = "Destroy this original for good"
        return Words(f"Destroy an original of case {case.number}", facts, button, reverse("review:destroy", args=[case.pk, request.subject]))
