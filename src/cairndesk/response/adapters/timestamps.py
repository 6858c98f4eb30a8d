"""Asking a time-stamping authority for the time of a checkpoint (RFC 3161); what is sent out is one hash."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import rfc3161_client as tsp
from cryptography.x509 import Certificate, load_pem_x509_certificates

from cairndesk.response.adapters.web import Web
from cairndesk.response.errors import AnswerUnreadable, FetchRefused

_KIND = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority at `web`, and the certificates at which its signatures must end."""

    web: Web
    roots: Sequence[Certificate]

    def stamp(self, data: bytes) -> tuple[bytes, datetime]:
        """A reply of the authority over the SHA-256 of `data`, verified, and the time that it gives. Raises the failures of `Web`."""
        query = tsp.TimestampRequestBuilder().data(data).hash_algorithm(tsp.HashAlgorithm.SHA256).build()
        into = io.BytesIO()
        self.web.post(self.web.base, query.as_bytes(), _KIND, into)
        return into.getvalue(), verify(into.getvalue(), data, self.roots, nonce=query.nonce)


def verify(reply: bytes, data: bytes, roots: Sequence[Certificate], *, nonce: int | None = None) -> datetime:
    """When the authority saw `data`, by its own clock; raises AnswerUnreadable unless every signature of the reply ends at one of `roots`."""
    builder = tsp.VerifierBuilder(roots=list(roots), nonce=nonce)
    try:
        answer = tsp.decode_timestamp_response(reply)
        builder.build().verify_message(answer, data)
    except (ValueError, tsp.VerificationError) as error:
        raise AnswerUnreadable("the time stamp does not hold") from error
    at: datetime = answer.tst_info.gen_time
    return at


def read_roots(path: Path) -> list[Certificate]:
    """The certificates in a PEM file. Raises FetchRefused where there are none."""
    try:
        return load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise FetchRefused("the certificates of the time-stamping authority cannot be read (`log.authority_roots`)") from error
