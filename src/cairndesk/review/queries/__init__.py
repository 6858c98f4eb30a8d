"""What an analyst sees of a case before anything sealed is opened, and who may look at it next."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from cairndesk.accounts.models import Person
from cairndesk.accounts.rules import Actor
from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case, Item
from cairndesk.cases.queries import case_facts, items, suggested_links
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody.models import SealedObject
from cairndesk.custody.queries import entries_about
from cairndesk.directory.queries import rules_for
from cairndesk.directory.rules import Rule
from cairndesk.review.models import Classification, SecondLook
from cairndesk.review.rules import FEATURES, WORDS, VerdictCode
from cairndesk.review.rules.media import fate, size_class
from cairndesk.review.rules.story import DONE, QUIET, words_for
from cairndesk.signals.engine.answer import Format
from cairndesk.signals.models import Match, MediaSighting
from cairndesk.signals.queries import matches_of, sightings_of
from cairndesk.signals.rules import Door
from cairndesk.triage.queries import Urgency, names_of, urgency

_MOST_LINKS = 5
_DOORS: dict[str, str] = {Door.STAFF: "handed over by staff", Door.MACHINE: "sent by a platform or partner with its report"}
_WITH_SOUND = frozenset({"video", "live_stream", "audio", "xr_scene", "game"})


@dataclass(frozen=True)
class Shared:
    """A case that shares identifiers: its number, and which kinds of them in words, never what they are."""

    case: Case
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """What can be known at one glance: how urgent and why, what matched, whether media exist and have sound."""

    urgency: Urgency
    harms: tuple[str, ...]
    kinds: tuple[tuple[str, int], ...]
    matches: tuple[Match, ...]
    links: tuple[Shared, ...]
    linked: tuple[tuple[Case, str], ...]
    has_media: bool
    has_sound: bool
    ages: tuple[str, ...]
    holder: str
    child_actor: bool


@dataclass(frozen=True)
class Moment:
    """One line of the time line."""

    at: datetime
    words: str
    who: str
    is_done: bool


@dataclass(frozen=True)
class Answer:
    """One jurisdiction's verdict as a page shows it, with the rule it came from where that rule is still in the directory."""

    jurisdiction: str
    code: str
    words: str
    rule: Rule | None


@dataclass(frozen=True)
class View:
    """What one person saw, in words: features, harms, severity; the note is opened apart."""

    title: str
    by: str
    at: datetime
    lines: tuple[tuple[str, str], ...]
    harms: tuple[str, ...]
    severity: str
    note: UUID | None


@dataclass(frozen=True)
class File:
    """A file that was handed over, as the page of its case tells it: nothing of it is opened, and no door shows it."""

    fate: str
    type: str
    size: str
    at: datetime
    door: str
    destroyed_at: datetime | None
    original: UUID | None


def card(case: Case) -> Card:
    """The card of `case`; nothing sealed is opened and nothing of another organisation is read."""
    facts, held = case_facts(case), list(items(case))
    kinds = Counter(item.kind for item in held if item.same_file_as_id is None)
    return Card(
        urgency=urgency(case),
        harms=tuple(taxonomy.label("harm", harm) for harm in sorted(facts.harms)),
        kinds=tuple((taxonomy.label("item_kind", kind), count) for kind, count in kinds.most_common()),
        matches=tuple(matches_of(case=case.pk)),
        links=_shared(case),
        linked=_linked(case),
        has_media=any(item.kind == "media" for item in held),
        has_sound=any(item.media_type in _WITH_SOUND for item in held),
        ages=tuple(taxonomy.label("age_band", age) for age in sorted(facts.child_ages)),
        holder=names_of([case.claimed_by]).get(case.claimed_by, ""),
        child_actor=facts.has_child_actor,
    )


def story(case: Case) -> list[Moment]:
    """What came in, was seen, decided, done and answered, oldest first, from the log."""
    originals = {one.original_id for one in sightings_of(case=case.pk) if one.original_id}
    lines = [line for line in entries_about(case.pk, *originals) if line.event not in QUIET]
    names = names_of({line.actor for line in lines})
    return [Moment(line.at, words_for(line.event, line.detail), names.get(line.actor, "the desk"), line.event in DONE) for line in lines]


def files(case: Case) -> list[File]:
    """The files that were handed over for `case`, oldest first; `original` names one that can still be destroyed."""
    return [_file(one) for one in sightings_of(case=case.pk)]


def original_of(case: Case, original: UUID) -> SealedObject | None:
    """The original if it was handed over for `case` and is or was kept."""
    return next((one.original for one in sightings_of(case=case.pk) if one.original_id == original), None)


def latest(case: Case, *, before: Classification | None = None) -> Classification | None:
    """The newest classification of `case`; with `before`, the one that came before that."""
    versions = case.classifications.order_by("-version")
    return (versions.filter(version__lt=before.version) if before else versions).first()


def open_disagreement(case: Case) -> SecondLook | None:
    """The second look that disagrees with the newest classification and that no supervisor has decided yet."""
    newest = latest(case)
    return SecondLook.objects.filter(classification=newest, agrees=False, settled=None).first() if newest else None


def verdicts_of(case: Case) -> dict[str, str]:
    """Jurisdiction → verdict code of the newest classification; empty before there is one."""
    newest = latest(case)
    return {one["jurisdiction"]: one["code"] for one in newest.verdicts} if newest else {}


def answers(classification: Classification, *, on: date) -> list[Answer]:
    """The verdicts of one classification with words, source and whether they come from a sample."""
    found = []
    for one in classification.verdicts:
        rule = next((rule for rule in rules_for(one["jurisdiction"], on) if rule.set_code == one["set"] and rule.verdict == one["code"]), None)
        found.append(Answer(one["jurisdiction"], one["code"], WORDS[VerdictCode(one["code"])], rule))
    return found


def next_in_line(*, by: Actor, now: datetime, most: int = 20) -> list[Case]:
    """The cases that `by` could take next, in danger first, then the most urgent, then the longest waiting."""
    free = Q(claimed_by="") | Q(lease_until__lt=now)
    waiting = Case.objects.filter(free, organisation=by.organisation, stage=Stage.QUEUED)
    return list(waiting.order_by("-is_emergency", "priority", "opened_at")[:most])


def others_who_may_look(case: Case, *, now: datetime) -> QuerySet[Person]:
    """People of the same organisation who may give the second look: the role, training in date, and neither who classified nor who holds it."""
    busy = [one for one in (*_first(case), case.claimed_by) if one]
    return _able(now).filter(organisation=case.organisation_id).exclude(pseudonym__in=busy)


def partners_who_may_look(case: Case, *, now: datetime) -> QuerySet[Person]:
    """People of partner organisations who could be invited to give the second look, by organisation and name."""
    return _able(now).exclude(organisation=case.organisation_id).select_related("organisation").order_by("organisation__name", "name")


def waiting_for_look(*, by: Actor) -> list[Case]:
    """Cases at *second look* that `by` may look at, at home or as a named guest of a partner, oldest first."""
    invited = [right.case for right in by.guest]
    waiting = Case.objects.filter(Q(organisation=by.organisation) | Q(pk__in=invited), stage=Stage.SECOND_LOOK).order_by("priority", "stage_since")
    return [case for case in waiting if by.pseudonym not in _first(case)]


def item_of(case: Case, item_id: UUID) -> Item | None:
    """The item if it belongs to `case` and is one that analysts see."""
    return items(case).filter(pk=item_id).first()


def view_of(seen: Classification | SecondLook, *, title: str, by: str) -> View:
    """What one person saw, in the words of the taxonomy; what was not asked is left out."""
    lines = tuple(
        (feature.asks, taxonomy.label(feature.family, seen.features[feature.name]))
        for feature in FEATURES
        if seen.features.get(feature.name, "not_asked") != "not_asked"
    )
    return View(title, by, seen.at, lines, tuple(taxonomy.label("harm", harm) for harm in seen.harms), seen.severity, seen.note_id)


def _file(one: MediaSighting) -> File:
    held = one.original
    gone = held.destroyed_at if held else None
    return File(
        fate=fate(is_kept=held is not None, is_destroyed=gone is not None),
        type="not known" if one.file_format == Format.NONE.name else one.file_format,
        size=size_class(held.length) if held and gone is None else "",
        at=one.seen_at,
        door=_DOORS.get(one.door, "not recorded"),
        destroyed_at=gone,
        original=held.pk if held and gone is None else None,
    )


def _shared(case: Case) -> tuple[Shared, ...]:
    suggested = suggested_links(case)[:_MOST_LINKS]
    held = Case.objects.in_bulk([one.case for one in suggested])
    return tuple(Shared(held[one.case], tuple(_kind_words(kind) for kind in one.kinds)) for one in suggested)


def _linked(case: Case) -> tuple[tuple[Case, str], ...]:
    out = [(one.later, one.kind) for one in case.links_out.select_related("later")]
    back = [(one.earlier, one.kind) for one in case.links_in.select_related("earlier")]
    return tuple((other, taxonomy.label("link_kind", kind).lower()) for other, kind in (*out, *back))


def _kind_words(kind: str) -> str:
    codes = taxonomy.family("item_kind").codes
    return codes[kind].label.lower() if kind in codes else kind


def _able(now: datetime) -> QuerySet[Person]:
    able = Person.objects.filter(is_active=True, credential_until__gte=now.date(), grants__role__in=["analyst", "supervisor"])
    return able.distinct()


def _first(case: Case) -> list[str]:
    newest = latest(case)
    return [newest.actor] if newest else []
