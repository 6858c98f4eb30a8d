"""What `work` does for insight: lay out the public tables, and how soon each organisation promises to look."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import translation

from cairndesk.accounts.models import Organisation
from cairndesk.insight import layout, queries, words
from cairndesk.intake.portal.languages import on_site
from cairndesk.intake.publish import write_changed
from cairndesk.intake.published import LOOKS, PAGES, tables_file
from cairndesk.lib import clock
from cairndesk.lib.belt import Lane
from cairndesk.lib.catalogues import SOURCE
from cairndesk.triage.queries import rules_in_force
from cairndesk.triage.rules.signs import Sign


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
    for code in {SOURCE, *(one.falls_back or one.code for one in on_site(settings.CAIRNDESK))}:
        with translation.override(code):
            yield code, [layout.shown(table, on=now.date()) for table in tables]


def publish() -> int:
    """Afterwards the portal shows the promises and the tables as they are now; returns how many files changed."""
    return publish_looks() + publish_tables()


def publish_looks() -> int:
    """Afterwards the portal says within how many minutes each organisation looks, by the rules in force; returns how many files changed."""
    return write_changed(settings.DATA / "published", LOOKS, {row.slug: _looks(row) for row in Organisation.objects.all()})


def _looks(organisation: Organisation) -> dict[str, int]:
    table = rules_in_force(organisation.pk)
    rest = max(table.ordinary[1], *(rule.within for rule in table.rules))
    spans = {"danger": table.rule(Sign.DANGER_NOW).within, "rest": rest, "advice": table.advice[1]}
    return {name: span // timedelta(minutes=1) for name, span in spans.items()}


# A report that has just come in must not be seen to move a public figure a moment later.
LANES = (Lane(name="insight.publish", turn=publish, every=3600.0),)
