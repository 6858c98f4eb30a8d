"""What the doctor says of emergency access: whether somebody else looked at each in time."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cairndesk.accounts.models import Organisation
from cairndesk.cases.queries import glass_to_review
from cairndesk.config import Config
from cairndesk.custody.readiness import Said


def looks(config: Config, now: datetime) -> Iterator[Said]:
    """One line for each organisation in which something waited too long, or one that says that nothing did."""
    days = config.desk.emergency_review_days
    late = {one.slug: glass_to_review(one.pk, broken_before=now - timedelta(days=days)).count() for one in Organisation.objects.order_by("slug")}
    for slug, count in late.items():
        if count:
            says = f"{slug}: {count} that nobody looked at within {days} days"
            yield "emergency access", "problem", says, "A supervisor who is another person looks at each on the page Access."
    if not any(late.values()):
        yield "emergency access", "ok", "each was looked at, or was taken only now", ""
