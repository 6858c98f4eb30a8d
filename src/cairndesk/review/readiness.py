"""What the doctor says of looking (from where drawings come, and how much), of tables of grading, and of invented cases that people train with."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings

from cairndesk.accounts.models import Organisation
from cairndesk.config import Config
from cairndesk.custody.readiness import Said
from cairndesk.review import scheme
from cairndesk.review.errors import CalibrationBroken, SchemeBroken
from cairndesk.review.queries import people_at_cap, stricter_days
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


def tables(now: datetime) -> Iterator[Said]:
    """Whether the tables by which this desk grades can be read, each broken one with its line. Nothing where it uses only what comes along."""
    own = Path(settings.DATA) / "severity.toml"
    try:
        severity = scheme.in_force()
    except (SchemeBroken, OSError, UnicodeDecodeError) as error:
        says = error.detail if isinstance(error, SchemeBroken) else f"{own.name}: {error}"
        yield "schemes", "problem", f"nothing can be classified: {says}", "Mend the file, or take it away: then the levels that come along count."
    else:
        if own.exists():
            yield "schemes", "ok", f"severity is graded by {severity.key}, a table of the operator", ""
    kept, broken = scheme.kept()
    for one in broken:
        says = f"{one.detail}; an older version counts, if there is one"
        yield "schemes", "problem", says, "Take the file away, and `cairndesk scheme load` a whole one; records keep what they were graded by."
    for one in scheme.broken_mappings():
        yield "schemes", "problem", f"mappings/{one.detail}; the mapping that comes along counts, if there is one", "Load the mapping anew."
    if kept and not broken:
        used = ", ".join(one.key for one in scheme.used(now.date()))
        yield "schemes", "ok", f"used beside the severity: {used or 'none today'}", ""


def _cap(minutes: int, now: datetime) -> Said:
    reached = people_at_cap(now=now)
    many = f"{reached} {'person' if reached == 1 else 'people'} reached what a day may hold within two weeks"
    fewer = "".join(f", {day} at {slug}" for slug, day in stricter_days())
    says = f"a day may hold {minutes} minutes of pictures and videos for a person{fewer}, and more nowhere; {many}"
    if minutes > MOST_MINUTES:
        return "exposure", "warning", says, "Hotlines let nobody look for more than 4 hours a day (INHOPE): lower desk.exposure_minutes."
    return "exposure", "ok", says, ""


def calibration() -> Iterator[Said]:
    """One line for each set of invented cases that was good when it was written and cannot be read any more; such as one with a code that ended."""
    for slug, why in broken_sets():
        yield "training", "problem", f"{slug}: {why}; its people train with the set that came with the desk", CalibrationBroken.remedy
