"""Contacts, providers and rule sets: data that the operator enters, dates and checks."""

from typing import ClassVar

from django.db import models

from cairndesk.accounts.models import Organisation
from cairndesk.custody.retention import RecordClass
from cairndesk.directory.checklists import Use
from cairndesk.directory.rules import AuthorityKind, Cost, Kind, Platform
from cairndesk.lib.ids import new_id

FIRST_OWN = 1001
"""The number of the first version that an organisation writes for itself; below it stand those that came with the desk."""


def _choices(kinds: type[Kind] | type[Cost] | type[AuthorityKind] | type[Platform]) -> list[tuple[str, str]]:
    return [(one.value, one.value.replace("_", " ")) for one in kinds]


class Entry(models.Model):
    """What every contact says of itself: whether it is in use, and who reached it last, on which day."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=160)
    country = models.CharField(max_length=2, blank=True)
    note = models.TextField(max_length=1000, blank=True)
    source = models.CharField(max_length=300, blank=True)
    is_active = models.BooleanField(default=True)
    added_at = models.DateTimeField()
    checked_on = models.DateField(null=True, blank=True)
    checked_by = models.CharField(max_length=120, blank=True)

    class Meta:
        abstract = True
        ordering: ClassVar = ["country", "name"]


class Owned(Entry):
    """An entry that every organisation of the installation uses, or its `owner` alone: nobody else is shown it, on no page."""

    owner = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Entry.Meta):
        abstract = True


class Service(Owned):
    """Who helps a person: a helpline, a counsellor, an emergency number. Empty `genders` means everyone."""

    kind = models.CharField(max_length=20, choices=_choices(Kind))
    languages = models.JSONField(default=list)
    area = models.CharField(max_length=120, blank=True)
    hours = models.CharField(max_length=120, blank=True)
    is_always_open = models.BooleanField(default=False)
    cost = models.CharField(max_length=12, choices=_choices(Cost), default=Cost.UNKNOWN)
    phone = models.CharField(max_length=40, blank=True)
    text_number = models.CharField(max_length=40, blank=True)
    chat = models.CharField(max_length=200, blank=True)
    web = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=200, blank=True)
    visit = models.CharField(max_length=300, blank=True)
    ages_from = models.PositiveSmallIntegerField(null=True, blank=True)
    ages_to = models.PositiveSmallIntegerField(null=True, blank=True)
    genders = models.JSONField(default=list)
    disability_access = models.JSONField(default=list)
    expertise = models.JSONField(default=list)
    is_trauma_informed = models.BooleanField(default=False)
    waiting_weeks = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta(Owned.Meta):
        abstract = False
        indexes: ClassVar = [models.Index(fields=["kind", "country"], name="service_kind_country")]


class Authority(Owned):
    """Who may act by law. `age_recipient` is the public key that packages for it are closed with."""

    kinds = models.JSONField(default=list)
    age_recipient = models.CharField(max_length=80, blank=True)
    email = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    route = models.TextField(max_length=1000, blank=True)
    legal_basis = models.CharField(max_length=300, blank=True)

    class Meta(Owned.Meta):
        abstract = False
        verbose_name_plural = "authorities"


class Provider(Entry):
    """Who can remove and preserve. `preserve_days` is how long it keeps records once asked; 0 means not known."""

    legal_entity = models.CharField(max_length=160, blank=True)
    platform_types = models.JSONField(default=list)
    notice_address = models.CharField(max_length=200, blank=True)
    escalation_address = models.CharField(max_length=200, blank=True)
    records_address = models.CharField(max_length=200, blank=True)
    contact_route = models.TextField(max_length=1000, blank=True)
    formats = models.JSONField(default=list)
    answer_hours = models.PositiveSmallIntegerField(default=48)
    preserve_days = models.PositiveSmallIntegerField(default=0)
    authority_route = models.TextField(max_length=1000, blank=True)
    protocol_notes = models.TextField(max_length=2000, blank=True)
    protocol_fields = models.JSONField(default=dict)
    flagger_status = models.CharField(max_length=200, blank=True)
    flagger_mandate = models.CharField(max_length=200, blank=True)

    def address_for(self, kind: str) -> str:
        """Where a letter of this kind goes: requests about bookings to whoever answers these, if that is known."""
        return (self.records_address if kind == "booking" else "") or self.notice_address


class ProviderDomain(models.Model):
    """A host name that a provider answers for; each belongs to one provider."""

    domain = models.CharField(max_length=253, primary_key=True)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="domains")


def _ends_after_it_begins(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=models.Q(valid_until__isnull=True) | models.Q(valid_until__gt=models.F("valid_from")), name=name)


class Dated(models.Model):
    """What a jurisdiction says from one day on, under a code, with the source that a lawyer would ask for."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=60, unique=True)
    jurisdiction = models.CharField(max_length=60, db_index=True)
    label = models.CharField(max_length=160)
    source = models.CharField(max_length=300)
    note = models.TextField(max_length=2000, blank=True)
    is_sample = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    loaded_at = models.DateTimeField()

    class Meta:
        abstract = True


class RuleSet(Dated):
    """The rules of one jurisdiction from one day on, with the source that a lawyer would ask for."""

    class Meta:
        constraints: ClassVar = [
            _ends_after_it_begins("rule_set_ends_after_it_begins"),
            models.CheckConstraint(condition=~models.Q(source=""), name="rule_set_names_its_source"),
        ]


class JurisdictionRule(models.Model):
    """One rule of a set: features that must hold, and the verdict code that follows."""

    rule_set = models.ForeignKey(RuleSet, on_delete=models.CASCADE, related_name="rules")
    order = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=40)
    conditions = models.JSONField(default=dict)
    note = models.TextField(max_length=1000, blank=True)

    class Meta:
        ordering: ClassVar = ["order"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["rule_set", "order"], name="one_rule_per_place")]


class Schedule(Dated):
    """How long records are kept in one jurisdiction (`*`: wherever there is no other) from one day on; in force once another person confirmed it."""

    answer_days = models.PositiveSmallIntegerField()
    loaded_by = models.CharField(max_length=40)
    confirmed_by = models.CharField(max_length=40, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            _ends_after_it_begins("schedule_ends_after_it_begins"),
            models.CheckConstraint(
                condition=models.Q(confirmed_at=None) | (~models.Q(confirmed_by="") & ~models.Q(confirmed_by=models.F("loaded_by"))),
                name="schedule_takes_two_people",
            ),
        ]


class ScheduleTerm(models.Model):
    """For how many days one class of records is kept, at least and at most, and on what basis."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="terms")
    record_class = models.CharField(max_length=16, choices=[(one.value, one.value) for one in RecordClass])
    at_least = models.PositiveIntegerField()
    at_most = models.PositiveIntegerField()
    basis = models.CharField(max_length=300)
    note = models.TextField(max_length=1000, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["schedule", "record_class"], name="one_term_per_class")]


class Checklist(Dated):
    """What one jurisdiction (`*`: every one; or the short name of one organisation) asks of a file from one day on.

    `lines` are those of `checklists.read_checklist`. One that was loaded is never changed: cases were closed by it.
    """

    use = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Use])
    lines = models.JSONField(default=list)
    loaded_by = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [_ends_after_it_begins("checklist_ends_after_it_begins")]


class PortalSheet(models.Model):
    """What an organisation said of itself on its public site from one moment on, as it was typed (`text`) and as it is shown (`content`).

    The newest counts; the others stay, because a child may have chosen by what they said.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="portal_sheets")
    text = models.TextField()
    content = models.JSONField(default=dict)
    entered_by = models.CharField(max_length=40)
    entered_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-entered_at"]
        constraints: ClassVar = [models.CheckConstraint(condition=~models.Q(entered_by=""), name="portal_sheet_is_entered_by_a_person")]


class OwnText(models.Model):
    """A version of a file that an organisation wrote for itself; `text` is the file as it was read, and was valid then."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        abstract = True


class SharingTable(OwnText):
    """What each kind of recipient gets of a case, field by field: `asked_by` asked, `actor` put it in force; the newest counts."""

    asked_by = models.CharField(max_length=40)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "number"], name="sharing_table_once"),
            models.CheckConstraint(
                condition=models.Q(number__gt=FIRST_OWN - 1) & ~models.Q(asked_by="") & ~models.Q(asked_by=models.F("actor")),
                name="sharing_table_is_put_in_force_by_two",
            ),
        ]
