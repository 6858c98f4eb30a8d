"""The tables of the spine."""

from cairndesk.cases.models.belt import BeltRow
from cairndesk.cases.models.case import Case, Report, StageChange
from cairndesk.cases.models.choice import SetAside, StatedChoice
from cairndesk.cases.models.depiction import ImageDepiction, ItemActor
from cairndesk.cases.models.earlier import Earlier
from cairndesk.cases.models.fields import Coded, CodeOrUnknown, CountryOrUnknown, Mark, Recorded
from cairndesk.cases.models.grant import BrokenGlass, CaseGrant
from cairndesk.cases.models.grouping import GroupedCase, Grouping
from cairndesk.cases.models.harm import HarmAct, HarmCode
from cairndesk.cases.models.hold import Hold
from cairndesk.cases.models.identification import Clue, Identification
from cairndesk.cases.models.incident import Corroboration, Incident, IncidentMark
from cairndesk.cases.models.item import Evidence, IndexTerm, Item, ItemMark, Sighting
from cairndesk.cases.models.link import CaseLink, KeptApart
from cairndesk.cases.models.mandate import SearchMandate
from cairndesk.cases.models.path import ContactStep, Disclosure, Payment, Place, Threat, ThreatAudience
from cairndesk.cases.models.person import CasePerson, PersonRole, SensitiveAttribute, SupportMark
from cairndesk.cases.models.sample import Sample
from cairndesk.cases.models.team import TeamSeat

__all__ = [
    "BeltRow",
    "BrokenGlass",
    "Case",
    "CaseGrant",
    "CaseLink",
    "CasePerson",
    "Clue",
    "CodeOrUnknown",
    "Coded",
    "ContactStep",
    "Corroboration",
    "CountryOrUnknown",
    "Disclosure",
    "Earlier",
    "Evidence",
    "GroupedCase",
    "Grouping",
    "HarmAct",
    "HarmCode",
    "Hold",
    "Identification",
    "ImageDepiction",
    "Incident",
    "IncidentMark",
    "IndexTerm",
    "Item",
    "ItemActor",
    "ItemMark",
    "KeptApart",
    "Mark",
    "Payment",
    "PersonRole",
    "Place",
    "Recorded",
    "Report",
    "Sample",
    "SearchMandate",
    "SensitiveAttribute",
    "SetAside",
    "Sighting",
    "StageChange",
    "StatedChoice",
    "SupportMark",
    "TeamSeat",
    "Threat",
    "ThreatAudience",
]
