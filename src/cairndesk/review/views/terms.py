"""Every term of the desk in one place: what it means, since when, and by whose definition."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cairndesk.accounts.policy import signed_in
from cairndesk.cases import taxonomy
from cairndesk.review.rules.boundary import aid


@signed_in
def terms(request: HttpRequest) -> HttpResponse:
    """The terms by family, with what they lean on and the aid for the hardest boundary."""
    held = taxonomy.load()
    families = [(family, [(code, held.source_of(code)) for code in family.codes.values()]) for family in held.families.values()]
    context = {"families": families, "references": held.references.values(), "version": held.versions[-1].name, "aid": aid()}
    return render(request, "review/terms.html", context)
