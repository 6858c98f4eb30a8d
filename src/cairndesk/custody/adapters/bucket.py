"""The vault in a bucket: a store that speaks S3, through `obstore`. Each object is put once, under a name that must not be taken."""

import configparser
import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from cairndesk.custody.adapters.folder import Listed, Stored
from cairndesk.custody.errors import VaultAway, VaultRefused, VaultUnfit

_NAME = re.compile(r"[0-9a-f]{32}")
_OBJECTS, _PROBES = "objects", "probes"
_BLOCK = 1 << 20
_STATUS, _CODE = re.compile(r"status code: (\d{3}[ A-Za-z]*)"), re.compile(r"<Code>(\w{1,60})</Code>")
# What waits longer is the next turn of the belt.
RETRIES: Any = {"max_retries": 2, "retry_timeout": timedelta(seconds=30)}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Place:
    """Which bucket of which store, and the files with what opens it: an access key in AWS's form, certificates of a private authority."""

    bucket: str
    endpoint: str
    region: str
    prefix: str = ""
    credentials: Path | None = None
    roots: Path | None = None


class Bucket:
    """Objects in one bucket, by the same verbs as `Folder`. Nothing is dialled before the first of them.

    Every verb raises VaultAway where the store does not answer, answers only a part, or not to us; and VaultUnfit where it cannot be
    asked at all, because the library or an access key is missing.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._kept: Any = None

    def put(self, item: UUID, pieces: Iterable[bytes]) -> Stored:
        """Keep `pieces` as the object `item`, in one request that must not find the name taken.

        Raises VaultRefused where it is there already. After VaultAway nobody knows whether it arrived.
        """
        data = b"".join(pieces)
        self._put(_name(item), data)
        return Stored(len(data), hashlib.sha256(data).digest())

    def fetch(self, item: UUID, start: int, count: int) -> bytes:
        """`count` bytes of the stored object, fewer at its end; raises FileNotFoundError where it is missing."""
        try:
            with _told():
                return bytes(_library().get_range(self._store(), _name(item), start=start, length=count))
        except VaultAway as error:
            # A range that begins behind the end is none of the store's troubles.
            if "416" not in error.detail:
                raise
            return b""

    def length(self, item: UUID) -> int | None:
        """How many bytes are stored; None where the object is missing."""
        try:
            with _told():
                return int(_library().head(self._store(), _name(item))["size"])
        except FileNotFoundError:
            return None

    def digest(self, item: UUID) -> bytes:
        """The SHA-256 of what is stored; raises FileNotFoundError where the object is missing."""
        sum_ = hashlib.sha256()
        for block in self._blocks(item):
            sum_.update(block)
        return sum_.digest()

    def listed(self) -> Iterator[Listed]:
        """Every object, with its length and when it was written; a missing bucket is not an empty one."""
        with _told():
            for page in _library().list(self._store(), prefix=_OBJECTS):
                for one in page:
                    name = one["path"].rpartition("/")[2]
                    if _NAME.fullmatch(name):
                        yield Listed(UUID(hex=name), one["size"], one["last_modified"])

    def copy(self, items: Iterable[UUID] | None, target: Path) -> None:
        """Afterwards `target` holds these objects, or all, as far as they are here and were not there yet."""
        target.mkdir(exist_ok=True)
        for item in [one.item for one in self.listed()] if items is None else items:
            path = target / item.hex
            if path.exists():
                continue
            with contextlib.suppress(FileNotFoundError), _whole(path) as stream:
                for block in self._blocks(item):
                    stream.write(block)

    def remove(self, item: UUID) -> None:
        """Afterwards the object is not there; it is no error when it was not."""
        self._remove(_name(item))

    def probe(self) -> None:
        """Return where a second put under a taken name is refused and what was put first stays; else raise VaultUnfit.

        A store that does not know the condition takes the second put as well, and would let any object be replaced unseen.
        """
        name = f"{_PROBES}/{secrets.token_hex(16)}"
        self._put(name, b"first")
        try:
            with contextlib.suppress(VaultRefused):
                self._put(name, b"second")
                raise VaultUnfit("The store let an object be overwritten by a put that was to create it only (If-None-Match: *).")
            with _told():
                kept = bytes(_library().get(self._store(), name).bytes())
            if kept != b"first":
                raise VaultUnfit("The store does not give back what was put into it.")
        finally:
            self._remove(name)

    def _put(self, name: str, data: bytes) -> None:
        library = _library()
        try:
            with _told():
                library.put(self._store(), name, data, mode="create", use_multipart=False)
        except library.exceptions.AlreadyExistsError:
            raise VaultRefused("The file could not be kept, and nothing of it stays here: File exists.") from None

    def _remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError), _told():
            _library().delete(self._store(), name)

    def _blocks(self, item: UUID) -> Iterator[bytes]:
        with _told():
            for block in _library().get(self._store(), _name(item)).stream(min_chunk_size=_BLOCK):
                yield bytes(block)

    def _store(self) -> Any:
        if self._kept is None:
            self._kept = _opened(self.place)
        return self._kept


def _opened(place: Place) -> Any:
    """Everything that the library would else take from the environment, or ask the machine's provider for, is named here."""
    access, secret, token = _credentials(place.credentials)
    _library()
    from obstore.store import S3Store  # noqa: PLC0415 - an extra, which may be missing

    config: Any = {
        "aws_endpoint_url_s3": place.endpoint,
        "region": place.region,
        "access_key_id": access,
        "secret_access_key": secret,
        "virtual_hosted_style_request": False,
        # Not every store knows how to delete many at once.
        "disable_bulk_delete": True,
        **({"session_token": token} if token else {}),
    }
    return S3Store(place.bucket, prefix=place.prefix or None, config=config, client_options=_options(place), retry_config=RETRIES)


def _options(place: Place) -> Any:
    options: dict[str, Any] = {"timeout": timedelta(minutes=5), "connect_timeout": timedelta(seconds=5), "read_timeout": timedelta(seconds=30)}
    url = urlsplit(place.endpoint)
    if url.scheme == "http" and url.hostname in _LOOPBACK:
        options["allow_http"] = True
    if place.roots:
        try:
            options["root_certificate"] = place.roots.read_bytes()
        except OSError as error:
            raise VaultUnfit(f"The certificates of the store cannot be read from {place.roots} ({type(error).__name__}).") from None
    return options


def _credentials(file: Path | None) -> tuple[str, str, str]:
    """Access key, secret and, where there is one, session token: of the profile `default` of `file`, else of the environment."""
    found: dict[str, str] = {}
    if file:
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read_string(file.read_text("utf-8"))
            found = dict(parser["default"])
        except (OSError, configparser.Error, KeyError) as error:
            # Not what stands in the file: a parser quotes the line that it stumbles over.
            raise VaultUnfit(f"The access key of the store cannot be read from {file} ({type(error).__name__}).") from None
    else:
        found = {name.lower(): value for name, value in os.environ.items()}
    access, secret = found.get("aws_access_key_id", ""), found.get("aws_secret_access_key", "")
    if not access or not secret:
        raise VaultUnfit("There is no access key for the store: neither in a file that vault.credentials_file names, nor in the environment.")
    return access, secret, found.get("aws_session_token", "")


def _library() -> ModuleType:
    try:
        import obstore  # noqa: PLC0415 - an extra, which may be missing
        import obstore.exceptions  # noqa: PLC0415 - the same
    except ImportError as error:
        raise VaultUnfit("A bucket is set, but the extra `s3` is not installed.") from error
    return obstore


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What goes wrong in the block is told in words of ours; that an object is missing stays FileNotFoundError, that one is there too."""
    errors = _library().exceptions
    try:
        yield
    except errors.AlreadyExistsError:
        raise
    except (errors.BaseError, OSError) as error:
        # Without its cause, which quotes addresses and answers at length.
        raise _named(error) from None


def _named(error: Exception) -> Exception:
    said = str(error)
    if "<Code>NoSuchBucket</Code>" in said:
        return VaultAway("The store of originals has no such bucket.")
    if isinstance(error, FileNotFoundError):
        return FileNotFoundError()
    found = ", ".join(one[1].strip() for one in (_STATUS.search(said), _CODE.search(said)) if one)
    if found.startswith(("401", "403")):
        return VaultAway(f"The store of originals refuses us: {found}.")
    return VaultAway(f"The store of originals did not answer, or not in full{': ' if found else ''}{found}.")


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[Any]:
    """A new file that is there under its name only once the block has ended well."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("xb") as stream:
            yield stream
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


def _name(item: UUID) -> str:
    return f"{_OBJECTS}/{item.hex}"
