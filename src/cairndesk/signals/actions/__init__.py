"""Every write of this room."""

from cairndesk.signals.actions.glossary import GlossaryImported, export_glossary, import_glossary, meet_terms
from cairndesk.signals.actions.lists import Imported, expire_lists, import_list, set_flood_limit, switch_off, switch_on
from cairndesk.signals.actions.lookback import look_back
from cairndesk.signals.actions.matches import decide_match, end_suppression, forget_case, record_matches
from cairndesk.signals.actions.media import hash_media
from cairndesk.signals.actions.seen import pack_seen, remember, settle
from cairndesk.signals.actions.versions import accept_change, refuse_change

__all__ = [
    "GlossaryImported",
    "Imported",
    "accept_change",
    "decide_match",
    "end_suppression",
    "expire_lists",
    "export_glossary",
    "forget_case",
    "hash_media",
    "import_glossary",
    "import_list",
    "look_back",
    "meet_terms",
    "pack_seen",
    "record_matches",
    "refuse_change",
    "remember",
    "set_flood_limit",
    "settle",
    "switch_off",
    "switch_on",
]
