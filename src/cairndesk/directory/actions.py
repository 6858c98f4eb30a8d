"""Every write to the directory; changing a contact takes back its check, because the check was of the old one."""

from collections.abc import Mapping
from datetime import date, datetime
from importlib.resources import files
from typing import Any, TypeVar, cast

from django.db import transaction

from cairndesk.accounts.rules import Actor, Verb, require
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.directory import rules
from cairndesk.directory.errors import NoSuchEntry, NotAUsableEntry
from cairndesk.directory.models import Authority, JurisdictionRule, Provider, ProviderDomain, RuleSet, Service

AnyEntry = TypeVar("AnyEntry", bound=Service | Authority | Provider)

# At least one of these must be filled, or nobody could be reached.
_REACH: Mapping[type, tuple[str, ...]] = {
    Service: ("phone", "text_number", "web", "email", "visit"),
    Authority: ("email", "phone", "route"),
    Provider: ("notice_address", "contact_route"),
}
_KEPT = frozenset({"id", "added_at", "checked_on", "checked_by", "is_active"})


@transaction.atomic
def add_service(*, fields: Mapping[str, Any], by: Actor, now: datetime) -> Service:
    """Afterwards the service is listed, unchecked. Raises NotAUsableEntry naming the field."""
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
    """Afterwards `entry` holds `fields`, and its check is taken back. Raises NotAUsableEntry, NoSuchEntry."""
    require(by, Verb.DIRECTORY_CHANGE, organisation=None)
    held = _held(entry)
    _apply(held, fields)
    held.checked_on, held.checked_by = None, ""
    held.save()
    if isinstance(held, Provider) and domains is not None:
        _set_domains(held, domains)
    record(event=Event.DIRECTORY_ENTRY_CHANGED, subject_kind=_kind(held), subject=held.id, by=by, now=now)
    return held


@transaction.atomic
def check_contact(*, entry: AnyEntry, checked_on: date, by: Actor, now: datetime) -> AnyEntry:
    """Afterwards `entry` is known to have been reached on that day by `by`. Raises CheckLiesAhead, NoSuchEntry."""
    require(by, Verb.DIRECTORY_CHANGE, organisation=None)
    rules.check_day(checked_on, now.date())
    held = _held(entry)
    held.checked_on, held.checked_by = checked_on, by.name
    held.save(update_fields=["checked_on", "checked_by"])
    record(event=Event.DIRECTORY_ENTRY_CHECKED, subject_kind=_kind(held), subject=held.id, by=by, now=now)
    return held


@transaction.atomic
def retire(*, entry: AnyEntry, by: Actor, now: datetime) -> AnyEntry:
    """Afterwards `entry` is shown nowhere and kept for the records that name it. Raises NoSuchEntry."""
    require(by, Verb.DIRECTORY_CHANGE, organisation=None)
    held = _held(entry)
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
    known = {name: about[name] for name in ("jurisdiction", "label", "source", "valid_from")}
    extra = {"note": about.get("note", ""), "is_sample": bool(about.get("is_sample")), "valid_until": about.get("valid_until")}
    loaded, _ = RuleSet.objects.update_or_create(code=about["code"], defaults={**known, **extra, "loaded_at": now})
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


def _add(kind: type[AnyEntry], fields: Mapping[str, Any], by: Actor, now: datetime) -> AnyEntry:
    require(by, Verb.DIRECTORY_CHANGE, organisation=None)
    entry = kind(added_at=now)
    _apply(entry, fields)
    entry.save(force_insert=True)
    record(event=Event.DIRECTORY_ENTRY_ADDED, subject_kind=_kind(entry), subject=entry.id, by=by, now=now)
    return entry


def _apply(entry: Service | Authority | Provider, fields: Mapping[str, Any]) -> None:
    known = {field.name for field in entry._meta.concrete_fields} - _KEPT
    surplus = sorted(set(fields) - known)
    if surplus:
        raise NotAUsableEntry(f"no such field: {', '.join(surplus)}")
    for name, value in fields.items():
        setattr(entry, name, value)
    rules.check_contact_fields({name: getattr(entry, name) for name in known}, _REACH[type(entry)])


def _held(entry: AnyEntry) -> AnyEntry:
    held = cast("AnyEntry | None", type(entry).objects.select_for_update().filter(pk=entry.pk, is_active=True).first())
    if held is None:
        raise NoSuchEntry
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
