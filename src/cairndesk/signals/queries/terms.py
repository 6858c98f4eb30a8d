"""Which glossaries there are, and what of the words that were told meets them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from cairndesk.signals import glossaries as opened
from cairndesk.signals import rules
from cairndesk.signals.models import (
    Glossary,
    TermMatch,
)


@dataclass(frozen=True, slots=True)
class GlossaryShown:
    """One glossary as staff see it: its papers, how many terms it has, and how many of them are off because nobody reviewed them."""

    id: UUID
    name: str
    owner: str
    agreement: str
    terms: str
    provenance: str
    received_on: date
    expires_on: date
    may_share: bool
    version: int
    entries: int
    overdue: int
    is_on: bool
    off_because: str
    is_asked: bool
    expires_soon: bool


@dataclass(frozen=True, slots=True)
class Hint:
    """A place of what was told that meets a term, and what the term means. A hint, not a finding.

    `source` is the report or item, `field` the name of the answer; the place is from character `start` to before `end`.
    """

    source: UUID
    field: str
    start: int
    end: int
    form: str
    meaning: str
    language: str
    platform: str
    confidence: str
    glossary: str
    version: int


def glossaries(*, organisation: UUID, now: datetime) -> list[GlossaryShown]:
    """All glossaries of the organisation by name, also those that are off; no term is opened."""
    held = Glossary.objects.filter(organisation=organisation, version__gt=0).order_by("name")
    return [_glossary_shown(one, now.date()) for one in held]


def glossaries_to_review(*, organisation: UUID, now: datetime) -> list[GlossaryShown]:
    """Glossaries that went dark or soon will, or whose terms are overdue for review: these belong on the first screen."""
    shown = glossaries(organisation=organisation, now=now)
    return [one for one in shown if one.off_because == "expired" or one.expires_soon or (one.is_asked and one.overdue)]


def hints_in(*, case: UUID) -> QuerySet[TermMatch]:
    """The places of what was told in `case` that meet a term; nothing is opened."""
    return TermMatch.objects.filter(case=case)


def hints_of(*, case: UUID, source: UUID) -> list[Hint]:
    """The hints in one report or item of `case`, in their order, with what the terms mean. Raises DeskLocked."""
    found = TermMatch.objects.filter(case=case, source=source).select_related("version__glossary", "version__table")
    return [_hint(one) for one in found.order_by("field", "start", "end", "pk")]


def _glossary_shown(one: Glossary, today: date) -> GlossaryShown:
    version = one.versions.get(number=one.version)
    return GlossaryShown(
        **{field: getattr(one, field) for field in ("id", "name", "owner", "agreement", "terms", "provenance", "received_on", "expires_on")},
        **{field: getattr(one, field) for field in ("may_share", "version", "is_on", "off_because")},
        entries=version.entries,
        overdue=sum(count for day, count in version.reviews.items() if date.fromisoformat(day) <= today),
        is_asked=one.is_on and one.expires_on > today,
        expires_soon=one.is_on and one.expires_on - today <= rules.WARN_BEFORE,
    )


def _hint(one: TermMatch) -> Hint:
    term = opened.terms_of(one.version)[one.term]
    return Hint(
        source=one.source,
        field=one.field,
        start=one.start,
        end=one.end,
        form=one.form,
        meaning=term.meaning,
        language=term.language,
        platform=term.platform,
        confidence=term.confidence.value,
        glossary=one.version.glossary.name,
        version=one.version.number,
    )
