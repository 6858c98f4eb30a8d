"""The configuration: one TOML file, `CAIRNDESK_*` over it; an unknown key is an error that names the nearest known one.

Keys are `section.name` in the file and `CAIRNDESK_SECTION__NAME` in the environment.
"""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from cairndesk.lib import addresses
from cairndesk.lib.errors import DeskError

PREFIX = "CAIRNDESK_"
FILE_VARIABLE = f"{PREFIX}CONFIG"
# Read elsewhere, before there is a configuration.
VERIFIER_VARIABLE = f"{PREFIX}VERIFIER"
"""In the environment of the portal: the public key of the desk's log, by which it knows the keys to seal to."""
CREDENTIAL_VARIABLE = f"{PREFIX}CREDENTIAL"
"""In the environment of the desk: the name of the credential that opens the keyring, and the number of the open file that it is."""
BATCH_LIMIT = 4 * 1024 * 1024  # bytes of many reports that a machine hands over in one request
_NOT_SETTINGS = {FILE_VARIABLE, VERIFIER_VARIABLE, CREDENTIAL_VARIABLE, f"{PREFIX}PROCESS", f"{PREFIX}TEST_DATABASE"}


class ConfigError(DeskError):
    """The configuration cannot be used; the detail names the key and what to write instead."""

    code = "config.unusable"
    remedy = "Mend the named key in cairndesk.toml or in the environment."


def _here(data: dict[str, Any]) -> str:
    """Without a proxy, people type the port that we listen on."""
    return f"http://localhost:{data.get('port')}"


Address = Annotated[str, AfterValidator(addresses.address)]
AddressOrNone = Annotated[str, AfterValidator(lambda value: value and addresses.address(value))]
NamedAddress = Annotated[Address, AfterValidator(addresses.named)]


class Section(BaseModel):
    """A table of the file; it holds no key but its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Portal(Section):
    """The public site."""

    host: str = Field("127.0.0.1", description="address to listen on; a proxy with TLS stands before it")
    port: int = Field(8480, ge=1, le=65535, description="port to listen on")
    public_url: Address = Field(default_factory=_here, description="address that reporters type; its scheme is trusted; unset: port of localhost")
    leave_url: str = Field("", description="where the quick exit leads; empty: a blank neutral page of our own")
    address_header: str = Field(
        "",
        pattern="^[A-Za-z0-9-]*$",
        description="header in which the proxy names the visitor, who is counted in memory and never kept; empty, as behind an onion: nobody is",
    )
    # 100,000 bytes of text that is not Latin are three times as many in a form, and a later page carries what was told before.
    body_limit: int = Field(1024 * 1024, ge=4096, le=1024 * 1024, description="largest request body, bytes")


class Desk(Section):
    """The staff console and the API."""

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8481, ge=1, le=65535, description="port to listen on")
    public_url: NamedAddress = Field(
        default_factory=_here, description="address of the desk; passkeys are bound to its name, never an IP address; unset: localhost and the port"
    )
    look_url: AddressOrNone = Field(
        "", description="address of what is looked at, on a host name of its own that leads to the desk too, without cookies; empty: nothing can be"
    )
    looks_a_day: int = Field(8, ge=0, le=50, description="how often one person may look within 24 hours, clear views counted too; 0: never")
    look_side: int = Field(160, ge=64, le=320, description="longer side of a small copy, pixels; each organisation and person may have it smaller")
    look_blur: int = Field(8, ge=0, le=24, description="by how many pixels a small copy is blurred; each organisation and person may have it more so")
    look_grey: bool = Field(True, description="is a small copy without colour; each organisation and person may have it so anyway")
    clear_seconds: int = Field(10, ge=0, le=10, description="seconds of a clear view, a button held; 0: none, as organisations and people may say")
    exposure_minutes: int = Field(240, ge=1, le=480, description="minutes of pictures and videos in 24 hours; organisations and people may have less")
    break_minutes: int = Field(50, ge=5, le=120, description="weighed minutes until a break is proposed; organisations and people may have fewer")
    password_sign_in: bool = Field(False, description="may people sign in with password and code, for want of a passkey; marked in the log")
    idle_minutes: int = Field(15, ge=1, le=60, description="minutes without a request after which a sign-in ends")
    undo_seconds: int = Field(30, ge=1, le=300, description="seconds that what is let go waits, and can be taken back, before it leaves the house")
    checks_a_second: int = Field(1000, ge=1, description="how many things a second one key may look up")
    list_pages_a_second: int = Field(20, ge=1, description="how many pages of lists a second one partner's key may fetch")
    claim_minutes: int = Field(30, ge=5, le=240, description="minutes without a step after which a claimed case in danger is free, and rings again")
    emergency_minutes: int = Field(30, ge=5, le=120, description="minutes for which emergency access to somebody else's case lasts")
    emergency_review_days: int = Field(3, ge=1, le=30, description="days after which emergency access that nobody looked at is a problem")
    access_review_days: int = Field(90, ge=7, le=366, description="days after which another person confirms again which roles somebody needs")
    coded_twice: int = Field(0, ge=0, le=100, description="percent of classified cases that a second person codes blind; 5 is a beginning")
    media_walls: Literal["minimal", "container", "full"] = Field(
        "minimal", description="weakest walls behind which a file is decoded; below them none is. `full` needs namespaces, `container` Linux 6.7"
    )
    media_limit: int = Field(16 * 1024 * 1024, ge=4096, description="largest file that staff or a platform may hand over, bytes")

    @property
    def origin(self) -> str:
        """The desk as a browser names where a request comes from."""
        return addresses.origin(self.public_url)

    @property
    def look_origin(self) -> str:
        """From where small copies are shown; empty where no name is set for it, or not one of its own: the desk's cookies would go there."""
        here, there = urlsplit(self.public_url), urlsplit(self.look_url)
        is_apart = bool(there.hostname) and there.hostname != here.hostname and there.scheme == here.scheme
        return addresses.origin(self.look_url) if is_apart else ""


class Database(Section):
    """Where rows are kept."""

    engine: Literal["sqlite", "postgresql"] = Field("sqlite", description="embedded SQLite, or PostgreSQL")
    name: str = Field("", validate_default=True, description="PostgreSQL database name")
    host: str = Field("", description="PostgreSQL host or socket folder")
    port: int = Field(5432, ge=1, le=65535, description="PostgreSQL port")
    user: str = Field("", description="PostgreSQL user")
    password_file: Path | None = Field(None, description="file that holds the PostgreSQL password")

    @field_validator("name")
    @classmethod
    def _is_named(cls, value: str, others: ValidationInfo) -> str:
        if not value and others.data.get("engine") == "postgresql":
            raise ValueError("the name of the PostgreSQL database is needed")
        return value


class Keys(Section):
    """How the keyring is opened."""

    key_file: Path | None = Field(None, description="file that opens the keyring; empty: what systemd hands over, else data/keys/unlock.key")
    passphrase_file: Path | None = Field(None, description="file or credential that holds a passphrase instead of a key file")


class Mail(Section):
    """The one way out for notices."""

    host: str = Field("", description="SMTP server; empty: notices wait and the health page says so")
    port: int = Field(587, ge=1, le=65535, description="SMTP port")
    sender: str = Field("", description="address that notices come from")
    organisation: str = Field("", description="name of the sender in notices")
    supervisors: list[str] = Field(
        default_factory=list,
        description="addresses that are told, without a word about a case, of emergency access and of alarms that nobody takes; "
        "with the short name of an organisation before it (`two:who@two.example`) an address is told of that one alone, "
        "and the others of each that names none",
    )
    username: str = Field("", description="SMTP user")
    password_file: Path | None = Field(None, description="file that holds the SMTP password")
    tls: Literal["starttls", "tls", "none"] = Field("starttls", description="`none` is accepted on loopback only")

    def supervisors_of(self, slug: str) -> list[str]:
        """Who is told of what happens in that organisation: the addresses that name it, else those that name none."""
        named = [one.rpartition(":") for one in self.supervisors]
        return [to.strip() for of, _, to in named if of.strip() == slug] or [to for of, _, to in named if not of]


class Reached(Section):
    """Hosts that the operator lets the desk reach; no other is."""

    hosts: list[str] = Field(default_factory=list)

    @field_validator("hosts")
    @classmethod
    def _are_places(cls, value: list[str]) -> list[str]:
        for host in value:
            addresses.place(host)
        return value

    def places(self) -> list[tuple[str, int]]:
        """Name and port of each host."""
        return [addresses.place(host) for host in self.hosts]


class Paging(Reached):
    """Where an alarm may be sent over the web; whom it goes to stands on the roster of the desk."""

    hosts: list[str] = Field(default_factory=list, description="hosts of web addresses that an alarm may be sent to, each as name or name:port")


class Partners(Reached):
    """Where letters to partner desks may be sent; who they are stands on the page of the desk. A letter to any other is carried as a file."""

    hosts: list[str] = Field(default_factory=list, description="hosts of partner desks that letters may be sent to, each as name or name:port")


class Lists(Reached):
    """Where lists of known material may be fetched from."""

    hosts: list[str] = Field(default_factory=list, description="hosts that lists may be fetched from, each as name or name:port; no other is reached")
    credentials: Path | None = Field(None, description="folder that holds one file of credentials for each name that a source gives")
    folder: Path | None = Field(None, description="folder in which list files are laid that are taken in from this machine")


class Log(Section):
    """Who outside vouches for the log."""

    witnesses: list[str] = Field(
        default_factory=list,
        description="witnesses that cosign each checkpoint: for each its key, a blank and its address (https; http on this machine)",
    )
    quorum: int = Field(1, ge=1, description="how many of them must have signed before a checkpoint counts as witnessed")
    authority: str = Field("", description="address of a time-stamping authority (RFC 3161) that stamps one checkpoint a day; empty: none")
    authority_roots: Path | None = Field(None, description="PEM file of the certificates at which the authority's signatures must end")

    @field_validator("witnesses")
    @classmethod
    def _have_key_and_address(cls, value: list[str]) -> list[str]:
        for one in value:
            key, _, address = one.partition(" ")
            if key.count("+") < 2 or not urlsplit(address).hostname:
                raise ValueError("a witness is its key (name+hash+key), a blank and its address")
        return value

    def known(self) -> list[tuple[str, str]]:
        """Key and address of each witness."""
        return [(key, address) for key, _, address in (one.partition(" ") for one in self.witnesses)]

    def places(self) -> list[tuple[str, int]]:
        """Name and port of everybody who is asked."""
        parts = [urlsplit(address) for address in [*(address for _, address in self.known()), self.authority] if address]
        return [(one.hostname or "", one.port or (80 if one.scheme == "http" else 443)) for one in parts]


class Vault(Section):
    """Where originals are kept sealed: in the data folder, or carried on from there to a bucket."""

    bucket: str = Field("", description="bucket of an S3-compatible store to which `work` carries originals; empty: they stay in the data folder")
    endpoint: str = Field("", description="address of that store (https; http on this machine); empty: the one of AWS for the region")
    region: str = Field("us-east-1", pattern="^[a-z0-9-]+$", description="region of the bucket, as the store names it")
    prefix: str = Field("", pattern="^[A-Za-z0-9/_-]*$", description="what stands before each name, where several desks share one bucket")
    credentials_file: Path | None = Field(
        None,
        description="file with the store's access key, in the form of AWS; unset: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the environment",
    )
    roots: Path | None = Field(None, description="PEM file of the certificate authority of the store, where it is not a public one")

    @field_validator("endpoint")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        if value and urlsplit(addresses.address(value)).scheme == "http" and urlsplit(value).hostname not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError("https is needed for a store that is not on this machine")
        return value

    @property
    def address(self) -> str:
        """Where the store is reached."""
        return self.endpoint or f"https://s3.{self.region}.amazonaws.com"

    def places(self) -> list[tuple[str, int]]:
        """Name and port of the store, if there is one."""
        parts = urlsplit(self.address)
        return [(parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443))] if self.bucket else []


class Analysers(Section):
    """Which optional analysers of files run; each needs a card with its error rates, and an assessment on the page Tools."""

    on: list[str] = Field(
        default_factory=list,
        description="names of installed analysers that look at files which are handed over; none by default",
    )


class Serve(Section):
    """How `cairndesk serve` runs its three processes, and how long its two sites wait for anybody."""

    portal_uid: int = Field(64101, ge=1, description="user and group number of the portal when started as root")
    desk_uid: int = Field(64102, ge=1, description="user and group number of the desk")
    work_uid: int = Field(64103, ge=1, description="user and group number of the worker")
    header_seconds: float = Field(20, gt=0, description="seconds after which a connection whose request has not begun in full is closed")
    stall_seconds: float = Field(60, gt=0, description="seconds without one byte of a body after which its connection is closed")
    connections: int = Field(512, ge=8, description="open connections of one site; when full, the longest awaited make room; half is for reports")
    quiet: bool = Field(False, description="leave out of the log what is merely good to know; `cairndesk demo` does")


class Receipts(Section):
    """The cost of guessing a receipt, and how long it opens anything."""

    memory_kib: int = Field(64 * 1024, ge=8, description="Argon2id memory, KiB; lower it in tests only")
    passes: int = Field(3, ge=1, description="Argon2id passes")
    keep_days: int = Field(365, ge=30, description="days after its case was closed on which a mailbox is withdrawn, to answer like an unknown one")


class Desks(Section):
    """Choices of the operator about what a desk records."""

    sensitive_attributes: list[str] = Field(default_factory=list, description="optional attributes that law and safety allow here, by code")
    unreviewed_languages: list[str] = Field([], description="languages on before two speakers read all, by code, or `all`; a pack only by its code")
    language_packs: Path | None = Field(
        None, description="folder of language packs, one a folder; every process must be able to read it; unset: `languages` in the data folder"
    )
    country: str = Field("", description="the operator's country, two letters; its emergency contacts come first")


class Config(Section):
    """Everything an operator can set."""

    mode: Literal["demo", "real"] = Field("demo", description="`demo` runs on invented data; `real` needs a checked emergency contact")
    data: Path = Field(Path("data"), description="folder of database, keys, spool and published files")
    secret_file: Path | None = Field(None, description="file with the secret for sessions; empty: data/keys/session.secret")
    portal: Portal = Portal.model_construct()
    desk: Desk = Desk.model_construct()
    database: Database = Database.model_construct()
    keys: Keys = Keys.model_construct()
    mail: Mail = Mail.model_construct()
    paging: Paging = Paging.model_construct()
    partners: Partners = Partners.model_construct()
    lists: Lists = Lists.model_construct()
    log: Log = Log.model_construct()
    vault: Vault = Vault.model_construct()
    analysers: Analysers = Analysers.model_construct()
    serve: Serve = Serve.model_construct()
    receipts: Receipts = Receipts.model_construct()
    desks: Desks = Desks.model_construct()


_SECTIONS = {name for name, field in Config.model_fields.items() if isinstance(field.annotation, type) and issubclass(field.annotation, Section)}


def known_keys(model: type[BaseModel] = Config, before: str = "") -> Iterator[tuple[str, str]]:
    """Every key with its description, in the order of the file."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from known_keys(kind, f"{before}{name}.")
        else:
            yield before + name, field.description or ""


def load(environment: Mapping[str, str] | None = None) -> Config:
    """The configuration in force. Raises ConfigError with the key and the nearest known one."""
    return read(environment)[0]


def read(environment: Mapping[str, str] | None = None) -> tuple[Config, dict[str, str]]:
    """The configuration and, for each key that is set, where its value came from."""
    environ = os.environ if environment is None else environment
    path = Path(environ.get(FILE_VARIABLE, "cairndesk.toml"))
    values = _from_file(path, must_exist=FILE_VARIABLE in environ)
    over = {_key(variable): variable for variable in environ if variable.startswith(PREFIX) and variable not in _NOT_SETTINGS}
    origin = {key: str(path) for key in _flat(values)} | {key: f"environment {variable}" for key, variable in over.items()}
    # Before anything is put in its place: what is no table can take nothing up.
    _refuse_unknown(origin)
    for key, variable in over.items():
        _put(values, key, environ[variable])
    try:
        return Config.model_validate(values), origin
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        says = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{key}: {says[:1].lower()}{says[1:]} (from {origin.get(key, 'the default')})") from error


def _from_file(path: Path, *, must_exist: bool) -> dict[str, Any]:
    if not path.exists():
        if must_exist:
            raise ConfigError(f"{path}: there is no such file; `cairndesk init` writes one")
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _key(variable: str) -> str:
    return variable.removeprefix(PREFIX).lower().replace("__", ".")


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """The keys of nested tables; an empty table stands for itself, unless it is one of ours."""
    for name, value in values.items():
        if isinstance(value, dict) and (value or before + name in _SECTIONS):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield before + name


def _put(values: dict[str, Any], key: str, raw: str) -> None:
    *sections, name = key.split(".")
    for section in sections:
        values = values.setdefault(section, {})
    values[name] = raw.split(",") if name in {"sensitive_attributes", "unreviewed_languages", "hosts", "witnesses"} else raw


def _refuse_unknown(origin: Mapping[str, str]) -> None:
    known = [key for key, _ in known_keys()]
    for key, place in origin.items():
        if key not in known:
            [near] = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
            raise ConfigError(f"{place}: there is no key `{key}`; the nearest one is `{near}`")
