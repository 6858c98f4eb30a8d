"""`cairndesk language …`: languages that stand beside the package, for whoever translates and for whoever switches them on."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cairndesk import config as configuration
from cairndesk.cli.common import AsJson, Exit, placing, show
from cairndesk.lib.translating import ROLES, SIGN

app = typer.Typer(help="Language packs: lay one out to be translated, and check it.", no_args_is_help=True)


@app.command("lay-out")
def lay_out(
    folder: Annotated[
        Path, typer.Argument(file_okay=False, help="Where the pack lies, named by the tag of its language (BCP 47), such as `packs/quz`.")
    ],
    name: Annotated[str, typer.Option(help="The name of the language in itself; for a new pack.")] = "",
    english: Annotated[str, typer.Option(help="Its name in English; for a new pack.")] = "",
    falls_back: Annotated[str, typer.Option(help="The language of the package that fills what is not translated yet.")] = "en",
    rtl: Annotated[bool, typer.Option("--rtl", help="It is written from right to left.")] = False,
    reviewed: Annotated[str, typer.Option(help=f"Somebody of this role has read all that is written: {', '.join(ROLES)}.")] = "",
    sign: Annotated[str, typer.Option("--as", help="Their sign, two to twelve small letters, always the same and not their name.")] = "",
    as_json: AsJson = False,
) -> None:
    """Lay out a language pack with every text of the portal, or bring one up to date; it needs no desk.

    Example: `cairndesk language lay-out packs/quz --name Runasimi --english "Southern Quechua" --falls-back es`
    """
    from cairndesk.intake.portal.laying_out import lay_out as laid_out  # noqa: PLC0415 - not for `--help`
    from cairndesk.intake.portal.packs import MANIFEST, PackRefused  # noqa: PLC0415 - the same

    if not (folder / MANIFEST).exists() and not (name and english):
        raise typer.BadParameter("a new pack needs its name in itself and in English (`--name`, `--english`)", param_hint="--name")
    if reviewed and (reviewed not in ROLES or not SIGN.fullmatch(sign)):
        raise typer.BadParameter(f"say a role ({', '.join(ROLES)}), and by `--as` a sign of two to twelve small letters", param_hint="--reviewed")
    read = f"{datetime.now(UTC):%Y-%m-%d} {reviewed} {sign}" if reviewed else ""
    direction = "rtl" if rtl else "ltr"
    try:
        with placing():
            told = laid_out(folder, name=name, english=english, direction=direction, falls_back=falls_back, reviewed=read)
    except PackRefused as error:
        raise typer.BadParameter(str(error), param_hint="FOLDER") from error
    says = "{0.texts} texts, to be written: {1}, to be looked at: {2}, dropped: {3}"
    show({one.path.name: says.format(one, len(one.missing), len(one.guessed), len(one.gone)) for one in told}, as_json=as_json)


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(file_okay=False, help="One pack; all packs of the desk if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check language packs: what is missing, what is not shown and why, with file and line. Exits 1 where a pack or a text of it is refused.

    Example: `cairndesk language check packs/quz`
    """
    from cairndesk.intake.portal import packs  # noqa: PLC0415 - not for `--help`
    from cairndesk.intake.portal.languages import folder_of_packs, package  # noqa: PLC0415 - the same

    refused: list[packs.PackRefused] = []
    if folder is None:
        found, refused = packs.found(folder_of_packs(configuration.load()), package())
    else:
        try:
            found = [packs.read(folder.resolve(), package())]
        except packs.PackRefused as error:
            found, refused = [], [error]
    lines: dict[str, object] = {
        one.about.tag: f"{one.about.name}: {len(package().texts) - one.missing} of {len(package().texts)} texts, the others in {one.about.falls_back}"
        for one in found
    }
    lines["refused"] = [str(one) for one in refused]
    lines["not shown"] = [str(fault) for one in found for fault in one.faults]
    show(
        lines if as_json else {key: "\n  ".join(["", *value]) if isinstance(value, list) else value for key, value in lines.items() if value},
        as_json=as_json,
    )
    if refused or lines["not shown"]:
        raise typer.Exit(Exit.PROBLEMS)
