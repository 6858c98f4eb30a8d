"""Every write of triage: assess a case, meet lists and glossaries, set its priority by hand."""

from cairndesk.triage.actions.assess import assess, take_in
from cairndesk.triage.actions.matching import match_items, match_words
from cairndesk.triage.actions.override import override_priority

__all__ = ["assess", "match_items", "match_words", "override_priority", "take_in"]
