"""What people say of entries, kept for the owners of the lists, and disputes that can hold an entry back; and what partners say of ours."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.accounts.rules.sharing import Data, Recipient
from cairndesk.accounts.sharing import require_sharing
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.signals import shelf
from cairndesk.signals.actions.writing_out import require_let_go
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.errors import AlreadyDisputed, NotOnTheList, ReasonMissing
from cairndesk.signals.models import Feedback, HashList, ListEntry, Match, PartnerOpinion
from cairndesk.signals.rules import DISPUTES, Opinion, OwnersAnswer, Progress, Reason, Standing, WrittenOut

_OPINIONS = {Standing.CONFIRMED: Opinion.AFFIRMATIVE, Standing.REJECTED: Opinion.NEGATIVE}


def note_decision(*, match: Match, reason: Reason | None, by: Actor, now: datetime) -> None:
    """Afterwards the owner can be told what a person has made of `match`; what was said before and not sent is forgotten."""
    Feedback.objects.filter(match=match, progress=Progress.OPEN).delete()
    opinion = _OPINIONS.get(Standing(match.standing))
    if opinion is not None:
        Feedback.objects.create(entry_id=match.entry_id, match=match, opinion=opinion, reason=reason or "", made_by=by.pseudonym, made_at=now)


@transaction.atomic
def dispute_entry(*, listed: HashList, named: Sequence[Identifier], reason: Reason, holds: bool, by: Actor, now: datetime) -> Feedback:
    """Afterwards the entry of `listed` that is one of `named` is in dispute with its owner and, where it `holds`, is met no more until an answer.

    Raises NotPermitted, ReasonMissing, NotOnTheList, AlreadyDisputed.
    """
    require(by, Verb.LIST_IMPORT, organisation=listed.organisation_id)
    if reason not in DISPUTES:
        raise ReasonMissing
    values = {(one.kind, one.value) for one in named}
    held = ListEntry.objects.select_for_update(of=("self",)).filter(shelf.current(listed), value__in=[value for _, value in values])
    entry = next((one for one in held if (one.kind, one.value) in values), None)
    if entry is None:
        raise NotOnTheList
    if Feedback.objects.filter(entry=entry, opinion=Opinion.DISPUTE, answered_at=None).exists():
        raise AlreadyDisputed
    made = Feedback.objects.create(entry=entry, opinion=Opinion.DISPUTE, reason=reason, holds=holds, made_by=by.pseudonym, made_at=now)
    detail: dict[str, str | int] = {"reason": reason.value, "holds": int(holds), "list": str(listed.pk)}
    record(event=Event.SIGNALS_ENTRY_DISPUTED, subject_kind="feedback", subject=made.pk, by=by, now=now, detail=detail)
    return made


@transaction.atomic
def answer_dispute(*, dispute: Feedback, answer: OwnersAnswer, by: Actor, now: datetime) -> Feedback:
    """Afterwards the dispute is settled, and the entry is met again, unless its owner takes it off: then it waits for the version without it.

    Raises NotPermitted, NotOnTheList for one that is settled.
    """
    held = Feedback.objects.select_for_update(of=("self",)).select_related("entry__list").get(pk=dispute.pk)
    require(by, Verb.LIST_IMPORT, organisation=held.entry.list.organisation_id)
    if held.opinion != Opinion.DISPUTE or held.answered_at is not None:
        raise NotOnTheList("This dispute is settled.")
    held.progress, held.answer, held.answered_at = Progress.ANSWERED, answer, now
    held.holds = held.holds and answer is OwnersAnswer.REMOVED
    held.save(update_fields=["progress", "answer", "answered_at", "holds"])
    record(event=Event.SIGNALS_DISPUTE_SETTLED, subject_kind="feedback", subject=held.pk, by=by, now=now, detail={"answer": answer.value})
    return held


@transaction.atomic
def receive_opinion(*, listed: HashList, entry: int, kind: Kind, reason: Reason | None, by: Actor, now: datetime) -> PartnerOpinion:
    """Afterwards what the machine `by` of a partner says of an entry of `listed` stands on the page of the list, in the place of what it said before.

    Without a `reason` the entry is right. The same again changes nothing. Nothing is held back: people look, and dispute the entry or take it off.
    Raises NotOnTheList, ReasonMissing.
    """
    if reason is not None and reason not in DISPUTES:
        raise ReasonMissing
    held = ListEntry.objects.filter(shelf.current(listed), pk=entry, kind=kind).first()
    if held is None:
        raise NotOnTheList
    said = {"sender": by.name, "reason": reason or ""}
    if same := PartnerOpinion.objects.filter(entry=held, made_by=by.pseudonym, **said).first():
        return same
    made, _ = PartnerOpinion.objects.update_or_create(entry=held, made_by=by.pseudonym, defaults={**said, "made_at": now})
    detail: dict[str, str | int] = {"list": str(listed.pk), "reason": reason.value if reason else "none"}
    record(event=Event.SIGNALS_OPINION_RECEIVED, subject_kind="opinion", subject=made.pk, by=by, now=now, detail=detail)
    return made


@transaction.atomic
def export_feedback(*, listed: HashList, by: Actor, now: datetime, again: bool = False) -> list[Feedback]:
    """What its owner was not told yet, or, `again`, all of it, oldest first; afterwards it counts as sent, and the log says how much left.

    Raises NotLetGo, NotPermitted, SharingRefused.
    """
    require(by, Verb.LIST_IMPORT, organisation=listed.organisation_id)
    require_sharing(organisation=listed.organisation_id, data={Data.OPINION}, recipient=Recipient.PARTNER, country="", now=now)
    require_let_go(what=WrittenOut.OPINIONS, of=listed.pk, now=now)
    told = Feedback.objects.select_for_update(of=("self",)).filter(entry__list=listed).select_related("entry")
    going = list((told if again else told.filter(progress=Progress.OPEN)).order_by("made_at", "pk"))
    Feedback.objects.filter(pk__in=[one.pk for one in going], progress=Progress.OPEN).update(progress=Progress.SENT, sent_at=now)
    record(event=Event.SIGNALS_FEEDBACK_EXPORTED, subject_kind="list", subject=listed.pk, by=by, now=now, detail={"rows": len(going)})
    return going
