"""BagIt 1.0 bags (RFC 8493): what was handed over, with two checksums for every byte of it."""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cairndesk.exchange.errors import UnsafePath

ALGORITHMS = ("sha256", "sha512")
_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
# RFC 8493, section 2.1.3: only these three are encoded in a manifest, and the percent sign first.
_ENCODED = (("%", "%25"), ("\n", "%0A"), ("\r", "%0D"))
_OWN_FILES = {"bagit.txt", "bag-info.txt", *(f"{kind}-{a}.txt" for kind in ("manifest", "tagmanifest") for a in ALGORITHMS)}


@dataclass(frozen=True, slots=True)
class Bag:
    """What goes into a bag: payload by its path below data/, tag files beside it, and the labels of bag-info.txt."""

    payload: Mapping[str, bytes]
    tags: Mapping[str, bytes] = field(default_factory=dict)
    info: Sequence[tuple[str, str]] = ()


def write(bag: Bag) -> dict[str, bytes]:
    """Every file of the bag by its path, in the order in which a deterministic archive stores them.

    Each payload file stands in both manifests and each tag file in both tag manifests. Raises UnsafePath.
    """
    payload = {f"data/{path}": content for path, content in bag.payload.items()}
    _refuse_unsafe([*payload, *bag.tags])
    tags = {"bagit.txt": _DECLARATION, "bag-info.txt": _info(bag, payload), **bag.tags}
    for algorithm in ALGORITHMS:
        tags[f"manifest-{algorithm}.txt"] = _manifest(algorithm, payload)
    sealed_tags = dict(tags)
    for algorithm in ALGORITHMS:
        tags[f"tagmanifest-{algorithm}.txt"] = _manifest(algorithm, sealed_tags)
    return dict(sorted({**tags, **payload}.items()))


def encode_path(path: str) -> str:
    """`path` as a manifest writes it (RFC 8493, section 2.1.3)."""
    for plain, encoded in _ENCODED:
        path = path.replace(plain, encoded)
    return path


def _manifest(algorithm: str, files: Mapping[str, bytes]) -> bytes:
    # Two spaces, so that `sha256sum -c` reads the same line.
    lines = (f"{hashlib.new(algorithm, files[path]).hexdigest()}  {encode_path(path)}\n" for path in sorted(files))
    return "".join(lines).encode()


def _info(bag: Bag, payload: Mapping[str, bytes]) -> bytes:
    octets = sum(len(content) for content in payload.values())
    labels = [*bag.info, ("Payload-Oxum", f"{octets}.{len(payload)}")]
    return "".join(f"{_one_line(label).replace(':', '')}: {_one_line(value)}\n" for label, value in labels).encode()


def _one_line(text: str) -> str:
    # A line end inside a value would forge a label of its own.
    return " ".join(text.split())


def _refuse_unsafe(paths: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for path in paths:
        _refuse_path(path)
        # Some file systems fold case or normal form; two names that meet there would lose one file.
        folded = unicodedata.normalize("NFC", path).casefold()
        if folded in seen:
            raise UnsafePath(f"two names meet on some file systems: {seen[folded]!r} and {path!r}")
        seen[folded] = path


def _refuse_path(path: str) -> None:
    parts = path.split("/")
    if not path or path.startswith(("/", "~")) or any(part in {"", ".", ".."} for part in parts):
        raise UnsafePath(f"not a plain relative name: {path!r}")
    if "\\" in path or any(unicodedata.category(c) == "Cc" and c not in "\r\n" for c in path):
        raise UnsafePath(f"a character that a file name may not hold: {path!r}")
    if path in _OWN_FILES:
        raise UnsafePath(f"the bag writes this file itself: {path!r}")
