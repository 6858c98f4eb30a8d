"""Who to call, who to write to, what applies: reads that other rooms and the portal's publisher use."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Role
from cairndesk.custody.retention import ABOUT, About, RecordClass, Term
from cairndesk.directory import checklists, rules
from cairndesk.directory.checklists import Asked, Use
from cairndesk.directory.errors import NoSuchEntry
from cairndesk.directory.models import Authority, Checklist, JurisdictionRule, Provider, ProviderDomain, RuleSet, Schedule, ScheduleTerm, Service
from cairndesk.directory.rules import AuthorityKind, Kind, Rule

AnyEntry = Service | Authority | Provider
TABLES: dict[str, type[Service] | type[Authority] | type[Provider]] = {"service": Service, "authority": Authority, "provider": Provider}
# The ways to reach an entry of any kind, the quickest first.
_WAYS = ("phone", "text_number", "chat", "notice_address", "records_address", "email", "web", "route", "contact_route", "visit")
_NEVER = 1_000_000


@dataclass(frozen=True, slots=True)
class Contact:
    """A service as a page shows it; empty text means that there is no such way to reach it. `owner_id`: the organisation that alone shows it."""

    id: UUID
    kind: str
    name: str
    country: str
    area: str
    languages: Sequence[str]
    hours: str
    is_always_open: bool
    cost: str
    phone: str
    text_number: str
    chat: str
    web: str
    email: str
    visit: str
    ages_from: int | None
    ages_to: int | None
    genders: Sequence[str]
    disability_access: Sequence[str]
    expertise: Sequence[str]
    is_trauma_informed: bool
    waiting_weeks: int | None
    checked_on: date | None
    owner_id: UUID | None


@dataclass(frozen=True, slots=True)
class Stale:
    """A contact that somebody should reach again."""

    kind: str
    id: UUID
    name: str
    checked_on: date | None


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry as a list shows it: what it does, how to reach it, and how many days ago somebody did (None: nobody yet)."""

    entry: AnyEntry
    does: str
    reach: str
    days: int | None
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """Services of one country: how many somebody reached within half a year, how many not, and the shortest known wait of the first, in weeks."""

    reached: int
    unreached: int
    wait: int | None


@dataclass(frozen=True, slots=True)
class Gaps:
    """For each group that few services are dedicated to, in words, how it is covered in each of `countries`."""

    countries: tuple[str, ...]
    groups: tuple[tuple[str, tuple[Coverage, ...]], ...]


@dataclass(frozen=True, slots=True)
class Worded:
    """A rule for people to read: the verdict, and what must hold for it."""

    verdict: str
    when: str
    note: str


def emergency_contacts(country: str, organisation: UUID | None = None) -> list[Contact]:
    """Emergency numbers, those of `country` first, then the others by country; every one has been checked at least once.

    Here and below: those that all organisations share, and those of `organisation`; without one the shared ones alone.
    """
    rows = _services(Kind.EMERGENCY, organisation).filter(checked_on__isnull=False)
    return sorted(map(_contact, rows), key=lambda one: (one.country != country, one.country, one.name))


def helplines(country: str, language: str = "", organisation: UUID | None = None) -> list[Contact]:
    """Checked helplines, those of `country` first; with `language`, those that speak it come before the rest of their country."""
    rows = _services(Kind.HELPLINE, organisation).filter(checked_on__isnull=False)
    wanted = language.split("-", maxsplit=1)[0]
    spoken = {row.id: any(one.split("-")[0] == wanted for one in row.languages) for row in rows}
    return sorted(map(_contact, rows), key=lambda one: (one.country != country, not (wanted and spoken[one.id]), one.country, one.name))


def public_contacts() -> list[Contact]:
    """Every checked contact that a public site may show, of all organisations: emergency numbers, helplines, and lines for one's own thoughts.

    The one read that knows no organisation: each goes with its owner, and the portal shows it on that owner's site alone.
    """
    order = [Kind.EMERGENCY, Kind.HELPLINE, Kind.SELF_CONCERN]
    rows = Service.objects.filter(kind__in=order, is_active=True, checked_on__isnull=False)
    return sorted(map(_contact, rows), key=lambda one: (order.index(Kind(one.kind)), one.country, one.name))


def services_for(kind: Kind, *, country: str = "", age: int | None = None, organisation: UUID | None = None) -> list[Contact]:
    """Services of one kind that serve `country` (or any) and `age` (or any), the shortest wait first, an unknown wait last."""
    rows = _services(kind, organisation)
    rows = rows.filter(country__in=["", country]) if country else rows
    fitting = [row for row in rows if age is None or _serves(row, age)]
    return sorted(map(_contact, fitting), key=lambda one: (one.waiting_weeks is None, one.waiting_weeks or 0, one.name))


def service(service_id: UUID, organisation: UUID | None = None) -> Service:
    """The active service. Raises NoSuchEntry, also for one of another organisation."""
    found = Service.objects.filter(open_to(organisation), pk=service_id, is_active=True).first()
    if found is None:
        raise NoSuchEntry
    return found


def authorities_for(country: str = "", kind: AuthorityKind | None = None, *, organisation: UUID | None = None) -> list[Authority]:
    """Active authorities, those of `country` first; with `kind`, only those competent for it."""
    rows = [row for row in Authority.objects.filter(open_to(organisation), is_active=True) if kind is None or kind in row.kinds]
    return sorted(rows, key=lambda row: (row.country != country, row.country, row.name))


def provider_for(host: str) -> Provider | None:
    """Who answers for `host`: the provider of the narrowest domain that contains it, or None."""
    candidates = rules.domain_candidates(host)
    held = {row.domain: row.provider for row in ProviderDomain.objects.filter(domain__in=candidates).select_related("provider")}
    return next((held[domain] for domain in candidates if domain in held), None)


def providers() -> QuerySet[Provider]:
    """Active providers with their domains."""
    return Provider.objects.filter(is_active=True).prefetch_related("domains")


def rules_of(wanted: Collection[str], on: date) -> dict[str, list[Rule]]:
    """The rules of each jurisdiction in `wanted` that are in force on the day, in the order in which they are asked."""
    rows = JurisdictionRule.objects.filter(rule_set__jurisdiction__in=wanted, rule_set__valid_from__lte=on).select_related("rule_set")
    in_force = [row for row in rows.order_by("rule_set__valid_from", "rule_set__code", "order") if _runs(row.rule_set, on)]
    return {place: [_rule(row) for row in in_force if row.rule_set.jurisdiction == place] for place in wanted}


def jurisdictions(on: date) -> list[str]:
    """Every jurisdiction that has rules in force on the day."""
    rows = JurisdictionRule.objects.filter(rule_set__valid_from__lte=on).select_related("rule_set")
    return sorted({row.rule_set.jurisdiction for row in rows if _runs(row.rule_set, on)})


def schedules() -> list[Schedule]:
    """Every schedule, those that wait for their second person first, then the newest."""
    rows = Schedule.objects.prefetch_related("terms").order_by("-valid_from", "code")
    return sorted(rows, key=lambda row: row.confirmed_at is not None)


def schedule_of(schedule_id: UUID) -> Schedule:
    """The schedule of that id. Raises NoSuchEntry."""
    found = Schedule.objects.filter(pk=schedule_id).first()
    if found is None:
        raise NoSuchEntry
    return found


def terms_in_words(schedule: Schedule) -> list[tuple[About, ScheduleTerm]]:
    """Each class with its term, in the order of the classes."""
    held = {row.record_class: row for row in schedule.terms.all()}
    return [(ABOUT[kind], held[kind]) for kind in RecordClass if kind in held]


def schedule_for(country: str, on: date) -> Schedule | None:
    """The schedule that binds records of a desk in `country` on the day.

    A confirmed one comes before one that waits, the country's own before the one for everywhere, and of those the newest.
    """
    rows = [row for row in Schedule.objects.filter(jurisdiction__in=[country or "*", "*"], valid_from__lte=on) if _runs(row, on)]
    return max(rows, key=lambda row: (row.confirmed_at is not None, row.jurisdiction != "*", row.valid_from, row.code), default=None)


def terms_of(schedule: Schedule | None) -> dict[RecordClass, Term]:
    """How long each class is kept; one that waits for its second person keeps, and destroys nothing. Without a schedule nothing is bound."""
    rows = schedule.terms.all() if schedule else ()
    in_force = schedule is not None and schedule.confirmed_at is not None
    return {RecordClass(row.record_class): Term(row.at_least, row.at_most if in_force else None) for row in rows}


def checklist_for(use: Use, places: Sequence[str], on: date) -> Asked | None:
    """The checklist that counts on the day for the first of `places` (jurisdictions, or short names of organisations) that has one, the newest."""
    rows = [row for row in Checklist.objects.filter(use=use, jurisdiction__in=places, valid_from__lte=on) if _runs(row, on)]
    found = min(rows, key=lambda row: (places.index(row.jurisdiction), -row.valid_from.toordinal(), row.code), default=None)
    return Asked(found.code, found.label, found.source, checklists.lines_of(found.lines)) if found else None


def minimum_record(organisation: Organisation, on: date) -> Asked:
    """Which facts a file of `organisation` holds when its case is closed on that day: the minimum, and what an operator put above it."""
    return checklists.above_the_minimum(checklist_for(Use.RECORD, [organisation.slug, organisation.country, "*"], on))


def evidence_asked(country: str, on: date) -> Asked | None:
    """What an authority of `country` asks of evidence on the day, as an operator entered it; None where nobody did."""
    return checklist_for(Use.EVIDENCE, [country, "*"], on)


def checklists_loaded() -> list[tuple[Checklist, tuple[tuple[str, checklists.Line], ...]]]:
    """Every checklist that was loaded, with what each line asks in words, the newest first."""
    rows = Checklist.objects.order_by("use", "jurisdiction", "-valid_from", "code")
    return [(row, checklists.in_words(checklists.lines_of(row.lines))) for row in rows]


def stale_contacts(now: datetime, days: int = rules.STALE_AFTER.days) -> list[Stale]:
    """Active entries that nobody reached within `days`, never checked ones first, then the longest ago."""
    found = [
        Stale(kind, row.id, row.name, row.checked_on)
        for kind, table in TABLES.items()
        for row in table.objects.filter(is_active=True)
        if row.checked_on is None or (now.date() - row.checked_on).days > days
    ]
    return sorted(found, key=lambda one: (one.checked_on is not None, one.checked_on or date.min, one.name))


def gaps(organisation: UUID | None, now: datetime) -> Gaps:
    """Whom the services of the directory cover and whom not, the country of `organisation` first; an emergency number is no support."""
    held = Service.objects.filter(open_to(organisation), is_active=True).exclude(kind=Kind.EMERGENCY)
    desks = dict(Organisation.objects.values_list("pk", "country"))
    own = desks.get(organisation) if organisation else None
    known = sorted({*desks.values(), *held.values_list("country", flat=True)} - {"", own})
    countries = (*([own] if own else []), *known)
    rows = list(held)

    def covered(group: str, country: str) -> Coverage:
        there = [row for row in rows if group in row.expertise and row.country in {"", country}]
        reached = [row for row in there if not rules.is_stale(row.checked_on, now.date())]
        waits = [row.waiting_weeks for row in reached if row.waiting_weeks is not None]
        return Coverage(len(reached), len(there) - len(reached), min(waits, default=None))

    cells = {group: tuple(covered(group, country) for country in countries) for group in rules.UNDERSERVED}
    return Gaps(countries, tuple((rules.EXPERTISE[group], found) for group, found in cells.items()))


def has_checked_emergency_contact(country: str = "", organisation: UUID | None = None, *, own_alone: bool = False) -> bool:
    """Whether an emergency contact that helps in `country` (empty: in any) has been reached by a person; without one no real portal opens there.

    `own_alone`: whether one of `organisation` itself has been, because its public site shows no other.
    """
    reached = _services(Kind.EMERGENCY, organisation).filter(checked_on__isnull=False)
    if own_alone:
        reached = reached.filter(owner=organisation)
    return (reached.filter(country__in=["", country]) if country else reached).exists()


def country_of(organisation: UUID | None) -> str:
    """Two letters, or empty where the organisation does not say it."""
    held = Organisation.objects.filter(pk=organisation).first() if organisation else None
    return held.country if held else ""


def is_ours_to_change(entry: AnyEntry, by: Actor) -> bool:
    """Whether people like `by` may change, check and retire `entry`.

    What one organisation keeps for itself is its people's. A shared emergency number opens the public site of every organisation in its country:
    only they do, or an administrator of the first organisation.
    """
    if isinstance(entry, Service | Authority) and entry.owner_id is not None:
        return entry.owner_id == by.organisation
    if not isinstance(entry, Service) or entry.kind != Kind.EMERGENCY or not entry.country or by.organisation is None:
        return True
    there = set(Organisation.objects.filter(country=entry.country).values_list("pk", flat=True))
    if not there or by.organisation in there:
        return True
    return Role.ADMINISTRATOR in by.roles and Organisation.objects.filter(pk=by.organisation, is_first=True).exists()


def listed(kind: str, now: datetime, organisation: UUID | None = None) -> list[Listed]:
    """Active entries of one kind: those that nobody reached for half a year first, never reached before longest ago; then by country and name.

    Raises NoSuchEntry for a kind that is none.
    """
    shown = [_listed(entry, now.date()) for entry in in_use(kind, organisation)]
    stale = sorted((one for one in shown if one.is_stale), key=lambda one: -(one.days if one.days is not None else _NEVER))
    return stale + [one for one in shown if not one.is_stale]


def entry_of(kind: str, entry_id: UUID, organisation: UUID | None = None) -> AnyEntry:
    """The active entry of that kind. Raises NoSuchEntry, also for one of another organisation."""
    found = in_use(kind, organisation).filter(pk=entry_id).first()
    if found is None:
        raise NoSuchEntry
    return found


def require_open(entry: Service | Authority, organisation: UUID) -> None:
    """Return where `organisation` may turn to `entry`; raise NoSuchEntry for one that another keeps for itself."""
    if entry.owner_id not in {None, organisation}:
        raise NoSuchEntry


def fields_of(entry: AnyEntry) -> dict[str, Any]:
    """What `entry` says, by the name of its field, with the host names of a provider."""
    fields = {field.name: getattr(entry, field.name) for field in entry._meta.concrete_fields}
    domains = {"domains": [row.domain for row in entry.domains.all()]} if isinstance(entry, Provider) else {}
    own = {} if isinstance(entry, Provider) else {"is_own": entry.owner_id is not None}
    return {**fields, **domains, **own}


def rule_sets() -> list[tuple[RuleSet, list[Worded]]]:
    """Every loaded rule set with its rules in their order, by jurisdiction and first day."""
    loaded = RuleSet.objects.order_by("jurisdiction", "valid_from").prefetch_related("rules")
    return [(whole, [_worded(one) for one in whole.rules.all()]) for whole in loaded]


def open_to(organisation: UUID | None) -> Q:
    """The entries that an organisation is shown: those that all share, and its own. Providers have no owner: a host name is the same for all."""
    return Q(owner=None) | Q(owner=organisation) if organisation else Q(owner=None)


def in_use(kind: str, organisation: UUID | None) -> QuerySet[Service] | QuerySet[Authority] | QuerySet[Provider]:
    """The active entries of one kind that `organisation` is shown. Raises NoSuchEntry for a kind that is none."""
    if kind not in TABLES:
        raise NoSuchEntry
    rows = TABLES[kind].objects.filter(is_active=True)
    return rows if kind == "provider" else rows.filter(open_to(organisation))


def _services(kind: Kind, organisation: UUID | None) -> QuerySet[Service]:
    return Service.objects.filter(open_to(organisation), kind=kind.value, is_active=True)


def _listed(entry: AnyEntry, today: date) -> Listed:
    days = (today - entry.checked_on).days if entry.checked_on else None
    reach = next((getattr(entry, name) for name in _WAYS if getattr(entry, name, "")), "")
    kinds = [entry.kind] if isinstance(entry, Service) else entry.kinds if isinstance(entry, Authority) else entry.platform_types
    return Listed(entry, _plain(", ".join(kinds)), reach, days, is_stale=days is None or days > rules.STALE_AFTER.days)


def _worded(rule: JurisdictionRule) -> Worded:
    held = [f"{_plain(name)} is {' or '.join(map(_plain, values))}" for name, values in rule.conditions.items()]
    return Worded(_plain(rule.verdict).capitalize(), " and ".join(held), rule.note)


def _plain(code: str) -> str:
    return code.replace("_", " ")


def _serves(row: Service, age: int) -> bool:
    return (row.ages_from is None or row.ages_from <= age) and (row.ages_to is None or age <= row.ages_to)


def _rule(row: JurisdictionRule) -> Rule:
    whole = row.rule_set
    return Rule(
        set_code=whole.code,
        jurisdiction=whole.jurisdiction,
        order=row.order,
        verdict=row.verdict,
        conditions=row.conditions,
        source=whole.source,
        note=row.note or whole.note,
        valid_from=whole.valid_from,
        valid_until=whole.valid_until,
        is_sample=whole.is_sample,
    )


def _contact(row: Service) -> Contact:
    return Contact(**{name: getattr(row, name) for name in Contact.__slots__})


def _runs(dated: RuleSet | Schedule | Checklist, on: date) -> bool:
    return dated.valid_until is None or on < dated.valid_until
