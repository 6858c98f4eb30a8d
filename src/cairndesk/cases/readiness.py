"""What the doctor says of emergency access and of choices that were set aside: whether somebody else looked at each in time."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cairndesk.accounts.models import Organisation
from cairndesk.cases.queries import aside_to_review, glass_to_review, glass_untold
from cairndesk.cases.rules.choices import LOOK_WITHIN
from cairndesk.config import Config
from cairndesk.custody.readiness import Said

_A_WHILE = timedelta(minutes=15)


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
    yield from _asides(now)
    yield from _mails(config, now)


def _asides(now: datetime) -> Iterator[Said]:
    late = {one.slug: aside_to_review(one.pk, made_before=now - LOOK_WITHIN).count() for one in Organisation.objects.order_by("slug")}
    for slug, count in late.items():
        if count:
            says = f"{slug}: {count} that nobody looked at within {LOOK_WITHIN.days} days"
            yield "choices set aside", "problem", says, "A supervisor who is another person looks at each on the page Access."


def _mails(config: Config, now: datetime) -> Iterator[Said]:
    """Whether supervisors who are not signed in learn of it."""
    mail = config.mail
    if not (mail.host and mail.sender and mail.supervisors):
        says = "supervisors see it on their pages only, and whoever is not signed in learns nothing"
        yield "emergency access", "warning", says, "Set mail.supervisors to their addresses, and mail.host and mail.sender."
        return
    alone = [slug for slug in Organisation.objects.order_by("slug").values_list("slug", flat=True) if not mail.supervisors_of(slug)]
    if alone:
        says = f"{', '.join(alone)}: no supervisor has an address, and whoever is not signed in learns nothing"
        yield "emergency access", "warning", says, "Name one in mail.supervisors."
    if count := glass_untold().filter(broken_at__lte=now - _A_WHILE).count():
        yield "emergency access", "problem", f"supervisors could not be told of {count} by mail", "Look at the line on mail, and at mail.supervisors."
