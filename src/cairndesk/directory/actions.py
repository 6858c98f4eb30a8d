"""Every write to the directory; changing a contact takes back its check, because the check was of the old one."""

from collections.abc import Mapping
from datetime import date, datetime
from importlib.resources import files
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from cairndesk.accounts import actions as accounts
from cairndesk.accounts.models import Organisation, Request
from cairndesk.accounts.rules import Actor, FreshProof, Kind, Verb, digest_of, require, require_fresh
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.directory import checklists, portals, profiles, rules
from cairndesk.directory.errors import (
    ChecklistStands,
    ConfirmedByAnother,
    NoSuchEntry,
    NotAUsableEntry,
    NotOursToChange,
    ScheduleStands,
    SheetUnreadable,
)
from cairndesk.directory.models import (
    FIRST_OWN,
    Authority,
    Checklist,
    JurisdictionRule,
    OwnText,
    PortalSheet,
    Provider,
    ProviderDomain,
    RuleSet,
    Schedule,
    ScheduleTerm,
    Service,
)
from cairndesk.directory.queries import country_of, has_checked_emergency_contact, is_ours_to_change
from cairndesk.directory.sites import is_listed, name_taken
from cairndesk.lib.ids import new_id

Text = TypeVar("Text", bound=OwnText)
AnyEntry = TypeVar("AnyEntry", bound=Service | Authority | Provider)

# At least one of these must be filled, or nobody could be reached.
_REACH: Mapping[type, tuple[str, ...]] = {
    Service: ("phone", "text_number", "chat", "web", "email", "visit"),
    Authority: ("email", "phone", "route"),
    Provider: ("notice_address", "records_address", "contact_route"),
}
_KEPT = frozenset({"id", "added_at", "checked_on", "checked_by", "is_active", "owner"})


@transaction.atomic
def add_service(*, fields: Mapping[str, Any], by: Actor, now: datetime) -> Service:
    """Afterwards the service is listed, unchecked. Raises NotAUsableEntry naming the field.

    Here and below the field `is_own` keeps an entry for the organisation of `by`: no other one is shown it.
    """
    return _add(Service, fields, by, now)


@transaction.atomic
def add_authority(*, fields: Mapping[str, Any], by: Actor, now: datetime) -> Authority:
    """Afterwards the authority is listed, unchecked. Raises NotAUsableEntry naming the field."""
    return _add(Authority, fields, by, now)


@transaction.atomic
def add_provider(*, fields: Mapping[str, Any], domains: list[str], by: Actor, now: datetime) -> Provider:
    """Afterwards the provider answers for `domains`, unchecked. Raises NotAUsableEntry, also for a domain that is taken."""
    provider = _add(Provider, fields, by, now)
    _set_domains(provider, domains)
    return provider


@transaction.atomic
def change(*, entry: AnyEntry, fields: Mapping[str, Any], by: Actor, now: datetime, domains: list[str] | None = None) -> AnyEntry:
    """Afterwards `entry` holds `fields`, and its check is taken back. Raises NotAUsableEntry, NoSuchEntry, NotOursToChange."""
    held = _ours(entry, by)
    _apply(held, fields, by)
    held.checked_on, held.checked_by = None, ""
    held.save()
    if isinstance(held, Provider) and domains is not None:
        _set_domains(held, domains)
    record(event=Event.DIRECTORY_ENTRY_CHANGED, subject_kind=_kind(held), subject=held.id, by=by, now=now)
    return held


@transaction.atomic
def check_contact(*, entry: AnyEntry, checked_on: date, by: Actor, now: datetime) -> AnyEntry:
    """Afterwards `entry` is known to have been reached on that day by `by`. Raises CheckLiesAhead, NoSuchEntry, NotOursToChange."""
    held = _ours(entry, by)
    rules.check_day(checked_on, now.date())
    held.checked_on, held.checked_by = checked_on, by.name
    held.save(update_fields=["checked_on", "checked_by"])
    record(event=Event.DIRECTORY_ENTRY_CHECKED, subject_kind=_kind(held), subject=held.id, by=by, now=now)
    return held


@transaction.atomic
def retire(*, entry: AnyEntry, by: Actor, now: datetime) -> AnyEntry:
    """Afterwards `entry` is shown nowhere and kept for the records that name it. Raises NoSuchEntry, NotOursToChange."""
    held = _ours(entry, by)
    held.is_active = False
    held.save(update_fields=["is_active"])
    if isinstance(held, Provider):
        held.domains.all().delete()
    record(event=Event.DIRECTORY_ENTRY_RETIRED, subject_kind=_kind(held), subject=held.id, by=by, now=now)
    return held


@transaction.atomic
def load_rules(*, text: str, by: Actor, now: datetime) -> RuleSet:
    """Afterwards the set of the TOML `text` is in force from its first day; the same code replaces itself. Raises RulesUnreadable."""
    require(by, Verb.RULES_LOAD, organisation=None)
    about, parsed = rules.read_rule_set(text)
    loaded, _ = RuleSet.objects.update_or_create(code=about["code"], defaults={**_dated(about), "loaded_at": now})
    loaded.rules.all().delete()
    JurisdictionRule.objects.bulk_create(
        JurisdictionRule(rule_set=loaded, order=order, verdict=one["verdict"], conditions=one["when"], note=one.get("note", ""))
        for order, one in enumerate(parsed, start=1)
    )
    record(event=Event.DIRECTORY_RULES_LOADED, subject_kind="rule_set", subject=loaded.id, by=by, now=now, detail={"rules": len(parsed)})
    return loaded


def load_samples(*, by: Actor, now: datetime) -> list[RuleSet]:
    """Afterwards the three sample sets are loaded; each says of itself that it is a sample and not legal advice."""
    folder = files("cairndesk.directory").joinpath("samples")
    texts = [one.read_text("utf-8") for one in sorted(folder.iterdir(), key=lambda f: f.name) if one.name.endswith(".toml")]
    return [load_rules(text=text, by=by, now=now) for text in texts]


@transaction.atomic
def load_schedule(*, text: str, by: Actor, now: datetime) -> Schedule:
    """Afterwards the schedule of the TOML `text` waits for another person; one that waits under its code is replaced.

    Raises RulesUnreadable, and ScheduleStands where that code is in force.
    """
    require(by, Verb.RULES_LOAD, organisation=None)
    about, terms = rules.read_schedule(text)
    held = Schedule.objects.select_for_update().filter(code=about["code"]).first()
    if held is not None and held.confirmed_at is not None:
        raise ScheduleStands
    if held is not None:
        held.delete()
    named = {"code": about["code"], "answer_days": about["answer_days"]}
    loaded = Schedule.objects.create(**named, **_dated(about), loaded_by=by.pseudonym, loaded_at=now)
    ScheduleTerm.objects.bulk_create(
        ScheduleTerm(
            schedule=loaded,
            record_class=one["name"],
            at_least=one["keep_at_least"],
            at_most=one["keep_at_most"],
            basis=one["basis"],
            note=one.get("note", ""),
        )
        for one in terms
    )
    record(event=Event.DIRECTORY_SCHEDULE_LOADED, subject_kind="schedule", subject=loaded.id, by=by, now=now, detail={"classes": len(terms)})
    return loaded


@transaction.atomic
def load_checklist(*, text: str, by: Actor, now: datetime) -> Checklist:
    """Afterwards the checklist of the TOML `text` counts from its first day. Raises RulesUnreadable, and ChecklistStands for a code that is there."""
    require(by, Verb.RULES_LOAD, organisation=None)
    about, lines = checklists.read_checklist(text)
    if Checklist.objects.filter(code=about["code"]).exists():
        raise ChecklistStands
    named = {"code": about["code"], "use": about["use"], "lines": lines}
    loaded = Checklist.objects.create(**named, **_dated(about), loaded_by=by.pseudonym, loaded_at=now)
    record(event=Event.DIRECTORY_CHECKLIST_LOADED, subject_kind="checklist", subject=loaded.id, by=by, now=now, detail={"lines": len(lines)})
    return loaded


def keep_text(table: type[Text], text: str, *, by: Actor, now: datetime, organisation: UUID | None = None, **more: str) -> Text:
    """The next version of what `organisation`, or else that of `by`, wrote of this kind. Runs inside the caller's transaction, who has read it."""
    # Held, so that two who write at the same moment get two numbers.
    own = Organisation.objects.select_for_update().get(pk=organisation or by.home)
    held: QuerySet[Text] = QuerySet(table).filter(organisation=own)
    last = held.order_by("-number").first()
    return held.create(organisation=own, number=last.number + 1 if last else FIRST_OWN, text=text, actor=by.pseudonym, at=now, **more)


@transaction.atomic
def ask_sharing_table(*, text: str, by: Actor, now: datetime) -> Request:
    """Afterwards another person can put the table of sharing in force; until then the desk gives as before. Raises NotPermitted, TableUnreadable."""
    require(by, Verb.SHARING_SET, organisation=by.home)
    profiles.read_table(text, number=FIRST_OWN)
    desk = Organisation.objects.get(pk=by.home)
    return accounts.ask(request=Request(kind=Kind.SET_TABLE, organisation=desk, subject=new_id(), plan={"text": text}), by=by, now=now)


@transaction.atomic
def set_portal(*, text: str, by: Actor, now: datetime) -> PortalSheet:
    """Afterwards the public site of the organisation of `by` says what the TOML `text` says. Raises SheetUnreadable, also for an unknown partner."""
    require(by, Verb.RULES_LOAD, organisation=by.organisation)
    sheet = portals.read_sheet(text, today=now.date())
    if strange := [one.name for one in sheet.partners if not is_listed(one.name, by.home)]:
        raise SheetUnreadable(f"not in the directory: {', '.join(strange)}")
    if taken := name_taken(sheet, by.home):
        raise SheetUnreadable(f"host, onion: {taken} answers there")
    if sheet.contacts == portals.OWN and not has_checked_emergency_contact(country_of(by.home), by.home, own_alone=True):
        raise SheetUnreadable("contacts: nobody has reached an emergency number of your own yet, so nobody could begin to tell you anything")
    made = PortalSheet.objects.create(organisation_id=by.home, text=text, content=portals.as_row(sheet), entered_by=by.pseudonym, entered_at=now)
    detail = {"languages": len(sheet.words), "law": len(sheet.law), "partners": len(sheet.partners), "frames": len(sheet.frames)}
    record(event=Event.DIRECTORY_PORTAL_CHANGED, subject_kind="organisation", subject=by.home, by=by, now=now, detail=detail)
    return made


def example_schedule() -> str:
    """The cautious example as TOML; it says of itself that it is an example and not legal advice."""
    return files("cairndesk.directory").joinpath("schedules", "cautious.toml").read_text("utf-8")


def confirming_digest(schedule: Schedule, *, today: date) -> bytes:
    """What confirming would put in force: every term, and the day that the person reads as today."""
    held = Schedule.objects.get(pk=schedule.pk)
    terms = [[one.record_class, one.at_least, one.at_most, one.basis] for one in held.terms.order_by("record_class")]
    said = [held.jurisdiction, held.source, held.answer_days, held.valid_from, held.valid_until]
    return digest_of("directory.confirm_schedule", schedule=held.pk, said=said, terms=terms, loaded_by=held.loaded_by, today=today)


@transaction.atomic
def confirm_schedule(*, schedule: Schedule, by: Actor, fresh: FreshProof | None, now: datetime) -> Schedule:
    """Afterwards records are destroyed by this schedule from its first day on. Raises ConfirmedByAnother, ScheduleStands, FreshProofNeeded."""
    require(by, Verb.SCHEDULE_CONFIRM, organisation=None)
    held = Schedule.objects.select_for_update().get(pk=schedule.pk)
    if held.confirmed_at is not None:
        raise ScheduleStands
    if held.loaded_by == by.pseudonym:
        raise ConfirmedByAnother
    require_fresh(fresh, by=by, digest=confirming_digest(held, today=now.date()), now=now)
    held.confirmed_by, held.confirmed_at = by.pseudonym, now
    held.save(update_fields=["confirmed_by", "confirmed_at"])
    record(event=Event.DIRECTORY_SCHEDULE_CONFIRMED, subject_kind="schedule", subject=held.id, by=by, now=now)
    return held


def _dated(about: Mapping[str, Any]) -> dict[str, Any]:
    """What a rule set and a schedule both say of themselves, as columns."""
    known = {name: about[name] for name in ("jurisdiction", "label", "source", "valid_from")}
    return {**known, "note": about.get("note", ""), "is_sample": bool(about.get("is_sample")), "valid_until": about.get("valid_until")}


def _add(kind: type[AnyEntry], fields: Mapping[str, Any], by: Actor, now: datetime) -> AnyEntry:
    require(by, Verb.DIRECTORY_CHANGE, organisation=None)
    entry = kind(added_at=now)
    _apply(entry, fields, by)
    entry.save(force_insert=True)
    record(event=Event.DIRECTORY_ENTRY_ADDED, subject_kind=_kind(entry), subject=entry.id, by=by, now=now)
    return entry


def _apply(entry: Service | Authority | Provider, given: Mapping[str, Any], by: Actor) -> None:
    fields = dict(given)
    if not isinstance(entry, Provider) and (is_own := fields.pop("is_own", None)) is not None:
        _set_owner(entry, by, is_own=is_own)
    known = {field.name for field in entry._meta.concrete_fields} - _KEPT
    surplus = sorted(set(fields) - known)
    if surplus:
        raise NotAUsableEntry(f"no such field: {', '.join(surplus)}")
    for name, value in fields.items():
        setattr(entry, name, value)
    rules.check_contact_fields({name: getattr(entry, name) for name in known}, _REACH[type(entry)])


def _set_owner(entry: Service | Authority, by: Actor, *, is_own: bool) -> None:
    if is_own and entry.owner_id is None and not entry._state.adding:
        raise NotAUsableEntry("is_own: all organisations use this entry; add one of your own beside it")
    entry.owner_id = by.home if is_own else None


def _ours(entry: AnyEntry, by: Actor) -> AnyEntry:
    require(by, Verb.DIRECTORY_CHANGE, organisation=None)
    held = cast("AnyEntry | None", type(entry).objects.select_for_update().filter(pk=entry.pk, is_active=True).first())
    if held is None:
        raise NoSuchEntry
    if not is_ours_to_change(held, by):
        raise NotOursToChange
    return held


def _set_domains(provider: Provider, domains: list[str]) -> None:
    wanted = {rules.normal_domain(domain) for domain in domains}
    taken = ProviderDomain.objects.filter(domain__in=wanted).exclude(provider=provider)
    if taken.exists():
        raise NotAUsableEntry("domains: one belongs to another provider")
    provider.domains.exclude(domain__in=wanted).delete()
    for domain in sorted(wanted):
        ProviderDomain.objects.get_or_create(domain=domain, defaults={"provider": provider})


def _kind(entry: Service | Authority | Provider) -> str:
    return type(entry).__name__.lower()
