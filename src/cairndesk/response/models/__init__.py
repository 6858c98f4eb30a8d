"""The tables of the response room."""

from cairndesk.response.models.callback import CallBack
from cairndesk.response.models.complaint import Complaint
from cairndesk.response.models.crossing import Crossing, CrossingLetter, PartnerDesk
from cairndesk.response.models.delivery import Delivery
from cairndesk.response.models.holding import NoticeHold
from cairndesk.response.models.notice import CounterNotice, Notice
from cairndesk.response.models.package import AuthorityPackage
from cairndesk.response.models.page import AlarmPage
from cairndesk.response.models.plan import ClosingNote, MissingFact, PlanStep, Preservation
from cairndesk.response.models.referral import Referral

__all__ = [
    "AlarmPage",
    "AuthorityPackage",
    "CallBack",
    "ClosingNote",
    "Complaint",
    "CounterNotice",
    "Crossing",
    "CrossingLetter",
    "Delivery",
    "MissingFact",
    "Notice",
    "NoticeHold",
    "PartnerDesk",
    "PlanStep",
    "Preservation",
    "Referral",
]
