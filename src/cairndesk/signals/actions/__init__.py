"""Every write of this room."""

from cairndesk.signals.actions.glossary import GlossaryImported, export_glossary, import_glossary, meet_terms
from cairndesk.signals.actions.lists import Imported, expire_lists, import_list, switch_off, switch_on
from cairndesk.signals.actions.matches import decide_match, end_suppression, forget_case, record_matches
from cairndesk.signals.actions.media import hash_media

__all__ = [
    "GlossaryImported",
    "Imported",
    "decide_match",
    "end_suppression",
    "expire_lists",
    "export_glossary",
    "forget_case",
    "hash_media",
    "import_glossary",
    "import_list",
    "meet_terms",
    "record_matches",
    "switch_off",
    "switch_on",
]
