"""Every write of the retention room."""

from cairndesk.retention.actions.destroy import announce, carry_out
from cairndesk.retention.actions.lifting import ask_lift
from cairndesk.retention.actions.objections import deciding_digest
from cairndesk.retention.actions.requests import (
    Known,
    Told,
    check_request,
    decide_request,
    forget_requests,
    forget_sign_ins,
    give,
    giving_digest,
    hear_objection,
    name_decider,
    open_request,
    record_request,
    tell_person,
    untell_person,
)
from cairndesk.retention.actions.time import keep_time, tell_time

__all__ = [
    "Known",
    "Told",
    "announce",
    "ask_lift",
    "carry_out",
    "check_request",
    "decide_request",
    "deciding_digest",
    "forget_requests",
    "forget_sign_ins",
    "give",
    "giving_digest",
    "hear_objection",
    "keep_time",
    "name_decider",
    "open_request",
    "record_request",
    "tell_person",
    "tell_time",
    "untell_person",
]
