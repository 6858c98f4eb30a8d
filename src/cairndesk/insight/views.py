"""The numbers of one's own organisation, as a page and as files for a spreadsheet."""

import csv
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
    return render(request, "insight/numbers.html", {"tables": tables, "medians": words.medians(found), "floor": words.CAVEATS[FLOOR]})


@requires(Verb.NUMBERS_READ)
def export(request: HttpRequest, table: str) -> HttpResponse:
    """One table as CSV; a withheld cell is the word `withheld`, never an empty field that reads as zero."""
    now = clock.now()
    found = next((one for one in queries.numbers(_own(request), now=now).tables if one.id == table), None)
    if found is None:
        raise Http404
    headers, rows = layout.grid(found, on=now.date(), plain=True)
    answer = HttpResponse(content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{table}.csv"'})
    writer = csv.writer(answer)
    writer.writerow(headers)
    writer.writerows(["withheld" if cell is None else cell for cell in row] for row in rows)
    writer.writerows(["note", caveat] for caveat in words.caveats(found, on=now.date()))
    return answer


def _own(request: HttpRequest) -> UUID:
    """The organisation whose figures are read; the policy of these doors lets nobody in who belongs to none."""
    own = doer(request).organisation
    if own is None:
        raise Http404
    return own
