"""Decisions and formats of intake: the questions, the fragment that the portal files, the mailbox that it reads."""

from cairndesk.intake.rules.fragment import Fragment, Kind, MalformedFragment, fragment_context, new_draft
from cairndesk.intake.rules.mailbox import MILESTONES, OUTCOMES, Mailbox, MalformedMailbox, Message, Milestone, mailbox_context
from cairndesk.intake.rules.questions import (
    QUESTIONS,
    Answer,
    Answers,
    Form,
    Path,
    Question,
    is_happening_now,
    is_told,
    questions_of,
    reported_links,
    steps_of,
    unknown,
    unknown_of,
)

__all__ = [
    "MILESTONES",
    "OUTCOMES",
    "QUESTIONS",
    "Answer",
    "Answers",
    "Form",
    "Fragment",
    "Kind",
    "Mailbox",
    "MalformedFragment",
    "MalformedMailbox",
    "Message",
    "Milestone",
    "Path",
    "Question",
    "fragment_context",
    "is_happening_now",
    "is_told",
    "mailbox_context",
    "new_draft",
    "questions_of",
    "reported_links",
    "steps_of",
    "unknown",
    "unknown_of",
]
