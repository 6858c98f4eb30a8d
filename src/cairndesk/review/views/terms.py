"""Every term of the desk in one place: what it means, since when, and by whose definition; and the words that people here write."""

import json
from functools import cache
from pathlib import Path
from typing import Any

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


@signed_in
def glossary(request: HttpRequest) -> HttpResponse:
    """The approved language: what each word of the desk means, and which words are not written, what instead, and why. No restricted term."""
    return render(request, "review/glossary.html", {"sections": _sections()})


@cache
def _sections() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "glossary.json").read_text("utf-8"))
    return found
