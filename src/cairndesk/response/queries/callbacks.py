"""What went out before the person who told chose that it should not, and nobody has called back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Model, Q, QuerySet

from cairndesk.cases.models import Case, SetAside
from cairndesk.cases.queries import limits_of
from cairndesk.cases.rules.choices import BOUNDS, LIMITS, Act, AsideFinding, Limit
from cairndesk.directory.rules import Kind
from cairndesk.response import rules
from cairndesk.response.models import AuthorityPackage, CallBack, Crossing, Notice, Referral
from cairndesk.response.rules import CrossingState, Sent, Side

_SENT: dict[type[Model], str] = {Notice: "sent_at", AuthorityPackage: "taken_at", Referral: "made_at"}
_WORDS = {Sent.NOTICE: "the notice to {}", Sent.PACKAGE: "the package for {}", Sent.REFERRAL: "the referral to {}", Sent.DESK: "the case at {}"}


@dataclass(frozen=True, slots=True)
class Out:
    """One thing that went out at `at`, to whom, and what was asked since `turned`.

    A desk that has the case is to be told of whatever was chosen or written since, so it has no one `limit`.
    """

    what: Sent
    thing: UUID
    to: str
    at: datetime
    limit: Limit | None
    turned: datetime

    @property
    def words(self) -> str:
        """What it is, and to whom it went."""
        return _WORDS[self.what].format(self.to)

    @property
    def asked(self) -> str:
        """What they asked, to go on after "They asked"."""
        return LIMITS[self.limit] if self.limit else ""


def to_call_back(case: Case) -> list[Out]:
    """Everything of `case` that went out before it was chosen that it should not, oldest first; what is set aside binds nobody."""
    called = {(row.what, row.thing): row.at for row in CallBack.objects.filter(case=case)}
    out = [one for one in (*_out(case, _turned(case)), *_elsewhere(case)) if one.at < one.turned]
    return sorted((one for one in out if not _is_called(called.get((one.what, one.thing)), one)), key=lambda one: (one.at, one.thing))


def cases_to_call_back(organisation: UUID) -> Iterator[tuple[Case, list[Out]]]:
    """Each case of `organisation` with what is to be called back in it."""
    some = {key for model, sent in _SENT.items() for key in _changed(model, sent, organisation)}
    away = Crossing.objects.filter(case__organisation=organisation, side=Side.OUT, state=CrossingState.ACCEPTED)
    said = Q(case__choices__at__gt=F("offered_at")) | Q(case__messages__at__gt=F("offered_at"), case__messages__from_reporter=True)
    some |= set(away.filter(said).values_list("case", flat=True))
    for case in Case.objects.filter(pk__in=some).order_by("number"):
        if found := to_call_back(case):
            yield case, found


def _changed(model: type[Model], sent: str, organisation: UUID) -> set[UUID]:
    """Cases in which something was chosen, or was found to be set aside wrongly, after a row of `model` went out."""
    rows: QuerySet[Model] = QuerySet(model).filter(case__organisation=organisation)
    chosen = rows.filter(case__choices__at__gt=F(sent))
    wrongly = rows.filter(case__set_aside__reviewed_at__gt=F(sent), case__set_aside__finding=AsideFinding.WRONG)
    return {key for found in (chosen, wrongly) for key in found.values_list("case", flat=True)}


def _turned(case: Case) -> dict[Limit, datetime]:
    """Since when each choice that stands has bound the desk: since it was said last, or since it was found that it had been set aside wrongly."""
    wrongly = {row.limit: row.reviewed_at for row in SetAside.objects.filter(case=case, finding=AsideFinding.WRONG)}
    return {one.limit: max(one.since, wrongly.get(one.limit) or one.since) for one in limits_of(case) if one.set_aside is None}


def _out(case: Case, turned: dict[Limit, datetime]) -> Iterator[Out]:
    if (limit := BOUNDS[Act.WRITE_TO_SITE]) in turned:
        for notice in Notice.objects.filter(case=case, state__in=rules.STILL_ASKS).select_related("provider"):
            if notice.sent_at:
                yield Out(Sent.NOTICE, notice.pk, notice.provider.name, notice.sent_at, limit, turned[limit])
    if (limit := BOUNDS[Act.TELL_POLICE]) in turned:
        for package in AuthorityPackage.objects.filter(case=case).select_related("authority"):
            if package.taken_at:
                yield Out(Sent.PACKAGE, package.pk, package.authority.name, package.taken_at, limit, turned[limit])
    for referral in Referral.objects.filter(case=case, state__in=rules.STILL_HELPS).select_related("service"):
        limit = BOUNDS[Act.TELL_SCHOOL if referral.service.kind == Kind.EDUCATION else Act.TELL_HELPERS]
        if referral.made_at and limit in turned:
            yield Out(Sent.REFERRAL, referral.pk, referral.service.name, referral.made_at, limit, turned[limit])


def _elsewhere(case: Case) -> Iterator[Out]:
    """The desk of another installation that has the case: what was chosen or written since it was offered has no letter of its own."""
    for one in Crossing.objects.filter(case=case, side=Side.OUT, state=CrossingState.ACCEPTED).select_related("partner"):
        chosen = case.choices.filter(at__gt=one.offered_at).values_list("at", flat=True)
        wrote = case.messages.filter(at__gt=one.offered_at, from_reporter=True).exclude(about="felt").values_list("at", flat=True)
        if said := [*chosen, *wrote]:
            yield Out(Sent.DESK, one.pk, one.partner.name, one.offered_at, None, max(said))


def _is_called(at: datetime | None, one: Out) -> bool:
    return at is not None and at >= one.turned
