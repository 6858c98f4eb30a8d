"""How, and for how long, somebody is shown anything: of the installation, their organisation and themselves the strictest counts."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import reduce
from uuid import UUID

from django.conf import settings
from django.db.models import BooleanField, Q, QuerySet, Subquery, Value

from cairndesk.accounts.rules import Actor
from cairndesk.review.models import Bounds, Comfort
from cairndesk.review.rules import looking
from cairndesk.triage.queries import names_of

_SHOWN = 20
_COLUMNS = tuple(one.name for one in fields(looking.Comfort))


@dataclass(frozen=True)
class Standing:
    """What holds for somebody: what everybody there may have at the most, and what they said for themselves, where they said anything.

    `is_grey` of both means clear views too; that the installation draws small copies grey says nothing of those.
    """

    house: looking.Comfort
    mine: looking.Comfort

    @property
    def own(self) -> looking.Comfort:
        """What they said, as far as it is stricter."""
        return looking.strictest(self.mine, self.house)

    @property
    def shown(self) -> looking.Comfort:
        """How small copies are drawn for them, and everything else."""
        return looking.strictest(self.own, desk_comfort())


def desk_comfort() -> looking.Comfort:
    """How this installation shows anything to anybody, at the most."""
    return replace(widest(), is_grey=settings.CAIRNDESK.desk.look_grey)


def widest() -> looking.Comfort:
    """What an organisation may let people have at the most; whether clear views are grey is left to it."""
    desk = settings.CAIRNDESK.desk
    no_clear = desk.clear_seconds == 0
    return looking.Comfort(desk.look_side, desk.look_blur, is_grey=False, no_clear=no_clear, day=desk.exposure_minutes, stretch=desk.break_minutes)


def standing(by: Actor, *at: UUID) -> Standing:
    """What holds for `by` at cases of the organisations `at`: the stricter of those and of their own one; one query."""
    rows = _newest(by.home, *at).annotate(is_mine=Value(value=False, output_field=BooleanField()))
    chosen = Comfort.objects.filter(pk=by.pseudonym).annotate(is_mine=Value(value=True, output_field=BooleanField()))
    found = list(rows.values_list("is_mine", *_COLUMNS).union(chosen.values_list("is_mine", *_COLUMNS), all=True))
    house = reduce(looking.strictest, (looking.Comfort(*row) for is_mine, *row in found if not is_mine), widest())
    mine = next((looking.Comfort(*row) for is_mine, *row in found if is_mine), looking.Comfort(house.side, house.blur, is_grey=False))
    return Standing(house, mine)


def bounds_of(organisation: UUID) -> looking.Comfort:
    """What `organisation` says, however that stands beside the installation, or what the installation does; one query."""
    row = _newest(organisation).values_list(*_COLUMNS).first()
    return looking.Comfort(*row) if row else replace(widest(), day=looking.UNSAID, stretch=looking.UNSAID)


def bounds_history(organisation: UUID) -> list[tuple[datetime, str, looking.Comfort]]:
    """What `organisation` said last, the newest first: when, who, and what."""
    rows = list(Bounds.objects.filter(organisation=organisation).order_by("-pk").values_list("at", "actor", *_COLUMNS)[:_SHOWN])
    names = names_of({actor for _, actor, *_ in rows})
    return [(at, names.get(actor, ""), looking.Comfort(*said)) for at, actor, *said in rows]


def stricter_days() -> list[tuple[str, int]]:
    """The organisations, by their short names, that let people have fewer minutes than the installation does, and how many."""
    most = desk_comfort().day
    held: dict[str, int] = dict(Bounds.objects.order_by("pk").values_list("organisation__slug", "day"))
    return sorted((slug, day) for slug, day in held.items() if day < most)


def _newest(*organisations: UUID) -> QuerySet[Bounds]:
    each = (Bounds.objects.filter(organisation=one).order_by("-pk").values("pk")[:1] for one in set(organisations))
    return Bounds.objects.filter(reduce(Q.__or__, (Q(pk=Subquery(one)) for one in each))).order_by()
