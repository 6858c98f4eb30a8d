"""What a plan is made from, gathered from the rooms below."""

from collections.abc import Callable, Mapping

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from cairndesk.cases.models import Case, IncidentMark, Item, Place
from cairndesk.cases.queries import case_facts
from cairndesk.cases.rules.facts import CHILD_ACTOR, CaseFacts
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.models import LogOpening
from cairndesk.lib.unknowns import Unknown
from cairndesk.response.models import Complaint, Crossing, NoticeHold, PlanStep
from cairndesk.response.rules import Facts, Side, StepKind, StepState
from cairndesk.review.queries import latest, verdicts_of

# Kinds of items that somebody can take down.
REMOVABLE = frozenset({"url", "web_page", "account", "group", "app", "search_result", "listing", "advert", "model", "model_host"})
_AT_ONCE = (StepKind.SAFEGUARD, StepKind.SUPPORT)
_BEFORE_A_VERDICT = (Stage.QUEUED, Stage.REVIEWING, Stage.SECOND_LOOK)
# Whoever stands so near the child could be warned by a routine notice.
NEAR = frozenset({"parent", "carer", "relative", "partner", "friend_of_family", "professional", "known_in_person"})
# A person shown against their will can ask for removal, whatever a criminal court would say.
_NOT_AGREED_TO = frozenset({"image_based_abuse", "onward_sharing", "altered_imagery", "exposing_details", "expose_account", "family_image_misuse"})
# Harms that are no offence by themselves in any rule set that we know; every other one may be one, and an authority says so.
_NO_OFFENCE = frozenset({"unwanted_nudity", "online_harassment", "gender_harassment", "family_image_misuse", "new_or_emerging"})
# What leaves no recording has to be asked for fast.
_SHORT_LIVED = frozenset({"live_streaming", "avatar_assault"})


def facts_of(case: Case) -> Facts:
    """The facts of `case` in clear: what was described, and what its newest classification saw. Nothing sealed is opened.

    A danger that either of the two names counts; neither takes one back.
    """
    # What is written while the facts are gathered has a later index, so it is looked at again.
    as_of = LogOpening.objects.filter(subject=case.pk).order_by("-entry_id").values_list("entry_id", flat=True).first()
    known, newest = case_facts(case), latest(case)
    seen: dict[str, str] = newest.features if newest else {}
    held_elsewhere = _is_held_elsewhere(case)
    harms = known.harms | frozenset(newest.harms if newest else ())
    items = Item.objects.filter(case=case, kind__in=REMOVABLE)
    hosts = {country for country in items.values_list("country_host", flat=True) if country not in set(Unknown)}
    return Facts(
        in_danger=case.is_emergency or _says_yes(known, seen, "abuse_now", "meeting_planned"),
        self_harm=_says_yes(known, seen, "self_harm"),
        continuing_access=_says_yes(known, seen, "continuing_access"),
        near_by_relation=known.somebody_is_near or known.household_conflict or seen.get("relation") in NEAR,
        child_actor=known.has_child_actor or seen.get("actor_age") in CHILD_ACTOR,
        has_addresses=items.exists(),
        verdicts=verdicts_of(case),
        not_agreed_to=bool(harms & _NOT_AGREED_TO),
        offence_suspected=bool(harms - _NO_OFFENCE),
        short_retention=bool(harms & _SHORT_LIVED),
        host_countries=frozenset(hosts),
        own_country=case.organisation.country,
        advice_only=case.advice_only,
        told_in_vain=Complaint.objects.filter(case=case).exists(),
        held_elsewhere=held_elsewhere,
        booked_place=_is_booked(case),
        as_of=-1 if as_of is None else as_of,
        warns=_warns(known, seen, is_held_elsewhere=held_elsewhere),
    )


def would_warn(step: PlanStep, known: Callable[[], Facts] | None = None) -> bool:
    """Whether what is known now holds back every further letter of a removal that was approved before it was known, and nobody lifted that.

    A removal that is only proposed says so itself. `known` gives the facts where somebody has gathered them.
    """
    goes = step.kind == StepKind.REMOVE and step.state not in {StepState.PROPOSED, StepState.SKIPPED}
    return goes and holds_back(step, known() if known else facts_of(step.case))


def holds_back(step: PlanStep, facts: Facts) -> bool:
    """Whether a notice of `step` could warn somebody by `facts`: a supervisor who lifted that spoke of what was known then, and of no more."""
    return facts.could_warn and not (step.hold_lifted_by and facts.warns <= set(step.hold_lifted_for))


def _warns(known: CaseFacts, seen: Mapping[str, str], *, is_held_elsewhere: bool) -> frozenset[str]:
    judged = {"continuing_access": seen.get("continuing_access") == "yes", f"relation:{seen.get('relation')}": seen.get("relation") in NEAR}
    judged["held_elsewhere"] = is_held_elsewhere
    return known.nearness | {name for name, counts in judged.items() if counts}


def _is_held_elsewhere(case: Case) -> bool:
    """Whether whoever had the case before, here or at a partner desk, was holding its notices back."""
    by_partner = Crossing.objects.filter(case=case, side=Side.IN, outline__child__notices_held=True).exists()
    return by_partner or NoticeHold.objects.filter(case__handovers__new_case=case, ended_at=None).exists()


def _is_booked(case: Case) -> bool:
    """Whether a place that is let by the day was recorded, or the platform of one."""
    places = Place.objects.filter(incident__case=case, kind="rental").values("pk")
    items = Item.objects.filter(case=case).filter(Q(platform_type="rental") | Q(marks__mark="platform_type.rental")).values("pk")
    marks = IncidentMark.objects.filter(incident__case=case, mark="context.private_rental").values("pk")
    return bool(places.union(items, all=True)) or marks.exists()


def _says_yes(known: CaseFacts, seen: Mapping[str, str], *dangers: str) -> bool:
    return any("yes" in {getattr(known, danger), seen.get(danger)} for danger in dangers)


def without_a_plan() -> QuerySet[Case]:
    """Cases for which steps are still to be proposed, those without any step and then the most urgent first.

    Classified ones that got none since they were classified, and, before a verdict, those in danger: help does not wait for it.
    """
    steps = PlanStep.objects.filter(case=OuterRef("pk"))
    # By kind as well as by time: a clock that was set back must not leave a case with the steps that could not wait alone.
    laid = Exists(steps.filter(proposed_at__gte=OuterRef("stage_since"))) & Exists(steps.exclude(kind__in=_AT_ONCE))
    classified = Q(stage=Stage.CLASSIFIED) & ~laid
    in_danger = Q(stage__in=_BEFORE_A_VERDICT, is_emergency=True) & ~Exists(steps)
    due = Case.objects.filter(classified | in_danger).annotate(has_steps=Exists(steps))
    return due.select_related("organisation").order_by("has_steps", "priority", "opened_at")


def learned_since() -> QuerySet[Case]:
    """Cases with a proposal about which the log says something that it does not take into account yet, the most urgent first.

    Whatever is recorded of a case stands in the log under it, so that no fact is passed over, and nothing is weighed twice.
    """
    newest = LogOpening.objects.filter(subject=OuterRef("case")).order_by("-entry_id").values("entry_id")[:1]
    proposed = PlanStep.objects.filter(state=StepState.PROPOSED, case__stage__in=(*_BEFORE_A_VERDICT, Stage.CLASSIFIED, Stage.ACTING))
    behind = proposed.alias(newest=Subquery(newest)).filter(newest__gt=F("weighed"))
    return Case.objects.filter(pk__in=behind.order_by().values("case")).select_related("organisation").order_by("priority", "opened_at")
