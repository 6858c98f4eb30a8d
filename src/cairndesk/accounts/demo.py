"""The demo's people: one click signs in, by a real key that the demo holds and through the same checks as any passkey."""

import hmac
import os
import secrets
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from cairndesk.accounts import errors
from cairndesk.accounts.actions import ceremonies, passkeys
from cairndesk.accounts.adapters.software_key import SoftwareKey
from cairndesk.accounts.models import Passkey, Person
from cairndesk.accounts.rules import Actor, FreshProof, Proof


def is_demo() -> bool:
    """Whether this installation is the demo."""
    return bool(settings.CAIRNDESK.mode == "demo")


def people() -> QuerySet[Person]:
    """The demo's people with their roles, those of the first organisation first."""
    played = Person.objects.filter(is_demo=True, is_active=True).select_related("organisation").prefetch_related("grants")
    return played.order_by("-organisation__is_first", "organisation__name", "name")


def word_for(person: UUID) -> str:
    """The word by which a link signs `person` in: no foreign page can guess it, and so sign in whom nobody asked for."""
    return hmac.digest(_secret(), b"cairndesk/demo-link/v1\0" + person.bytes, "sha256").hex()[:24]


def behind(word: str) -> UUID:
    """The demo person whose link has this word; raises SignInFailed."""
    for person in people().values_list("pk", flat=True):
        if hmac.compare_digest(word_for(person).encode(), word.encode()):
            return person
    raise errors.SignInFailed


def enrol(*, person: Person, now: datetime) -> Passkey:
    """Afterwards the demo's key for `person` is registered; raises SignInFailed outside the demo and for people who are not its own."""
    if not person.is_demo:
        raise errors.SignInFailed
    begun = ceremonies.begin_enrolment(person=person, now=now)
    answer = _key(person.id).register(begun.options, ceremonies.party().origin)
    return passkeys.enrol_passkey(ceremony=begun.ceremony, answer=answer, person=person, label="key of the demo", now=now)


def sign_in(*, person: UUID, now: datetime) -> tuple[Person, Proof]:
    """The demo person, proved by the demo's key; raises SignInFailed."""
    begun = ceremonies.begin_sign_in(now=now)
    return passkeys.sign_in(ceremony=begun.ceremony, answer=_key(person).answer(begun.options, ceremonies.party().origin), now=now)


def confirm(*, by: Actor, digest: bytes, shown: str, now: datetime) -> FreshProof:
    """The demo's confirmation of the act whose digest, as hex digits, stood on the page; raises FreshProofNeeded when it is another."""
    if by.id is None or not hmac.compare_digest(shown.encode(), digest.hex().encode()):
        raise errors.FreshProofNeeded
    begun = ceremonies.begin_confirmation(by=by, digest=digest, now=now)
    answer = _key(by.id).answer(begun.options, ceremonies.party().origin)
    return passkeys.confirm(ceremony=begun.ceremony, answer=answer, by=by, digest=digest, now=now)


def make_secret() -> None:
    """Afterwards the demo has the secret from which its people's keys follow; one that is there stays."""
    path = _secret_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as stream:
        stream.write(secrets.token_bytes(32))


def _secret_file() -> Path:
    return Path(settings.DATA) / "keys" / "demo.key"


def _secret() -> bytes:
    if not is_demo() or not _secret_file().exists():
        raise errors.SignInFailed
    return _secret_file().read_bytes()


def _key(person: UUID) -> SoftwareKey:
    return SoftwareKey(_secret(), person)
