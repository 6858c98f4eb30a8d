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
    as_json: AsJson = False,
) -> None:
    """Write a poster with the square code (QR) and the address of the public site, and of its onion service where there is one.

    Example: `cairndesk poster poster.html --language en --language ar --size a6`
    """
    config = wake()
    found_in(config)
    from cairndesk.accounts.models import Organisation  # noqa: PLC0415 - Django has only now been set up
    from cairndesk.directory.sites import portal_of  # noqa: PLC0415 - the same
    from cairndesk.intake import poster as drawn  # noqa: PLC0415 - the same
    from cairndesk.intake.portal.languages import offered, on_site  # noqa: PLC0415 - the same
    from cairndesk.signals.cli.common import organisation_of  # noqa: PLC0415 - the same

    if size not in drawn.SIZES:
        raise typer.BadParameter(f"it is one of {', '.join(drawn.SIZES)}", param_hint="--size")
    desk = Organisation.objects.get(pk=organisation_of(organisation))
    own = portal_of(desk.pk)
    # A sheet in another language would lead to a page that is not there.
    here = {one.code: one for one in offered(on_site(config), own.languages)}
    if strange := [code for code in language or () if code not in here]:
        raise typer.BadParameter(f"{strange[0]} is not offered here; offered: {', '.join(here)}", param_hint="--language")
    chosen = [here[code] for code in language or list(here)[:1]]
    sites = drawn.sites_of("" if desk.is_first else desk.slug, own, public=config.portal.public_url)
    page = drawn.poster(name=desk.name, own=own, sites=sites, languages=chosen, size=size)
    with placing():
        replace_durably(file, [page.encode()])
    unchecked = [one.code for one in chosen if not one.is_reviewed]
    show({"written": str(file), "leads to": ", ".join(start for start, _ in sites), "not reviewed": ", ".join(unchecked) or "none"}, as_json=as_json)
