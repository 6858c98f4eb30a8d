"""Every write of triage: assess a case, meet lists and glossaries, set its priority by hand, write and switch the rules."""

from cairndesk.triage.actions.assess import assess, take_in
from cairndesk.triage.actions.matching import match_items, match_words
from cairndesk.triage.actions.override import override_priority
from cairndesk.triage.actions.rules import switch_rules, write_rules
from cairndesk.triage.actions.waking import settle_woken, wake

__all__ = ["assess", "match_items", "match_words", "override_priority", "settle_woken", "switch_rules", "take_in", "wake", "write_rules"]
