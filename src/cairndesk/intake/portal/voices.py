"""How the portal speaks: three voices, chosen by whoever reads, never inferred; the choice stands in the address, so nothing is kept."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import to_locale

from cairndesk.intake.portal.wording import Text


@dataclass(frozen=True)
class Voice:
    """One voice: `sign` stands in the address after the language, `variant` names the overlay of a catalogue that holds the texts which differ."""

    sign: str
    variant: str
    name: Text

    @property
    def prefix(self) -> str:
        """What stands before an address in this voice; nothing for the one that the catalogues themselves speak."""
        return f"/{self.sign}" if self.sign else ""

    def catalogue(self, language: str) -> str:
        """The locale of this voice, with gettext's modifier for variants (`pt_BR@young`); where there is no overlay, gettext takes the language."""
        return to_locale(language) + (f"@{self.variant}" if self.variant else "")


VOICES = (Voice("1", "young", _("Under 10")), Voice("", "", _("10 to 13")), Voice("3", "older", _("14 or older, and grown-ups")))


def voice_of(sign: str) -> Voice:
    """The voice of an address; the middle one where it names none."""
    return next((one for one in VOICES if one.sign == sign), VOICES[1])
