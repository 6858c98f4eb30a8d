"""Letting a list leave the house as a file: one person asks, another reads what goes to whom, and then it can be written out for a day."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from cairndesk.accounts import actions as accounts
from cairndesk.accounts.acts import Act, Words
from cairndesk.accounts.models import ApiKey, Organisation, Request
from cairndesk.accounts.queries import is_let_go
from cairndesk.accounts.rules import Actor, Kind, Verb, digest_of, life
from cairndesk.signals import blocklist
from cairndesk.signals.errors import ListRefused, NotLetGo
from cairndesk.signals.models import Feedback, Glossary, GlossaryVersion, HashList
from cairndesk.signals.rules import WRITTEN_OUT, WrittenOut


@transaction.atomic
def ask_to_write_out(*, what: WrittenOut, of: HashList | Glossary, to: str = "", by: Actor, now: datetime) -> Request:
    """Afterwards another person can let `what` of a list go, exactly as it is now. `to`: for terms, the holder of which key.

    Raises NotPermitted, ListRefused where `to` has no key, AskedAlready where exactly this is asked for.
    """
    if what is WrittenOut.TERMS:
        key_of_receiver(organisation=of.organisation_id, to=to)
    desk = Organisation.objects.get(pk=of.organisation_id)
    plan = {"what": what.value, "to": to}
    return accounts.ask(request=Request(kind=Kind.WRITE_OUT, organisation=desk, subject=of.pk, plan=plan), by=by, now=now)


def key_of_receiver(*, organisation: UUID, to: str) -> ApiKey:
    """The oldest key of the sender `to` that is good. Raises ListRefused."""
    key = ApiKey.objects.filter(organisation=organisation, sender=to, revoked_at=None).order_by("created_at").first()
    if key is None:
        raise ListRefused("Nobody of that name has a key of this desk; only platforms that the desk has vetted may have the glossary.")
    return key


def require_let_go(*, what: WrittenOut, of: UUID, to: str = "", now: datetime) -> None:
    """Return when two people let exactly this go within the last day; raise NotLetGo."""
    if not is_let_go(Kind.WRITE_OUT, of, _digest(what, of, to), since=now - life(Kind.WRITE_OUT)):
        raise NotLetGo


class WritingOut(Act):
    """Whoever looks after lists can write it out at the command line, as it was let go and for a day."""

    kind, asks, does, about = Kind.WRITE_OUT, Verb.LIST_IMPORT, Verb.LIST_IMPORT, "list"

    def stage(self, request: Request) -> None:
        return None

    def digest(self, request: Request) -> bytes:
        return _digest(WrittenOut(request.plan["what"]), request.subject, request.plan["to"])

    def do(self, request: Request, *, by: Actor, now: datetime) -> str:
        return "It can be written out now, for a day and as long as nothing of it changes."

    def words(self, request: Request) -> Words:
        what, of = WrittenOut(request.plan["what"]), request.subject
        held = Glossary.objects.get(pk=of) if what is WrittenOut.TERMS else HashList.objects.get(pk=of)
        to = {WrittenOut.BLOCKS: "access providers", WrittenOut.OPINIONS: held.owner, WrittenOut.TERMS: request.plan["to"]}[what]
        rows = _rows(what, of)
        many = rows[0][-1] if rows and what is WrittenOut.TERMS else len(rows)
        facts = [("List", held.name), ("What would leave", WRITTEN_OUT[what]), ("How many", str(many)), ("For", to)]
        facts += [("Its terms of use", held.terms), ("How", "a file in the clear, written at the command line by whoever looks after lists")]
        back = reverse("signals:lists") if what is WrittenOut.TERMS else reverse("signals:list", args=[of])
        return Words(f"Let {WRITTEN_OUT[what]} of {held.name} leave the desk", facts, "Let it be written out", back)


def _digest(what: WrittenOut, of: UUID, to: str) -> bytes:
    return digest_of("signals.write_out", what=what, of=of, to=to, rows=_rows(what, of))


def _rows(what: WrittenOut, of: UUID) -> list[Any]:
    """What would go, by numbers and days. What ends by itself or is held back meanwhile leaves less: that needs nobody."""
    if what is WrittenOut.TERMS:
        return list(GlossaryVersion.objects.filter(glossary=of).order_by("-number").values_list("number", "table", "entries")[:1])
    if what is WrittenOut.OPINIONS:
        return list(Feedback.objects.filter(entry__list=of).order_by("pk").values_list("pk", flat=True))
    return list(blocklist.blocks(HashList.objects.get(pk=of)).order_by("pk").values_list("pk", "entry", "expires_on"))
