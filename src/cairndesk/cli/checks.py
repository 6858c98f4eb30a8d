"""`cairndesk doctor`, `verify` and `backup`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cairndesk.cli.common import AsJson, Exit, found_in, out, show, wake
from cairndesk.config import Config
from cairndesk.lib import clock
from cairndesk.lib.progress import Progress, bar

if TYPE_CHECKING:
    from cairndesk.custody.ledger.check import LogReport


def doctor(as_json: AsJson = False) -> None:
    """Say what is wrong on this machine and what to do about it; exits with 1 when something is.

    Example: `cairndesk doctor --json`
    """
    config = wake()
    from cairndesk import doctor as checks  # noqa: PLC0415 - needs Django's settings

    findings = checks.examine(config, now=clock.now())
    if as_json:
        show({"findings": [finding.as_json() for finding in findings]}, as_json=True)
    else:
        for finding in findings:
            out.print(f"{finding.level.value.upper():<8} {finding.subject:<20} {finding.says}", markup=False)
            if finding.remedy:
                out.print(f"{'':<29} → {finding.remedy}", markup=False)
    raise typer.Exit(Exit.PROBLEMS if any(finding.level is checks.Level.PROBLEM for finding in findings) else Exit.OK)


def verify(
    path: Annotated[Path | None, typer.Argument(exists=True, help="A log by its files alone: a folder of tiles, or an exported file.")] = None,
    file: Annotated[Path | None, typer.Option("--log", exists=True, dir_okay=False, help="An exported log instead of our own.")] = None,
    copy: Annotated[Path | None, typer.Option("--backup", exists=True, dir_okay=False, help="A backup instead of the running desk.")] = None,
    identity: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="File with the age identity that opens the backup.")] = None,
    key: Annotated[str, typer.Option(help="The log's verifier key, from a source you trust.")] = "",
    witness: Annotated[list[str] | None, typer.Option(help="The key of a witness of the log at PATH; may be given several times.")] = None,
    quorum: Annotated[int, typer.Option(min=0, help="How many of these witnesses must have signed.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Check the log from its first entry to its last, every object of the vault, and that each sealed thing has its key.

    Nothing may be changed, left out or put in. The vault is read whole, which takes its time; it needs no key. PATH checks a log by its files
    alone, without any desk: `python -m cairndesk.custody.ledger.verify` does the same where no desk is set up. `--log` and `--backup` check a
    file instead of the desk.

    Examples: `cairndesk verify`, `cairndesk verify data/log --key "…"`, `cairndesk verify --backup copy.tar.age --identity key.txt`
    """
    if path is not None:
        _verify_files(path, key, witness or [], quorum, as_json)
    config = wake()
    from dataclasses import asdict  # noqa: PLC0415 - not for `--help`

    from cairndesk.custody import actions  # noqa: PLC0415 - needs Django's settings
    from cairndesk.custody.ledger.check import check_file  # noqa: PLC0415 - the same

    _require_verifier(key)
    if file and copy:
        raise typer.BadParameter("one of --log and --backup at a time")
    if (copy is None) != (identity is None):
        raise typer.BadParameter("--backup and --identity belong together")
    if copy and identity:
        with bar("opening the copy", hidden=as_json) as progress:
            restored = actions.verify_backup(copy, identity=identity_in(identity), progress=progress)
        show(restored.as_json(), as_json=as_json)
        raise typer.Exit(Exit.OK if restored.ok else Exit.PROBLEMS)
    with bar("checking the log", hidden=as_json) as progress:
        report = check_file(file, verifier=key or None, progress=progress) if file else _own_log(config, key or None, progress)
        kept = () if file else (actions.check_vault(now=clock.now(), progress=progress), actions.check_parts(progress=progress))
    said = asdict(report)
    for one in kept:
        said |= one.as_json()
    problem = next((one.first_problem for one in (report, *kept) if one.first_problem), "")
    ok = report.ok and all(one.ok for one in kept)
    show(said | {"ok": ok, "first_problem": problem}, as_json=as_json)
    raise typer.Exit(Exit.OK if ok else Exit.PROBLEMS)


def _own_log(config: Config, key: str | None, progress: Progress) -> "LogReport":
    """The log in the database and, if that is whole, the same as it lies beside it in files."""
    from cairndesk.custody import queries  # noqa: PLC0415 - needs Django's settings
    from cairndesk.custody.ledger.check_tiles import check_folder  # noqa: PLC0415 - not for `--help`

    report, laid = queries.verify_log(verifier=key, witnesses=[one for one, _ in config.log.known()], progress=progress), config.data / "log"
    if not report.ok or not (laid / "checkpoint").exists():
        return report
    files = check_folder(laid, verifier=key or queries.verifier_at_hand(), progress=progress)
    return report if files.ok else report.failed(f"in the folder {laid.name}: {files.first_problem}")


def _verify_files(path: Path, key: str, witnesses: list[str], quorum: int, as_json: bool) -> NoReturn:
    """Nothing of the desk is touched: the keys, the settings and the database may be elsewhere, or gone."""
    from dataclasses import asdict  # noqa: PLC0415 - not for `--help`

    from cairndesk.custody.ledger.verify import verify as verify_files  # noqa: PLC0415 - the same

    _require_verifier(key)
    with bar("checking the log", hidden=as_json) as progress:
        report = verify_files(path, key=key or None, witnesses=witnesses, quorum=quorum, progress=progress)
    show(asdict(report), as_json=as_json)
    raise typer.Exit(Exit.OK if report.ok else Exit.PROBLEMS)


def backup(
    to: Annotated[Path, typer.Option(help="Folder, or a file that is not there yet.")],
    recipient: Annotated[str, typer.Option(help="The age recipient (age1…) who alone can open the copy.")],
    without_bucket: Annotated[
        bool, typer.Option("--without-bucket", help="Leave out originals that lie in the bucket: the store keeps copies of those itself.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """A consistent sealed copy of database, spool, vault, keyring and log, while the desk runs.

    Originals that lie in a bucket are fetched into it, unless `--without-bucket`. The second half of every key is not in it: that lies in a small
    copy of its own beside it, of which those older than a week are deleted. Nor is the key file that opens the keyring: keep that elsewhere.

    Example: `cairndesk backup --to copies --recipient age1…`
    """
    found_in(wake())
    from cairndesk.custody import actions  # noqa: PLC0415 - needs Django's settings

    with bar("copying the spool and the vault", hidden=as_json) as progress:
        report = actions.backup(to=to, recipient=recipient, now=clock.now(), with_bucket=not without_bucket, progress=progress)
    show(report.as_json(), as_json=as_json)
    raise typer.Exit(Exit.OK if report.ok else Exit.PROBLEMS)


def accept_log(
    sure: Annotated[bool, typer.Option("--sure", help="The newer database is lost for good, and you answer for going on without it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let a desk write again whose database is older than what was signed before; the log will say so for good.

    Put the newer database back if there is one: then the desk goes on by itself. What speaks against the database is kept in the folder
    `witnessed`, and witnesses refuse until their operators forget the longer log. Stop the desk first. Example: `cairndesk accept-log --sure`
    """
    found_in(wake())
    from cairndesk.custody import actions  # noqa: PLC0415 - needs Django's settings

    if not sure:
        raise typer.BadParameter("say --sure once you know that the newer database is lost for good")
    show({"given_up": actions.accept_log(now=clock.now())}, as_json=as_json)


def _require_verifier(key: str) -> None:
    from cairndesk.custody.errors import LogBroken  # noqa: PLC0415 - not for `--help`
    from cairndesk.custody.ledger.note import read_verifier_key  # noqa: PLC0415 - the same

    try:
        if key:
            read_verifier_key(key)
    except LogBroken as error:
        raise typer.BadParameter("it is no verifier key (name+hash+key); copy all of it", param_hint="--key") from error


def identity_in(file: Path) -> str:
    """The age identity in a file as `age-keygen` writes it."""
    lines = (line.strip() for line in file.read_text("utf-8").splitlines())
    return next((line for line in lines if line and not line.startswith("#")), "")
