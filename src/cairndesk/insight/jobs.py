"""What `work` does for insight: lay out the public tables."""

from typing import Any

from django.conf import settings

from cairndesk.accounts.models import Organisation
from cairndesk.insight import layout, queries, words
from cairndesk.intake.publish import write_changed
from cairndesk.intake.published import PAGES
from cairndesk.lib import clock
from cairndesk.lib.belt import Lane


def publish_tables() -> int:
    """Afterwards the portal shows the tables as they are now; returns how many files changed."""
    folder = settings.DATA / "published" / PAGES
    return sum(write_changed(folder, f"{row.slug}.json", _tables(row)) for row in Organisation.objects.order_by("slug"))


def _tables(organisation: Organisation) -> list[dict[str, Any]]:
    """Each organisation's own and no sum of several: who knows one part of a sum could take it away and be left with the others' few."""
    now = clock.now()
    tables = (table for table in queries.numbers(organisation.pk, now=now).tables if table.id not in words.STAFF_ONLY)
    return [layout.shown(table, on=now.date()) for table in tables]


# A report that has just come in must not be seen to move a public figure a moment later.
LANES = (Lane(name="insight.publish", turn=publish_tables, every=3600.0),)
