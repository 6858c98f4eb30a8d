"""The tables of the vault and of the log."""

import uuid
from typing import ClassVar

from django.db import models

# A power of two: stretches are whole subtrees. At a million entries there are about as many stretches as entries in one.
STRETCH = 1024
_UNDER_OWN = "Whether its key is sealed to the organisation's own key. Older versions sealed it to the intake key; it is rewrapped."


class SealedItem(models.Model):
    """One thing that only the desk can read: the first part of its key sealed to the organisation, and its ciphertext."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=40, help_text="One of `rules.Purpose`.")
    suite = models.PositiveSmallIntegerField()
    wrapped = models.BinaryField()
    ciphertext = models.BinaryField()
    sealed_at = models.DateTimeField(help_text="Cut to the hour: it must not tell when a reporter wrote.")
    erased_at = models.DateTimeField(null=True, help_text="Key and ciphertext are gone since then; the row stays, because others point at it.")
    is_swept = models.BooleanField(default=True, help_text="Whether what it held is overwritten in the database's own files as well.")
    under_own = models.BooleanField(default=True, help_text=_UNDER_OWN)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(suite__gte=1), name="sealed_item_has_a_suite")]
        indexes = [models.Index(fields=["id"], condition=models.Q(under_own=False), name="sealed_item_to_rewrap")]


class SealedObject(models.Model):
    """One large thing in the vault: the first part of its key sealed to the organisation, and how its ciphertext can be known again.

    The bytes lie in the vault under the id. Once destroyed, key, length and digest are gone; that it was here stays.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=40, help_text="One of `rules.Purpose`.")
    suite = models.PositiveSmallIntegerField()
    wrapped = models.BinaryField()
    length = models.PositiveBigIntegerField(help_text="Bytes of ciphertext, filled up so that it does not tell the exact size.")
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of the ciphertext.")
    sealed_at = models.DateTimeField(help_text="Cut to the hour, as for a sealed item.")
    destroyed_at = models.DateTimeField(null=True, blank=True)
    reason = models.ForeignKey(SealedItem, models.PROTECT, null=True, blank=True, related_name="+")
    is_swept = models.BooleanField(default=True, help_text="Whether its key is overwritten in the database's own files as well.")
    under_own = models.BooleanField(default=True, help_text=_UNDER_OWN)
    part: bytes | None = None
    """The second part of its key, from the moment it is made until the row is saved; no column of this table."""

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(suite__gte=1), name="sealed_object_has_a_suite"),
            models.CheckConstraint(
                condition=models.Q(destroyed_at=None, length__gt=0) | models.Q(destroyed_at__isnull=False, length=0, wrapped=b"", digest=b""),
                name="destroyed_object_has_no_key",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=models.Q(under_own=False), name="sealed_object_to_rewrap")]


class IntakeKey(models.Model):
    """The key of one week, to which the portal seals what is told to one organisation: its public part, and what became of the private one.

    The second half of the private part lies in the shred store under the id, the first on the ring. `signature` is empty for the one key that
    an organisation had in older versions; all of that is on the ring.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.UUIDField(db_index=True)
    number = models.PositiveIntegerField(help_text="Counts the keys of an organisation; it tells old from new, whatever the clock says.")
    public = models.BinaryField(max_length=32)
    signature = models.BinaryField(max_length=64, help_text="By which the portal knows that the desk made it.")
    opens_at = models.DateTimeField(help_text="From when the portal seals to it.")
    opened_at = models.DateTimeField(null=True, help_text="When that was seen to have come. It stays, also where the clock goes back.")
    unused_since = models.DateTimeField(null=True, help_text="Since when a newer key is in use and nothing is sealed to this one any more.")
    looks = models.PositiveIntegerField(default=0, help_text="How often that was looked for since; a second measure of time.")
    destroyed_at = models.DateTimeField(null=True)
    is_swept = models.BooleanField(default=True, help_text="Whether both halves of a destroyed key are gone from shred store and ring.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="intake_keys_are_counted")]


class LogHead(models.Model):
    """The one row that appending locks: how many entries there are, and the right edge of their tree."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)
    frontier = models.BinaryField(default=b"")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="log_head_is_one_row")]


class LogEntry(models.Model):
    """One entry, never changed and never deleted (triggers of migration 0002 refuse both)."""

    index = models.BigIntegerField(primary_key=True)
    leaf = models.BinaryField()
    leaf_hash = models.BinaryField(max_length=32)


class LogOpening(models.Model):
    """What an entry is about, and the salt that proves it; erased when the record it speaks of is destroyed."""

    entry = models.OneToOneField(LogEntry, models.PROTECT, primary_key=True, related_name="opening")
    subject_kind = models.CharField(max_length=40)
    subject = models.UUIDField()
    actor = models.CharField(max_length=64)
    salt = models.BinaryField(max_length=32)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject", "entry"], name="openings_about")]


class LogStretch(models.Model):
    """The root over `STRETCH` entries in a row: a proof then reads the stretch its entry lies in, and not the whole log.

    Never changed and never deleted (triggers of migration 0006); one that is missing is added with the next checkpoint.
    """

    index = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)


class Checkpoint(models.Model):
    """A signed statement of size and root; never changed and never deleted."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    made_at = models.DateTimeField()


class Cosignature(models.Model):
    """What a witness put under a checkpoint: that it has seen no other log of this size, and when. Never changed and never deleted."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=200, help_text="The name of the witness, as its key gives it.")
    at = models.DateTimeField(help_text="By the clock of the witness.")
    line = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["checkpoint", "witness"], name="a_witness_cosigns_once")]


class TimeStamp(models.Model):
    """The token of a time-stamping authority over a checkpoint (RFC 3161); never changed and never deleted."""

    checkpoint = models.OneToOneField(Checkpoint, models.PROTECT, primary_key=True, related_name="stamp")
    at = models.DateTimeField(help_text="By the clock of the authority.")
    token = models.BinaryField()
