"""What of a case belongs to which class of records, found from the tables themselves."""

from collections import defaultdict
from uuid import UUID

from cairndesk.accounts.models import Request
from cairndesk.cases.models import Case, CasePerson, Item
from cairndesk.cases.queries import descriptions_held
from cairndesk.cases.rules.facts import CHILD_ACTOR
from cairndesk.custody.reach import rows_below, sealed_in
from cairndesk.custody.retention import RecordClass
from cairndesk.response.queries import APART
from cairndesk.retention.classes import class_of
from cairndesk.signals.models import Match, MediaSighting

# What was destroyed is said for good; what data subjects asked for ends in its own time.
_APART = APART | {"retention.Destruction.case", "retention.SubjectRequest.case", "retention.SubjectRequest.person"}


def sealed_of(case: Case) -> dict[RecordClass, set[UUID]]:
    """The sealed items of `case` that still open, by class, without what a hold on another case keeps.

    What tells who or where children are who are persons of concern is a class of its own.
    """
    found: dict[RecordClass, set[UUID]] = defaultdict(set)
    kept = descriptions_held(case, by_others=True)
    for column, items in sealed_in(rows_below(case, apart=_APART)).items():
        found[class_of(column) or RecordClass.ACCOUNT] |= items - kept
    files = MediaSighting.objects.filter(case=case.pk)
    found[RecordClass.HASHES] |= set(files.filter(hashes__erased_at=None).values_list("hashes", flat=True))
    found[RecordClass.NOTE] |= set(
        files.filter(original__reason__erased_at=None).exclude(original__reason=None).values_list("original__reason", flat=True)
    )
    found[RecordClass.NOTE] |= set(Request.objects.filter(case=case.pk, reason__erased_at=None).exclude(reason=None).values_list("reason", flat=True))
    child = _of_child_actors(case)
    found[RecordClass.CHILD_ACTOR] = (found[RecordClass.IDENTITY] | found[RecordClass.IDENTIFIER]) & child
    found[RecordClass.IDENTITY] -= child
    found[RecordClass.IDENTIFIER] -= child
    return found


def subjects_of(case: Case) -> set[UUID]:
    """Everything that an entry of the log about `case` can speak of: the case, its rows, its files, and what matched."""
    rows = {key for keys in rows_below(case, apart=_APART).values() for key in keys if isinstance(key, UUID)}
    files = MediaSighting.objects.filter(case=case.pk).values_list("pk", "original")
    rows |= set(Request.objects.filter(case=case.pk).values_list("pk", flat=True))
    return rows | {key for pair in files for key in pair if key} | matched_in(case)


def matched_in(case: Case) -> set[UUID]:
    """What matched entries of lists in `case`, and what a person decided about."""
    return set(Match.objects.filter(case=case.pk).values_list("pk", flat=True))


def _of_child_actors(case: Case) -> set[UUID]:
    people = CasePerson.everything.filter(case=case, actor_age__in=CHILD_ACTOR)
    theirs = Item.everything.filter(holder__in=people)
    pairs = [*people.values_list("identity", "sensitive__words"), *theirs.values_list("identifier", "sightings__where")]
    return {key for pair in pairs for key in pair if key}
