"""Publishing the hashes of a file, or an address to be blocked: one person confirms it and asks, a supervisor who is another one does it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from cairndesk.accounts import actions as accounts
from cairndesk.accounts.acts import Words
from cairndesk.accounts.errors import AskedAlready
from cairndesk.accounts.models import Request
from cairndesk.accounts.rules import Actor, Kind, Verb, digest_of, require
from cairndesk.cases.acts import OfCase
from cairndesk.cases.models import Case, Item
from cairndesk.custody import access
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.review import errors, queries, scheme
from cairndesk.review.models import Classification
from cairndesk.signals.actions import block_address, publish_own, take_back_own
from cairndesk.signals.queries import own_list
from cairndesk.signals.rules import BLOCKED_FOR


@transaction.atomic
def ask_publication(*, case: Case, file: Item, by: Actor, now: datetime) -> Request:
    """Afterwards another person can publish the hashes of `file`, or its address, as they are now; nothing is published yet.

    Raises NotPermitted, NoSuchAccount for another case's, NothingToPublish, AskedAlready also where it is published, DeskLocked.
    """
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    require(by, Verb.PUBLICATION_ASK, organisation=held.organisation_id, stage=held.stage)
    if queries.file_of(held, file.pk) != file:
        raise errors.NoSuchAccount
    asked = queries.publication_of(file)
    if asked is not None and asked.done_at is not None:
        raise AskedAlready
    return accounts.ask(request=Request(kind=Kind.PUBLISH, organisation=held.organisation, case=held.pk, subject=file.pk), by=by, now=now)


def ask_with_verdict(*, made: Classification, files: Collection[UUID], by: Actor, now: datetime) -> None:
    """Afterwards another person can publish the hashes of each of `files`; what somebody asked for already, or did, stays as it is.

    Belongs into the transaction that makes the classification. Raises NotConfirmed, and as `ask_publication` does.
    """
    if not files:
        return
    if not _shows_abuse(made):
        raise errors.NotConfirmed
    stands = {one.subject for one in queries.publications_of(made.case, now=now)}
    for pk in sorted(set(files)):
        file = queries.file_of(made.case, pk)
        if file is None or file.kind != "media":
            raise errors.NoSuchAccount
        if file.pk not in stands:
            ask_publication(case=made.case, file=file, by=by, now=now)
            stands.add(file.pk)


def end_with_verdict(*, made: Classification, by: Actor, now: datetime) -> None:
    """Afterwards nobody is asked any more to publish what was confirmed under another verdict than that of `made`: who wants it asks again."""
    before = queries.latest(made.case, before=made)
    if _shows_abuse(made) and (before is None or (_shows_abuse(before) and before.severity == made.severity)):
        return
    for request in queries.publications_of(made.case, now=now):
        if request.done_at is None:
            accounts.take_back(request=request, by=by, now=now)


class Publishing(OfCase):
    """The hashes of the file, or the address, are on the desk's own list afterwards, and every process meets them at its next question.

    An address is then also to be blocked, for a time.
    """

    kind, asks, does, about = Kind.PUBLISH, Verb.PUBLICATION_ASK, Verb.HASHES_PUBLISH, "item"
    asked, taken_back = Event.REVIEW_PUBLICATION_ASKED, Event.REVIEW_PUBLICATION_WITHDRAWN

    def hold(self, request: Request) -> None:
        Case.objects.select_for_update(of=("self",)).get(pk=self.case(request).pk)

    def digest(self, request: Request) -> bytes:
        """Which file and which hashes, or which address, keyed: the digest tells nothing about them."""
        case = self.case(request)
        file = queries.file_of(case, request.subject)
        named = queries.publishable(case, file) if file is not None and file.pk == request.subject else []
        if not named:
            raise errors.NothingToPublish
        content = "\n".join(f"{one.kind}:{one.value}" for one in named)
        keyed = access.keys().blind_index(case.organisation_id, "review.publication", content)
        return digest_of("review.publish_hashes", item=request.subject, content=keyed)

    def seen(self, request: Request) -> Mapping[str, Any]:
        """The classification that allows it; it may be made after somebody asked."""
        return {"classification": _confirmed(self.case(request)).pk}

    def do(self, request: Request, *, by: Actor, now: datetime) -> str:
        case, file, newest = self.case(request), Item.objects.get(pk=request.subject), _confirmed(self.case(request))
        listed = own_list(organisation=case.organisation_id)
        if listed is None:
            raise errors.NoOwnList
        # Who fetches the list by the interface of NCMEC is told a classification where one was given, and is never told a guess.
        label = (scheme.equivalent(newest.look.grades, "industry") or f"{newest.scheme}: {newest.severity}")[:64]
        put = block_address if file.kind == "url" else publish_own
        done = put(listed=listed, named=queries.publishable(case, file), label=label, by=by, now=now)
        # By this it is taken back.
        request.plan = {"version": done.number}
        request.save(update_fields=["plan"])
        detail: dict[str, str | int] = {"added": done.added, "version": done.number}
        record(event=Event.REVIEW_HASHES_PUBLISHED, subject_kind="item", subject=file.pk, by=by, now=now, detail=detail)
        if file.kind == "url":
            return f"Access providers are asked to block the address for {BLOCKED_FOR.days} days, and every later report meets it."
        return f"{done.added} new hash{'es' if done.added != 1 else ''} on our own list. Every later report meets them from now on."

    def words(self, request: Request) -> Words:
        case = self.case(request)
        file, newest = queries.file_of(case, request.subject), queries.latest(case)
        kinds = ", ".join(queries.kinds_in_words(queries.publishable(case, file))) if file else "nothing any more"
        facts = [("Case", case.number), ("What would go on our own list", kinds)]
        facts += [("Classified as", f"{newest.scheme}: {newest.severity}" if newest else "not yet")]
        back = reverse("review:publish", args=[case.pk, request.subject])
        if file is not None and file.kind == "url":
            facts += [("Blocked for", f"{BLOCKED_FOR.days} days, by access providers that fetch our list")]
            return Words(f"Block an address of case {case.number}", facts, "Block this address", back)
        facts += [("From then on", "every report meets this file as known material")]
        return Words(f"Publish the hashes of a file in case {case.number}", facts, "Publish these hashes on our own list", back)

    def way_back(self, request: Request) -> str:
        return reverse("review:unpublish", args=[self.case(request).pk, request.subject])


@transaction.atomic
def take_back_publication(*, case: Case, file: Item, by: Actor, now: datetime) -> None:
    """Afterwards what was published of `file` is on our own list no more, and no partner has been given it; somebody can ask anew.

    Whoever asked or did it can, until it leaves. Raises PublicationStands for anybody else and later; NotPermitted, ListHeld, ListRefused.
    """
    held = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    require(by, Verb.PUBLICATION_ASK, organisation=held.organisation_id, stage=held.stage)
    request, listed = queries.publication_of(file), own_list(organisation=held.organisation_id)
    if listed is None or request is None or not accounts.may_undo(request, by=by, now=now):
        raise errors.PublicationStands
    done_at = request.done_at or now
    accounts.undone(request=request, by=by, now=now)
    take_back_own(listed=listed, version=request.plan["version"], at=done_at, by=by, now=now)
    record(event=Event.REVIEW_HASHES_TAKEN_BACK, subject_kind="item", subject=file.pk, by=by, now=now)


def _confirmed(case: Case) -> Classification:
    newest = queries.latest(case)
    if newest is None or not _shows_abuse(newest) or queries.open_disagreement(case) is not None:
        raise errors.NotConfirmed
    return newest


def _shows_abuse(made: Classification) -> bool:
    return bool(made.features.get("shows_abuse") == "yes")
