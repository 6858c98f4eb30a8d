"""Failures of the response room.

ResponseError
├── PreservationFirst
├── HeldBack
├── SignOffMissing
├── NotReleased
├── NotAPersonsAct
├── IllegalStep
├── LetterGone
├── IncompleteAct
│   ├── LegalityMissing
│   ├── BestInterestsMissing
│   └── ConsentMissing
├── NoSuchThing
├── StillOpen
├── RecordIncomplete
├── NotYet
├── DeliveryError
│   ├── DeliveryDelayed
│   ├── DeliveryRefused
│   ├── NotAllowedOut
│   └── TlsMissing
└── FetchError
    ├── FetchDelayed
    ├── FetchRefused
    ├── CredentialsRefused
    ├── AnswerUnreadable
    ├── WitnessRefuses
    └── ExchangesMissing
"""

from cairndesk.lib.errors import DeskError


class ResponseError(DeskError):
    """A failure about a plan, a notice, a package or a referral."""

    code = "response.failed"
    status = 409


class PreservationFirst(ResponseError):
    """Nothing is taken down before a person has recorded how the evidence is preserved."""

    code = "response.preservation_first"
    remedy = "Record the preservation choice of this case; choosing that nothing can be preserved is a choice too."


class HeldBack(ResponseError):
    """The person of concern may be near the child; a routine notice could warn that person."""

    code = "response.held_back"
    remedy = "Speak with the authority first; a supervisor lifts the hold and says why."


class SignOffMissing(ResponseError):
    """The act needs a second person: a child would be referred, or somebody's wish was overridden."""

    code = "response.sign_off_missing"
    remedy = "Ask a supervisor who did not take this decision to look at it."


class NotReleased(ResponseError):
    """A closed package leaves the desk when two people want it to, and as it was then."""

    code = "response.not_released"
    remedy = "Ask for its release; another person reads to whom it goes and lets it go."


class NotAPersonsAct(ResponseError):
    """The desk itself never approves what goes out."""

    code = "response.not_a_persons_act"
    status = 403
    remedy = "A signed-in person must do this."


class IllegalStep(ResponseError):
    """The step, notice, package or referral cannot go from its state to the one asked for."""

    code = "response.illegal_step"
    remedy = "Load the page again; somebody may have moved it on."


class LetterGone(ResponseError):
    """The letter has left the desk, or is leaving it this moment; it cannot be taken back any more."""

    code = "response.letter_gone"
    remedy = "The letter has gone. If it must not stand, call whoever got it; an objection on the page of the notice withdraws it in writing."


class IncompleteAct(ResponseError):
    """Something that must be recorded with this act is missing."""

    code = "response.incomplete_act"
    status = 422
    remedy = "Fill in what the detail names."


class LegalityMissing(IncompleteAct):
    """A notice without a word on why the content may not stay."""

    code = "response.legality_missing"
    remedy = "Say on which ground the content may not stay, and that you asked yourself whether it is lawful expression."


class BestInterestsMissing(IncompleteAct):
    """A referral, an override or a closing without a note on the best interests of the child."""

    code = "response.best_interests_missing"
    remedy = "Write in one or two sentences why this is best for the child."


class ConsentMissing(IncompleteAct):
    """A referral that nobody agreed to and that nobody has overridden for danger."""

    code = "response.consent_missing"
    remedy = "Record what the person chose, or, in danger, the override and its reason."


class NoSuchThing(ResponseError):
    """There is no such step, notice, package or referral in your organisation."""

    code = "response.not_found"
    status = 404
    remedy = "Check the address."


class StillOpen(ResponseError):
    """A case with open steps or an unreviewed override cannot be closed."""

    code = "response.still_open"
    remedy = "Finish or skip the open steps, and have overrides looked at."


class RecordIncomplete(ResponseError):
    """The file of a case does not hold what it must hold, and nobody said why."""

    code = "response.record_incomplete"
    remedy = "Record what is missing, or say for each fact why it is; some facts nothing can stand in for."


class NotYet(ResponseError):
    """What was told is still needed; it cannot be erased before that has ended."""

    code = "response.not_yet"
    remedy = "Bring what the detail names to its end, then erase what was told. Nothing was erased now."


class DeliveryError(ResponseError):
    """A delivery that did not arrive."""

    code = "response.delivery_failed"
    status = 502


class DeliveryDelayed(DeliveryError):
    """The server did not take it now; it is tried again."""

    code = "response.delivery_delayed"
    retryable = True
    remedy = "Nothing to do: it is tried again, and the health page shows how often."


class DeliveryRefused(DeliveryError):
    """The server will not take it."""

    code = "response.delivery_refused"
    remedy = "Check the provider's address in the directory, then send it again."


class NotAllowedOut(DeliveryError):
    """The address is not on the list of what this desk may reach."""

    code = "response.not_allowed_out"
    remedy = "Only hosts that the configuration names are reached; see its sections `mail`, `lists` and `partners`."


class TlsMissing(DeliveryError):
    """The server offers no encryption; nothing is sent in the open."""

    code = "response.tls_missing"
    retryable = True
    remedy = "Use a server with TLS whose certificate this machine trusts; without it only a server on this machine is accepted."


class FetchError(ResponseError):
    """A list that could not be fetched from its source; what was fetched before is kept, and the list matches as it was."""

    code = "response.fetch_failed"
    status = 502


class FetchDelayed(FetchError):
    """The source does not answer now, or asks for patience; `after` is the least number of seconds to wait, 0 where it says nothing."""

    code = "response.fetch_delayed"
    retryable = True
    remedy = "Nothing to do: it is tried again; the page of the lists says when."

    def __init__(self, detail: str = "", after: int = 0) -> None:
        self.after = after
        super().__init__(detail)


class FetchRefused(FetchError):
    """The source will not give the list."""

    code = "response.fetch_refused"
    remedy = "Check the address with the list's owner, then set the source again with `cairndesk signals lists source`."


class CredentialsRefused(FetchError):
    """The source does not accept who we say we are, or there is nothing to say."""

    code = "response.credentials_refused"
    remedy = "Put what the owner gave you into the file of that name below `lists.credentials`, and check that it is still valid."


class WitnessRefuses(FetchError):
    """A witness does not sign the newest checkpoint of the log."""

    code = "response.witness_refuses"
    remedy = (
        "Ask its operator what it knows. After an operator here went on from an older log, theirs has to say "
        "`cairndesk witness forget` with the origin of this log."
    )


class AnswerUnreadable(FetchError):
    """The answer of the source is not what such a source sends; nothing of it was used."""

    code = "response.answer_unreadable"
    remedy = "Check kind, address and column map of the source; if they are right, tell the list's owner what the detail says."


class ExchangesMissing(FetchError):
    """This source is spoken to by a library that is not installed here. Everything else works without it."""

    code = "response.exchanges_missing"
    remedy = "Install the extra `exchanges`: `pip install 'cairndesk[exchanges]'`."
