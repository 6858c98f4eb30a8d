"""`cairndesk poster`: a sheet for a wall or a pocket that leads to the public site."""

from pathlib import Path
from typing import Annotated

import typer

from cairndesk.cli.common import AsJson, found_in, placing, show, wake
from cairndesk.lib.files import replace_durably


def poster(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Where to write it, an HTML page to be printed.")],
    organisation: Annotated[str, typer.Option(help="Short name of the organisation; the first one if left out.")] = "",
    language: Annotated[
        list[str] | None, typer.Option(help="Code of a language, one sheet each; may be given again. The first on offer if left out.")
    ] = None,
    size: Annotated[str, typer.Option(help="Paper: `a4` for a wall, `a6` for a pocket.")] = "a4",
    voice: Annotated[str, typer.Option(help="Whom it speaks to: `1` under 10, `3` from 14 on; from 10 to 13 if left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """Write a poster with the square code (QR) and the address of the public site, and of its onion service where there is one.

    Example: `cairndesk poster poster.html --language en --language ar --size a6`
    """
    config = wake()
    found_in(config)
    from cairndesk.accounts.models import Organisation  # noqa: PLC0415 - Django has only now been set up
    from cairndesk.intake import poster as drawn  # noqa: PLC0415 - the same
    from cairndesk.intake.portal.voices import VOICES  # noqa: PLC0415 - the same
    from cairndesk.signals.cli.common import organisation_of  # noqa: PLC0415 - the same

    if size not in drawn.SIZES:
        raise typer.BadParameter(f"it is one of {', '.join(drawn.SIZES)}", param_hint="--size")
    spoken = {one.sign: one for one in VOICES}
    if voice not in spoken:
        raise typer.BadParameter(f"it is one of {', '.join(filter(None, spoken))}", param_hint="--voice")
    site = drawn.site_of(Organisation.objects.get(pk=organisation_of(organisation)), config)
    if strange := [code for code in language or () if code not in site.languages]:
        raise typer.BadParameter(f"{strange[0]} is not offered here; offered: {', '.join(site.languages)}", param_hint="--language")
    chosen = [site.languages[code] for code in language or list(site.languages)[:1]]
    page = drawn.poster(site, languages=chosen, size=size, voice=spoken[voice])
    with placing():
        replace_durably(file, [page.encode()])
    unchecked = [one.code for one in chosen if not one.is_reviewed]
    leads = ", ".join(start for start, _ in site.starts)
    show({"written": str(file), "leads to": leads, "not reviewed": ", ".join(unchecked) or "none"}, as_json=as_json)
