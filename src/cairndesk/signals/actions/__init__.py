"""Every write of this room."""

from cairndesk.signals.actions.alike import find_alike, settle_alike
from cairndesk.signals.actions.blocking import block_address, delist_address, export_blocks, renew_block
from cairndesk.signals.actions.feedback import answer_dispute, dispute_entry, export_feedback, receive_opinion
from cairndesk.signals.actions.glossary import GlossaryImported, export_glossary, import_glossary, meet_terms, read_glossary
from cairndesk.signals.actions.lists import Imported, expire_lists, import_list, renew_list, set_flood_limit, switch_off, switch_on
from cairndesk.signals.actions.lookback import look_back
from cairndesk.signals.actions.matches import decide_match, end_suppression, forget_case, record_matches
from cairndesk.signals.actions.media import hash_media, keep_told_hashes
from cairndesk.signals.actions.own import make_own_list, publish_own, take_back_own, withdraw_own
from cairndesk.signals.actions.scanning import note_scan
from cairndesk.signals.actions.seen import pack_seen, remember, settle
from cairndesk.signals.actions.sources import (
    claim_source,
    import_fetched,
    keep_page,
    publish_source,
    record_fetch_trouble,
    record_fetched,
    release_source,
    remove_source,
    renew_lease,
    set_source,
)
from cairndesk.signals.actions.tools import assess_tool, look_after_tools, note_passed_over
from cairndesk.signals.actions.uses import count_items, count_uses
from cairndesk.signals.actions.versions import accept_change, refuse_change
from cairndesk.signals.actions.writing_out import ask_to_write_out

__all__ = [
    "GlossaryImported",
    "Imported",
    "accept_change",
    "answer_dispute",
    "ask_to_write_out",
    "assess_tool",
    "block_address",
    "claim_source",
    "count_items",
    "count_uses",
    "decide_match",
    "delist_address",
    "dispute_entry",
    "end_suppression",
    "expire_lists",
    "export_blocks",
    "export_feedback",
    "export_glossary",
    "find_alike",
    "forget_case",
    "hash_media",
    "import_fetched",
    "import_glossary",
    "import_list",
    "keep_page",
    "keep_told_hashes",
    "look_after_tools",
    "look_back",
    "make_own_list",
    "meet_terms",
    "note_passed_over",
    "note_scan",
    "pack_seen",
    "publish_own",
    "publish_source",
    "read_glossary",
    "receive_opinion",
    "record_fetch_trouble",
    "record_fetched",
    "record_matches",
    "refuse_change",
    "release_source",
    "remember",
    "remove_source",
    "renew_block",
    "renew_lease",
    "renew_list",
    "set_flood_limit",
    "set_source",
    "settle",
    "settle_alike",
    "switch_off",
    "switch_on",
    "take_back_own",
    "withdraw_own",
]
