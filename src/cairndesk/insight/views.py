"""The numbers of one's own organisation, as a page and as files for a spreadsheet."""

import csv

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from cairndesk.accounts.policy import requires
from cairndesk.accounts.rules import Verb
from cairndesk.insight import queries, words


@requires(Verb.NUMBERS_READ)
def numbers(request: HttpRequest) -> HttpResponse:
    """Every table, each with its unit and caveats."""
    found = queries.numbers(request.actor.organisation)  # type: ignore[attr-defined]
    tables = [words.shown(table) for table in found.tables]
    return render(request, "insight/numbers.html", {"tables": tables, "medians": words.medians(found)})


@requires(Verb.NUMBERS_READ)
def export(request: HttpRequest, table: str) -> HttpResponse:
    """One table as CSV; a withheld cell is the word `withheld`, never an empty field that reads as zero."""
    found = queries.numbers(request.actor.organisation)  # type: ignore[attr-defined]
    shown = next((words.shown(one) for one in found.tables if one.id == table), None)
    if shown is None:
        raise Http404
    answer = HttpResponse(content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{table}.csv"'})
    writer = csv.writer(answer)
    writer.writerow(["category", shown["unit"]])
    writer.writerows([name, "withheld" if count is None else count] for name, count in shown["rows"])
    writer.writerows(["note", caveat] for caveat in shown["caveats"])
    return answer
