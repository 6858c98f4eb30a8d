"""The tracks of victim identification that stand, and the clues."""

from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from cairndesk.cases.models import Case, CasePerson, Clue, Identification, PersonRole, Report
from cairndesk.cases.rules.facts import CHILD_ACTOR
from cairndesk.cases.rules.identification import BARRED, HARMED, RUNNING, SELF_TELLING


def tracks() -> QuerySet[Identification]:
    """Every status that stands of somebody for whom a track may stand; who turned out to be of concern, or to be who told, is left out."""
    roles = PersonRole.objects.filter(person=OuterRef("person"))
    theirs = Identification.objects.filter(person__taken_back_at=None).exclude(person__actor_age__in=CHILD_ACTOR)
    counted = theirs.alias(accounts=_counted(_self_told()), tellers=_counted(_who_told()))
    # As `rules.identification.is_clear_of` says, and never where nobody recorded who told at all.
    clear = Q(accounts=0) | Q(tellers__gt=0, accounts__lte=Greatest(F("tellers"), F("told_none_of")))
    return counted.filter(clear, Exists(roles.filter(role__in=HARMED)), ~Exists(roles.filter(role__in=BARRED)))


def standing_tracks() -> QuerySet[Identification]:
    """Of these the newest of each person: how it stands now."""
    later = Q(recorded_at__gt=OuterRef("recorded_at")) | Q(recorded_at=OuterRef("recorded_at"), pk__gt=OuterRef("pk"))
    return tracks().filter(~Exists(Identification.objects.filter(later, person=OuterRef("person"))))


def _counted(rows: QuerySet[Any]) -> Coalesce:
    """How many of `rows` are of the case of the person at hand."""
    of_case = rows.filter(case=OuterRef("person__case")).order_by().values("case").annotate(many=Count("pk")).values("many")
    return Coalesce(Subquery(of_case), 0)


def _self_told() -> QuerySet[Report]:
    return Report.objects.filter(Q(source__in=SELF_TELLING["source"]) | Q(path__in=SELF_TELLING["path"]))


def _who_told() -> QuerySet[CasePerson]:
    roles = PersonRole.objects.filter(person=OuterRef("pk"))
    return CasePerson.objects.filter(Exists(roles.filter(role="reporter")), Exists(roles.filter(role__in=HARMED)))


def self_told(case: Case) -> int:
    """How many accounts of `case` are of somebody to whom it happened, by their source or by the path they came on."""
    return _self_told().filter(case=case).count()


def tellers(case: Case) -> int:
    """How many people of `case` are recorded as those to whom it happened and who told."""
    return _who_told().filter(case=case).count()


def tracks_of(case: Case) -> QuerySet[Identification]:
    """The tracks of `case`, oldest first."""
    return tracks().filter(person__case=case).order_by("recorded_at", "pk")


def is_being_identified(case: Case) -> bool:
    """Whether somebody of `case` has a track that runs, to which clues can be added."""
    return standing_tracks().filter(person__case=case, status__in=RUNNING).exists()


def clues_of(case: Case) -> QuerySet[Clue]:
    """The clues of `case` that stand, oldest first."""
    return Clue.objects.filter(case=case).order_by("recorded_at", "pk")
