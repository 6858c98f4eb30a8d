"""Every write of triage: assess a case, meet lists and glossaries, set its priority by hand, write and switch the rules, hand a shift on."""

from cairndesk.triage.actions.assess import assess, assess_facts, take_in
from cairndesk.triage.actions.give import give_case
from cairndesk.triage.actions.matching import match_items, match_words
from cairndesk.triage.actions.override import override_priority
from cairndesk.triage.actions.rules import switch_rules, write_rules
from cairndesk.triage.actions.shift import forget_shift_notes, read_shift_note, write_shift_note
from cairndesk.triage.actions.stacking import forget_stacked, restack
from cairndesk.triage.actions.viral import flag_viral, take_back_viral
from cairndesk.triage.actions.waking import settle_woken, wake
from cairndesk.triage.actions.wording import forget_wording
from cairndesk.triage.actions.work import choose_work, forget_put_back, hand_no_more

__all__ = [
    "assess",
    "assess_facts",
    "choose_work",
    "flag_viral",
    "forget_put_back",
    "forget_shift_notes",
    "forget_stacked",
    "forget_wording",
    "give_case",
    "hand_no_more",
    "match_items",
    "match_words",
    "override_priority",
    "read_shift_note",
    "restack",
    "settle_woken",
    "switch_rules",
    "take_back_viral",
    "take_in",
    "wake",
    "write_rules",
    "write_shift_note",
]
