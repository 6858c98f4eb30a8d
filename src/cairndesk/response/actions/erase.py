"""Erasing what was told: one person asks, another does it, and never while a child still needs it."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from cairndesk.accounts import actions as accounts
from cairndesk.accounts.acts import Words
from cairndesk.accounts.errors import AskedAlready
from cairndesk.accounts.models import Request
from cairndesk.accounts.rules import Actor, Kind, Verb, digest_of
from cairndesk.cases import actions as cases
from cairndesk.cases.acts import OfCase
from cairndesk.cases.models import Case
from cairndesk.cases.rules.erasing import WORDS, Ground
from cairndesk.custody.actions import destroy_object
from cairndesk.custody.models import SealedObject
from cairndesk.custody.rules import Event
from cairndesk.intake.actions import check_words, forget_reporter, stop_listening
from cairndesk.response import queries
from cairndesk.response.actions.gate import hold_case
from cairndesk.response.errors import NotYet
from cairndesk.response.models import AuthorityPackage
from cairndesk.response.rules import HINDERS
from cairndesk.review.actions import forget_stacks
from cairndesk.signals.actions import forget_case


def ask_erasure(*, case: Case, ground: Ground, by: Actor, now: datetime, words: str = "") -> Request:
    """Afterwards another person can erase what was told in `case`; nothing is erased yet.

    Who asks by phone shows with the six words to be the reporter (`words`, kept nowhere). Raises NotTheSixWords, AskedAlready, NotPermitted.
    """
    if ground is Ground.ASKED_WITH_WORDS:
        # Outside of the transaction: a database must not be held for as long as stretching takes.
        check_words(case=case, typed=words)
    with transaction.atomic():
        held = hold_case(case, by, Verb.ERASURE_ASK)
        if held.erased_at is not None:
            raise AskedAlready
        request = Request(kind=Kind.ERASE, organisation=held.organisation, case=held.pk, subject=held.pk, plan={"ground": ground.value})
        return accounts.ask(request=request, by=by, now=now)


class Erasing(OfCase):
    """Nothing that was told in the case can be opened by anybody afterwards, and its six words are like words that never were.

    Codes, stages, counts and the log stay. Never while something stands in the way: then NotYet.
    """

    kind, asks, does, about = Kind.ERASE, Verb.ERASURE_ASK, Verb.TOLD_ERASE, "case"
    asked, taken_back = Event.RESPONSE_ERASURE_ASKED, Event.RESPONSE_ERASURE_WITHDRAWN

    def hold(self, request: Request) -> None:
        case = self.case(request)
        # First the reporter, then the case, in the order in which a message that comes in takes them: neither ever waits for the other in a ring.
        stop_listening(case=case)
        Case.objects.select_for_update(of=("self",)).get(pk=case.pk)

    def check(self, request: Request, *, now: datetime) -> None:
        if hinders := queries.hindrances(self.case(request), now):
            raise NotYet(" ".join(HINDERS[one] for one in hinders))

    def digest(self, request: Request) -> bytes:
        return digest_of("response.erase", case=request.case, ground=request.plan["ground"])

    def seen(self, request: Request) -> Mapping[str, Any]:
        """Everything that would go: more may be told after somebody asked, and goes as well when whoever approves has seen it."""
        return asdict(queries.extent_of(self.case(request)))

    def do(self, request: Request, *, by: Actor, now: datetime) -> str:
        case = self.case(request)
        extent = queries.extent_of(case)
        forget_reporter(case=case, now=now)
        forget_case(case=case.pk, now=now)
        forget_stacks(case=case)
        AuthorityPackage.objects.filter(case=case).update(sealed=b"")
        # What two people published stays on the desk's own list: it is theirs, and tells of no case.
        Request.objects.filter(case=case.pk, kind=Kind.PUBLISH).update(digest=b"")
        for original in SealedObject.objects.filter(pk__in=extent.originals):
            destroy_object(sealed=original, by=by, now=now)
        cases.erase_told(case=case, sealed=extent.sealed, ground=Ground(request.plan["ground"]), by=by, now=now)
        return "What was told is erased. Codes, stages and the log stay."

    def words(self, request: Request) -> Words:
        case = self.case(request)
        goes = "; ".join(f"{count} × {words}" for count, words in queries.extent_in_words(queries.extent_of(case)))
        facts = [
            ("Case", case.number),
            ("On which ground", WORDS[Ground(request.plan["ground"])]),
            ("What goes, for good", goes or "nothing is left"),
        ]
        facts.append(("What stays", "the number of the case, its stages, codes and dates, and the log"))
        heading = f"Erase what the reporter told in case {case.number}"
        return Words(heading, facts, f"Erase what was told in case {case.number}", reverse("response:erasure", args=[case.pk]))
