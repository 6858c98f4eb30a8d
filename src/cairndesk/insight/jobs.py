"""What `work` does for insight: lay out the public tables."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils import translation

from cairndesk.accounts.models import Organisation
from cairndesk.insight import layout, queries, words
from cairndesk.intake.portal.languages import on_site
from cairndesk.intake.publish import write_changed
from cairndesk.intake.published import PAGES, tables_file
from cairndesk.lib import clock
from cairndesk.lib.belt import Lane
from cairndesk.lib.catalogues import SOURCE


def publish_tables() -> int:
    """Afterwards the portal shows the tables as they are now; returns how many files changed."""
    folder = settings.DATA / "published" / PAGES
    laid_out = ((row.slug, code, tables) for row in Organisation.objects.order_by("slug") for code, tables in _tables(row))
    return sum(write_changed(folder, tables_file(slug, code), tables) for slug, code, tables in laid_out)


def _tables(organisation: Organisation) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """In each language that is spoken here, counted once.

    Each organisation's own and no sum of several: who knows one part of a sum could take it away and be left with the others' few.
    """
    now = clock.now()
    tables = [table for table in queries.numbers(organisation.pk, now=now).tables if table.id not in words.STAFF_ONLY]
    for code in {SOURCE, *(one.code for one in on_site(settings.CAIRNDESK))}:
        with translation.override(code):
            yield code, [layout.shown(table, on=now.date()) for table in tables]


# A report that has just come in must not be seen to move a public figure a moment later.
LANES = (Lane(name="insight.publish", turn=publish_tables, every=3600.0),)
