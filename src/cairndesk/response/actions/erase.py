"""Erasing what was told: one person asks, another does it, and never while a child still needs it."""

from datetime import datetime

from django.db import transaction

from cairndesk.accounts.rules import Actor, FreshProof, Verb, digest_of, require_fresh
from cairndesk.cases import actions as cases
from cairndesk.cases.actions.wishes import hold_wish, mark_done, mark_withdrawn
from cairndesk.cases.models import Case
from cairndesk.cases.rules.erasing import Ground
from cairndesk.custody.actions import destroy_object, record
from cairndesk.custody.models import SealedObject
from cairndesk.custody.rules import Event
from cairndesk.intake.actions import check_words, forget_reporter, stop_listening
from cairndesk.response import queries
from cairndesk.response.actions.gate import hold_case, require_another, require_person
from cairndesk.response.errors import IllegalStep, NotYet
from cairndesk.response.models import AuthorityPackage, Erasure
from cairndesk.response.rules import HINDERS
from cairndesk.review.models import Publication
from cairndesk.signals.actions import forget_case


def ask_erasure(*, case: Case, ground: Ground, by: Actor, now: datetime, words: str = "") -> Erasure:
    """Afterwards another person can erase what was told in `case`; nothing is erased yet.

    Who asks by phone shows with the six words to be the reporter (`words`, kept nowhere). Raises NotTheSixWords, IllegalStep, NotPermitted.
    """
    if ground is Ground.ASKED_WITH_WORDS:
        # Outside of the transaction: a database must not be held for as long as stretching takes.
        check_words(case=case, typed=words)
    with transaction.atomic():
        held = hold_case(case, by, Verb.ERASURE_ASK)
        if queries.erasure_of(held) is not None:
            raise IllegalStep("somebody has asked for this already")
        asked = Erasure.objects.create(case=held, ground=ground, asked_by=by.pseudonym, asked_at=now)
        record(event=Event.RESPONSE_ERASURE_ASKED, subject_kind="case", subject=held.pk, by=by, now=now, detail={"ground": ground.value})
    return asked


@transaction.atomic
def withdraw_erasure(*, erasure: Erasure, by: Actor, now: datetime) -> Erasure:
    """Afterwards nobody has asked any more. Raises IllegalStep once it was done or taken back."""
    held = _open(erasure, by, Verb.ERASURE_ASK)
    mark_withdrawn(held, by=by, now=now)
    record(event=Event.RESPONSE_ERASURE_WITHDRAWN, subject_kind="case", subject=held.case_id, by=by, now=now)
    return held


def erasing_digest(erasure: Erasure) -> bytes:
    """What erasing would take now: every sealed thing, every way back, every closed package, on which ground, asked by whom."""
    held = Erasure.objects.select_related("case").get(pk=erasure.pk)
    return _digest(held, queries.extent_of(held.case))


def _digest(held: Erasure, extent: queries.Extent) -> bytes:
    return digest_of(
        "response.erase",
        erasure=held.pk,
        case=held.case_id,
        ground=held.ground,
        asked_by=held.asked_by,
        sealed=extent.sealed,
        receipts=extent.receipts,
        matches=extent.matches,
        packages=extent.packages,
        originals=extent.originals,
    )


@transaction.atomic
def erase(*, erasure: Erasure, by: Actor, fresh: FreshProof | None, now: datetime) -> Case:
    """Afterwards nothing that was told in the case can be opened by anybody, and its six words are like words that never were.

    Codes, stages, counts and the log stay. Raises SignOffMissing for the person who asked, NotYet while something stands in the
    way, FreshProofNeeded, IllegalStep, NotPermitted.
    """
    held = _open(erasure, by, Verb.TOLD_ERASE)
    # First the reporter, then the case, in the order in which a message that comes in takes them: neither ever waits for the other in a ring.
    stop_listening(case=held.case)
    case = Case.objects.select_for_update(of=("self",)).get(pk=held.case_id)
    require_another(by, held.asked_by)
    if hinders := queries.hindrances(case, now):
        raise NotYet(" ".join(HINDERS[one] for one in hinders))
    extent = queries.extent_of(case)
    require_fresh(fresh, by=by, digest=_digest(held, extent), now=now)
    forget_reporter(case=case, now=now)
    forget_case(case=case.pk, now=now)
    AuthorityPackage.objects.filter(case=case).update(sealed=b"")
    # What two people published stays on the desk's own list: it is theirs, and tells of no case.
    Publication.objects.filter(case=case).update(content=b"")
    for original in SealedObject.objects.filter(pk__in=extent.originals):
        destroy_object(sealed=original, by=by, now=now)
    cases.erase_told(case=case, sealed=extent.sealed, ground=Ground(held.ground), by=by, now=now)
    mark_done(held, by=by, now=now)
    return case


def _open(erasure: Erasure, by: Actor, verb: Verb) -> Erasure:
    require_person(by)
    return hold_wish(erasure, by=by, verb=verb, gone=IllegalStep("it was done or taken back"))
