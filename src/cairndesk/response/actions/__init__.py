"""Every write of this room: one public function per verb."""

from cairndesk.response.actions.alarm import tell_of_glass
from cairndesk.response.actions.answering import accept_from_desk, forget_offers, give_back, refuse_from_desk
from cairndesk.response.actions.callback import record_call_back
from cairndesk.response.actions.carrying import claim_letter, record_letter_arrived, send_again, send_letter, take_out_letter
from cairndesk.response.actions.close import close_case
from cairndesk.response.actions.complaint import record_complaint
from cairndesk.response.actions.confirming import (
    approval_digest,
    closing_digest,
    deciding_digest,
    following_digest,
    overriding_digest,
    retrying_digest,
    sending_digest,
    summary_digest,
    taking_digest,
)
from cairndesk.response.actions.counter import counter_every_notice, decide_counter_notice, record_counter_notice
from cairndesk.response.actions.deliver import claim_delivery, deliver
from cairndesk.response.actions.erase import ask_erasure
from cairndesk.response.actions.fetching import fetch_list
from cairndesk.response.actions.holding import ask_hold, lift_notice_hold, renew_hold, require_no_hold
from cairndesk.response.actions.letters import take_letter
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
    try_again,
)
from cairndesk.response.actions.offering import ask_to_cross, withdraw_from_desk
from cairndesk.response.actions.package import (
    Grounds,
    build_authority_packages,
    building_digest,
    hand_over,
    record_authority_answer,
    take_package,
)
from cairndesk.response.actions.paging import Ways, page, page_hold
from cairndesk.response.actions.partners import confirm_partner, end_partner, enter_partner
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
from cairndesk.response.actions.reading import open_addresses, read_before_closing, read_crossing, read_letter, read_letters, read_summary
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
from cairndesk.response.actions.release import ask_release
from cairndesk.response.actions.remind import remind
from cairndesk.response.actions.stamping import stamp_log
from cairndesk.response.actions.waiting import take_back_classification, take_back_letter, take_back_step
from cairndesk.response.actions.witnessing import Witness, ask_witness

__all__ = [
    "Answer",
    "Choice",
    "Draft",
    "Grounds",
    "Ways",
    "Witness",
    "accept_from_desk",
    "approval_digest",
    "approve_step",
    "ask_erasure",
    "ask_hold",
    "ask_release",
    "ask_to_cross",
    "ask_to_renew",
    "ask_witness",
    "bridge_wait",
    "build_authority_packages",
    "building_digest",
    "claim_delivery",
    "claim_letter",
    "close_case",
    "close_referral",
    "closing_digest",
    "confirm_partner",
    "counter_every_notice",
    "decide_counter_notice",
    "deciding_digest",
    "deliver",
    "draft_notices",
    "draft_referral",
    "drop_notice",
    "end_partner",
    "enter_partner",
    "escalate",
    "fetch_list",
    "finish_step",
    "following_digest",
    "forget_offers",
    "give_back",
    "hand_over",
    "lift_hold",
    "lift_notice_hold",
    "open_addresses",
    "overriding_digest",
    "page",
    "page_hold",
    "propose_again",
    "propose_plan",
    "read_before_closing",
    "read_crossing",
    "read_letter",
    "read_letters",
    "read_summary",
    "record_answer",
    "record_authority_answer",
    "record_call_back",
    "record_complaint",
    "record_consent",
    "record_counter_notice",
    "record_letter_arrived",
    "record_override",
    "record_preservation",
    "record_recheck",
    "record_referral_answer",
    "record_told",
    "refer",
    "refuse_from_desk",
    "remind",
    "renew_hold",
    "renew_preservation",
    "require_no_hold",
    "retrying_digest",
    "review_override",
    "review_step",
    "send_again",
    "send_letter",
    "send_notice",
    "send_reminder",
    "sending_digest",
    "sign_off_step",
    "skip_step",
    "stamp_log",
    "summary_digest",
    "take_back_classification",
    "take_back_letter",
    "take_back_step",
    "take_letter",
    "take_out_letter",
    "take_package",
    "taking_digest",
    "tell_of_glass",
    "try_again",
    "withdraw_from_desk",
]
