"""Recording what a case is: features once, verdicts derived, and on to another person where that is called for."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import prefetch_related_objects

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.cases.actions import move_held, must_not_be_off
from cairndesk.cases.errors import NotYourClaim
from cairndesk.cases.models import Case
from cairndesk.cases.queries import case_facts
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import in_one_go, record, seal
from cairndesk.custody.models import SealedItem
from cairndesk.custody.rules import Event, Purpose
from cairndesk.directory.queries import jurisdictions, rules_of
from cairndesk.review import rules, scheme
from cairndesk.review.actions.drawing import draw_for_coding
from cairndesk.review.actions.publishing import ask_with_verdict, end_with_verdict
from cairndesk.review.actions.recording import write_down
from cairndesk.review.actions.unwriting import keep_for_taking_back
from cairndesk.review.errors import NoteMissing
from cairndesk.review.models import BlindCoding, Classification, SecondLook
from cairndesk.review.queries import latest, open_disagreement
from cairndesk.review.rules import Ask, Look
from cairndesk.triage.actions import assess_facts

# How soon another person looks, and how soon somebody plans the steps of a classified case.
LOOK_WITHIN, ACT_WITHIN = timedelta(hours=4), timedelta(hours=4)


@in_one_go()
def classify(*, case: Case, look: Look, by: Actor, now: datetime, note: str = "", publish: Collection[UUID] = ()) -> Classification:
    """Afterwards the case carries one more version of its classification, and stands at *second look* or *classified*.

    What was seen is written into the case's records and its urgency judged anew. After a disagreement only a supervisor
    other than the first person may classify, and that decides. Whoever classifies anew says why in `note` (TRG-21).
    Another person is asked to publish the hashes of the files `publish`; what was asked for under another verdict is closed.
    Raises NotYourClaim, TakenOff, NotThisFeature, SupervisorDecides, NoteMissing; with `publish` also NotConfirmed, NothingToPublish, NoSuchAccount.
    """
    held = Case.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=case.pk)
    require(by, Verb.ITEM_CLASSIFY, organisation=held.organisation_id, stage=held.stage)
    if held.claimed_by != by.pseudonym:
        raise NotYourClaim
    must_not_be_off(case=held, by=by)
    # Its versions are read once: nobody adds another one while the case is held.
    prefetch_related_objects([held], "classifications")
    used = scheme.used(now.date())
    look = rules.check_look(look, scheme.in_force(), used)
    disagreement = open_disagreement(held)
    if disagreement is not None:
        rules.may_decide(by, first=disagreement.first)
    if latest(held) is not None and not note.strip():
        raise NoteMissing
    known = case_facts(held)
    asks = () if disagreement else rules.second_look(look, scheme.in_force(), used, child_on_record=known.has_child_actor)
    made = lay_down(held, look, asks=asks, settles=disagreement, note=note, by=by, now=now)
    draw_for_coding(made=made, by=by, now=now)
    end_with_verdict(made=made, by=by, now=now)
    ask_with_verdict(made=made, files=publish, by=by, now=now)
    keep_for_taking_back(made, look, now)
    write_down(case=held, look=look, before=latest(held, before=made), by=by, now=now)
    assess_facts(held=held, by=by, now=now)
    move_on(held, asks, by, now)
    case.follow(held)
    # What was read of it before is no more what there is.
    made.case = case
    return made


def move_on(held: Case, asks: tuple[Ask, ...], by: Actor, now: datetime) -> None:
    """To another person while there are reasons for it, else on to the plan."""
    to, within = (Stage.SECOND_LOOK, LOOK_WITHIN) if asks else (Stage.CLASSIFIED, ACT_WITHIN)
    move_held(held=held, to=to, by=by, now=now, next_action_at=min(now + within, max(held.due_at, now)))
    if asks:
        detail = {"reasons": len(asks)}
        record(event=Event.REVIEW_SECOND_LOOK_ASKED, subject_kind="case", subject=held.pk, by=by, now=now, detail=detail)


def sealed_note(case: Case, note: str, now: datetime) -> SealedItem | None:
    """The words of a person, sealed; None where nothing was said."""
    words = note.strip()
    return seal(organisation=case.organisation_id, purpose=Purpose.NOTE, plain=words, now=now) if words else None


def lay_down(
    case: Case,
    look: Look,
    *,
    by: Actor,
    now: datetime,
    asks: tuple[Ask, ...] = (),
    settles: SecondLook | None = None,
    note: str = "",
    taken_from: Classification | None = None,
    settles_coding: BlindCoding | None = None,
) -> Classification:
    """One more version of the classification with the verdicts that follow today, and its entry in the log."""
    graded, on = scheme.to_grade_by(), now.date()
    held = [rule for rules in rules_of(jurisdictions(on), on).values() for rule in rules]
    found = rules.verdicts(look.features, held, on)
    made = Classification.objects.create(
        case=case,
        version=Classification.everything.filter(case=case).count() + 1,
        scheme=graded.name,
        scheme_version=graded.version,
        verdicts=[{"jurisdiction": one.jurisdiction, "code": one.code.value, "set": one.set_code} for one in found],
        asks=[ask.value for ask in asks],
        settles=settles,
        taken_from=taken_from,
        settles_coding=settles_coding,
        **Classification.columns(look, note=sealed_note(case, note, now), actor=by.pseudonym, at=now),
    )
    _log(made, by, now)
    return made


def _log(made: Classification, by: Actor, now: datetime) -> None:
    detail: dict[str, str | int] = {"version": made.version, "severity": made.severity, "scheme": made.scheme}
    detail |= {"taken_from": str(made.taken_from_id)} if made.taken_from_id else {}
    record(event=Event.REVIEW_CASE_CLASSIFIED, subject_kind="case", subject=made.case_id, by=by, now=now, detail=detail)
    if made.settles is not None:
        record(event=Event.REVIEW_DISAGREEMENT_DECIDED, subject_kind="case", subject=made.case_id, by=by, now=now, detail={"version": made.version})
