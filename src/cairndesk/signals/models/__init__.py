"""The tables of this room."""

from cairndesk.signals.models.alike import AlikeCase
from cairndesk.signals.models.blocking import Block
from cairndesk.signals.models.hints import AnalyserHint
from cairndesk.signals.models.lists import (
    Glossary,
    GlossaryVersion,
    HashList,
    HeldChange,
    ListEntry,
    ListSource,
    ListVersion,
    LookBack,
    Match,
    MediaSighting,
    MetLater,
    Seen,
    SeenBatch,
    SourceValue,
    TermMatch,
)
from cairndesk.signals.models.opinions import Feedback, PartnerOpinion, Suppression
from cairndesk.signals.models.tools import PassedOver, ToolRecord
from cairndesk.signals.models.uses import ItemAsked, ListUse

__all__ = [
    "AlikeCase",
    "AnalyserHint",
    "Block",
    "Feedback",
    "Glossary",
    "GlossaryVersion",
    "HashList",
    "HeldChange",
    "ItemAsked",
    "ListEntry",
    "ListSource",
    "ListUse",
    "ListVersion",
    "LookBack",
    "Match",
    "MediaSighting",
    "MetLater",
    "PartnerOpinion",
    "PassedOver",
    "Seen",
    "SeenBatch",
    "SourceValue",
    "Suppression",
    "TermMatch",
    "ToolRecord",
]
