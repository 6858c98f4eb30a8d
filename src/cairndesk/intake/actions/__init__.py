"""Every write of the intake room: one public function per verb."""

from cairndesk.intake.actions.alarm import answer_alarm, end_alarm, lead_alarm, raise_alarm, ring_again
from cairndesk.intake.actions.carry import carry_tellings
from cairndesk.intake.actions.erase import check_words, forget_reporter, stop_listening
from cairndesk.intake.actions.find import record_find
from cairndesk.intake.actions.finish import finish_abandoned
from cairndesk.intake.actions.media import add_media, submit_media
from cairndesk.intake.actions.receive import Filed, drop_drained, note_spool, receive_report
from cairndesk.intake.actions.submit import submit_report
from cairndesk.intake.actions.take import take_report
from cairndesk.intake.actions.tell import (
    carry_conversation,
    lay_out_anew,
    read_messages,
    send_answer,
    send_message,
    take_back_answer,
    take_back_message,
    tell_milestone,
    tell_seen_again,
    untell_milestone,
)

__all__ = [
    "Filed",
    "add_media",
    "answer_alarm",
    "carry_conversation",
    "carry_tellings",
    "check_words",
    "drop_drained",
    "end_alarm",
    "finish_abandoned",
    "forget_reporter",
    "lay_out_anew",
    "lead_alarm",
    "note_spool",
    "raise_alarm",
    "read_messages",
    "receive_report",
    "record_find",
    "ring_again",
    "send_answer",
    "send_message",
    "stop_listening",
    "submit_media",
    "submit_report",
    "take_back_answer",
    "take_back_message",
    "take_report",
    "tell_milestone",
    "tell_seen_again",
    "untell_milestone",
]
