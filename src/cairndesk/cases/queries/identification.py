"""The tracks of victim identification that stand, and the clues."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from cairndesk.cases.models import Case, Clue, Identification, PersonRole
from cairndesk.cases.rules.facts import CHILD_ACTOR
from cairndesk.cases.rules.identification import BARRED, HARMED, RUNNING


def tracks() -> QuerySet[Identification]:
    """Every status that stands of somebody for whom a track may stand; who turned out to be of concern, or to be who told, is left out."""
    roles = PersonRole.objects.filter(person=OuterRef("person"))
    theirs = Identification.objects.filter(person__taken_back_at=None).exclude(person__actor_age__in=CHILD_ACTOR)
    return theirs.filter(Exists(roles.filter(role__in=HARMED)), ~Exists(roles.filter(role__in=BARRED)))


def standing_tracks() -> QuerySet[Identification]:
    """Of these the newest of each person: how it stands now."""
    later = Q(recorded_at__gt=OuterRef("recorded_at")) | Q(recorded_at=OuterRef("recorded_at"), pk__gt=OuterRef("pk"))
    return tracks().filter(~Exists(Identification.objects.filter(later, person=OuterRef("person"))))


def tracks_of(case: Case) -> QuerySet[Identification]:
    """The tracks of `case`, oldest first."""
    return tracks().filter(person__case=case).order_by("recorded_at", "pk")


def is_being_identified(case: Case) -> bool:
    """Whether somebody of `case` has a track that runs, to which clues can be added."""
    return standing_tracks().filter(person__case=case, status__in=RUNNING).exists()


def clues_of(case: Case) -> QuerySet[Clue]:
    """The clues of `case` that stand, oldest first."""
    return Clue.objects.filter(case=case).order_by("recorded_at", "pk")
