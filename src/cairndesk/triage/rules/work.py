"""Kinds of work that somebody may leave out. No reason is asked, and nobody is told."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

PUT_BACK_FOR = timedelta(days=30)
"""For so long somebody is not handed a case again that they put back; then that is forgotten."""


class Work(StrEnum):
    """A kind of work, by codes that stand in clear; a case may be of several, or of none."""

    IMAGERY = "imagery"
    LIVE = "live"
    YOUNGEST = "youngest"
    SELF_HARM = "self_harm"
    AT_HOME = "at_home"
    EXTORTION = "extortion"


WORDS: Mapping[Work, str] = {
    Work.IMAGERY: "Pictures and videos, also where only their hashes are here",
    Work.LIVE: "Abuse that goes on now, or is streamed",
    Work.YOUNGEST: "Children under 7",
    Work.SELF_HARM: "Self-harm and thoughts of suicide",
    Work.AT_HOME: "Harm by a parent or a carer",
    Work.EXTORTION: "Extortion and threats to share",
}
HARMS: Mapping[Work, frozenset[str]] = {
    Work.IMAGERY: frozenset({"material_production", "material_distribution", "material_possession", "material_access", "altered_imagery"}),
    Work.LIVE: frozenset({"live_streaming"}),
    Work.YOUNGEST: frozenset(),
    Work.SELF_HARM: frozenset({"self_harm_media"}),
    Work.AT_HOME: frozenset({"parental_production"}),
    Work.EXTORTION: frozenset({"sexual_extortion", "financial_sexual_extortion", "threat_to_share"}),
}
YOUNGEST_AGES = frozenset({"age_0", "age_1_2", "age_3_6"})
