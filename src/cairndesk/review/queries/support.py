"""Which experience of services may fit a case: read from its codes alone, nothing sealed is opened."""

from django.conf import settings

from cairndesk.cases.models import Case, CasePerson, HarmCode, SensitiveAttribute
from cairndesk.directory.rules import Expertise
from cairndesk.review.rules.support import Known, fitting

_HARMED = ("child", "adult_survivor")


def support_that_fits(case: Case) -> tuple[Expertise, ...]:
    """The experiences that may fit whoever was harmed in `case`; nothing where nobody said or recorded anything that opens more."""
    harmed = CasePerson.objects.filter(case=case, roles__role__in=_HARMED, roles__taken_back_at=None)
    near = CasePerson.objects.filter(case=case, roles__role="person_of_concern", roles__taken_back_at=None)
    allowed = settings.CAIRNDESK.desks.sensitive_attributes
    told = SensitiveAttribute.objects.filter(person__in=harmed, attribute__in=allowed)
    return fitting(
        Known(
            told=frozenset(told.values_list("attribute", "answer")),
            genders=frozenset(harmed.values_list("gender", flat=True)),
            relations=frozenset(near.values_list("relation", flat=True)),
            settings=frozenset(case.incidents.values_list("setting", flat=True)),
            harms=frozenset(HarmCode.objects.filter(incident__case=case).values_list("harm", flat=True)),
        )
    )
