"""Hand a shift on in words, take one over, and forget what was said once it is old."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.custody.actions import erase, record, seal
from cairndesk.custody.queries import unseal_text
from cairndesk.custody.rules import Event, Purpose
from cairndesk.lib import text
from cairndesk.triage import errors
from cairndesk.triage.models import ShiftNote, ShiftNoteRead
from cairndesk.triage.rules.shift import KEPT


@transaction.atomic
def write_shift_note(*, words: str, by: Actor, now: datetime) -> ShiftNote:
    """Afterwards whoever comes on duty next at the organisation of `by` finds these words. Raises NothingSaid, NotPermitted, DeskLocked."""
    require(by, Verb.SHIFT_NOTE, organisation=by.home)
    said = text.clean(words).strip()
    if not said:
        raise errors.NothingSaid
    sealed = seal(organisation=by.home, purpose=Purpose.NOTE, plain=said, now=now)
    note = ShiftNote.objects.create(organisation_id=by.home, words=sealed, actor=by.pseudonym, at=now)
    record(event=Event.TRIAGE_SHIFT_NOTE_WRITTEN, subject_kind="organisation", subject=by.home, by=by, now=now)
    return note


def read_shift_note(*, note: int, by: Actor, now: datetime) -> str:
    """The words of a note; that `by` read them stands beside it and in the log first. Raises NoSuchNote, NotPermitted, DeskLocked."""
    with transaction.atomic():
        require(by, Verb.SHIFT_NOTE, organisation=by.home)
        held = ShiftNote.objects.select_related("words").filter(pk=note, organisation=by.home, words__erased_at=None).first()
        if held is None:
            raise errors.NoSuchNote
        if by.pseudonym != held.actor:
            ShiftNoteRead.objects.get_or_create(note=held, actor=by.pseudonym, defaults={"at": now})
        record(event=Event.TRIAGE_SHIFT_NOTE_READ, subject_kind="organisation", subject=by.home, by=by, now=now)
    return unseal_text(held.words)


@transaction.atomic
def forget_shift_notes(*, now: datetime) -> int:
    """Afterwards no note is left that is older than they are kept; returns how many went."""
    old = ShiftNote.objects.filter(at__lt=now - KEPT, words__erased_at=None)
    return erase(items=list(old.values_list("words", flat=True)), now=now)
