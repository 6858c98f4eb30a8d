"""Take glossaries in, write them out for platforms that the desk knows, and meet what was told with them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.accounts.rules.sharing import SENDS_AS, Data, Recipient
from cairndesk.accounts.sharing import require_sharing
from cairndesk.custody.actions import record, seal
from cairndesk.custody.rules import Event, Purpose
from cairndesk.signals import glossaries, register, rules
from cairndesk.signals.actions.writing_out import key_of_receiver, require_let_go
from cairndesk.signals.engine.glossary import MOST_TERMS, Term, as_row
from cairndesk.signals.engine.lists import BadRow
from cairndesk.signals.errors import ListRefused
from cairndesk.signals.models import Glossary, GlossaryVersion, TermMatch
from cairndesk.signals.rules import GlossaryPapers, WrittenOut
from cairndesk.signals.tools import Tool


@dataclass(slots=True)
class GlossaryImported:
    """What an import came to: the glossary, its new version, and the rows that were left out, with their reasons."""

    glossary: Glossary
    number: int
    entries: int
    problems: list[BadRow] = field(default_factory=list)


@transaction.atomic
def import_glossary(*, organisation: UUID, papers: GlossaryPapers, rows: Iterable[Term | BadRow], by: Actor, now: datetime) -> GlossaryImported:
    """Afterwards the glossary `papers.name` consists of the usable rows, sealed, is on, and is a version of its own.

    Raises ListRefused for incomplete papers, for no usable row and for too many; DeskLocked, NotPermitted.
    """
    require(by, Verb.LIST_IMPORT, organisation=organisation)
    rules.check_papers(papers, today=now.date())
    read = list(rows)
    terms, problems = [row for row in read if isinstance(row, Term)], [row for row in read if isinstance(row, BadRow)]
    if not 0 < len(terms) <= MOST_TERMS:
        reasons = "; ".join(f"line {problem.line}: {problem.reason}" for problem in problems[:3])
        raise ListRefused(f"{len(terms)} rows of the file can be used; a glossary has 1 to {MOST_TERMS}. {reasons}".strip())
    glossary = _publish(organisation, papers)
    _keep(glossary, terms, len(problems), by, now)
    return GlossaryImported(glossary, glossary.version, len(terms), problems)


@transaction.atomic
def export_glossary(*, glossary: Glossary, to: str, by: Actor, now: datetime) -> list[Term]:
    """The terms that are not overdue, for `to`, the sender of a key of this desk; afterwards the log says that they left.

    Raises ListRefused where the papers do not allow it, the glossary is off or expired, or `to` has no key; NotLetGo, NotPermitted, DeskLocked.
    """
    require(by, Verb.LIST_IMPORT, organisation=glossary.organisation_id)
    if not glossary.may_share:
        raise ListRefused("Its papers do not allow that it is shared.")
    if not glossary.is_on or glossary.expires_on <= now.date():
        raise ListRefused("It is off: renew it first.")
    key = key_of_receiver(organisation=glossary.organisation_id, to=to)
    recipient = SENDS_AS.get(key.source, Recipient.PARTNER)
    require_sharing(organisation=glossary.organisation_id, data={Data.TERMS}, recipient=recipient, country="", now=now)
    require_let_go(what=WrittenOut.TERMS, of=glossary.pk, to=to, now=now)
    version = glossary.versions.select_related("table").get(number=glossary.version)
    terms = [term for term in glossaries.terms_of(version) if not term.is_due(now.date())]
    detail: dict[str, str | int] = {"version": version.number, "terms": len(terms), "key": str(key.pk)}
    record(event=Event.SIGNALS_GLOSSARY_EXPORTED, subject_kind="glossary", subject=glossary.pk, by=by, now=now, detail=detail)
    return terms


def read_glossary(*, glossary: Glossary, by: Actor, now: datetime) -> tuple[Term, ...]:
    """The terms of the newest version, with what they mean, also those that are off; the log says who reads them before a key turns.

    Raises NotPermitted, DeskLocked.
    """
    require(by, Verb.TERMS_READ, organisation=glossary.organisation_id)
    version = glossary.versions.select_related("table").get(number=glossary.version)
    with transaction.atomic(durable=True):
        detail = {"version": version.number}
        record(event=Event.SIGNALS_GLOSSARY_READ, subject_kind="glossary", subject=glossary.pk, by=by, now=now, detail=detail)
    return glossaries.terms_of(version)


@transaction.atomic
def meet_terms(
    *, organisation: UUID, case: UUID, texts: Mapping[tuple[UUID, str], str], by: Actor, now: datetime, off: frozenset[Tool] | None = None
) -> list[TermMatch]:
    """Afterwards the hints of `case` are those that the glossaries that are on give for `texts` today; returns the new ones.

    `texts`: (report or item, name of the answer) → its words. Only what was told is met; the words are kept nowhere.
    `off`: what `register.off` says, where it is at hand. Raises DeskLocked.
    """
    if Tool.TERMS in (register.off(organisation=organisation, now=now) if off is None else off):
        return []
    wanted = {_place(match): match for match in _met(organisation, case, texts, now)}
    held = {_place(match): match.pk for match in TermMatch.objects.filter(case=case)}
    TermMatch.objects.filter(pk__in=[pk for place, pk in held.items() if place not in wanted]).delete()
    made = TermMatch.objects.bulk_create([match for place, match in wanted.items() if place not in held])
    if made:
        record(event=Event.SIGNALS_TERMS_MET, subject_kind="case", subject=case, by=by, now=now, detail={"places": len(made)})
    return made


def _publish(organisation: UUID, papers: GlossaryPapers) -> Glossary:
    fields = {name: value for name, value in asdict(papers).items() if name != "name"}
    glossary, _ = Glossary.objects.select_for_update().get_or_create(organisation_id=organisation, name=papers.name, defaults=fields)
    for name, value in fields.items():
        setattr(glossary, name, value)
    glossary.version, glossary.is_on, glossary.off_because = glossary.version + 1, True, ""
    glossary.save()
    return glossary


def _keep(glossary: Glossary, terms: list[Term], refused: int, by: Actor, now: datetime) -> None:
    table = {"terms": [as_row(term) for term in terms]}
    GlossaryVersion.objects.create(
        glossary=glossary,
        number=glossary.version,
        made_at=now,
        made_by=by.pseudonym,
        entries=len(terms),
        refused=refused,
        reviews=dict(Counter(term.review_on.isoformat() for term in terms)),
        table=seal(organisation=glossary.organisation_id, purpose=Purpose.GLOSSARY, plain=table, now=now),
    )
    detail = {"version": glossary.version, "terms": len(terms), "refused": refused}
    record(event=Event.SIGNALS_GLOSSARY_IMPORTED, subject_kind="glossary", subject=glossary.pk, by=by, now=now, detail=detail)


def _met(organisation: UUID, case: UUID, texts: Mapping[tuple[UUID, str], str], now: datetime) -> Iterable[TermMatch]:
    for held in glossaries.asked(organisation, now) if texts else ():
        for (source, name), words in texts.items():
            for hit in held.engine.find(words):
                yield TermMatch(
                    organisation_id=organisation,
                    case=case,
                    source=source,
                    field=name,
                    start=hit.start,
                    end=hit.end,
                    version=held.version,
                    term=hit.term,
                    form=hit.form,
                    found_at=now,
                )


def _place(match: TermMatch) -> tuple[object, ...]:
    return match.source, match.field, match.start, match.end, match.version_id, match.term
