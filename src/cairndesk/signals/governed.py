"""What staff see of one list: its papers, how it grew, what met it and what people made of that, and a change that waits for them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import accumulate

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from cairndesk.accounts.queries import name_behind
from cairndesk.accounts.together import counts
from cairndesk.signals import queries, shelf
from cairndesk.signals.engine.identifiers import Kind
from cairndesk.signals.models import Feedback, HashList, HeldChange, ItemAsked, ListEntry, ListUse, ListVersion, Match, PartnerOpinion, Suppression
from cairndesk.signals.queries import FalseMatch, ListShown
from cairndesk.signals.rules import KIND_WORDS, Opinion, Standing

_MOST_VERSIONS, _MOST_MONTHS, _MOST_LABELS, _MOST_SHOWN = 200, 12, 5, 50
Counted = Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Grown:
    """One version: when, by whom (or by which fetch), what it brought, and how many entries the list had with it."""

    number: int
    at: datetime
    by: str
    added: int
    removed: int
    refused: int
    entries: int


@dataclass(frozen=True, slots=True)
class Month:
    """The matches that were found in one month, and what people have made of them by now."""

    first: datetime
    matches: int
    confirmed: int
    rejected: int

    @property
    def waiting(self) -> int:
        """How many nobody has decided."""
        return self.matches - self.confirmed - self.rejected


@dataclass(frozen=True, slots=True)
class Used:
    """Of one month: how many things the list could have, how many met it, and of look-ups how many were left out as false matches."""

    first: date
    asked: int
    met: int
    left_out: int = 0

    @property
    def share(self) -> str:
        """The share that met it, in percent, for people."""
        return share(self.met, self.asked)


@dataclass(frozen=True, slots=True)
class Held:
    """A change that waits for a person: its counts by kind, and the most frequent labels; never a value."""

    number: int
    at: datetime
    by: str
    added: int
    removed: int
    refused: int
    now: int
    coming: Counted
    going: Counted
    labels: Counted


@dataclass(frozen=True, slots=True)
class ListPage:
    """All of it. `growth` is from the oldest shown version to the present one, `months` from the latest back."""

    shown: ListShown
    flood_share: int
    flood_rows: int
    kinds: Counted
    growth: Sequence[Grown]
    months: Sequence[Month]
    uses: Sequence[Used]
    items: Sequence[Used]
    marked_false: int
    disputed: int
    false_matches: Sequence[FalseMatch]
    held: Held | None
    disputes: Sequence[Feedback]
    feedback: Mapping[str, int]
    called_right: int
    called_wrong: int
    objections: Sequence[PartnerOpinion]

    @property
    def used(self) -> Used | None:
        """The look-ups of all these months together; None where there was none."""
        return _together(self.uses)

    @property
    def of_cases(self) -> Used | None:
        """The items of cases of all these months together; None where there was none."""
        return _together(self.items)

    @property
    def decided(self) -> tuple[int, int]:
        """How many matches of these months people have decided, and how many of those they confirmed."""
        confirmed = sum(month.confirmed for month in self.months)
        return confirmed + sum(month.rejected for month in self.months), confirmed


def page(listed: HashList, *, now: datetime) -> ListPage:
    """The page of `listed` as it stands now."""
    entries = ListEntry.objects.filter(shelf.current(listed))
    false = Suppression.objects.filter(entry__list=listed, ended_at=None).select_related("entry__list", "match")
    partners = PartnerOpinion.objects.filter(entry__in=entries)
    name, told, kinds = cache(name_behind), _told(listed).filter(opinion=Opinion.DISPUTE), _kinds(entries)
    many = counts(
        [
            ("false", false),
            ("disputed", told.filter(answered_at=None)),
            ("right", partners.filter(reason="")),
            ("wrong", partners.exclude(reason="")),
        ]
    )
    return ListPage(
        shown=queries.list_shown(listed, now=now),
        flood_share=listed.flood_share,
        flood_rows=listed.flood_rows,
        kinds=kinds,
        growth=_growth(listed, name),
        months=_months(listed),
        uses=_uses(listed),
        items=_items(listed),
        marked_false=many["false"],
        disputed=many["disputed"],
        false_matches=[queries.false_match(one) for one in false.order_by("-made_at")[:_MOST_SHOWN]],
        held=_held(listed, name, sum(number for _, number in kinds)),
        disputes=list(told.select_related("entry").order_by("answered_at", "-made_at")[:_MOST_SHOWN]),
        called_right=many["right"],
        called_wrong=many["wrong"],
        objections=list(partners.exclude(reason="").select_related("entry").order_by("-made_at")[:_MOST_SHOWN]),
        feedback=dict(_told(listed).values_list("progress").annotate(Count("pk")).order_by()),
    )


def _growth(listed: HashList, name: Callable[[str], str]) -> list[Grown]:
    every = list(ListVersion.objects.filter(list=listed).order_by("number"))
    sizes = accumulate(one.added - one.removed for one in every)
    shown = list(zip(every, sizes, strict=True))[-_MOST_VERSIONS:]
    return [Grown(one.number, one.made_at, name(one.made_by), one.added, one.removed, one.refused, size) for one, size in shown]


def _months(listed: HashList) -> list[Month]:
    found = Match.objects.filter(entry__list=listed).annotate(month=TruncMonth("found_at")).values_list("month")
    standing = {name: Count("pk", filter=Q(standing=name)) for name in (Standing.CONFIRMED, Standing.REJECTED)}
    rows = found.annotate(Count("pk"), **standing).order_by("-month")[:_MOST_MONTHS]
    return [Month(*row) for row in rows]


def _uses(listed: HashList) -> list[Used]:
    sums = [Sum(name) for name in ("asked", "met", "left_out")]
    rows = ListUse.objects.filter(list=listed).annotate(month=TruncMonth("day")).values_list("month").annotate(*sums).order_by("-month")
    return [Used(*row) for row in rows[:_MOST_MONTHS]]


def _items(listed: HashList) -> list[Used]:
    rows = ItemAsked.objects.filter(list=listed).annotate(month=TruncMonth("day")).values_list("month")
    return [Used(*row) for row in rows.annotate(Count("pk"), have_met=Count("pk", filter=Q(met=True))).order_by("-month")[:_MOST_MONTHS]]


def _together(months: Sequence[Used]) -> Used | None:
    if not months:
        return None
    return Used(months[-1].first, *(sum(getattr(one, name) for one in months) for name in ("asked", "met", "left_out")))


def share(part: int, of: int) -> str:
    """`part` of `of` in percent with two places; what is more than nothing is never said to be nothing."""
    found = f"{part * 100 / of:.2f}" if of else "0.00"
    return "under 0.01" if part and found == "0.00" else found


def _told(listed: HashList) -> QuerySet[Feedback]:
    return Feedback.objects.filter(entry__list=listed)


def _held(listed: HashList, name: Callable[[str], str], entries: int) -> Held | None:
    held = HeldChange.objects.filter(list=listed, decided_at=None).first()
    if held is None:
        return None
    coming = ListEntry.objects.filter(list=listed, since=held.number)
    return Held(
        **{name: getattr(held, name) for name in ("number", "added", "removed", "refused")},
        at=held.made_at,
        by=name(held.made_by),
        now=entries,
        coming=_kinds(coming),
        going=_kinds(ListEntry.objects.filter(list=listed, until=held.number)),
        labels=_counted(coming.exclude(label=""), "label")[:_MOST_LABELS],
    )


def _kinds(rows: QuerySet[ListEntry]) -> list[tuple[str, int]]:
    return [(KIND_WORDS[Kind(kind)], many) for kind, many in _counted(rows, "kind")]


def _counted(rows: QuerySet[ListEntry], column: str) -> list[tuple[str, int]]:
    """What `column` of `rows` holds how often, the most frequent first."""
    return list(rows.values_list(column).annotate(many=Count("pk")).order_by("-many", column))
