"""The form in which somebody says what they see, as it comes and as it comes back."""

from functools import partial
from typing import Any, TypeVar

from django.http import HttpRequest

from cairndesk.cases.models import Case
from cairndesk.lib import clock
from cairndesk.review import queries, scheme
from cairndesk.review.forms.looks import LookForm, grades_before, typed
from cairndesk.review.rules import FEATURES

F = TypeVar("F", bound=LookForm)
SUGGEST = "suggest"


def look_form(kind: type[F], request: HttpRequest, shown: Case | None, **more: Any) -> F:
    """The form of this kind with what was sent or, when only a suggestion was asked for, begun with what was typed, so that nothing is recorded.

    It begins with how `shown` is classified now, and with nothing where there is no such case to begin with.
    """
    make = partial(kind, scheme=scheme.in_force(), used=scheme.used(clock.now().date()), **more)
    empty = make()
    if SUGGEST in request.POST:
        return make(initial=typed(empty, request.POST))
    return make(request.POST if request.method == "POST" else None, initial=_before(shown, empty) if shown else {})


def _before(shown: Case, form: LookForm) -> dict[str, Any]:
    """What the newest classification says."""
    newest = queries.latest(shown)
    if newest is None:
        return {}
    features = {f"f_{feature.name}": newest.features.get(feature.name, "") for feature in FEATURES}
    said = {"harms": newest.harms, "severity": newest.severity, "is_uncertain": newest.is_uncertain}
    return features | said | grades_before(newest.grades, form.used)
