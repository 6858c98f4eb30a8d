"""What people paste that a report must not hold as it is: a picture in letters, which is taken out, and a secret key, which is kept out of sight."""

import re
from collections.abc import Iterable

PICTURE, KEY, NUMBER = "picture", "key", "number"
TAKEN_OUT = "[\N{FRAME WITH PICTURE}]"
"""What stands where a picture was; a mark, because it is read in every language."""
# RFC 2397. Programs that wrap lines do so after 60 letters or more.
_MEDIA = re.compile(
    r"data:(?:image|video|audio)/[\w.+-]+(?:;[\w=.+-]+)*;base64,[A-Za-z0-9+/=_%-]*(?:\n[A-Za-z0-9+/=]{60,})*(?:\n[A-Za-z0-9+/]+={1,2})?",
    re.IGNORECASE,
)
# RFC 7468 and OpenPGP's armour (RFC 9580); the secret keys of age.
_SECRET = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\bAGE-SECRET-KEY-1", re.IGNORECASE)


def without_media(text: str) -> str:
    """`text` with a mark in the place of each picture, film or sound that stands in it as letters. The portal takes none in, in no form."""
    return _MEDIA.sub(TAKEN_OUT, text)


def has_secret_key(text: str) -> bool:
    """Whether a private key stands in `text`; it is kept, because it was told, and shown to staff only where they ask for it."""
    return _SECRET.search(text) is not None


def odd_in(texts: Iterable[str]) -> tuple[str, ...]:
    """What of PICTURE and KEY stands in `texts`, so that whoever sent it is told kindly what becomes of it."""
    found = list(texts)
    return tuple(code for code, is_in in ((PICTURE, _MEDIA.search), (KEY, _SECRET.search)) if any(is_in(text) for text in found))
