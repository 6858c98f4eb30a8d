"""Which classified cases somebody codes a second time: by a keyed digest, so that nobody at the desk chooses or foresees it."""

from datetime import datetime

from django.conf import settings

from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import draw
from cairndesk.custody import access
from cairndesk.review import queries
from cairndesk.review.models import Classification
from cairndesk.review.rules.agreement import is_drawn


def draw_for_coding(*, made: Classification, by: Actor, now: datetime, percent: int | None = None) -> None:
    """Afterwards the case of `made` waits for a blind second coding if it falls into the sample, in the caller's transaction.

    Only a first classification is drawn, where somebody else could code it, and never while a child may be in danger: nobody is to meet a
    closed page then. `percent`: instead of what the operator set.
    """
    share = settings.CAIRNDESK.desk.coded_twice if percent is None else percent
    if not share or made.version != 1 or made.case.is_emergency or hasattr(made.case, "sample"):
        return
    digest = access.keys().blind_index(made.case.organisation_id, "blind coding", str(made.case_id))
    if is_drawn(digest, share) and queries.others_who_may_look(made.case, now=now).exists():
        draw(case=made.case, by=by, now=now)
