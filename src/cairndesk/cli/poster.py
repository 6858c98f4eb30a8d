"""`cairndesk poster` and `cairndesk short-texts`: what is put up, handed out or passed on, and leads to the public site."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cairndesk.cli.common import AsJson, found_in, placing, show, wake
from cairndesk.lib.files import replace_durably

if TYPE_CHECKING:
    from cairndesk.intake.portal.languages import Language
    from cairndesk.intake.portal.voices import Voice
    from cairndesk.intake.poster import Site

Desk = Annotated[str, typer.Option(help="Short name of the organisation; the first one if left out.")]
Codes = Annotated[list[str] | None, typer.Option(help="Code of a language, one after another; may be given again. The first on offer if left out.")]
Ages = Annotated[str, typer.Option(help="Whom it speaks to: `1` under 10, `3` from 14 on; from 10 to 13 if left out.")]


def poster(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Where to write it, an HTML page to be printed.")],
    organisation: Desk = "",
    language: Codes = None,
    size: Annotated[str, typer.Option(help="Paper: `a4` for a wall, `a6` for a pocket.")] = "a4",
    voice: Ages = "",
    as_json: AsJson = False,
) -> None:
    """Write a poster with the square code (QR) and the address of the public site, and of its onion service where there is one.

    Example: `cairndesk poster poster.html --language en --language ar --size a6`
    """
    chosen = _chosen(organisation, language, voice)
    from cairndesk.intake import poster as drawn  # noqa: PLC0415 - Django has only now been set up

    if size not in drawn.SIZES:
        raise typer.BadParameter(f"it is one of {', '.join(drawn.SIZES)}", param_hint="--size")
    _write(file, drawn.poster(chosen.site, languages=chosen.languages, size=size, voice=chosen.voice), chosen, as_json=as_json)


def short_texts(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Where to write them, a plain text in UTF-8.")],
    organisation: Desk = "",
    language: Codes = None,
    voice: Ages = "",
    as_json: AsJson = False,
) -> None:
    """Write short texts that lead to the public site: for a message, for the line of a profile, and for a notice of a school.

    Example: `cairndesk short-texts texts.txt --language en --language ar`
    """
    chosen = _chosen(organisation, language, voice)
    from cairndesk.intake.short_texts import as_file  # noqa: PLC0415 - Django has only now been set up

    _write(file, as_file(chosen.site, chosen.languages, chosen.voice), chosen, as_json=as_json)


@dataclass(frozen=True)
class _Chosen:
    site: "Site"
    languages: "list[Language]"
    voice: "Voice"


def _chosen(organisation: str, language: list[str] | None, voice: str) -> _Chosen:
    """Whose site, in which languages and for whom; Django is set up afterwards. Raises BadParameter."""
    config = wake()
    found_in(config)
    from cairndesk.accounts.models import Organisation  # noqa: PLC0415 - Django has only now been set up
    from cairndesk.intake.portal.voices import VOICES  # noqa: PLC0415 - the same
    from cairndesk.intake.poster import site_of  # noqa: PLC0415 - the same
    from cairndesk.signals.cli.common import organisation_of  # noqa: PLC0415 - the same

    spoken = {one.sign: one for one in VOICES}
    if voice not in spoken:
        raise typer.BadParameter(f"it is one of {', '.join(filter(None, spoken))}", param_hint="--voice")
    site = site_of(Organisation.objects.get(pk=organisation_of(organisation)), config)
    if strange := [code for code in language or () if code not in site.languages]:
        raise typer.BadParameter(f"{strange[0]} is not offered here; offered: {', '.join(site.languages)}", param_hint="--language")
    return _Chosen(site, [site.languages[code] for code in language or list(site.languages)[:1]], spoken[voice])


def _write(file: Path, text: str, chosen: _Chosen, *, as_json: bool) -> None:
    with placing():
        replace_durably(file, [text.encode()])
    unchecked = [one.code for one in chosen.languages if not one.is_reviewed]
    leads = ", ".join(start for start, _ in chosen.site.starts)
    show({"written": str(file), "leads to": leads, "not reviewed": ", ".join(unchecked) or "none"}, as_json=as_json)
