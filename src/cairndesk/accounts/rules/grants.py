"""Grants: for what, what of a case, and for how long something sealed is opened to a named person."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from cairndesk.accounts import errors
from cairndesk.accounts.rules.people import Actor, Verb
from cairndesk.accounts.rules.permissions import require


class GrantPurpose(StrEnum):
    """What a person opens a case for."""

    QUEUE = "queue"
    REVIEW = "review"
    SECOND_LOOK = "second_look"
    CODING = "coding"
    RESPOND = "respond"
    SUPERVISE = "supervise"
    SUBJECT = "subject"
    EMERGENCY = "emergency"
    TEAM = "team"


class Matter(StrEnum):
    """What of a case is opened."""

    ACCOUNT = "account"
    IDENTIFIER = "identifier"
    FACT = "fact"
    NOTE = "note"
    MESSAGES = "messages"
    LETTERS = "letters"
    IDENTITY = "identity"
    ORIGINAL = "original"


class Ended(StrEnum):
    """Why a grant ended before, or at, its time."""

    LAPSED = "lapsed"
    LET_GO = "let_go"
    MOVED = "moved"
    WITHDRAWN = "withdrawn"
    GIVEN_BACK = "given_back"


_TOLD = frozenset({Matter.ACCOUNT, Matter.IDENTIFIER, Matter.FACT})
# What acting on it and answering for it need: everything but a look at a file, for which only a judgement is a reason.
_WORDS = frozenset(Matter) - {Matter.ORIGINAL}
# Whoever judges a second time sees what was told and what colleagues wrote, not who it is or what was said since.
OPENS: Mapping[GrantPurpose, frozenset[Matter]] = {
    GrantPurpose.QUEUE: _TOLD | {Matter.NOTE, Matter.MESSAGES},
    GrantPurpose.REVIEW: _TOLD | {Matter.NOTE, Matter.MESSAGES, Matter.ORIGINAL},
    GrantPurpose.SECOND_LOOK: _TOLD | {Matter.NOTE, Matter.ORIGINAL},
    # From the words alone: a file that was judged once is not looked at again for the sake of a figure.
    GrantPurpose.CODING: frozenset({Matter.ACCOUNT, Matter.IDENTIFIER}),
    GrantPurpose.RESPOND: _WORDS,
    GrantPurpose.SUPERVISE: _WORDS,
    GrantPurpose.SUBJECT: frozenset({Matter.ACCOUNT, Matter.MESSAGES, Matter.IDENTITY}),
    GrantPurpose.EMERGENCY: _TOLD | {Matter.NOTE, Matter.MESSAGES, Matter.IDENTITY},
    # At most; of that each function in the team of a case opens its own part (`cases/rules/team.py`).
    GrantPurpose.TEAM: _TOLD | {Matter.MESSAGES},
}

# Who may hold a grant of each purpose, and at which stages, is a row of the permission table.
VERBS: Mapping[GrantPurpose, Verb] = {
    GrantPurpose.QUEUE: Verb.OPEN_QUEUE,
    GrantPurpose.REVIEW: Verb.OPEN_REVIEW,
    GrantPurpose.SECOND_LOOK: Verb.OPEN_SECOND_LOOK,
    GrantPurpose.CODING: Verb.CODING_GIVE,
    GrantPurpose.RESPOND: Verb.OPEN_RESPOND,
    GrantPurpose.SUPERVISE: Verb.OPEN_SUPERVISE,
    GrantPurpose.SUBJECT: Verb.SUBJECT_REQUEST_DECIDE,
    GrantPurpose.EMERGENCY: Verb.GLASS_BREAK,
    GrantPurpose.TEAM: Verb.TEAM_WORK,
}

# How long each lasts; a review lasts as long as the claim, an emergency as long as the operator allows.
LASTS: Mapping[GrantPurpose, timedelta] = {
    GrantPurpose.QUEUE: timedelta(hours=1),
    GrantPurpose.SECOND_LOOK: timedelta(hours=4),
    GrantPurpose.CODING: timedelta(hours=4),
    GrantPurpose.RESPOND: timedelta(hours=8),
    GrantPurpose.SUPERVISE: timedelta(hours=1),
    GrantPurpose.SUBJECT: timedelta(hours=1),
    GrantPurpose.TEAM: timedelta(hours=8),
}

# What the door gives to whoever's work needs it at the stage, the narrowest first. The others are given by an act of their own.
BY_ROLE = (GrantPurpose.QUEUE, GrantPurpose.SECOND_LOOK, GrantPurpose.RESPOND, GrantPurpose.SUPERVISE)

WORDS: Mapping[GrantPurpose, str] = {
    GrantPurpose.QUEUE: "taking in and queue",
    GrantPurpose.REVIEW: "review",
    GrantPurpose.SECOND_LOOK: "second look",
    GrantPurpose.CODING: "blind second coding",
    GrantPurpose.RESPOND: "acting on it",
    GrantPurpose.SUPERVISE: "supervision",
    GrantPurpose.SUBJECT: "request of a data subject",
    GrantPurpose.EMERGENCY: "emergency access",
    GrantPurpose.TEAM: "a part of the case, in its team",
}


class Grant(Protocol):
    """As much of a grant as a decision needs."""

    purpose: str
    since: datetime
    until: datetime
    ended_at: datetime | None
    ended_why: str


def is_live(grant: Grant, at: datetime) -> bool:
    """Whether it opens anything at `at`."""
    return grant.ended_at is None and grant.since <= at < grant.until


def opens(grant: Grant, matter: Matter, at: datetime) -> bool:
    """Whether it opens `matter` at `at`."""
    return is_live(grant, at) and matter in OPENS[GrantPurpose(grant.purpose)]


def may_hold(by: Actor, purpose: GrantPurpose, *, organisation: UUID, stage: str, case: UUID) -> bool:
    """Whether the roles of `by`, or an invitation to `case`, allow a grant of `purpose` while the case stands at `stage`."""
    try:
        require(by, VERBS[purpose], organisation=organisation, stage=stage, case=case)
    except errors.NotPermitted:
        return False
    return True


def is_taken_off(grants: Iterable[Grant]) -> bool:
    """Whether somebody took the holder of all these grants on one case off it, and did not let them on again."""
    return any(grant.ended_why == Ended.WITHDRAWN for grant in grants)
