"""What a reader of each voice is shown, by text."""

from cairndesk.intake.portal.languages import catalogue_of
from cairndesk.intake.portal.voices import VOICES
from cairndesk.lib.catalogues import entries


def said_in(code: str) -> list[dict[str, str]]:
    """One catalogue a voice: that of the language with what the voice says otherwise."""
    paths = [[catalogue_of(code), catalogue_of(code, f"@{voice.variant}")] if voice.variant else [catalogue_of(code)] for voice in VOICES]
    return [{text: said for path in layers if path.exists() for text, said in entries(path.read_text("utf-8")).items()} for layers in paths]
