"""Every write of this room: one public function per verb."""

from cairndesk.accounts.actions.api_keys import ask_to_open_lists, create_api_key, revoke_api_key
from cairndesk.accounts.actions.ceremonies import begin_confirmation, begin_enrolment, begin_sign_in
from cairndesk.accounts.actions.confirming import confirm_roles
from cairndesk.accounts.actions.duty import end_duty, put_on_duty
from cairndesk.accounts.actions.guests import invite_guest, withdraw_guest
from cairndesk.accounts.actions.limits import keep_limits, look_at_the_clock
from cairndesk.accounts.actions.links import make_link, use_link
from cairndesk.accounts.actions.organisations import create_organisation, set_kind, switch_media
from cairndesk.accounts.actions.passkeys import confirm, enrol_passkey, remove_passkey, sign_in
from cairndesk.accounts.actions.passwords import confirm_with_password, set_password, sign_in_with_password
from cairndesk.accounts.actions.people import add_person, deactivate, reactivate, record_credential, sign_off_training
from cairndesk.accounts.actions.replacements import agree_to_replacement, ask_replacement
from cairndesk.accounts.actions.requests import approval_digest, approve, ask, may_undo, name_approver, refuse, take_back, undone
from cairndesk.accounts.actions.roles import ask_roles
from cairndesk.accounts.actions.sessions import end_sessions, forget_old_sign_ins
from cairndesk.accounts.actions.sharing import ask_end_of_rule, ask_sharing_rule
from cairndesk.accounts.actions.throttle import spend_try

__all__ = [
    "add_person",
    "agree_to_replacement",
    "approval_digest",
    "approve",
    "ask",
    "ask_end_of_rule",
    "ask_replacement",
    "ask_roles",
    "ask_sharing_rule",
    "ask_to_open_lists",
    "begin_confirmation",
    "begin_enrolment",
    "begin_sign_in",
    "confirm",
    "confirm_roles",
    "confirm_with_password",
    "create_api_key",
    "create_organisation",
    "deactivate",
    "end_duty",
    "end_sessions",
    "enrol_passkey",
    "forget_old_sign_ins",
    "invite_guest",
    "keep_limits",
    "look_at_the_clock",
    "make_link",
    "may_undo",
    "name_approver",
    "put_on_duty",
    "reactivate",
    "record_credential",
    "refuse",
    "remove_passkey",
    "revoke_api_key",
    "set_kind",
    "set_password",
    "sign_in",
    "sign_in_with_password",
    "sign_off_training",
    "spend_try",
    "switch_media",
    "take_back",
    "undone",
    "use_link",
    "withdraw_guest",
]
