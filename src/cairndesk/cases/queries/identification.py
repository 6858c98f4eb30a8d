"""The tracks of victim identification that stand, and the clues."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from cairndesk.cases.models import Case, CasePerson, Clue, Identification, PersonRole, Report
from cairndesk.cases.rules.facts import CHILD_ACTOR
from cairndesk.cases.rules.identification import BARRED, HARMED, RUNNING, SELF_TELLING


def tracks() -> QuerySet[Identification]:
    """Every status that stands of somebody for whom a track may stand; who turned out to be of concern, or to be who told, is left out."""
    roles = PersonRole.objects.filter(person=OuterRef("person"))
    theirs = Identification.objects.filter(person__taken_back_at=None).exclude(person__actor_age__in=CHILD_ACTOR)
    unsaid = Exists(_self_told().filter(case=OuterRef("person__case"))) & ~Exists(_who_told().filter(case=OuterRef("person__case")))
    return theirs.filter(Exists(roles.filter(role__in=HARMED)), ~Exists(roles.filter(role__in=BARRED)), ~unsaid)


def standing_tracks() -> QuerySet[Identification]:
    """Of these the newest of each person: how it stands now."""
    later = Q(recorded_at__gt=OuterRef("recorded_at")) | Q(recorded_at=OuterRef("recorded_at"), pk__gt=OuterRef("pk"))
    return tracks().filter(~Exists(Identification.objects.filter(later, person=OuterRef("person"))))


def _self_told() -> QuerySet[Report]:
    return Report.objects.filter(Q(source__in=SELF_TELLING["source"]) | Q(path__in=SELF_TELLING["path"]))


def _who_told() -> QuerySet[CasePerson]:
    roles = PersonRole.objects.filter(person=OuterRef("pk"))
    return CasePerson.objects.filter(Exists(roles.filter(role="reporter")), Exists(roles.filter(role__in=HARMED)))


def is_told_by_who_it_happened_to(case: Case) -> bool:
    """Whether an account of `case` is of somebody to whom it happened, by its source or by the path it came on."""
    return _self_told().filter(case=case).exists()


def who_told_is_open(case: Case) -> bool:
    """Whether somebody to whom it happened told it, and nobody recorded which person of `case` that is: it may be any of them."""
    return is_told_by_who_it_happened_to(case) and not _who_told().filter(case=case).exists()


def tracks_of(case: Case) -> QuerySet[Identification]:
    """The tracks of `case`, oldest first."""
    return tracks().filter(person__case=case).order_by("recorded_at", "pk")


def is_being_identified(case: Case) -> bool:
    """Whether somebody of `case` has a track that runs, to which clues can be added."""
    return standing_tracks().filter(person__case=case, status__in=RUNNING).exists()


def clues_of(case: Case) -> QuerySet[Clue]:
    """The clues of `case` that stand, oldest first."""
    return Clue.objects.filter(case=case).order_by("recorded_at", "pk")
