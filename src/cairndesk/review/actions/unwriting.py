"""Taking a classification back at once: it counts nowhere, and what it wrote into the case's records stands as it stood before."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction

from cairndesk.accounts import actions as accounts
from cairndesk.accounts import undo
from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.cases.actions import (
    amend_incident,
    amend_item,
    amend_person,
    claim,
    code_harm,
    mark_item,
    move,
    set_lead_harm,
    take_back,
    withdraw_harm,
)
from cairndesk.cases.errors import SomethingRestsOnIt
from cairndesk.cases.models import Case, CasePerson, HarmCode, Incident, Item
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.lib.unknowns import Unknown
from cairndesk.review.actions.recording import OF_ACTOR, OF_INCIDENT, OF_ITEM, TECHNIQUE, first_in_role
from cairndesk.review.errors import StandsByNow
from cairndesk.review.models import BlindCoding, Classification, TakeBack
from cairndesk.review.queries import latest, publications_of, second_looks
from cairndesk.review.queries.state import marked
from cairndesk.review.rules import Look
from cairndesk.triage.actions import assess
from cairndesk.triage.rules.stacks import CONTENT


def keep_for_taking_back(made: Classification, look: Look, now: datetime) -> None:
    """Afterwards `made`, which is about to be written down, can be taken back for a while; what is over by now is forgotten."""
    TakeBack.objects.filter(until__lte=now, taken_back_at=None).delete()
    # To decide between two views ends them for good; whoever decided wrongly is put right by another classification.
    if made.settles_id is None:
        TakeBack.objects.create(classification=made, stood=_stands(made.case, look), until=now + undo.window())


@transaction.atomic
def take_back_classification(*, case: Case, by: Actor, now: datetime) -> Classification:
    """Afterwards `case` stands at *reviewing* with `by` again, as if it had not been classified; the record keeps that it was, and was taken back.

    Another person is no more asked to publish by it. Raises StandsByNow once the time for it is over, after a second look, a publication or
    an approved step, for anybody but whoever classified, and where it decided between two views; NotPermitted.
    """
    held = Case.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=case.pk)
    require(by, Verb.ITEM_CLASSIFY, organisation=held.organisation_id, stage=Stage.REVIEWING)
    made = latest(held)
    # A clock that is set back makes it last no longer.
    kept = TakeBack.objects.filter(classification=made, until__gt=now, until__lte=now + undo.window()).first() if made else None
    if made is None or kept is None or made.actor != by.pseudonym or held.stage not in _NOT_YET_ACTED:
        raise StandsByNow
    if made.pk in second_looks(held) or BlindCoding.objects.filter(classification=made).exists():
        raise StandsByNow
    _end_publications(made, by, now)
    kept.taken_back_at, stood, kept.stood = now, kept.stood, {}
    kept.save()
    move(case=held, to=Stage.REVIEWING, by=by, now=now, reason="taken_back", next_action_at=held.due_at)
    claim(case=held, by=by, now=now)
    _unwrite(made, stood, by=by, now=now)
    detail = {"version": made.version}
    record(event=Event.REVIEW_CLASSIFICATION_TAKEN_BACK, subject_kind="case", subject=held.pk, by=by, now=now, detail=detail)
    assess(case=held, by=by, now=now)
    case.refresh_from_db()
    return made


_NOT_YET_ACTED = frozenset({Stage.SECOND_LOOK, Stage.CLASSIFIED})


def _end_publications(made: Classification, by: Actor, now: datetime) -> None:
    for request in publications_of(made.case, now=now):
        if request.done_at is not None and request.done_at >= made.at:
            raise StandsByNow
        if request.done_at is None and request.asked_at >= made.at:
            accounts.take_back(request=request, by=by, now=now)


def _stands(case: Case, look: Look) -> dict[str, Any]:
    """How everything stands that writing down `look` may change: codes and keys alone."""
    incident = case.incidents.order_by("described_at", "pk").first()
    people = {"child": ["apparent_age"] if look.known("age_band") else [], "person_of_concern": list(look.known(*OF_ACTOR))}
    return {
        "incident": _told(incident, look.known(*OF_INCIDENT)) if incident else None,
        "harms": [_harm(one) for one in incident.harms.all()] if incident else [],
        "people": {role: _told(first_in_role(case, role), names) for role, names in people.items() if names},
        "items": _items(case, look.known(*OF_ITEM)),
        "techniques": _unmarked(case, look.known(TECHNIQUE)),
    }


def _unwrite(made: Classification, before: Mapping[str, Any], *, by: Actor, now: datetime) -> None:
    """Afterwards the records of its case say again what they said `before` `made` was written down, but for what somebody said since.

    A colleague's alarm of the last seconds is never taken back with it: only what still stands as `made` wrote it is. A person on whom
    something else rests by now stays, without what `made` said of them. Whose items left the index as a child's, theirs stay out.
    """
    case, look = made.case, made.look
    incident = case.incidents.order_by("described_at", "pk").first()
    if incident is not None:
        _harms_back(incident, before["harms"], made, by, now)
        facts = before["incident"] if before["incident"] is not None else _unsaid(look.known(*OF_INCIDENT))
        if still := _still(incident, facts, look.known(*OF_INCIDENT)):
            amend_incident(incident=incident, facts=still, by=by, now=now)
    for role, facts in before["people"].items():
        _person_back(made, role, facts, by, now)
    for facts, keys in before["items"]:
        for item in case.items.filter(pk__in=keys):
            if still := _still(item, facts, look.features):
                amend_item(item=item, facts=still, by=by, now=now)
    for item in case.items.filter(pk__in=before["techniques"]).prefetch_related("marks"):
        held = marked(item.marks.all(), [TECHNIQUE])[TECHNIQUE]
        if (technique := look.features[TECHNIQUE]) in held:
            mark_item(item=item, family=TECHNIQUE, codes=[code for code in held if code != technique], by=by, now=now)


def _still(row: Incident | CasePerson | Item, before: Mapping[str, Any], written: Mapping[str, str]) -> dict[str, Any]:
    """Those of `before` whose columns say what was `written` over them, and nothing that was said since."""
    return {name: value for name, value in before.items() if getattr(row, name) == written[name]}


def _told(row: Incident | CasePerson | Item | None, names: Iterable[str]) -> dict[str, Any] | None:
    return None if row is None else {name: getattr(row, name) for name in names}


def _unsaid(names: Iterable[str]) -> dict[str, str]:
    return dict.fromkeys(names, Unknown.NOT_ASKED.value)


def _items(case: Case, says: Mapping[str, str]) -> list[tuple[dict[str, Any], list[str]]]:
    """What items said that will say something else, with their keys; of two thousand alike it is told once."""
    found: dict[tuple[tuple[str, Any], ...], list[str]] = defaultdict(list)
    for item in case.items.filter(kind__in=CONTENT) if says else ():
        if changed := tuple((name, held) for name, said in says.items() if (held := getattr(item, name)) != said):
            found[changed].append(str(item.pk))
    return [(dict(facts), keys) for facts, keys in found.items()]


def _unmarked(case: Case, says: Mapping[str, str]) -> list[str]:
    """The keys of the items on which this technique of generating is not marked, and will be."""
    if not says:
        return []
    shown = case.items.filter(kind__in=CONTENT)
    return [str(pk) for pk in shown.exclude(marks__mark=f"{TECHNIQUE}.{says[TECHNIQUE]}").values_list("pk", flat=True)]


def _harm(one: HarmCode) -> dict[str, Any]:
    named = {"harm": one.harm, "actor": str(one.actor_id) if one.actor_id else None, "item": str(one.item_id) if one.item_id else None}
    return {**named, "acts": list(one.acts.values_list("act", flat=True)), "leads": one.is_lead}


def _harms_back(incident: Incident, before: list[dict[str, Any]], made: Classification, by: Actor, now: datetime) -> None:
    stood = {one["harm"]: one for one in before if one["actor"] is None}
    led = next((one for one in before if one["leads"]), None)
    # Where the harm that led is still there and does not lead, somebody said since which one does.
    settled = led is not None and incident.harms.filter(harm=led["harm"], actor=led["actor"], is_lead=False).exists()
    for new in incident.harms.filter(harm__in=set(made.harms) - set(stood), actor=None, acts=None):
        if not (settled and new.is_lead):
            withdraw_harm(harm=new, by=by, now=now)
    there = set(incident.harms.filter(actor=None).values_list("harm", flat=True))
    earlier = latest(made.case, before=made)
    dropped = set(earlier.harms if earlier else ()) - set(made.harms) - there
    for gone in (one for harm, one in stood.items() if harm in dropped):
        item = Item.objects.filter(pk=gone["item"]).first() if gone["item"] else None
        code_harm(incident=incident, harm=gone["harm"], acts=gone["acts"], item=item, by=by, now=now)
    leads = None if settled or led is None else incident.harms.filter(harm=led["harm"], actor=led["actor"], is_lead=False).first()
    if leads is not None:
        set_lead_harm(harm=leads, by=by, now=now)


def _person_back(made: Classification, role: str, facts: Mapping[str, Any] | None, by: Actor, now: datetime) -> None:
    person = first_in_role(made.case, role)
    if person is None:
        return
    said = {"apparent_age": made.look.features.get("age_band", "")} if role == "child" else made.look.known(*OF_ACTOR)
    if facts is None and _is_as_written(person, made):
        with suppress(SomethingRestsOnIt):
            take_back(case=made.case, fact=person, by=by, now=now)
            return
    if still := _still(person, _unsaid(said) if facts is None else facts, said):
        amend_person(person=person, facts=still, by=by, now=now)


def _is_as_written(person: CasePerson, made: Classification) -> bool:
    """Whether nobody said anything of a person since `made` brought them in, or who they are."""
    more = person.roles.count() > 1 or person.support.exists() or person.sensitive.exists()
    return person.recorded_at == made.at and person.identity_id is None and not more
