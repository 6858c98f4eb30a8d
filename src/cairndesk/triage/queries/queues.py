"""What burns, what waits longest and what is mine: reads of the queues, each bound to one organisation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, Min, OuterRef, Q, QuerySet, Subquery, UUIDField
from django.db.models.functions import Coalesce

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Actor
from cairndesk.cases.models import Case, Report, Sample
from cairndesk.cases.queries import hidden_from, hides_any
from cairndesk.cases.rules.stages import Stage
from cairndesk.intake.models import Alarm, Message
from cairndesk.intake.queries import ringing
from cairndesk.signals.models import Match
from cairndesk.signals.queries import cases_found_alike, cases_met_later, cases_remembered
from cairndesk.signals.register import cases_to_make_up
from cairndesk.signals.rules import Standing
from cairndesk.triage.models import Assessed, Assessment, Override, Woken
from cairndesk.triage.queries.rules import rules_in_force, rules_of
from cairndesk.triage.queries.stacks import Beside, beside
from cairndesk.triage.queries.work import only_left_out, without_left_out
from cairndesk.triage.rules import novelty
from cairndesk.triage.rules.completeness import WORDS
from cairndesk.triage.rules.priority import Reason, words_for
from cairndesk.triage.rules.queues import BY_KEY, QUEUES, WAITING, Holder, Narrowing, Queue
from cairndesk.triage.rules.table import LEVELS, shipped

Record = TypeVar("Record")
_CODED_BLIND = "Waits to be coded a second time, blind"


@dataclass(frozen=True)
class Band:
    """How many reports say "now" and nobody has claimed, since when, and how many of them the locked desk cannot read."""

    count: int
    oldest: datetime | None
    locked: int


@dataclass(frozen=True)
class QueueLine:
    """A queue with the number of its cases and when the oldest was opened."""

    queue: Queue
    count: int
    oldest: datetime | None


@dataclass(frozen=True)
class Urgency:
    """The priority in force as a card shows it: what the rules said, what a person set, and both sets of reasons."""

    level: int
    words: str
    reasons: tuple[Reason, ...]
    rest: tuple[Reason, ...]
    assessment: Assessment | None
    override: Override | None
    missing: tuple[str, ...]
    novelty: str
    novelty_why: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One case in a list."""

    case: Case
    level: str
    why: str
    holder: str
    kept_for: str
    alike: Beside | None = None


@dataclass(frozen=True)
class Load:
    """How much somebody holds."""

    name: str
    held: int
    overdue: int


@dataclass(frozen=True)
class Age:
    """How many cases have waited between two ages for a first look."""

    words: str
    count: int


def cases_in(queue: Queue, *, by: Actor, whole: bool = False) -> QuerySet[Case]:
    """The cases of `queue` at the organisation of `by`: in danger first, then the most urgent, then the longest waiting.

    `whole`: also those of kinds that `by` left out.
    """
    found = _own(by).filter(belongs(queue, by))
    return (without_left_out(found, by=by) if _hides(queue) and not whole else found).order_by("-is_emergency", "priority", "opened_at", "pk")


def left_out_of(queue: Queue, *, by: Actor) -> QuerySet[Case]:
    """What `cases_in` leaves out of `queue` for `by`: its number is said wherever the list is."""
    return only_left_out(_own(by).filter(belongs(queue, by)), by=by) if _hides(queue) else Case.objects.none()


def narrowed(cases: QuerySet[Case], to: Narrowing, *, by: Actor, now: datetime) -> QuerySet[Case]:
    """Those of `cases` that fit; nothing that is sealed is asked for."""
    wanted = Q()
    if to.levels:
        wanted &= Q(priority__in=to.levels)
    if to.is_late:
        wanted &= Q(next_action_at__lt=now)
    if to.holder is Holder.ME:
        wanted &= Q(claimed_by=by.pseudonym, lease_until__gte=now)
    if to.holder is Holder.NOBODY:
        wanted &= Case.free(now)
    if to.since:
        wanted &= Q(opened_at__gte=datetime.combine(to.since, time(), UTC))
    if to.until:
        wanted &= Q(opened_at__lt=datetime.combine(to.until, time(), UTC) + timedelta(days=1))
    if to.source or to.language:
        fitting = {name: said for name, said in (("source", to.source), ("language", to.language)) if said}
        wanted &= Q(Exists(Report.objects.filter(case=OuterRef("pk"), **fitting)))
    return cases.filter(wanted)


def overdue(*, by: Actor, now: datetime) -> QuerySet[Case]:
    """Open cases whose next step was due before `now`, the longest overdue first."""
    return _open(by).filter(next_action_at__lt=now).order_by("next_action_at", "pk")


def overdue_count(*, by: Actor, now: datetime) -> int:
    """How many these are."""
    found = _counted(_all_open(by).filter(next_action_at__lt=now), by=by)
    return sum(one["many"] for one in found)


def unread(*, by: Actor) -> QuerySet[Case]:
    """Cases whose reporter wrote and nobody has read it, the longest unread first."""
    return _since("unread_since", Message.objects.filter(from_reporter=True, read_at=None), by=by)


def longest_waiting(*, by: Actor) -> QuerySet[Case]:
    """Cases that nobody has looked at, the oldest first, whatever their priority; without kinds that `by` left out."""
    return without_left_out(_own(by).filter(stage__in=WAITING), by=by).order_by("opened_at", "pk")


def matched_later(*, by: Actor) -> QuerySet[Case]:
    """Cases past their review that meet something new on a list, which nobody has decided about since; the newest stage first."""
    leads = Match.objects.filter(organisation=by.organisation, standing=Standing.LEAD)
    since = leads.filter(case=OuterRef("pk"), found_at__gt=OuterRef("stage_since"))
    past = _own(by).exclude(stage__in=[*WAITING, Stage.REVIEWING]).filter(pk__in=leads.values("case"), erased_at=None)
    return past.filter(Exists(since)).order_by("-stage_since", "pk")


def woken(*, by: Actor) -> QuerySet[Case]:
    """Finished cases of which something may have shown up again, and nobody has said whether it is so, the longest waiting first."""
    return _since("woken_since", Woken.objects.filter(settled_at=None), by=by).filter(stage__in=[Stage.ANSWERED, Stage.CLOSED])


def woken_in(case: Case) -> list[Woken]:
    """What may have shown up again in `case`, and nobody has decided about."""
    return [one for one in case.woken.all() if one.settled_at is None]


def rows(cases: QuerySet[Case] | Sequence[Case], *, most: int = 200, alike: bool = True) -> list[Row]:
    """The first `most` of `cases` with their first reason, who holds them for whom they are kept, and how many alike wait; four queries."""
    return rows_of({"": cases}, most=most, alike=alike)[""]


def rows_of(lists: Mapping[str, QuerySet[Case] | Sequence[Case]], *, most: int = 200, alike: bool = True) -> dict[str, list[Row]]:
    """The same of several lists of cases by their names; a query a list, and three for all of them."""
    held = {name: list(cases[:most]) for name, cases in lists.items()}
    shown = _rows(list({case.pk: case for cases in held.values() for case in cases}.values()), alike=alike)
    return {name: [replace(shown[case.pk], case=case) for case in cases] for name, cases in held.items()}


def _rows(found: Sequence[Case], *, alike: bool) -> dict[UUID, Row]:
    # Their reasons could tell what a second person must not know yet; in danger nothing is kept from anybody.
    blind = set(Sample.objects.filter(case__in=found, case__is_emergency=False, done_at=None).values_list("case", flat=True))
    kept = {case.pk: case.given.to for case in found if case.stage in WAITING and hasattr(case, "given")}
    latest = {one.case_id: one for one in Assessment.objects.filter(case__in=[case.pk for case in found]).order_by("pk")}
    names = names_of([*(case.claimed_by for case in found), *kept.values()])
    others = beside(found) if alike else {}
    return {
        case.pk: Row(
            case,
            LEVELS[case.priority],
            _CODED_BLIND if case.pk in blind else _first_reason(case, latest.get(case.pk)),
            holder=names.get(case.claimed_by, ""),
            kept_for=names.get(kept.get(case.pk, ""), ""),
            alike=others.get(case.pk),
        )
        for case in found
    }


def names_of(pseudonyms: Iterable[str]) -> dict[str, str]:
    """The names behind pseudonyms; the log never holds them."""
    wanted = {one for one in pseudonyms if one}
    found = Person.objects.filter(pseudonym__in=wanted).values_list("pseudonym", "name") if wanted else ()
    return {str(pseudonym): name for pseudonym, name in found}


def urgency(case: Case) -> Urgency:
    """How urgent `case` is and why: at most three reasons, the rest apart."""
    assessment, override = _newest(case.assessments.all()), _newest(case.overrides.all())
    table = rules_of(case.organisation_id, assessment.version) if assessment else shipped()
    reasons = tuple(Reason(code, words_for(code, table)) for code in (assessment.reasons if assessment else ()))
    return Urgency(
        level=case.priority,
        words=LEVELS[case.priority],
        reasons=reasons[:3],
        rest=reasons[3:],
        assessment=assessment,
        override=override,
        missing=tuple(WORDS.get(name, name) for name in (assessment.missing if assessment else ())),
        novelty=novelty.WORDS[novelty.Novelty(assessment.novelty)] if assessment else "",
        novelty_why=novelty.reasons_in_words(assessment.novelty_why) if assessment else (),
    )


def judged(case: Case) -> str:
    """Which assessment and which priority set by hand stand now, for a form to say upon what somebody decided."""
    return "-".join(str(newest.pk if newest else 0) for newest in (case.assessments.last(), case.overrides.last()))


def rail(*, by: Actor) -> list[QueueLine]:
    """Every queue with its count and the age of its oldest case, whatever anybody left out: no child waits out of sight.

    One query; two for whoever was taken off a case or has a part of one.
    """
    is_mine = ExpressionWrapper(Q(claimed_by=by.pseudonym), BooleanField())
    named = {"is_mine": is_mine, "is_free": ExpressionWrapper(Q(claimed_by=""), BooleanField())}
    held = _counted(_all_open(by).annotate(**named), "stage", "is_emergency", *named, by=by, oldest=Min("opened_at"))
    lines = []
    for queue in QUEUES:
        its = [one for one in held if _is_group_of(queue, one)]
        lines.append(QueueLine(queue, sum(one["many"] for one in its), min((one["oldest"] for one in its), default=None)))
    return lines


def locked(organisation: UUID | None) -> QuerySet[Alarm]:
    """Alarms of files that cannot be read yet, the oldest first."""
    return ringing(organisation).filter(case=None)


def band(lines: Sequence[QueueLine], *, alarms: int, by: Actor) -> Band:
    """What the emergency band says, of the rail's `lines` and that many alarms of files that cannot be read: the child cannot wait for a key."""
    cases = next(line for line in lines if line.queue.in_danger)
    rung = list(locked(by.organisation).values_list("raised_at", flat=True)[:1]) if alarms else []
    return Band(cases.count + alarms, min([moment for moment in (cases.oldest, *rung) if moment is not None], default=None), alarms)


def burning(*, by: Actor) -> Band:
    """The emergency band alone, without the rail; two queries."""
    held = _own(by).filter(belongs(BY_KEY["danger"], by)).aggregate(many=Count("pk"), oldest=Min("opened_at"))
    return band([QueueLine(BY_KEY["danger"], held["many"], held["oldest"])], alarms=locked(by.organisation).count(), by=by)


def workload(*, by: Actor, now: datetime) -> list[Load]:
    """What each person of the organisation holds, by name, counted over all its cases; it shows who needs relief, never who is fast."""
    held = _all_open(by).filter(claimed_by__gt="", lease_until__gte=now)
    counts = held.values("claimed_by").annotate(held=Count("pk"), overdue=Count("pk", filter=Q(next_action_at__lt=now)))
    found = {row["claimed_by"]: (int(row["held"]), int(row["overdue"])) for row in counts}
    people = Person.objects.filter(organisation=by.organisation, is_active=True, grants__role__in=["analyst", "supervisor"]).distinct()
    return [Load(person.name, *found.get(str(person.pseudonym), (0, 0))) for person in people.order_by("name", "pk")]


def ages(*, by: Actor, now: datetime) -> list[Age]:
    """How long all the cases that nobody has looked at have waited; what was opened before a clock was set back counts as new."""
    bounds = (
        ("under 1 h", -timedelta(days=36500), timedelta(hours=1)),
        ("1 to 4 h", timedelta(hours=1), timedelta(hours=4)),
        ("4 to 24 h", timedelta(hours=4), timedelta(days=1)),
        ("1 to 3 d", timedelta(days=1), timedelta(days=3)),
        ("over 3 d", timedelta(days=3), timedelta(days=36500)),
    )
    waiting = _all(by).filter(stage__in=WAITING)
    # Not by the key, which no index of queues holds.
    wanted = {
        f"n{place}": Count("opened_at", filter=Q(opened_at__lte=now - low, opened_at__gt=now - high)) for place, (_, low, high) in enumerate(bounds)
    }
    found = waiting.aggregate(**wanted)
    return [Age(words, found[f"n{place}"]) for place, (words, _, _) in enumerate(bounds)]


def to_assess(*, now: datetime, most: int) -> list[Case]:
    """Cases that came in or have an account that no assessment has read, emergencies first; then those that something new meets.

    That is an entry of a list, or a picture of another case.
    """
    unread = Report.objects.filter(case=OuterRef("pk"), told__erased_at=None).exclude(told__in=Assessed.objects.values("told"))
    due = Q(next_try_at__isnull=True) | Q(next_try_at__lte=now)
    waiting = Case.objects.filter(due, is_dead=False).order_by("-is_emergency", "priority", "opened_at", "pk")
    told = list(waiting.filter(Q(stage=Stage.RECEIVED) | Q(Exists(unread)))[:most])
    # A list may meet thousands of cases at once: who tells something now does not wait for them.
    again = Q(pk__in=cases_met_later()) | Q(pk__in=cases_found_alike()) | Q(pk__in=cases_to_make_up(now=now))
    later = waiting.filter(again, erased_at=None).exclude(pk__in=[case.pk for case in told])
    return [*told, *later[: most - len(told)]]


def to_remember(*, now: datetime, most: int) -> list[Case]:
    """Cases that no look-back knows: from before there was one, or because a sealed batch was damaged; the newest first."""
    due = Q(next_try_at__isnull=True) | Q(next_try_at__lte=now)
    wanted = Case.objects.filter(due, is_dead=False, erased_at=None).exclude(stage=Stage.RECEIVED).exclude(pk__in=cases_remembered())
    return list(wanted.order_by("-opened_at", "pk")[:most])


def to_judge_anew(*, now: datetime, most: int) -> list[Case]:
    """Cases that wait for a first look and were judged by other rules than those their organisation goes by now, the most urgent first."""
    due = Q(next_try_at__isnull=True) | Q(next_try_at__lte=now)
    waiting = Case.objects.filter(due, is_dead=False, erased_at=None, stage__in=WAITING).order_by("-is_emergency", "priority", "opened_at", "pk")
    last = Assessment.objects.filter(case=OuterRef("pk")).order_by("-pk")
    judged = waiting.annotate(judged_by=Subquery(last.values("version")[:1]))
    found = list[Case]()
    for organisation in Organisation.objects.order_by("pk").values_list("pk", flat=True):
        found += judged.filter(organisation=organisation).exclude(judged_by=rules_in_force(organisation).version)[: most - len(found)]
    return found


def _newest(rows: Iterable[Record]) -> Record | None:
    """The last of `rows`: they are few, and a page that has read them for all its parts need not ask again."""
    return next(iter(list(rows)[-1:]), None)


def _all(by: Actor) -> QuerySet[Case]:
    return Case.objects.filter(organisation=by.organisation).select_related("given", "stacked")


def _own(by: Actor) -> QuerySet[Case]:
    return _all(by).exclude(hidden_from(by))


def _all_open(by: Actor) -> QuerySet[Case]:
    # The stages are named: what is closed grows for ever, and an index finds what is open without reading it.
    return _all(by).filter(stage__in=BY_KEY["open"].stages)


def _open(by: Actor) -> QuerySet[Case]:
    return _all_open(by).exclude(hidden_from(by))


def _counted(cases: QuerySet[Case], *of: str, by: Actor, **more: Any) -> list[dict[str, Any]]:
    """How many of `cases` there are, in groups `of`, without those that are hidden from `by`.

    Who may see all of them, as nearly everybody, has them counted from an index that knows nothing of a single case; whoever may not costs
    a further query.
    """

    def grouped(some: QuerySet[Case]) -> list[dict[str, Any]]:
        counted: QuerySet[Any, Any] = some.order_by().values(*of, has_hidden=hides_any(by)).annotate(many=Count("*"), **more)
        return list(counted)

    found = grouped(cases)
    return grouped(cases.exclude(hidden_from(by))) if any(one["has_hidden"] for one in found) else found


def _since(name: str, waiting: QuerySet[Any], *, by: Actor) -> QuerySet[Case]:
    """The cases of the organisation of `by` that `waiting` is about, the longest waiting first."""
    # Not by the index of organisations, which would read every case of the desk: what waits is little, and leads to its cases.
    own = Case.objects.alias(home=Coalesce("organisation", "organisation", output_field=UUIDField())).filter(home=by.organisation)
    own = own.exclude(hidden_from(by))
    first = waiting.filter(case=OuterRef("pk")).order_by("at", "pk").values("at")[:1]
    found = own.filter(pk__in=waiting.order_by().values("case")).select_related("given", "stacked")
    return found.annotate(**{name: Subquery(first)}).order_by(name, "pk")


def _is_group_of(queue: Queue, group: Mapping[str, Any]) -> bool:
    burns = group["is_emergency"] and (group["stage"] in WAITING or group["is_free"])
    return group["stage"] in queue.stages and (burns or not queue.in_danger) and (group["is_mine"] or not queue.mine)


def _hides(queue: Queue) -> bool:
    """Whether a case can be left out of `queue`: only one that waits, and is in no danger."""
    return bool(queue.stages & WAITING) and not queue.in_danger


def belongs(queue: Queue, by: Actor) -> Q:
    """Which cases are in `queue` for `by`; `_is_group_of` says the same of a group of them."""
    wanted = Q(stage__in=queue.stages)
    if queue.in_danger:
        # Also what a second look sent back stands free at *reviewing*.
        wanted &= Q(is_emergency=True) & (Q(stage__in=WAITING) | Q(claimed_by=""))
    return wanted & Q(claimed_by=by.pseudonym) if queue.mine else wanted


def _first_reason(case: Case, assessment: Assessment | None) -> str:
    if assessment is None:
        return "Not assessed yet"
    table = rules_of(case.organisation_id, assessment.version)
    return words_for(assessment.reasons[0], table) if assessment.reasons else "No sign of danger was told"
