"""What goes to a desk of another installation about a case, and what waits between the two."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from cairndesk.accounts.errors import OtherOrganisation
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, digest_of
from cairndesk.cases.models import Case, Item, Report
from cairndesk.cases.queries import case_facts, identifier_of, is_held, limits_of, of_a_child
from cairndesk.cases.rules.facts import DANGERS
from cairndesk.cases.rules.mandates import as_handed_over
from cairndesk.cases.rules.masking import Mask, Withheld
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody import access
from cairndesk.custody.queries import unseal_fields
from cairndesk.custody.retention import BOUNDED
from cairndesk.custody.sealing.keys import Signing
from cairndesk.directory.profiles import Field, Gives, Profile, field_of
from cairndesk.directory.sharing import profile_as
from cairndesk.exchange.formats import referral
from cairndesk.exchange.formats.referral import Account, Aside, Child, Choice, Done, Kept, Offer, Party, Thing, Urgency
from cairndesk.exchange.queries import RECEIVES_AS, handing_digest
from cairndesk.intake.rules import Answer, Answers
from cairndesk.intake.rules.giving import given, is_words
from cairndesk.lib.belt import DEAD_AFTER
from cairndesk.lib.unknowns import Unknown
from cairndesk.response.models import AuthorityPackage, Complaint, Crossing, CrossingLetter, Notice, PartnerDesk, PlanStep, Preservation, Referral
from cairndesk.response.queries.holding import standing_holds
from cairndesk.response.rules import INSTEAD, CrossingState, Paper, Side, host_of
from cairndesk.review.queries import kept_until
from cairndesk.signals.models import MediaSighting
from cairndesk.triage.queries import urgency


def desks_of(organisation: UUID | None) -> QuerySet[PartnerDesk]:
    """Every partner desk of `organisation`, newest first."""
    return PartnerDesk.objects.filter(organisation=organisation).order_by("-entered_at")


def desk_for(by: Actor, desk: UUID) -> PartnerDesk:
    """The partner desk if it is one of the organisation of `by`; raises OtherOrganisation."""
    found = desks_of(by.home).filter(pk=desk).first() if by.home else None
    if found is None:
        raise OtherOrganisation
    return found


def desks_in_force(organisation: UUID, *, now: datetime) -> list[PartnerDesk]:
    """Those to which a case of `organisation` may go now."""
    return [one for one in desks_of(organisation) if one.is_in_force(now.date())]


def crossing_for(by: Actor, crossing: UUID) -> Crossing:
    """The crossing if it is one of the organisation of `by`; raises OtherOrganisation."""
    found = Crossing.objects.select_related("partner__organisation", "case").filter(pk=crossing, partner__organisation=by.organisation).first()
    if found is None:
        raise OtherOrganisation
    return found


def letter_of(by: Actor, letter: UUID) -> CrossingLetter:
    """The letter if it is one that `by` may carry and that is still to be carried; raises OtherOrganisation."""
    found = CrossingLetter.objects.select_related("crossing__partner").filter(
        pk=letter, side=Side.OUT, crossing__partner__organisation=by.organisation
    )
    if (held := found.exclude(sealed=b"").first()) is None:
        raise OtherOrganisation
    return held


def crossings_of(organisation: UUID | None, side: Side) -> QuerySet[Crossing]:
    """What was offered to `organisation` by other desks, or by it to them: open offers first, the most pressing of them first."""
    rows = (
        Crossing.objects.filter(partner__organisation=organisation, side=side)
        .select_related("partner", "case", "document")
        .prefetch_related("letters")
    )
    return rows.order_by(F("decided_at").desc(nulls_first=True), "answer_by")


def unanswered(organisation: UUID | None, side: Side, now: datetime) -> QuerySet[Crossing]:
    """Offers whose time for an answer is over, as long as they can be answered."""
    rows = Crossing.objects.filter(partner__organisation=organisation, side=side, state=CrossingState.OFFERED, answer_by__lte=now)
    rows = rows.exclude(document__erased_at__isnull=False)
    return rows.select_related("partner", "case")


def letters_due(now: datetime) -> list[CrossingLetter]:
    """Letters that may be sent now, the oldest first; one that follows another on the same matter waits for it."""
    rows = CrossingLetter.objects.filter(side=Side.OUT, done_at=None, is_dead=False, attempts__lt=DEAD_AFTER).exclude(crossing__partner__address="")
    # What came of a case is nothing yet while it is open again.
    rows = rows.exclude(paper=Paper.FEEDBACK, crossing__case__stage__in=set(Stage) - {Stage.CLOSED})
    ripe = set(rows.filter(CrossingLetter.ripe(now), Q(lease_until=None) | Q(lease_until__lt=now)).values_list("pk", flat=True))
    found: dict[UUID, CrossingLetter] = {}
    if ripe:
        for row in rows.select_related("crossing__partner").order_by("made_at", "id"):
            found.setdefault(row.crossing_id, row)
    return [one for one in found.values() if one.pk in ripe]


def own_party(organisation: Organisation) -> Party:
    """How `organisation` presents itself to other desks. Raises DeskLocked."""
    keys = access.keys()
    return Party(name=organisation.name, seals_to=keys.own_public(organisation.pk).hex(), signs_with=keys.public(Signing.EXPORT).hex())


def crossing_digest(case: Case, desk: PartnerDesk, *, reason: UUID | None) -> bytes:
    """Exactly what offering `case` to `desk` gives away, to which keys, and why."""
    what = handing_digest(case, desk.pk, reason=reason)
    return digest_of("response.cross_over", what=what.hex(), seals_to=desk.seals_to, signs_with=desk.signs_with, address=desk.address)


def given_by(case: Case) -> QuerySet[Crossing]:
    """By which desk `case` was given to us and is still ours."""
    return Crossing.objects.filter(case=case, side=Side.IN, state=CrossingState.ACCEPTED).select_related("partner__organisation")


def profile_to(desk: PartnerDesk) -> Profile:
    """What of a case goes to `desk`."""
    return profile_as(desk.organisation_id, RECEIVES_AS[Organisation.Kind(desk.kind)], desk.name)


def is_as_offered(crossing: Crossing) -> bool:
    """Whether the case that we offered is still exactly what two people let go."""
    asked, case = crossing.request, crossing.case
    return asked is not None and case is not None and crossing_digest(case, crossing.partner, reason=asked.reason_id) == bytes(asked.digest)


def offer_of(case: Case, desk: PartnerDesk, *, offer: UUID, answer_by: datetime, now: datetime) -> Offer:
    """What `desk` is to be told of `case`. Opens what is sealed; no file, no name of a person, and no letter goes along. Raises DeskLocked."""
    mask, profile = _mask(case), profile_to(desk)
    items, left_out = _items(case, mask, profile)
    is_masked = profile.gives(Field.WORDS) is Gives.MASKED
    named = case.items.filter(identifier__erased_at=None).select_related("identifier") if is_masked else ()
    over = Mask(map(_withheld, named), INSTEAD)
    kept = MediaSighting.objects.filter(case=case.pk, original__isnull=False, original__destroyed_at=None)
    return Offer(
        id=offer,
        offer=offer,
        sender=own_party(case.organisation),
        recipient=desk.seals_to,
        made_at=now,
        reference=case.number,
        answer_by=answer_by,
        urgency=_urgency(case, profile),
        accounts=[_account(one, mask, over, profile) for one in case.reports.select_related("told").order_by("received_at", "id")],
        child=_child(case, profile),
        items=items,
        items_left_out=left_out,
        originals=kept.values("original").distinct().count(),
        done=list(done_of(case)) if profile.has(Field.HISTORY) else [],
        kept=list(_kept(case, now)),
    )


def done_of(case: Case) -> Iterator[Done]:
    """What was done about `case`, and who was told of it before: organisations, never people."""
    for told in Complaint.objects.filter(case=case).select_related("provider"):
        yield Done(what="told_by_reporter", to=told.provider.name, at=_midnight(told.told_on), state=told.answer)
    for kept in Preservation.objects.filter(case=case).select_related("provider").order_by("chosen_at"):
        yield Done(what="preservation", to=kept.provider.name if kept.provider else "", at=kept.chosen_at, state=kept.choice)
    for notice in Notice.objects.filter(case=case, sent_at__isnull=False).select_related("provider"):
        yield Done(what="notice", to=notice.provider.name, at=notice.sent_at, state=notice.state)
    for package in AuthorityPackage.objects.filter(case=case, taken_at__isnull=False).select_related("authority"):
        yield Done(what="authority_package", to=f"{package.authority.name} ({package.authority.country})", at=package.taken_at, state=package.state)
    for one in Referral.objects.filter(case=case, made_at__isnull=False).select_related("service"):
        yield Done(what="referral", to=one.service.name, at=one.made_at, state=one.state)
    for crossing in Crossing.objects.filter(case=case, state__in=[CrossingState.ACCEPTED, CrossingState.RETURNED]).select_related("partner"):
        yield Done(what="offered_to_desk", to=crossing.partner.name, at=crossing.offered_at, state=crossing.state)


def _midnight(day: object) -> datetime:
    return datetime.fromisoformat(f"{day}T00:00:00+00:00")


def _urgency(case: Case, profile: Profile) -> Urgency:
    now = urgency(case)
    reasons = [] if not profile.has(Field.URGENCY) else [referral.Reason(code=one.code, words=one.words) for one in (*now.reasons, *now.rest)]
    return Urgency(emergency=case.is_emergency, priority=case.priority, reasons=reasons)


def _account(report: Report, mask: Mask, over: Mask, profile: Profile) -> Account:
    """What one person told, less what stays here for a child's sake, and less what the table does not give."""
    answers: Answers = unseal_fields(report.told).get("answers", {})
    is_said = profile.has(Field.SENDER)
    return Account(
        received_at=report.received_at,
        source=as_handed_over(report.source) if is_said else Unknown.UNKNOWN,
        channel=report.channel if is_said else Unknown.UNKNOWN,
        path=report.path if is_said else Unknown.UNKNOWN,
        language=report.language if is_said else "und",
        unfinished=report.state == Report.Completeness.UNFINISHED,
        answers=given({name: _spared(name, said, mask) for name, said in answers.items()}, profile, lambda said: _without(said, over)),
    )


def _child(case: Case, profile: Profile) -> Child:
    facts = case_facts(case)
    return Child(
        dangers={name: getattr(facts, name) for name in DANGERS},
        ages=sorted(facts.child_ages) if profile.has(Field.AGE) else [],
        child_may_have_harmed=facts.has_child_actor,
        choices=[Choice(question=one.question, codes=one.codes, at=one.at) for one in case.choices.order_by("at", "pk")],
        set_aside=[Aside(choice=one.limit.value, ground=one.set_aside.ground, at=one.set_aside.at) for one in limits_of(case) if one.set_aside],
        notices_held=PlanStep.objects.filter(case=case, is_held=True).exists() or standing_holds(case).exists(),
    )


def _mask(case: Case) -> Mask:
    """Takes out of words what is or may be that of a person of concern who is or may be a child: that stays here, wherever it was told."""
    rows = Item.objects.filter(of_a_child(), case=case, identifier__erased_at=None).select_related("identifier")
    return Mask(map(_withheld, rows))


def _withheld(item: Item) -> Withheld:
    return Withheld(item.kind, identifier_of(item), item.hash_kind)


def _spared(name: str, said: Answer, mask: Mask) -> Answer:
    """An answer without what stays here; codes that somebody ticked are nobody's words."""
    return _without(said, mask) if is_words(name) else said


def _without(said: Answer, mask: Mask) -> Answer:
    if isinstance(said, dict):
        return said
    return mask.over(said) if isinstance(said, str) else [mask.over(one) for one in said]


def _items(case: Case, mask: Mask, profile: Profile) -> tuple[list[Thing], int]:
    """What the case is about, as the table gives it; what is or may be that of a child of concern is only counted, as is all that stays."""
    going: list[Thing] = []
    # What is erased goes to nobody; like everything that stays it is counted.
    rows = list(Item.objects.filter(case=case).select_related("identifier").order_by("added_at", "id"))
    stay = set(Item.objects.filter(of_a_child(), case=case).values_list("pk", flat=True))
    for item in rows:
        value = "" if item.pk in stay or item.identifier.erased_at else identifier_of(item)
        if value and mask.over(value) == value:
            named = {name: code for name in ("hash_kind", "service") if (code := getattr(item, name)) and code not in set(Unknown)}
            gives = profile.gives(field_of(item.kind))
            if gives is Gives.WHOLE:
                going.append(Thing(kind=item.kind, value=value, **named))
            elif gives is Gives.MASKED and (host := host_of(value)):
                going.append(Thing(kind="domain", value=host))
    return going, len(rows) - len(going)


def _kept(case: Case, now: datetime) -> Iterator[Kept]:
    """The days until which something must be kept, here or by a provider."""
    for one in Preservation.objects.filter(case=case, expires_on__isnull=False):
        yield Kept(what="preserved_by_provider", until=str(one.expires_on))
    if is_held(case):
        yield Kept(what="legal_hold")
    if (until := kept_until(case, set(BOUNDED), now)) is not None:
        yield Kept(what="kept_by_law", until=referral.day(until))
