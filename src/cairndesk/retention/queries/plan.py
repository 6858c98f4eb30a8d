"""What the schedule ends, when and why, case by case and class by class."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from cairndesk.accounts.models import Organisation
from cairndesk.cases.models import Case, CasePerson, Hold, Report
from cairndesk.cases.queries import is_held
from cairndesk.cases.rules.facts import CHILD_ACTOR
from cairndesk.custody.retention import ABOUT, WORDS, About, Facts, Fate, RecordClass, Term, Why, decide
from cairndesk.directory.queries import schedule_for, terms_of
from cairndesk.retention.models import Destruction
from cairndesk.review.queries import came_in

Terms = Mapping[RecordClass, Term]
# In this order: what speaks of the others goes after them, and the openings of the log last.
ORDER = (
    RecordClass.CHILD_ACTOR,
    RecordClass.IDENTITY,
    RecordClass.MESSAGE,
    RecordClass.ORIGINAL,
    RecordClass.HASHES,
    RecordClass.IDENTIFIER,
    RecordClass.NOTICE,
    RecordClass.ACCOUNT,
    RecordClass.NOTE,
    RecordClass.LOG_DETAIL,
)
# A telling that was never sent shortens every class but this one.
_LONE = frozenset({RecordClass.LOG_DETAIL})


@dataclass(frozen=True, slots=True)
class Due:
    """Records of one class of one case, from when on they are to be destroyed, why, and by which schedule."""

    case: Case
    kind: RecordClass
    at: datetime
    why: Why
    schedule: str

    @property
    def title(self) -> str:
        """What they are, for people. That a child is a person of concern says no list, so these are identities like any other."""
        return ABOUT[RecordClass.IDENTITY if self.kind is RecordClass.CHILD_ACTOR else self.kind].title

    @property
    def why_words(self) -> str:
        """Why, for people."""
        return WORDS[self.why]


def due_by(until: datetime, *, now: datetime, organisation: UUID | None = None) -> Iterator[Due]:
    """What is to be destroyed by `until` as things are, the case closed longest ago first; what is held is not among it."""
    every = Organisation.objects.order_by("slug")
    for desk in every if organisation is None else every.filter(pk=organisation):
        schedule = schedule_for(desk.country, now.date())
        if schedule is not None and schedule.confirmed_at is not None:
            terms = terms_of(schedule)
            for case in _closed(desk, terms, until).iterator(500):
                for kind, fate in fates(case, terms).items():
                    if fate.is_due(until) and fate.due is not None:
                        yield Due(case, kind, fate.due, fate.why, schedule.code)


def fates(case: Case, terms: Terms) -> dict[RecordClass, Fate]:
    """What becomes of each class of `case` that is left, in the order in which they go."""
    held, told = is_held(case), came_in(case, RecordClass.ACCOUNT) or case.opened_at
    child = CasePerson.everything.filter(case=case, actor_age__in=CHILD_ACTOR).aggregate(at=Min("added_at"))["at"]
    was_sent = case.reports.exclude(state=Report.Completeness.UNFINISHED).exists()

    def fate(kind: RecordClass) -> Fate:
        term = terms.get(kind, Term())
        received = (came_in(case, kind) or told) if kind is RecordClass.ORIGINAL else told
        # Short from when the child was written down; only an open case goes on needing it.
        finished = child if kind is RecordClass.CHILD_ACTOR and child is not None and case.closed_at is not None else case.closed_at
        facts = Facts(received=received, finished=finished, is_held=held)
        return decide(facts, term if was_sent or kind in _LONE else _shorter(term, terms.get(RecordClass.DRAFT, Term())))

    found = {kind: fate(kind) for kind in left_of(case)}
    if (log := found.get(RecordClass.LOG_DETAIL)) is not None and log.due is not None:
        # What is left of a case stays explainable until nothing is left of it.
        dates = [one.due for one in found.values()]
        found[RecordClass.LOG_DETAIL] = Fate(max(at for at in dates if at is not None) if None not in dates else None, log.why)
    return found


def left_of(case: Case) -> list[RecordClass]:
    """The classes of `case` that were not destroyed since it was closed, in the order in which they go."""
    done = Destruction.objects.filter(case=case, done_at__gte=case.closed_at) if case.closed_at else Destruction.objects.none()
    gone = set(done.values_list("record_class", flat=True))
    if not CasePerson.everything.filter(case=case, actor_age__in=CHILD_ACTOR).exists():
        gone.add(RecordClass.CHILD_ACTOR)
    return [kind for kind in ORDER if kind not in gone]


def held_back(*, organisation: UUID) -> QuerySet[Hold]:
    """The holds that stand, with their cases, the longest standing first."""
    return Hold.objects.filter(case__organisation=organisation, lifted_at=None).select_related("case").order_by("placed_at")


def lined_up() -> QuerySet[Destruction]:
    """What was announced and is neither done nor dropped: a turn that was cut off left it."""
    return Destruction.objects.filter(done_at=None, dropped_at=None).select_related("case__organisation").order_by("intended_at", "pk")


def destroyed(*, organisation: UUID, since: datetime) -> list[tuple[About, int, datetime]]:
    """Each class of which anything was destroyed since then: of how many cases, and when last."""
    done = Destruction.objects.filter(organisation=organisation, done_at__gte=since, things__gt=0)
    rows = {row["record_class"]: row for row in done.values("record_class").annotate(many=Count("case", distinct=True), last=Max("done_at"))}
    return [(ABOUT[kind], rows[kind]["many"], rows[kind]["last"]) for kind in ORDER if kind in rows]


def country_of(organisation: UUID) -> str:
    """The country of the desk, two letters or none, which decides by which schedule it keeps."""
    return Organisation.objects.values_list("country", flat=True).get(pk=organisation)


def _closed(desk: Organisation, terms: Terms, until: datetime) -> QuerySet[Case]:
    """Closed cases of which anything can be due by `until`, the one closed longest ago first; whose time has not come is not even read."""
    sent = Report.objects.filter(case=OuterRef("pk")).exclude(state=Report.Completeness.UNFINISHED)
    draft, some = _ended(terms, RecordClass.DRAFT, until) & ~Exists(sent), Q()
    for kind in ORDER:
        gone = Destruction.objects.filter(case=OuterRef("pk"), record_class=kind, done_at__gte=OuterRef("closed_at"))
        ended = _ended(terms, kind, until) if kind in _LONE else _ended(terms, kind, until) | draft
        some |= ~Exists(gone) & (Q(_child_actors(OuterRef("pk"))) if kind is RecordClass.CHILD_ACTOR else ended)
    closed = Case.objects.filter(some, organisation=desk, closed_at__lte=until)
    return closed.select_related("organisation").order_by("closed_at", "pk")


def _ended(terms: Terms, kind: RecordClass, until: datetime) -> Q:
    days = terms[kind].maximum
    return Q(pk=None) if days is None else Q(closed_at__lte=until - timedelta(days=days))


def _child_actors(case: Any) -> Exists:
    return Exists(CasePerson.everything.filter(case=case, actor_age__in=CHILD_ACTOR))


def _shorter(term: Term, other: Term) -> Term:
    bounds = [one.maximum for one in (term, other) if one.maximum is not None]
    return Term(max(term.minimum, other.minimum), min(bounds, default=None))
