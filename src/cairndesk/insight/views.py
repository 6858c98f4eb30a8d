"""The numbers of one's own organisation, as a page and as files for a spreadsheet."""

import csv
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from cairndesk.accounts.policy import doer, requires
from cairndesk.accounts.rules import Verb
from cairndesk.insight import layout, queries, words
from cairndesk.insight.rules import FLOOR
from cairndesk.lib import clock


@requires(Verb.NUMBERS_READ)
def numbers(request: HttpRequest) -> HttpResponse:
    """Every table, each with its unit and caveats."""
    now = clock.now()
    found = queries.numbers(_own(request), now=now)
    tables = [layout.shown(table, on=now.date()) for table in found.tables]
    context = {"tables": tables, "medians": words.medians(found), "floor": words.CAVEATS[FLOOR], "seeing": queries.seeing(_own(request), now=now)}
    return render(request, "insight/numbers.html", context)


@requires(Verb.NUMBERS_READ)
def fairness(request: HttpRequest) -> HttpResponse:
    """How triage treats groups, with what such a comparison cannot show above it."""
    now = clock.now()
    tables = [_shown(one, on=now.date()) for one in queries.fairness(_own(request), now=now)]
    return render(request, "insight/fairness.html", {"tables": tables, "limits": words.LIMITS})


@requires(Verb.NUMBERS_READ)
def export(request: HttpRequest, table: str) -> HttpResponse:
    """One table as CSV; a withheld cell is the word `withheld`, never an empty field that reads as zero."""
    headers, rows, notes = _file(_own(request), table, clock.now())
    answer = HttpResponse(content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{table}.csv"'})
    writer = csv.writer(answer)
    writer.writerow(headers)
    writer.writerows(["withheld" if cell is None else cell for cell in row] for row in rows)
    writer.writerows(["note", note] for note in notes)
    return answer


def _shown(one: queries.Compared, *, on: date) -> dict[str, Any]:
    headers, rows = layout.compared(one, on=on)
    return layout.shown(one.table, on=on) | {"headers": headers, "rows": rows}


def _file(organisation: UUID, table: str, now: datetime) -> tuple[list[str], list[list[layout.Cell]], list[str]]:
    """Headers, rows and the sentences that must go along; raises Http404."""
    on = now.date()
    if table in words.FAIRNESS:
        one = next(one for one in queries.fairness(organisation, now=now) if one.table.id == table)
        return *layout.compared(one, on=on, plain=True), [*words.caveats(one.table, on=on), *words.LIMITS]
    found = next((one for one in queries.numbers(organisation, now=now).tables if one.id == table), None)
    if found is None:
        raise Http404
    return *layout.grid(found, on=on, plain=True), words.caveats(found, on=on)


def _own(request: HttpRequest) -> UUID:
    """The organisation whose figures are read; the policy of these doors lets nobody in who belongs to none."""
    own = doer(request).organisation
    if own is None:
        raise Http404
    return own
