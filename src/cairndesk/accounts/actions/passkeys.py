"""Passkeys: getting one, signing in by it, confirming an act by it, giving it up."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from cairndesk.accounts import errors
from cairndesk.accounts.actions.ceremonies import Purpose, challenge_of, party, proof_of, take
from cairndesk.accounts.models import Ceremony, Passkey, Person, Session
from cairndesk.accounts.rules import Actor, FreshProof, Proof, digest_of, require_fresh
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event


def enrol_passkey(*, ceremony: UUID, answer: str, person: Person, label: str, now: datetime) -> Passkey:
    """Afterwards `person` can sign in with the new passkey; raises SignInFailed when the answer does not hold."""
    from cairndesk.accounts.adapters import authenticators  # noqa: PLC0415 - its library takes long to load, and a killed desk must be back soon

    held = take(ceremony, Purpose.ENROL, now=now)
    if held.person_id != person.id:
        raise errors.SignInFailed
    made = authenticators.check_registration(party(), answer, challenge_of(held, b""))
    try:
        with transaction.atomic():
            key = Passkey.objects.create(
                person=person,
                credential_id=made.credential_id,
                public_key=made.public_key,
                sign_count=made.sign_count,
                label=label[:60] or "passkey",
                added_at=now,
            )
            by = person.as_actor(proof_of(person), now=now)
            record(event=Event.ACCOUNTS_PASSKEY_ADDED, subject_kind="person", subject=person.id, by=by, now=now)
    except IntegrityError as error:
        raise errors.SignInFailed from error
    return key


def sign_in(*, ceremony: UUID, answer: str, now: datetime) -> tuple[Person, Proof]:
    """The person who answered and by what, with one log entry; raises SignInFailed, or PasskeyCopied when the counter went back."""
    held = take(ceremony, Purpose.SIGN_IN, now=now)
    person = _answered_by(held, answer, b"", now)
    proof = proof_of(person)
    record(event=Event.ACCOUNTS_SIGN_IN_MADE, subject_kind="person", subject=person.id, by=person.as_actor(proof, now=now), now=now)
    return person, proof


def confirm(*, ceremony: UUID, answer: str, by: Actor, digest: bytes, now: datetime) -> FreshProof:
    """The proof that `by` confirmed exactly the act with this digest; raises FreshProofNeeded or PasskeyCopied.

    `digest` is worked out anew from what would happen now: where that changed since the page was shown, nothing fits.
    """
    try:
        held = take(ceremony, Purpose.CONFIRM, now=now)
        person = _answered_by(held, answer, digest, now)
    except errors.PasskeyCopied:
        raise
    except errors.SignInFailed as error:
        raise errors.FreshProofNeeded from error
    if person.id != by.id:
        raise errors.FreshProofNeeded
    return FreshProof(pseudonym=by.pseudonym, digest=digest, proof=proof_of(person), at=now)


def removal_digest(key: Passkey) -> bytes:
    """What a person confirms before a passkey is given up."""
    return digest_of("accounts.remove_passkey", passkey=key.id)


@transaction.atomic
def remove_passkey(*, key: Passkey, by: Actor, fresh: FreshProof, now: datetime) -> None:
    """Afterwards the passkey opens nothing; raises LastPasskey, FreshProofNeeded, or OtherOrganisation for another person's."""
    if key.person_id != by.id:
        raise errors.OtherOrganisation
    require_fresh(fresh, by=by, digest=removal_digest(key), now=now)
    Person.objects.select_for_update().get(pk=by.id)
    if not Passkey.objects.filter(person_id=by.id, shut_at=None).exclude(pk=key.pk).exists():
        raise errors.LastPasskey
    key.delete()
    record(event=Event.ACCOUNTS_PASSKEY_REMOVED, subject_kind="person", subject=key.person_id, by=by, now=now)


def _answered_by(held: Ceremony, answer: str, digest: bytes, now: datetime) -> Person:
    """The person whose passkey signed this challenge."""
    from cairndesk.accounts.adapters import authenticators  # noqa: PLC0415 - the same

    credential, handle = authenticators.credential_of(answer)
    with transaction.atomic():
        key = (
            Passkey.objects.select_for_update()
            .select_related("person")
            .filter(credential_id=credential, person__is_active=True, shut_at=None)
            .first()
        )
        if key is None or (handle is not None and handle != key.person_id.bytes) or held.person_id not in {None, key.person_id}:
            raise errors.SignInFailed
        count = authenticators.check_assertion(party(), answer, challenge_of(held, digest), bytes(key.public_key))
        copied = (count or key.sign_count) and count <= key.sign_count
        if copied:
            key.shut_at = now
            Session.objects.filter(person=key.person).delete()
            by = key.person.as_actor(proof_of(key.person), now=now)
            record(event=Event.ACCOUNTS_PASSKEY_SHUT, subject_kind="person", subject=key.person_id, by=by, now=now)
        key.sign_count, key.used_at = max(count, key.sign_count), now
        key.save(update_fields=["sign_count", "used_at", "shut_at"])
    if copied:
        raise errors.PasskeyCopied
    return key.person
