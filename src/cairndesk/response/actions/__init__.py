"""Every write of this room: one public function per verb."""

from cairndesk.response.actions.close import close_case
from cairndesk.response.actions.counter import decide_counter_notice, record_counter_notice
from cairndesk.response.actions.deliver import claim_delivery, deliver, try_again
from cairndesk.response.actions.notice import (
    Draft,
    ask_to_renew,
    draft_notices,
    drop_notice,
    escalate,
    record_answer,
    record_recheck,
    send_notice,
    send_reminder,
)
from cairndesk.response.actions.package import Grounds, build_authority_package, hand_over, record_authority_answer, take_package
from cairndesk.response.actions.plan import (
    approve_step,
    finish_step,
    lift_hold,
    propose_again,
    propose_plan,
    review_step,
    sign_off_step,
    skip_step,
)
from cairndesk.response.actions.preserve import record_preservation, renew_preservation
from cairndesk.response.actions.reading import open_addresses, read_letter, read_letters, read_summary
from cairndesk.response.actions.referral import (
    Answer,
    Choice,
    bridge_wait,
    close_referral,
    draft_referral,
    record_consent,
    record_override,
    record_referral_answer,
    record_told,
    refer,
    review_override,
)
from cairndesk.response.actions.remind import remind

__all__ = [
    "Answer",
    "Choice",
    "Draft",
    "Grounds",
    "approve_step",
    "ask_to_renew",
    "bridge_wait",
    "build_authority_package",
    "claim_delivery",
    "close_case",
    "close_referral",
    "decide_counter_notice",
    "deliver",
    "draft_notices",
    "draft_referral",
    "drop_notice",
    "escalate",
    "finish_step",
    "hand_over",
    "lift_hold",
    "open_addresses",
    "propose_again",
    "propose_plan",
    "read_letter",
    "read_letters",
    "read_summary",
    "record_answer",
    "record_authority_answer",
    "record_consent",
    "record_counter_notice",
    "record_override",
    "record_preservation",
    "record_recheck",
    "record_referral_answer",
    "record_told",
    "refer",
    "remind",
    "renew_preservation",
    "review_override",
    "review_step",
    "send_notice",
    "send_reminder",
    "sign_off_step",
    "skip_step",
    "take_package",
    "try_again",
]
