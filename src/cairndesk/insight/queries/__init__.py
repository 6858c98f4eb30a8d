"""The tables: reports, cases, notices, material and what people answer, counted by codes and clocks; nothing sealed is opened to count."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case as Either
from django.db.models import CharField, Count, Exists, OuterRef, QuerySet, Subquery, Sum, Value, When

from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case, Identification, Item, Report, StageChange
from cairndesk.cases.queries import standing_tracks
from cairndesk.cases.rules import Stage
from cairndesk.directory.checklists import Fact
from cairndesk.insight import rules
from cairndesk.insight.queries import dimensions as by
from cairndesk.insight.queries import patterns
from cairndesk.insight.queries.dimensions import Dimension
from cairndesk.insight.queries.fairness import Compared, fairness
from cairndesk.insight.queries.seeing import Seeing, seeing
from cairndesk.insight.rules import Table
from cairndesk.intake.models import FeltCount, HelpedCount
from cairndesk.intake.rules import BESIDE, HELPED, month_of
from cairndesk.response.models import ClosingNote, Complaint, MissingFact, Notice
from cairndesk.response.rules import ComplaintAnswer
from cairndesk.review.scheme import in_force

__all__ = ["MATERIAL", "Compared", "Numbers", "Seeing", "fairness", "numbers", "seeing"]

# One column for all.
_WHOLE = Dimension("whole", (by.NONE_YET,))
_SAID = Dimension("helped", ("no", "yes"))
_NOT_SENT = ("drafted", "dropped")
# Material by what holds it; an address and a file are never added up.
MATERIAL = {"addresses": "url", "pages": "web_page", "files": "media"}
# What all rows say that are alike, and how many they are.
Alike = dict[str, Any]


@dataclass(frozen=True)
class Numbers:
    """All tables of one organisation, and the medians in hours beside them (None: withheld)."""

    tables: tuple[Table, ...]
    medians: Mapping[str, float | None]


@dataclass(frozen=True)
class _Asked:
    """One table: the column that gives the category, and the dimension, with its column, that divides it `also`.

    Whether self-generated material is concerned divides every table of what is `about_material`.
    """

    name: str
    column: str
    dimension: Dimension
    also: tuple[Dimension, str] | None = None
    about_material: bool = True


def numbers(organisation: UUID, *, now: datetime, threshold: int = rules.THRESHOLD) -> Numbers:
    """The tables of `organisation`, with small cells withheld under `threshold`; years that are over are those before the year of `now`."""
    cases = Case.objects.filter(organisation=organisation)
    items = Item.objects.filter(case__in=cases, kind__in=MATERIAL.values(), same_file_as=None).annotate(made_by=by.item_made_by())
    made = patterns.techniques(items, now.date())
    notices = Notice.objects.filter(case__in=cases).exclude(state__in=_NOT_SENT).annotate(made_by=by.made_by("case"))
    to_action, to_removal = _waits_for_action(cases.annotate(made_by=by.made_by("pk"))), _waits_for_removal(notices)
    counted = {
        "reports": _reports(Report.objects.filter(case__in=cases), now.date()),
        "cases": [*_cases(cases, now.date()), _patterns(cases, now.date(), threshold), _timed("time_to_first_action", to_action)],
        "notices": [(_Asked("outcome", "state", Dimension("notice_state")), _alike(notices, "state")), _timed("time_to_removal", to_removal)],
        "answers": _felt(FeltCount.objects.filter(organisation=organisation)),
        "page_answers": _helped(HelpedCount.objects.filter(organisation=organisation), now),
        "identifications": _identifications(standing_tracks().filter(person__case__in=cases)),
        "complaints": _complaints(Complaint.objects.filter(case__in=cases).annotate(made_by=by.made_by("case")), now.date()),
        **_files(ClosingNote.objects.filter(case__in=cases).annotate(made_by=by.made_by("case"))),
        **{unit: _material(items.filter(kind=kind), made.get(kind, ()), threshold) for unit, kind in MATERIAL.items()},
    }
    tables = [_table(unit, asked, rows, now.date(), threshold) for unit, found in counted.items() for asked, rows in found]
    spans = {"time_to_first_action": to_action, "time_to_removal": to_removal}
    return Numbers(
        tables=tuple(rules.by_share(one, _SAID.id, "no") if one.unit == "page_answers" else one for one in rules.together(tables)),
        medians={name: rules.median_hours([span for span, _ in waits], threshold=threshold) for name, waits in spans.items()},
    )


def _reports(reports: QuerySet[Report], on: date) -> Iterator[tuple[_Asked, list[Alike]]]:
    told = reports.annotate(made_by=by.made_by("case"), year=by.year_of("received_at"))
    rows = _alike(told, "source", "channel", "state", "year")
    yield _Asked("source", "source", Dimension("source", family="report_source")), rows
    yield _Asked("channel", "channel", Dimension("channel")), rows
    yield _Asked("state", "state", Dimension("state")), rows
    yield _Asked("year", "year", _years(rows, on)), rows


def _cases(cases: QuerySet[Case], on: date) -> Iterator[tuple[_Asked, list[Alike]]]:
    seen = cases.annotate(made_by=by.made_by("pk"), lead=by.lead_harm(), severity=by.severity(), gender=by.gender_in("pk"))
    rows = _alike(seen.annotate(year=by.year_of("opened_at")), "lead", "severity", "gender", "priority", "outcome", "year")
    harm = Dimension("harm", family="harm")
    yield _Asked("harm", "lead", harm, also=(by.GENDER, "gender")), rows
    yield _Asked("harm_over_years", "lead", harm, also=(by.last_years(on), "year")), rows
    yield _Asked("severity", "severity", Dimension("severity", _levels())), rows
    yield _Asked("priority", "priority", Dimension("priority")), rows
    yield _Asked("outcome", "outcome", Dimension("outcome")), rows
    yield _Asked("year", "year", _years(rows, on)), rows


def _patterns(cases: QuerySet[Case], on: date, threshold: int) -> tuple[_Asked, list[Alike]]:
    rows = patterns.tactics(cases.annotate(made_by=by.made_by("pk"), year=by.year_of("opened_at")), on)
    return _Asked("tactics", patterns.TACTIC, patterns.dimension(rows, patterns.TACTIC, threshold=threshold), also=(by.last_years(on), "year")), rows


def _files(closings: QuerySet[ClosingNote]) -> dict[str, list[tuple[_Asked, list[Alike]]]]:
    """How complete the files of cases were when they were closed by a checklist, and which facts were missing."""
    looked_through = closings.exclude(checklist="")
    whole = Either(
        When(Exists(MissingFact.objects.filter(closing=OuterRef("pk"))), then=Value("incomplete")),
        default=Value("complete"),
        output_field=CharField(),
    )
    rows = _alike(looked_through.annotate(file=whole), "file")
    missing = _alike(MissingFact.objects.filter(closing__in=closings).annotate(made_by=by.made_by("closing__case")), "fact")
    return {
        "closings": [(_Asked("file", "file", Dimension("file", ("complete", "incomplete"))), rows)],
        "missing_facts": [(_Asked("fact", "fact", Dimension("fact", tuple(Fact))), missing)],
    }


def _complaints(complaints: QuerySet[Any], on: date) -> list[tuple[_Asked, list[Alike]]]:
    """Times that a provider did not act on what it was told before the desk was: its answer, which it is, how long ago. None before the first."""
    rows = _alike(complaints.annotate(year=by.year_of("case__opened_at")), "answer", "provider__name", "year")
    if not rows:
        return []
    days = complaints.values_list("told_on", "case__opened_at", "made_by")
    waits = [(opened - datetime.combine(told, time(), UTC), made_by) for told, opened, made_by in days]
    return [
        (_Asked("answer", "answer", Dimension("answer", tuple(ComplaintAnswer)), also=(by.last_years(on), "year")), rows),
        (_Asked("provider", "provider__name", Dimension("provider")), rows),
        _timed("time_since_told", [(max(span, timedelta()), made_by) for span, made_by in waits]),
    ]


def _identifications(tracks: QuerySet[Identification]) -> list[tuple[_Asked, list[Alike]]]:
    """Victims/survivors with a track of identification, by how it stands now. None before the first."""
    rows = _alike(tracks.annotate(made_by=by.made_by("person__case")), "status")
    return [(_Asked("status", "status", Dimension("status", family="identification_status")), rows)] if rows else []


def _felt(counts: QuerySet[FeltCount]) -> list[tuple[_Asked, list[Alike]]]:
    """How people said that they feel since they told; only sums are kept, so that nothing else divides them. None before the first answer."""
    rows: list[Alike] = [dict(row) for row in counts.order_by().values("felt").annotate(count=Sum("count"))]
    return [(_Asked("felt", "felt", Dimension("felt", BESIDE["felt"].choices), about_material=False), rows)] if rows else []


def _helped(counts: QuerySet[HelpedCount], now: datetime) -> Iterator[tuple[_Asked, list[Alike]]]:
    """Which pages helped, in the twelve months that are over: a figure never moves because somebody presses. None before the first of them."""
    until = month_of(now).date()
    said = counts.filter(month__lt=until, month__gte=until.replace(year=until.year - 1)).order_by()
    rows: list[Alike] = [dict(row) for row in said.values("page", "language", "voice", "helped").annotate(count=Sum("count"))]
    if rows:
        for column, codes in (("page", HELPED["page"].choices), ("language", ()), ("voice", HELPED["voice"].choices)):
            yield _Asked(column, column, Dimension(column, codes), also=(_SAID, "helped"), about_material=False), rows


def _material(items: QuerySet[Any], made: Iterable[Alike], threshold: int) -> Iterator[tuple[_Asked, list[Alike]]]:
    """Only where the desk holds any: most hold no pages, and many no files. `made`: by which techniques those were made of which that is recorded."""
    rows = _alike(items, "authenticity", "realism", "novelty", "ai_source", "derived_from_known")
    if rows:
        yield _Asked("authenticity", "authenticity", _coded("authenticity"), also=(by.REALISM, "realism")), rows
        yield _Asked("novelty", "novelty", _coded("novelty")), rows
        yield _Asked("ai_source", "ai_source", _coded("ai_source"), also=(by.DERIVED, "derived_from_known")), rows
        together = patterns.with_the_rest(made, rows)
        yield _Asked("ai_technique", patterns.TECHNIQUE, patterns.dimension(together, patterns.TECHNIQUE, threshold=threshold)), together


def _timed(name: str, waits: list[tuple[timedelta, str]]) -> tuple[_Asked, list[Alike]]:
    bands = Dimension("time", tuple(code for code, _ in rules.BANDS))
    return _Asked(name, "band", bands), [{"band": rules.time_band(span), "made_by": made_by, "count": 1} for span, made_by in waits]


def _alike(rows: QuerySet[Any], *columns: str) -> list[Alike]:
    """One for all rows that say the same in these columns and in `made_by`, with their `count`."""
    return list(rows.order_by().values(*columns, "made_by").annotate(count=Count("pk")))


def _table(unit: str, asked: _Asked, rows: Iterable[Alike], on: date, threshold: int) -> Table:
    made_by = [(by.SELF_GENERATED, "made_by")] if asked.about_material else []
    divided = [*made_by, *([asked.also] if asked.also else [])]
    whole = by.crossed(((row[asked.column], "", row["count"]) for row in rows), asked.dimension, _WHOLE, on)
    crossed = [
        by.crossed(((row[asked.column], row[column], row["count"]) for row in rows), asked.dimension, second, on) for second, column in divided
    ]
    name = f"{unit}_by_{asked.name}"
    return rules.table(name, unit, whole.base, crossed=crossed, family=asked.dimension.family, threshold=threshold)


def _years(rows: Iterable[Alike], on: date) -> Dimension:
    """Every year since the first row, the newest first."""
    first = min((row["year"] for row in rows), default=on.year)
    return Dimension("year", tuple(str(year) for year in range(on.year, first - 1, -1)))


def _coded(family: str) -> Dimension:
    return Dimension(family, tuple(code.code for code in taxonomy.family(family).codes.values() if not code.until), family=family)


def _levels() -> tuple[str, ...]:
    """The levels of the scheme in force; grades of another scheme or version stand behind them, each in a place of its own."""
    scheme = in_force()
    return tuple(f"{scheme.name}@{scheme.version}/{level.code}" for level in scheme.levels)


def _waits_for_action(cases: QuerySet[Any]) -> list[tuple[timedelta, str]]:
    """From opening to the first time that a person took the case, with whether it holds self-generated material."""
    taken = StageChange.objects.filter(case=OuterRef("pk"), after=Stage.REVIEWING).order_by("at").values("at")[:1]
    rows = cases.annotate(taken=Subquery(taken)).exclude(taken=None).values_list("opened_at", "taken", "made_by")
    return [(taken - opened, made_by) for opened, taken, made_by in rows]


def _waits_for_removal(notices: QuerySet[Any]) -> list[tuple[timedelta, str]]:
    """From the sending of a notice to the removal that it asked for."""
    removed = notices.filter(state="removed").values_list("sent_at", "ended_at", "made_by")
    return [(ended - sent, made_by) for sent, ended, made_by in removed if sent is not None and ended is not None]
