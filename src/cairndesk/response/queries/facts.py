"""What a plan is made from, gathered from the rooms below."""

from collections.abc import Mapping

from django.db.models import QuerySet

from cairndesk.cases.models import Case, Item
from cairndesk.cases.queries import case_facts
from cairndesk.cases.rules.stages import Stage
from cairndesk.lib.unknowns import Unknown
from cairndesk.response.rules import Facts

# Kinds of items that somebody can take down.
REMOVABLE = frozenset({"url", "web_page", "account", "group", "app", "listing", "advert", "model", "model_host"})
# A person shown against their will can ask for removal, whatever a criminal court would say.
_NOT_AGREED_TO = frozenset({"image_based_abuse", "onward_sharing", "altered_imagery", "exposing_details", "expose_account", "family_image_misuse"})
# Harms that are no offence by themselves in any rule set that we know; every other one may be one, and an authority says so.
_NO_OFFENCE = frozenset({"unwanted_nudity", "online_harassment", "gender_harassment", "family_image_misuse", "new_or_emerging"})
# What leaves no recording has to be asked for fast.
_SHORT_LIVED = frozenset({"live_streaming", "avatar_assault"})


def facts_of(case: Case, verdicts: Mapping[str, str]) -> Facts:
    """The facts of `case` in clear; `verdicts` is jurisdiction → code. Nothing sealed is opened."""
    known = case_facts(case)
    items = Item.objects.filter(case=case, kind__in=REMOVABLE)
    hosts = {country for country in items.values_list("country_host", flat=True) if country not in set(Unknown)}
    return Facts(
        in_danger=case.is_emergency or "yes" in {known.abuse_now, known.meeting_planned},
        self_harm=known.self_harm == "yes",
        continuing_access=known.continuing_access == "yes",
        near_by_relation=known.somebody_is_near or known.household_conflict,
        child_actor=known.has_child_actor,
        has_addresses=items.exists(),
        verdicts=dict(verdicts),
        not_agreed_to=bool(known.harms & _NOT_AGREED_TO),
        offence_suspected=bool(known.harms - _NO_OFFENCE),
        short_retention=bool(known.harms & _SHORT_LIVED),
        host_countries=frozenset(hosts),
        own_country=case.organisation.country,
        advice_only=case.advice_only,
    )


def without_a_plan() -> QuerySet[Case]:
    """Classified cases for which no step has been proposed yet, most urgent first."""
    return Case.objects.filter(stage=Stage.CLASSIFIED, plan_steps__isnull=True).select_related("organisation").order_by("priority", "opened_at")
