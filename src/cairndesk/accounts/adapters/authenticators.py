"""The WebAuthn side of a passkey: options for the browser, and the verdict on its answer (W3C Web Authentication, level 3)."""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import webauthn
from webauthn.helpers import base64url_to_bytes, parse_client_data_json
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from cairndesk.accounts.errors import SignInFailed
from cairndesk.accounts.rules import RelyingParty

# What a hostile or broken answer can make the parsers raise.
_BROKEN = (WebAuthnException, ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError, struct.error)
_ALGORITHMS = [COSEAlgorithmIdentifier.ECDSA_SHA_256, COSEAlgorithmIdentifier.EDDSA, COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256]
_LONGEST_ANSWER = 16 * 1024
_PATIENCE_MS = 120_000


@dataclass(frozen=True)
class NewPasskey:
    """What a registration gave."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def registration_options(party: RelyingParty, *, person: UUID, name: str, challenge: bytes, known: Sequence[bytes]) -> str:
    """Options for `navigator.credentials.create()`, as JSON: discoverable, user verified, no attestation asked."""
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name="Cairndesk",
        user_id=person.bytes,
        user_name=name,
        challenge=challenge,
        timeout=_PATIENCE_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        supported_pub_key_algs=_ALGORITHMS,
    )
    return webauthn.options_to_json(options)


def assertion_options(party: RelyingParty, *, challenge: bytes, allowed: Sequence[bytes] = ()) -> str:
    """Options for `navigator.credentials.get()`, as JSON; without `allowed` the browser offers the passkeys of this desk."""
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=_PATIENCE_MS,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in allowed],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def check_registration(party: RelyingParty, answer: str, challenge: bytes) -> NewPasskey:
    """The new passkey, if the answer is one to this challenge, from this origin, with the person verified; else SignInFailed."""
    held = _read(answer)
    try:
        _refuse_framed(held)
        made = webauthn.verify_registration_response(
            credential=held,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
            supported_pub_key_algs=_ALGORITHMS,
        )
    except _BROKEN as error:
        raise SignInFailed from error
    return NewPasskey(made.credential_id, made.credential_public_key, made.sign_count)


def credential_of(answer: str) -> tuple[bytes, bytes | None]:
    """Which credential an answer claims to come from, and the user handle it names; raises SignInFailed when it cannot be read."""
    held = _read(answer)
    try:
        handle = held["response"].get("userHandle")
        return base64url_to_bytes(held["rawId"]), base64url_to_bytes(handle) if handle else None
    except _BROKEN as error:
        raise SignInFailed from error


def check_assertion(party: RelyingParty, answer: str, challenge: bytes, public_key: bytes) -> int:
    """The counter of the authenticator, if the answer holds; else SignInFailed. Comparing counters is left to the caller."""
    held = _read(answer)
    try:
        _refuse_framed(held)
        verified = webauthn.verify_authentication_response(
            credential=held,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _BROKEN as error:
        raise SignInFailed from error
    return verified.new_sign_count


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > _LONGEST_ANSWER:
        raise SignInFailed
    try:
        held = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise SignInFailed from error
    if not isinstance(held, dict):
        raise SignInFailed
    return held


def _refuse_framed(held: dict[str, Any]) -> None:
    """A page of somebody else that frames ours must not be able to collect a touch."""
    if parse_client_data_json(base64url_to_bytes(held["response"]["clientDataJSON"])).cross_origin:
        raise SignInFailed
