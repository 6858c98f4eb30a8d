"""Organisations, the people in them, and the means by which a person or a machine proves who it is."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from cairndesk.accounts import rules
from cairndesk.lib.ids import new_id


class Organisation(models.Model):
    """One desk among those that share an installation; it sees its own cases only."""

    class Media(models.TextChoices):
        NONE = "none", "no media"
        HASH_ONLY = "hash_only", "hash, then drop"
        SEALED = "sealed", "keep sealed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2, blank=True)
    intake_public = models.BinaryField(max_length=64)
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

    USERNAME_FIELD = "sign_in_name"
    objects = PersonManager()

    def __str__(self) -> str:
        return self.name

    def as_actor(self, proof: rules.Proof) -> rules.Actor:
        """This person as the doers of actions see them, with the proof that this sign-in gave."""
        roles = frozenset(rules.Role(grant.role) for grant in self.grants.all())
        return rules.Actor(id=self.id, pseudonym=str(self.pseudonym), organisation=self.organisation_id, roles=roles, proof=proof, name=self.name)


class RoleGrant(models.Model):
    """A role that a person holds."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in rules.Role])
    granted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "role"], name="role_once_per_person")]


class Passkey(models.Model):
    """A WebAuthn credential of a person."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="passkeys")
    credential_id = models.BinaryField(max_length=1024, unique=True)
    public_key = models.BinaryField(max_length=1024)
    sign_count = models.PositiveBigIntegerField(default=0)
    label = models.CharField(max_length=60)
    added_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class ApiKey(models.Model):
    """The key of a machine that hands over reports: a platform, a trusted flagger, an authority."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="api_keys")
    sender = models.CharField(max_length=120)
    source = models.CharField(max_length=40)
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
