"""Organisations, the people in them, and the means by which a person or a machine proves who it is."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from cairndesk.accounts import rules
from cairndesk.accounts.rules import sharing
from cairndesk.custody.models import SealedItem
from cairndesk.custody.rules import DESK
from cairndesk.lib.ids import new_id


class Organisation(models.Model):
    """One desk among those that share an installation; it sees its own cases only."""

    class Media(models.TextChoices):
        NONE = "none", "no media"
        HASH_ONLY = "hash_only", "hash, then drop"
        SEALED = "sealed", "keep sealed"

    class Kind(models.TextChoices):
        NGO = "ngo", "an organisation of civil society"
        AUTHORITY = "authority", "a state authority"
        INDUSTRY = "industry", "a company or a body of companies"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.NGO)
    # Since when it is that; of an organisation from the time before kinds nobody has said it, and the kind means nothing.
    kind_said_at = models.DateTimeField(null=True)
    media_mode = models.CharField(max_length=12, choices=Media.choices, default=Media.NONE)
    media_basis = models.CharField(max_length=200, blank=True)
    is_first = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["is_first"], condition=models.Q(is_first=True), name="one_first_organisation"),
            # Media may enter only where the operator has recorded the law that allows it.
            models.CheckConstraint(condition=models.Q(media_mode="none") | ~models.Q(media_basis=""), name="media_mode_has_a_legal_basis"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """The path of its public site: the first organisation answers at the root."""
        return "/" if self.is_first else f"/o/{self.slug}/"


class PersonManager(BaseUserManager["Person"]):
    """Finds people by their sign-in name."""


class Person(AbstractBaseUser):
    """A member of staff; the pseudonym, never the name, is what the log holds."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="people")
    sign_in_name = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    pseudonym = models.UUIDField(unique=True, default=new_id, editable=False)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    credential_until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    # Sessions are rows of our own; a second record of when somebody was here serves nobody.
    last_login = None

    USERNAME_FIELD = "sign_in_name"
    objects = PersonManager()

    def __str__(self) -> str:
        return self.name

    @property
    def roles(self) -> frozenset[rules.Role]:
        """The roles that are granted now."""
        return frozenset(rules.Role(grant.role) for grant in self.grants.all())

    @property
    def roles_in_words(self) -> str:
        """The roles, in their usual order, for a reader."""
        return ", ".join(role.replace("_", " ") for role in rules.Role if role in self.roles)

    def as_actor(self, proof: rules.Proof, *, now: datetime) -> rules.Actor:
        """This person as the doers of actions see them at `now`, with the proof that this sign-in gave."""
        credential = self.credential_until is not None and self.credential_until >= now.date()
        guest = frozenset(grant.as_right() for grant in self.guest_grants.all() if grant.revoked_at is None and grant.until > now)
        return rules.Actor(
            id=self.id,
            pseudonym=str(self.pseudonym),
            organisation=self.organisation_id,
            roles=self.roles,
            proof=proof,
            name=self.name,
            has_credential=credential,
            guest=guest,
        )


class RoleGrant(models.Model):
    """A role that a person holds."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in rules.Role])
    granted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "role"], name="role_once_per_person")]


class RolesConfirmed(models.Model):
    """Another person looked at the roles of `person` and found that they need exactly these; `holder` is their pseudonym."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="confirmations")
    holder = models.CharField(max_length=40)
    roles = models.JSONField(default=list)
    confirmed_by = models.CharField(max_length=40)
    confirmed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["confirmed_at"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(confirmed_by__in=["", models.F("holder")]), name="roles_are_confirmed_by_another"),
        ]


class Request(models.Model):
    """An act that takes two people: who asked for exactly what, until when that can be answered, and who did it, refused it or took it back.

    `case` and `subject` are of higher rooms, so only their ids. `plan` holds codes, and of a rule of sharing what
    stands in clear in the rule itself; other words are sealed in `reason`. `digest` is what will
    happen, as `Act.digest` says it: what has changed since is not done.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in rules.Kind])
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="requests")
    case = models.UUIDField(null=True, blank=True, db_index=True)
    subject = models.UUIDField()
    plan = models.JSONField(default=dict, blank=True)
    reason = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    digest = models.BinaryField(max_length=32)
    asked_by = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    until = models.DateTimeField()
    done_by = models.CharField(max_length=40, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=40, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["asked_at"]
        constraints: ClassVar = [
            # A pseudonym belongs to a person, whatever their sign-ins and roles are.
            models.CheckConstraint(
                condition=models.Q(done_at=None, done_by="") | (models.Q(done_at__isnull=False) & ~models.Q(done_by__in=["", models.F("asked_by")])),
                name="request_takes_two_people",
            ),
            models.CheckConstraint(condition=~models.Q(asked_by=""), name="request_is_asked_by_a_person"),
            models.CheckConstraint(condition=models.Q(done_at=None) | models.Q(closed_at=None), name="request_ends_once"),
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=models.Q(done_at=None, closed_at=None) & ~models.Q(kind=rules.Kind.WRITE_OUT.value),
                name="one_open_request",
            ),
            # A list is written out in several forms, to several receivers, and anew when it has changed: the digest tells them apart.
            models.UniqueConstraint(
                fields=["subject", "digest"],
                condition=models.Q(done_at=None, closed_at=None, kind=rules.Kind.WRITE_OUT.value),
                name="one_open_writing_out",
            ),
        ]

    @property
    def closed_how(self) -> str:
        """How it ended without being done, in words; empty where its time ran out, which is nobody's act even if a later request tidied it up."""
        if self.closed_at is None or self.closed_at >= self.until:
            return ""
        if self.closed_by == DESK.pseudonym:
            return "closed by the desk itself, because its clock had been set back,"
        return "taken back" if self.closed_by == self.asked_by else "refused"


class GuestGrant(models.Model):
    """What a named person of a partner organisation may do on one case or one request, until when; `case` is the id of either."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="guest_grants")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="guests")
    case = models.UUIDField(db_index=True)
    verb = models.CharField(max_length=30, choices=[(verb.value, verb.value) for verb in rules.GUESTS])
    until = models.DateTimeField()
    granted_by = models.CharField(max_length=40)
    granted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def as_right(self) -> rules.GuestRight:
        """The right as rules see it."""
        return rules.GuestRight(case=self.case, organisation=self.organisation_id, verb=rules.Verb(self.verb))


class Passkey(models.Model):
    """A WebAuthn credential of a person."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="passkeys")
    credential_id = models.BinaryField(max_length=1024, unique=True)
    public_key = models.BinaryField(max_length=1024)
    sign_count = models.PositiveBigIntegerField(default=0)
    label = models.CharField(max_length=60)
    added_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    # Set when the counter went back: there may be two of this key.
    shut_at = models.DateTimeField(null=True, blank=True)


class SecondFactor(models.Model):
    """The shared secret of a person's code generator, sealed; a code of `last_step` or before is spent."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="second_factor")
    secret = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    last_step = models.BigIntegerField(default=0)
    added_at = models.DateTimeField()


class Ceremony(models.Model):
    """A challenge that was handed out; taking it deletes it, so that it answers once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    purpose = models.CharField(max_length=12)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="+")
    digest = models.BinaryField(max_length=32, default=b"")
    nonce = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField(db_index=True)


class EnrolmentLink(models.Model):
    """A link by which a person gets the first passkey; only its digest is kept."""

    digest = models.BinaryField(max_length=32, primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="links")
    made_by = models.CharField(max_length=40)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)


class Replacement(models.Model):
    """A lost passkey that is to be replaced: one person asks, another agrees."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="replacements")
    asked_by = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    agreed_by = models.CharField(max_length=40, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~models.Q(agreed_by=models.F("asked_by")), name="replacement_takes_two_people")]


class Throttle(models.Model):
    """A token bucket; its name is a keyed digest of an account's name, never an address."""

    name = models.CharField(max_length=64, primary_key=True)
    left = models.FloatField()
    at = models.DateTimeField()


class Session(models.Model):
    """A sign-in: found by the digest of the cookie, so that a stolen database opens no session."""

    session_key = models.CharField(max_length=64, primary_key=True)
    session_data = models.TextField()
    expire_date = models.DateTimeField(db_index=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="sessions")


class DeskTime(models.Model):
    """The one row that says when the desk last looked at its clock, and how many `times` that had been set back and everything ended."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seen = models.DateTimeField()
    times = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="desk_time_is_one_row")]


class ApiKey(models.Model):
    """The key of a machine that hands over reports: a platform, a trusted flagger, an authority.

    With `may_look_up` it may also ask whether something is listed, with `may_read_lists` it may fetch whole lists, both as far as the
    owners of the lists allow it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="api_keys")
    sender = models.CharField(max_length=120)
    source = models.CharField(max_length=40)
    may_look_up = models.BooleanField(default=False)
    may_read_lists = models.BooleanField(default=False)
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)


class Duty(models.Model):
    """Somebody is on duty from `begins` until `ends`; `page_to`: the mail or web address that an alarm is sent to, empty for the screen alone.

    `reads`: they sit there and read what comes in; whoever is on call alone is paged, and the public site promises nobody for that time.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="duties")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="duties")
    begins = models.DateTimeField()
    ends = models.DateTimeField(db_index=True)
    page_to = models.CharField(max_length=200, blank=True)
    reads = models.BooleanField(default=False)
    entered_by = models.CharField(max_length=40)

    class Meta:
        ordering: ClassVar = ["begins", "ends"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(ends__gt=models.F("begins")), name="duty_ends_after_it_begins"),
            models.CheckConstraint(condition=~models.Q(entered_by=""), name="duty_is_entered_by_a_person"),
        ]


class SharingRule(models.Model):
    """That something may or may not be given to a kind of recipient, from a day on: entered with its basis, ended, and never changed.

    `valid_until` is the first day on which it does not bind any more, as it was entered or as two people ended it (`ended_by`).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sharing_rules")
    data = models.CharField(max_length=10, choices=[(one.value, one.value) for one in sharing.Data])
    recipient = models.CharField(max_length=10, choices=[(one.value, one.value) for one in sharing.Recipient])
    country = models.CharField(max_length=2)
    is_allowed = models.BooleanField()
    basis = models.CharField(max_length=300)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    entered_by = models.CharField(max_length=40)
    entered_at = models.DateTimeField()
    ended_why = models.CharField(max_length=300, blank=True)
    ended_by = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(basis="") & ~models.Q(entered_by=""), name="sharing_rule_has_a_basis_and_a_person"),
            models.CheckConstraint(condition=models.Q(ended_at=None) | ~models.Q(ended_by=""), name="sharing_rule_is_ended_by_a_person"),
        ]

    @property
    def term(self) -> sharing.SharingTerm:
        """The rule as it is decided by."""
        return sharing.SharingTerm(
            data=sharing.Data(self.data),
            recipient=sharing.Recipient(self.recipient),
            country=self.country,
            is_allowed=self.is_allowed,
            basis=self.basis,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )

    @property
    def data_words(self) -> str:
        """What it is about."""
        return sharing.DATA_WORDS[sharing.Data(self.data)]

    @property
    def recipient_words(self) -> str:
        """To whom."""
        return sharing.RECIPIENT_WORDS[sharing.Recipient(self.recipient)]
