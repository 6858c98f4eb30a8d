"""What the doctor says of looking (from where drawings come, how much a day may hold) and of the invented cases that people train with."""

from collections.abc import Iterator
from datetime import datetime

from cairndesk.accounts.models import Organisation
from cairndesk.config import Config
from cairndesk.custody.readiness import Said
from cairndesk.review.errors import CalibrationBroken
from cairndesk.review.queries import people_at_cap
from cairndesk.review.queries.training import broken_sets

MOST_MINUTES = 240
"""A day, as the network of hotlines sets it for its analysts (INHOPE)."""


def looks(config: Config, now: datetime) -> Iterator[Said]:
    """Nothing where no organisation keeps originals. Nobody is led to switch anything on, and nobody is named."""
    if not Organisation.objects.filter(media_mode=Organisation.Media.SEALED).exists():
        return
    desk = config.desk
    if desk.look_origin:
        yield "looking", "ok", f"small copies of originals come from {desk.look_origin}, {desk.looks_a_day} a person and day at most", ""
        yield _cap(desk.exposure_minutes, now)
    elif desk.look_url:
        says = "desk.look_url has the host of the desk itself, or another scheme, so nothing can be looked at"
        yield "looking", "problem", says, "Give it a host name of its own, which leads to the desk too."
    else:
        yield "looking", "ok", "nothing can be looked at: desk.look_url names no host for small copies of originals", ""


def _cap(minutes: int, now: datetime) -> Said:
    reached = people_at_cap(now=now)
    many = f"{reached} {'person' if reached == 1 else 'people'} reached that within two weeks"
    says = f"a day may hold {minutes} minutes of pictures and videos for a person; {many}"
    if minutes > MOST_MINUTES:
        return "exposure", "warning", says, "Hotlines let nobody look for more than 4 hours a day (INHOPE): lower desk.exposure_minutes."
    return "exposure", "ok", says, ""


def calibration() -> Iterator[Said]:
    """One line for each set of invented cases that was good when it was written and cannot be read any more; such as one with a code that ended."""
    for slug, why in broken_sets():
        yield "training", "problem", f"{slug}: {why}; its people train with the set that came with the desk", CalibrationBroken.remedy
