"""Put a waiting case under the earliest case that it is like, so that one decision can hold for both."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from cairndesk.cases.models import Case
from cairndesk.cases.queries import kept_apart_from, terms_of, terms_to_compare, with_values_of
from cairndesk.signals.models import AlikeCase
from cairndesk.signals.queries import alike_with
from cairndesk.triage.actions.viral import carry_viral
from cairndesk.triage.actions.wording import forget_wording, keep_wording, kept_wording
from cairndesk.triage.models import ListLead, Stacked
from cairndesk.triage.queries import told_alike, wholly_listed
from cairndesk.triage.rules.queues import WAITING
from cairndesk.triage.rules.retelling import Worded
from cairndesk.triage.rules.stacks import LISTED, MATERIAL, PICTURE, RETOLD, WORDS


def stack(*, case: Case, marks: Sequence[AlikeCase], worded: Worded | None, now: datetime) -> Stacked | None:
    """Afterwards `case` stands under the earliest case that it shares something telling with, or under none. Safe to repeat.

    `worded` is how its account is worded, where that is compared. Nothing is decided by it, and nothing sealed is opened. A case that has
    left the queue stays where it stood.
    """
    if case.stage not in WAITING:
        keep_wording(case=case, worded=worded, stands=not hasattr(case, "stacked"))
        return None
    looks, leads = {one.other: one.distance for one in marks}, Stacked.objects.filter(lead=case).exists()
    apart = set[UUID]() if leads else kept_apart_from(case)
    lead = None if leads else _lead(case, looks, apart)
    by_words = _lead_of_words(case, worded, apart) if worded and not leads and lead is None else None
    by_list = _lead_of_listed(case, now) if lead is None and by_words is None else None
    lead = None if leads else lead or by_words or by_list
    keep_wording(case=case, worded=worded, stands=lead is None)
    if lead is None:
        Stacked.objects.filter(case=case).delete()
        carry_viral(case=case, root=case.pk, now=now)
        return None
    because = _because(case, lead) | ({PICTURE} if lead.pk in looks else set())
    because |= ({RETOLD} if by_words else set()) | ({LISTED} if by_list else set())
    held = Stacked.objects.filter(case=case).first()
    said = {"lead": lead, "because": [code for code in WORDS if code in because], "distance": looks.get(lead.pk)}
    if held is None or any(getattr(held, name) != value for name, value in said.items()):
        held, _ = Stacked.objects.update_or_create(case=case, defaults={**said, "at": now})
    carry_viral(case=case, root=lead.pk if MATERIAL & because else case.pk, now=now)
    return held


def forget_stacked(*, case: Case) -> None:
    """Afterwards nothing here tells how `case` was worded, or that it was like another; what waits under it is put elsewhere by a lane."""
    forget_wording(case=case)
    Stacked.objects.filter(case=case).delete()
    Stacked.objects.filter(lead=case).exclude(case__stage__in=WAITING).delete()


@transaction.atomic
def restack(*, case: Case, now: datetime) -> Stacked | None:
    """Afterwards `case` stands where it belongs by what is known now, see `stack`."""
    held = Case.objects.select_for_update(of=("self",)).select_related("wording", "stacked").get(pk=case.pk)
    return stack(case=held, marks=alike_with(case=held.pk), worded=kept_wording(held), now=now)


def _lead(case: Case, looks: Collection[UUID], apart: Collection[UUID]) -> Case | None:
    """The earliest of the cases that came before, hold something telling of this one or a picture like it, and stand under none."""
    told, mine = terms_to_compare(case.organisation_id).filter(kind__in=WORDS), terms_of([case.pk]).filter(kind__in=WORDS)
    sharing = [Q(pk__in=equal.exclude(item__case=case).values("item__case")) for equal in with_values_of(told, mine)]
    return _earliest(case, reduce(or_, sharing, Q(pk__in=list(looks))), apart)


def _lead_of_words(case: Case, worded: Worded, apart: Collection[UUID]) -> Case | None:
    """The earliest that is told in nearly the same words. Asked last: what shows something says more than what is said of it."""
    alike = told_alike(case, worded, apart=apart)
    return _earliest(case, Q(pk__in=alike), apart) if alike else None


def _earliest(case: Case, like: Q, apart: Collection[UUID]) -> Case | None:
    before = Q(opened_at__lt=case.opened_at) | Q(opened_at=case.opened_at, pk__lt=case.pk)
    others = Case.objects.filter(before, like, organisation=case.organisation_id, erased_at=None)
    others = others.exclude(pk__in=apart).exclude(pk__in=Stacked.objects.values("case"))
    return others.order_by("opened_at", "pk").first()


def _lead_of_listed(case: Case, now: datetime) -> Case | None:
    """The earlier case that a list calls the same and that leads what it calls so; where none does, `case` leads from now on."""
    for listed, label in sorted(wholly_listed([case.pk], on=now.date()).get(case.pk, ())):
        held, is_new = ListLead.objects.get_or_create(list_id=listed, label=label, defaults={"lead": case, "at": now})
        if not is_new and not _leads(held, now):
            # Held from here on: another worker may have put a case there that does lead.
            held = ListLead.objects.select_for_update(of=("self",)).select_related("lead").get(pk=held.pk)
            if not _leads(held, now):
                held.lead, held.at = case, now
                held.save(update_fields=["lead", "at"])
        if (held.lead.opened_at, held.lead.pk) < (case.opened_at, case.pk) and held.lead.pk not in kept_apart_from(case):
            return held.lead
    return None


def _leads(held: ListLead, now: datetime) -> bool:
    """Whether it can go on leading: it is still wholly on that list under that label, and stands under no other case."""
    if held.lead.erased_at is not None or Stacked.objects.filter(case=held.lead).exists():
        return False
    return (held.list_id, held.label) in wholly_listed([held.lead_id], on=now.date()).get(held.lead_id, ())


def _because(case: Case, lead: Case) -> set[str]:
    mine, theirs = (terms_of([one.pk]).filter(kind__in=WORDS) for one in (case, lead))
    return {kind for equal in with_values_of(mine, theirs) for kind in equal.values_list("kind", flat=True)}
