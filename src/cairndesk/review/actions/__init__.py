"""Every write of review: one public function per verb."""

from cairndesk.review.actions.claiming import claim, claim_next, put_back, take_off, take_up_again
from cairndesk.review.actions.classify import classify
from cairndesk.review.actions.coding import code_blind, settle_coding
from cairndesk.review.actions.drawing import draw_for_coding
from cairndesk.review.actions.ending import decide_woken, give_advice, may_be_advised, reopen
from cairndesk.review.actions.exposure import bound_looking, choose_comfort, end_reveal, forget_exposure, note_elsewhere, note_reading, take_break
from cairndesk.review.actions.known import record_fact, take_back_fact
from cairndesk.review.actions.looking import look_at_original, see_clearly
from cairndesk.review.actions.media import hand_over
from cairndesk.review.actions.opening import open_account, open_item, open_note
from cairndesk.review.actions.originals import ask_destruction
from cairndesk.review.actions.publishing import ask_publication, take_back_publication
from cairndesk.review.actions.retold import told_alike
from cairndesk.review.actions.second import give_second_look, invite_second_look
from cairndesk.review.actions.stacks import Decided, begin_anew, carry_out, decide_stack, forget_stacks, say_apart, take_back_decision
from cairndesk.review.actions.training import answer_example, ask_sign_off, begin_training, read_orientation, send_back, sign_off, write_calibration
from cairndesk.review.actions.unwriting import take_back_classification

__all__ = [
    "Decided",
    "answer_example",
    "ask_destruction",
    "ask_publication",
    "ask_sign_off",
    "begin_anew",
    "begin_training",
    "bound_looking",
    "carry_out",
    "choose_comfort",
    "claim",
    "claim_next",
    "classify",
    "code_blind",
    "decide_stack",
    "decide_woken",
    "draw_for_coding",
    "end_reveal",
    "forget_exposure",
    "forget_stacks",
    "give_advice",
    "give_second_look",
    "hand_over",
    "invite_second_look",
    "look_at_original",
    "may_be_advised",
    "note_elsewhere",
    "note_reading",
    "open_account",
    "open_item",
    "open_note",
    "put_back",
    "read_orientation",
    "record_fact",
    "reopen",
    "say_apart",
    "see_clearly",
    "send_back",
    "settle_coding",
    "sign_off",
    "take_back_classification",
    "take_back_decision",
    "take_back_fact",
    "take_back_publication",
    "take_break",
    "take_off",
    "take_up_again",
    "told_alike",
    "write_calibration",
]
