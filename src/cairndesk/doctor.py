"""The doctor: what is wrong with this desk, and what to do about each thing."""

import ctypes
import shutil
import socket
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.db import DatabaseError, connection

from cairndesk.accounts import readiness as organisations
from cairndesk.accounts.models import Organisation
from cairndesk.cases import readiness as emergency
from cairndesk.config import Config
from cairndesk.custody import access, readiness, soundness, standing
from cairndesk.custody import queries as custody
from cairndesk.custody.actions import check_parts, known_copies
from cairndesk.custody.adapters import durability
from cairndesk.custody.errors import KeyringUnreadable, LogRolledBack, ShredStoreAway, WeakStorage
from cairndesk.custody.ledger import note
from cairndesk.custody.models import Checkpoint
from cairndesk.custody.sealing import keystore
from cairndesk.directory import queries as directory
from cairndesk.directory.sites import shut_sites, stale_law
from cairndesk.exchange.formats.report import pdf
from cairndesk.founding import missing_steps
from cairndesk.intake import readiness as taking_in
from cairndesk.lib import seccomp
from cairndesk.response.errors import FetchDelayed
from cairndesk.review import readiness as looking
from cairndesk.serve import walls
from cairndesk.signals import queries as signals
from cairndesk.signals import register, sources, walled
from cairndesk.signals.engine import sandbox
from cairndesk.signals.engine.near import kernels
from cairndesk.signals.engine.video.walled import is_here as has_videos
from cairndesk.signals.engine.walls import Level as Walls

LOG_PATIENCE = timedelta(hours=1)
_GIB = 1024**3
# Tries that a source of a list may miss before somebody has to look.
_FAILURES = 3


class Level(StrEnum):
    """How bad a finding is; only a problem makes the doctor exit non-zero."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what it is like, and what to do unless it is well."""

    subject: str
    level: Level
    says: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def examine(config: Config, *, now: datetime) -> list[Finding]:
    """Everything the doctor looks at, in a fixed order; a look that fails is a finding of its own."""
    looks: dict[str, Callable[[], Iterator[Finding]]] = {
        "database": lambda: database(config),
        "walls": lambda: apart(config),
        "media": lambda: media(config),
        "looking": lambda: _said(looking.looks(config, now)),
        "training": lambda: _said(looking.calibration()),
        "schemes": lambda: _said(looking.tables(now)),
        "reports": reports,
        "matching": matching,
        "keys": lambda: keys(config),
        "intake keys": lambda: _said(taking_in.keys(now)),
        "spool": lambda: spool(config, now),
        "log": lambda: log(config, now),
        "vault": lambda: vault(now),
        "shred store": lambda: shred_store(config, now),
        "readiness": lambda: _said(readiness.looks(config, now)),
        "emergency access": lambda: _said(emergency.looks(config, now)),
        "disk": lambda: disk(config),
        "clock": lambda: time_of_day(config, now),
        "kinds": lambda: _said(organisations.kinds()),
        "contacts": lambda: contacts(config, now),
        "languages": lambda: _said(taking_in.languages(config)),
        "mandates": lambda: _said(taking_in.mandates(now)),
        "mail": lambda: mail(config),
        "lists": lambda: lists(now),
        "tools": lambda: tools(now),
        "fetching": lambda: fetching(now),
        "retention": lambda: retention(now),
    }
    found: list[Finding] = []
    if not (access.folder(config) / keystore.RING).exists():
        # What the machine is like can be said before there is a desk; looking for more would only fail once more each time.
        found.append(_bad("desk", f"there is none in {config.data.absolute()}", "Run `cairndesk init`, or name its file in CAIRNDESK_CONFIG."))
        looks = {name: looks[name] for name in ("walls", "mail")}
    for subject, look in looks.items():
        try:
            found.extend(look())
        except (OSError, DatabaseError) as error:
            away = isinstance(error, DatabaseError) and config.database.engine == "postgresql"
            remedy = "See that the server runs and that [database] leads to it." if away else "Run the doctor as the user who runs `cairndesk serve`."
            found.append(_bad(subject, f"could not be looked at: {type(error).__name__}", remedy))
    return found


def database(config: Config) -> Iterator[Finding]:
    """The version, the settings that durability stands on, and whether all tables are there."""
    engine = f"{'SQLite' if connection.vendor == 'sqlite' else 'PostgreSQL'} {durability.version_of(connection)}"
    weak = list(durability.weaknesses(connection))
    if weak:
        yield _bad("database", f"{engine}: {'; '.join(weak)}", WeakStorage.remedy)
    else:
        yield _ok("database", f"{engine}, durable and strict")
    missing = missing_steps()
    if missing:
        yield _bad("tables", f"{missing} steps are missing", "Stop the desk, make a copy, and run `cairndesk upgrade`.")
    else:
        yield _ok("tables", "complete")


def apart(config: Config) -> Iterator[Finding]:
    """What stands between the portal and the desk when this user runs `serve`."""
    level = walls.level()
    if level.users:
        yield _ok("walls", f"one user per process{f', and Landlock {level.abi}' if level.abi else ''}")
    elif level.abi:
        yield _ok("walls", f"Landlock {level.abi} is the wall between portal and desk (one user for all three processes)")
    elif config.mode == "demo":
        yield _warn("walls", "nothing keeps portal and desk apart; good enough for invented data only", walls.NoWall.remedy)
    else:
        yield _bad("walls", "nothing keeps portal and desk apart; `serve` will refuse", walls.NoWall.remedy)
    if 0 < level.abi < 4:
        yield _warn("walls", "this kernel cannot refuse TCP connections", "Use Linux 6.7 or newer, or deny outgoing connections by firewall.")
    if not seccomp.available():
        yield _warn("walls", "system calls are not filtered on this kind of machine", "Use x86-64 or AArch64, or start as root.")


def media(config: Config) -> Iterator[Finding]:
    """How good the walls are behind which a handed-over file is decoded, tried by a child that is given nothing."""
    level, abi = sandbox.level()
    if level < (least := walled.least(config)):
        yield _no_media(level, least)
    elif level >= Walls.CONTAINER:
        alone = ", in namespaces of its own" if level is Walls.FULL else ""
        films = "videos too" if has_videos() else "of videos only the digests, because the extra `video` is not installed"
        yield _ok("media", f"files are decoded behind walls, level {level.name.lower()} (Landlock {abi}{alone}); {films}")
    else:
        yield _warn("media", f"files are decoded behind minimal walls (Landlock {abi})", "Use Linux 6.7 or newer.")


def reports() -> Iterator[Finding]:
    """Whether a custody report can be handed over as a PDF as well."""
    if pdf.is_here():
        yield _ok("reports", "a custody report is made as a page and as a PDF")
    else:
        yield _warn("reports", "a custody report is made as a page only: Pango is missing", "Install libpango-1.0-0 and libpangoft2-1.0-0.")


def _no_media(level: Walls, least: Walls) -> Finding:
    says, remedy = "walls are missing", "Use a kernel with Landlock and a call filter"
    if level is not Walls.NONE:
        says = f"walls are of level {level.name.lower()} and desk.media_walls asks for {least.name.lower()}"
        remedy = "Use Linux 6.7 or newer that lets every user make namespaces, ask for less"
    if Organisation.objects.exclude(media_mode=Organisation.Media.NONE).exists():
        return _bad("media", f"{says}; no file is decoded", f"{remedy}, or switch media off.")
    return _ok("media", f"{says}, so no file is decoded; no organisation takes files")


def matching() -> Iterator[Finding]:
    """Which half of the matching engine runs; both give the same answers."""
    if kernels.is_compiled():
        yield _ok("matching", "the compiled half of the engine answers")
    else:
        yield _warn("matching", "the half in NumPy answers, which is slower", "Install a C compiler and install Cairndesk again.")


def keys(config: Config) -> Iterator[Finding]:
    """Whether the keyring opens, and whether others may read it."""
    folder = access.folder(config)
    # The key that checks the log is public; everything else here is not.
    secret = [folder, *(path for path in sorted(folder.iterdir()) if path.suffix != ".verifier")]
    open_to_others = [path.name for path in secret if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if open_to_others:
        yield _bad("keys", f"other users may read {', '.join(open_to_others)}", "chmod 700 the folder and 600 the files in it.")
    try:
        ring = keystore.load(folder / keystore.RING, access.lock(config))
    except KeyringUnreadable as error:
        yield _bad("keys", error.detail or "the keyring cannot be opened", error.remedy)
    else:
        held = len(ring.organisations)
        yield _ok("keys", f"the ring opens by {access.source(config)}; {held} organisation{'' if held == 1 else 's'}")
        if config.mode == "real" and access.has_key_file(config) and access.key_file(config).parent == folder:
            yield _warn("keys", "the key file lies beside what it opens", "Let systemd hand it over, or keep it elsewhere (keys.key_file).")


def spool(config: Config, now: datetime) -> Iterator[Finding]:
    """Whether what was told is taken in."""
    return _said(taking_in.spool(config, now))


def log(config: Config, now: datetime) -> Iterator[Finding]:
    """Whether the log is the one that was signed before, and whether anybody outside vouches for it."""
    if problem := next((found for _, found in standing.contradictions()), "") or standing.reason():
        yield _bad("log", f"this desk only reads: {problem}", LogRolledBack.remedy)
        return
    newest = custody.newest_checkpoint()
    if newest and custody.unsigned_entries() and now - newest.made_at > LOG_PATIENCE:
        yield _bad("log", f"unsigned since {_minute(newest.made_at)}", "See that `cairndesk serve` runs and the desk is unlocked.")
    if newest:
        yield _witnessed(custody.newest_checkpoint(padded=True) or newest, config, now)


def _witnessed(shown: Checkpoint, config: Config, now: datetime) -> Finding:
    names, quorum = [note.read_witness_key(key)[0] for key, _ in config.log.known()], config.log.quorum
    if not names:
        return _warn("log", "nobody outside has seen it", "Ask a partner to run `cairndesk witness`, and name it under [log] in the configuration.")
    seen = custody.witnessed(names, quorum)
    if seen and (seen[0].size == shown.size or now - shown.made_at < LOG_PATIENCE):
        return _ok("log", f"witnessed up to {seen[0].size} entries, {_minute(seen[1])}")
    says = f"fewer than {quorum} of its witnesses have signed it {f'since {_minute(seen[1])}' if seen else 'yet'}"
    return _bad("log", says, "See in the log of the processes what they answered.")


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def vault(now: datetime) -> Iterator[Finding]:
    """Whether every original that is kept sealed is there, and whether the bucket, if there is one, may be written to."""
    return _said(soundness.looks(now))


def shred_store(config: Config, now: datetime) -> Iterator[Finding]:
    """Whether the shred store is whole and holds the second part of every key, and whether its copies are young enough, and there."""
    seen, copies = check_parts(), known_copies()
    yield _ok("shred store", f"the second parts of {seen.parts} keys") if seen.ok else _bad("shred store", seen.first_problem, ShredStoreAway.remedy)
    for copy in filter(lambda one: one.is_due(now), copies):
        yield _bad("shred store", f"{copy.path} is too old: it can open what was destroyed since", "Delete it, wherever else it was taken as well.")
    if seen.ok and config.mode == "real" and not any(now - copy.made_at < timedelta(days=2) for copy in copies):
        yield _warn("shred store", "no copy of it from the last two days", "Run `cairndesk backup` every night: without this file nothing opens.")


def disk(config: Config) -> Iterator[Finding]:
    """Whether there is room for what is still to be told."""
    usage = shutil.disk_usage(config.data)
    text = f"{usage.free / _GIB:.1f} GiB free"
    if usage.free < _GIB // 4:
        yield _bad("disk", text, "Make room now: a full disk turns reporters away.")
    elif usage.free < 2 * _GIB:
        yield _warn("disk", text, "Make room soon.")
    else:
        yield _ok("disk", text)


class _Timex(ctypes.Structure):
    _fields_ = (("modes", ctypes.c_uint), ("rest", ctypes.c_char * 256))


def time_of_day(config: Config, now: datetime) -> Iterator[Finding]:
    """Whether the clock is kept by somebody, and whether it has jumped back behind our own files."""
    # adjtimex(2): 5 means that nobody keeps the clock.
    unkept = ctypes.CDLL(None).adjtimex(ctypes.byref(_Timex())) == 5
    ring = access.folder(config) / keystore.RING
    if ring.exists() and datetime.fromtimestamp(ring.stat().st_mtime, UTC) > now + timedelta(minutes=5):
        yield _bad("clock", "the clock is behind files that we wrote", "Set the clock; deadlines and the log depend on it.")
    elif unkept:
        yield _warn("clock", "no time service keeps the clock", "Run chrony or systemd-timesyncd.")
    else:
        yield _ok("clock", "kept by a time service")


def contacts(config: Config, now: datetime) -> Iterator[Finding]:
    """Whether the numbers that we show to children have been tried lately."""
    if stale := directory.stale_contacts(now):
        yield _warn("contacts", f"{len(stale)} were not checked within 180 days", "Try each, then note the date in the directory.")
    for name, day in stale_law(now):
        yield _warn("contacts", f"what {name} says about law is of {day}", "Hold it against the law, then note the date in its sheet.")
    for slug in (shut := shut_sites(config.desks.country)):
        says, does = f"no emergency contact is checked for {slug}", "Add one of its country to the directory and note when you reached it."
        yield _bad("contacts", f"{says}; its portal stays closed", does) if config.mode == "real" else _warn("contacts", says, does)
    if not shut:
        yield _ok("contacts", "an emergency contact is checked")


def lists(now: datetime) -> Iterator[Finding]:
    """Whether a list or glossary went dark, or will within two weeks, or has terms that nobody reviewed, or waits with a change for a person."""
    count = 0
    for organisation in Organisation.objects.order_by("slug"):
        for change in signals.lists_held(organisation=organisation.pk):
            count += 1
            rows = change.added + change.removed
            says = f"{change.list.name} ({organisation.slug}): a change of {rows:,} rows waits since {change.made_at:%Y-%m-%d}"
            yield _warn("lists", says, "A supervisor accepts or refuses it on the page of the list; until then the old version counts.")
        for one in signals.lists_to_renew(organisation=organisation.pk, now=now):
            count += 1
            ends = f"ends on {one.expires_on}" if one.is_asked else f"ended on {one.expires_on} and is not asked"
            yield _warn("lists", f"{one.name} ({organisation.slug}) {ends}", "Renew the agreement, then `cairndesk signals import` the new version.")
        for glossary in signals.glossaries_to_review(organisation=organisation.pk, now=now):
            count += 1
            ends = f"{glossary.overdue} terms are overdue for review and off" if glossary.overdue else f"ends on {glossary.expires_on}"
            remedy = "Review it, then `cairndesk signals glossary import` the new version."
            yield _warn("lists", f"glossary {glossary.name} ({organisation.slug}): {ends}", remedy)
    if not count:
        yield _ok("lists", "none is to be renewed or decided")


def tools(now: datetime) -> Iterator[Finding]:
    """Whether a technical tool is off because nobody assessed it, or will be within a month."""
    count = 0
    for organisation in Organisation.objects.order_by("slug"):
        for one in register.tools_to_assess(organisation=organisation.pk, now=now):
            count += 1
            remedy = "A supervisor assesses it and writes that down on the page Tools."
            if one.is_on:
                yield _warn("tools", f"{one.about.title} ({organisation.slug}) goes off after {one.due_on} unless it is assessed", remedy)
            else:
                yield _bad("tools", f"{one.about.title} ({organisation.slug}) is off: its assessment was due on {one.due_on}", remedy)
    if not count:
        yield _ok("tools", "each is assessed, or need not be within a month")


def retention(now: datetime) -> Iterator[Finding]:
    """Whether a schedule that two people put in force says how long records of each organisation are kept."""
    for organisation in Organisation.objects.order_by("slug"):
        found = directory.schedule_for(organisation.country, now.date())
        if found is None or found.confirmed_at is None:
            says = f"{organisation.slug}: no retention schedule is confirmed, so nothing is destroyed when its time is over"
            yield _warn("retention", says, "Load one in the directory, under Retention, and let another person confirm it.")
        elif found.is_sample:
            says = f"{organisation.slug} keeps records by an example ({found.code})"
            yield _warn("retention", says, "Let a lawyer of your jurisdiction set the days, and load them as a schedule of your own.")
        else:
            yield _ok("retention", f"{organisation.slug} keeps records by {found.code}")


def fetching(now: datetime) -> Iterator[Finding]:
    """Whether every list that has a source could be fetched from it."""
    found = sources.in_trouble(now)
    for source in found:
        says = f"{source.list.name} could not be fetched: {source.trouble_says}" if source.trouble else f"{source.list.name} waits to be fetched"
        # Silence that has only begun often ends by itself; anything else does not.
        is_new = source.trouble == FetchDelayed.code and source.attempts <= _FAILURES
        say = _warn if is_new else _bad
        yield say("fetching", says, "See that `cairndesk serve` runs; once the cause is mended, `cairndesk signals lists fetch` tries it at once.")
    if not found:
        yield _ok("fetching", "every list that has a source is fetched")


def mail(config: Config) -> Iterator[Finding]:
    """Whether notices can leave."""
    if not config.mail.host:
        yield _warn("mail", "no mail server is set; notices wait", "Set mail.host and mail.sender.")
        return
    try:
        with socket.create_connection((config.mail.host, config.mail.port), timeout=5) as line:
            greeting = line.recv(3)
    except OSError as error:
        yield _bad("mail", f"the mail server does not answer: {type(error).__name__}", "Check mail.host and mail.port, and that the server runs.")
        return
    if config.mail.tls != "tls" and greeting != b"220":
        yield _bad("mail", "what answers there is no mail server", "Check mail.port and mail.tls.")
    else:
        yield _ok("mail", "the mail server answers")


def _said(looks: Iterable[readiness.Said]) -> Iterator[Finding]:
    return (Finding(subject, Level(level), *rest) for subject, level, *rest in looks)


def _ok(subject: str, says: str) -> Finding:
    return Finding(subject, Level.OK, says)


def _warn(subject: str, says: str, remedy: str) -> Finding:
    return Finding(subject, Level.WARNING, says, remedy)


def _bad(subject: str, says: str, remedy: str) -> Finding:
    return Finding(subject, Level.PROBLEM, says, remedy)
