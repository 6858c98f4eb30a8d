"""`cairndesk init`, `upgrade` and `demo`: from nothing, or from an older version, to a desk."""

import hashlib
import os
import re
import shutil
import signal
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from cairndesk import config as configuration
from cairndesk.cli.common import AsJson, Exit, NoPlace, err, found_in, placing, show, wake
from cairndesk.config import Config, ConfigError
from cairndesk.lib import clock, logs
from cairndesk.lib.progress import bar

_FILE = """# Cairndesk. Every key is explained in docs/settings.md; CAIRNDESK_SECTION__NAME in the environment stands over it.
mode = "real"
data = "{data}"

[portal]
public_url = "{portal}"
port = {portal_port}

[desk]
public_url = "{desk}"
port = {desk_port}

[desks]
country = "{country}"
"""
# Says that a folder was made by the demo and may be thrown away.
_MARK, _SEEDED = "demo.folder", "demo.seeded"


def init(
    organisation: Annotated[str, typer.Option(help="Name of the organisation that runs this desk.")],
    country: Annotated[str, typer.Option(help="Its country, two letters; its emergency contacts come first.")],
    person: Annotated[str, typer.Option(help="Name of the first administrator.")],
    sign_in_name: Annotated[str, typer.Option(help="Name to sign in with; taken from the person's name if left out.")] = "",
    portal_url: Annotated[str, typer.Option(help="Address that reporters will type.")] = "http://localhost:8480",
    desk_url: Annotated[str, typer.Option(help="Address of the desk; passkeys are bound to it.")] = "http://localhost:8481",
    data: Annotated[Path, typer.Option(help="Folder for database, keys and spool.")] = Path("data"),
    file: Annotated[Path, typer.Option("--config", help="Where the configuration is written.")] = Path("cairndesk.toml"),
    authority: Annotated[bool, typer.Option("--authority", help="A state authority runs it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Found a real desk: configuration, keys, database, and a one-time link for the first administrator.

    Example: `cairndesk init --organisation "Our Desk" --country XX --person "Ada Example"`
    """
    if not re.fullmatch(r"[A-Za-z]{2}", country):
        raise typer.BadParameter("two letters are needed, as in XX", param_hint="--country")
    for hint, name in {"--organisation": organisation, "--person": person}.items():
        if not name.strip():
            raise typer.BadParameter("a name is needed", param_hint=hint)
    if file.exists():
        raise NoPlace(f"{file} is there already; it stays as it is.")
    ports = {"portal_port": _port(portal_url, 8480), "desk_port": _port(desk_url, 8481)}
    written = _FILE.format(data=data.absolute(), portal=portal_url, desk=desk_url, country=country.upper(), **ports)
    # It gets its name once the desk is there: a founding that was killed can simply be begun again.
    part = file.with_name(f".{file.name}.part")
    with placing():
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(written, "utf-8")
    try:
        with bar("founding the desk", hidden=as_json), placing():
            config = wake(part)
            from cairndesk import founding  # noqa: PLC0415 - needs Django's settings

            name, kind = sign_in_name.strip() or _short(person, "admin"), "authority" if authority else "ngo"
            founder = founding.Founder(organisation, _short(organisation, "desk"), country, person, name, kind)
            founding.lay_ground(config)
            _, link = founding.found(config, founder, now=clock.now())
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
    show({"configuration": file, "data": config.data, "sign in as": founder.sign_in_name, "enrol at": link}, as_json=as_json)
    err.print("The link works once, for 24 hours. Start the desk with `cairndesk serve`; `cairndesk doctor` says what is still missing.")


def upgrade(as_json: AsJson = False) -> None:
    """Bring the tables of this desk up to this version: all of them, or none. Stop the desk first, and have a fresh copy.

    Example: `cairndesk backup …`, stop the desk, put the new version in its place, `cairndesk upgrade`, start
    """
    config = wake()
    found_in(config)
    from cairndesk import founding  # noqa: PLC0415 - needs Django's settings
    from cairndesk.serve import supervisor  # noqa: PLC0415 - not for `--help`

    with supervisor.alone(config.data.absolute()), bar("bringing the tables up to date", hidden=as_json):
        done = founding.make_tables()
    show({"steps": done}, as_json=as_json)


def demo(
    data: Annotated[Path, typer.Option(help="Folder for the demo; kept between runs of one version.")] = Path("data/demo"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Throw the demo of last time away first.")] = False,
) -> None:
    """A seeded desk with invented people and stories, to look around in; nothing in it is real.

    It reads no cairndesk.toml; other ports are set in the environment. Example: `cairndesk demo --fresh`
    """
    folder = data.absolute()
    config = apart(folder)
    from cairndesk.serve import folders, supervisor  # noqa: PLC0415 - not for `--help`

    with placing():
        if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
            # Only a folder that a demo made: a mistyped path must not cost anybody their desk.
            raise NoPlace(f"{folder} holds something that no demo made; nothing was changed.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / _MARK).touch()
        folders.make(config)
    with supervisor.alone(folder):
        supervisor.check_ports(config)
        made_by_another = (folder / _SEEDED).exists() and (folder / _MARK).read_text("ascii") != _tables()
        if made_by_another:
            err.print("Another version made the demo of last time; it is made anew.")
        if fresh or made_by_another or not (folder / _SEEDED).exists():
            _clear(folder)
            (folder / _MARK).write_text(_tables(), "ascii")
            folders.make(config)
        wake()
        welcome = _welcome(config, _seed())
    logs.configure("serve", quiet=config.serve.quiet)
    raise typer.Exit(supervisor.serve(config, ready=lambda: err.print(welcome, markup=False)))


def apart(folder: Path) -> Config:
    """The configuration of a demo in `folder`: whatever real desk is configured here, its database, its keys and its bucket must stay out of it."""
    os.environ |= {"CAIRNDESK_CONFIG": os.devnull, "CAIRNDESK_MODE": "demo", "CAIRNDESK_DATA": str(folder), "CAIRNDESK_SERVE__QUIET": "true"}
    config, origins = configuration.read()
    for key, origin in origins.items():
        if key.startswith(("database.", "keys.", "vault.", "secret_file")):
            raise ConfigError(f"{origin}: the demo keeps to a folder of its own and takes no `{key}`")
    # Browsers find every name below `localhost` on this machine, and keep its cookies apart.
    os.environ.setdefault("CAIRNDESK_DESK__LOOK_URL", f"http://look.localhost:{config.desk.port}")
    return configuration.load()


def _tables() -> str:
    """One value for what all tables look like in this version: what another version seeded cannot be read, and is not worth an upgrade."""
    steps = sorted(Path(configuration.__file__).parent.glob("*/migrations/*.py"))
    return hashlib.sha256(b"".join(step.read_bytes() for step in steps)).hexdigest()


def _clear(folder: Path) -> None:
    """Throw away the demo of last time, also one that was interrupted half done; the lock that keeps others out stays."""
    for part in folder.iterdir():
        if part.is_dir() and part.name != "run":
            shutil.rmtree(part)
        elif part.is_file() and part.name != _MARK:
            part.unlink()


def _seed() -> tuple[str, ...]:
    from cairndesk.demo.seed import seed  # noqa: PLC0415 - needs Django's settings

    # An exception that falls into a finaliser is lost, and migrations are full of them: so Ctrl-C ends this at once. What is half made
    # is thrown away by the next start.
    before = signal.signal(signal.SIGINT, _leave)
    try:
        with bar("preparing the demo") as progress:
            return seed(now=clock.now(), progress=progress).words
    finally:
        signal.signal(signal.SIGINT, before)


def _leave(*_: object) -> None:
    err.show_cursor()
    os._exit(Exit.STOPPED)


def _welcome(config: Config, words: tuple[str, ...]) -> str:
    portal, desk = (site.public_url.rstrip("/") for site in (config.portal, config.desk))
    return f"""
This is a demo: every person and every story in it is invented.

A child reports here     {portal}/
A receipt to try         {" ".join(words)}
The staff work here      {desk}/

One click signs in as
{_cast(desk)}

Ctrl-C stops all of it; the next start takes a moment."""


def _cast(desk: str) -> str:
    """A line for each person of the demo, below the name of the organisation: the link that signs in, the name, the roles."""
    from django.urls import reverse  # noqa: PLC0415 - needs Django's settings

    from cairndesk.accounts import demo as door  # noqa: PLC0415 - the same

    lines, above = list[str](), ""
    for person in door.people():
        lines += [f"  {person.organisation.name}"] if person.organisation.name != above else []
        above = person.organisation.name
        lines.append(f"    {desk}{reverse('accounts:sign-in-demo')}?link={door.word_for(person.id)}  {person.name}, {person.roles_in_words}")
    return "\n".join(lines)


def _port(address: str, usual: int) -> int:
    """Where to listen: behind a proxy at the usual port, without one at the port that people type."""
    parts = urlsplit(address)
    return parts.port if parts.port and parts.scheme == "http" else usual


def _short(name: str, otherwise: str) -> str:
    """`name` in the letters of a web address; `otherwise` where it has none of them."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or otherwise
