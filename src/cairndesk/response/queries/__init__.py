"""Reads of this room: the plan of a case, what is due, what a letter and a package say."""

from cairndesk.response.queries.casefile import Release, case_file
from cairndesk.response.queries.due import DeliveryHealth, deliveries_due, due, health
from cairndesk.response.queries.facts import facts_of, without_a_plan
from cairndesk.response.queries.mail import Mail, mail_of, prefilled
from cairndesk.response.queries.plan import notice_for, package_for, plan_of, referral_for, step_for

__all__ = [
    "DeliveryHealth",
    "Mail",
    "Release",
    "case_file",
    "deliveries_due",
    "due",
    "facts_of",
    "health",
    "mail_of",
    "notice_for",
    "package_for",
    "plan_of",
    "prefilled",
    "referral_for",
    "step_for",
    "without_a_plan",
]
