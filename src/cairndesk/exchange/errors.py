"""Failures of the exchange room: a package is refused whole, nothing leaves half-made.

ExchangeError
├── UnsafePath
├── NotSendable
├── NotConforming
├── BadRecipient
├── NotOpened
├── NotOnOffer
├── LetGoAnew
├── OwnOrganisation
├── NoAgreement
├── AgreementRefused
├── KindUnsaid
├── KeyFetchesNoLists
├── TooManyPages
├── SpanRefused
├── FeedbackRefused
├── LetterRefused
│   ├── LetterTooLong
│   ├── LetterUnreadable
│   ├── LetterNotOpened
│   ├── UnknownVersion
│   ├── ForeignDesk
│   ├── WrongRecipient
│   ├── LetterChanged
│   ├── LetterOutOfTurn
│   ├── OfferPast
│   ├── PartnerOver
│   ├── TakenBefore
│   └── TooManyLetters
├── PartnerUnclear
└── CannotHandOver
"""

from cairndesk.lib.errors import DeskError


class ExchangeError(DeskError):
    """Root of this room."""

    code = "exchange.failed"
    remedy = "Read the detail, correct the case or the directory entry, and build it again."


class UnsafePath(ExchangeError):
    """A path that leaves the bag, hides, or collides with another on some file system."""

    code = "exchange.unsafe_path"
    status = 422
    remedy = "Use plain relative names without `..`, control characters or names that differ only by case."


class NotSendable(ExchangeError):
    """The document holds something that must never leave by this way: imagery, victim data, free text."""

    code = "exchange.not_sendable"
    status = 422
    remedy = "Send only the addresses to remove; everything else travels in an authority package."


class NotConforming(ExchangeError):
    """The document does not fit the published schema of its format."""

    code = "exchange.not_conforming"
    status = 422
    remedy = "Fill in what the detail names; a value that is not known is left out, never guessed."


class BadRecipient(ExchangeError):
    """The text is not the public half of an age X25519 key."""

    code = "exchange.bad_recipient"
    status = 422
    remedy = "Ask the authority for its age recipient, a line that begins with `age1`."


class NotOpened(ExchangeError):
    """An entry of the log does not open to what the desk keeps beside it: one of the two was changed."""

    code = "exchange.not_opened"
    status = 500
    remedy = "Run `cairndesk verify` and keep everything as it is; no package is made from a log that does not hold."


class NotOnOffer(ExchangeError):
    """The hand-over was accepted, refused or taken back before."""

    code = "exchange.not_on_offer"
    status = 409
    remedy = "Load the page again; somebody has decided on this hand-over."


class LetGoAnew(ExchangeError):
    """What would be handed over is not any more what two people let go."""

    code = "exchange.let_go_anew"
    status = 409
    remedy = "The organisation that offers the case takes the offer back and asks anew: another person there reads what has changed."


class NoAgreement(ExchangeError):
    """No agreement between the two organisations is in force today."""

    code = "exchange.no_agreement"
    status = 409
    remedy = "Look at Agreements: one has to be proposed by one of the two, agreed to by the other, begun, and not over."


class AgreementRefused(ExchangeError):
    """The agreement cannot be as it was written, or is not open any more."""

    code = "exchange.agreement_refused"
    status = 422
    remedy = "Name a partner and what it is written down in, and a last day that is not past and after the first. One that has ended stays so."


class KindUnsaid(ExchangeError):
    """Nobody has said whether one of the two is an authority, so nobody knows what may go there."""

    code = "exchange.kind_unsaid"
    status = 422
    remedy = "An administrator of the first organisation says on the page Organisations what each of the two is."


class OwnOrganisation(ExchangeError):
    """A case cannot be handed to the organisation that has it."""

    code = "exchange.own_organisation"
    status = 422
    remedy = "Choose another organisation."


class CannotHandOver(ExchangeError):
    """The case stands where a hand-over would interrupt somebody's work."""

    code = "exchange.cannot_hand_over"
    status = 409
    remedy = "Hand a case over while it waits in the queue or while its plan is being carried out."


class KeyFetchesNoLists(ExchangeError):
    """A list was asked for with a key that may not fetch lists."""

    code = "exchange.key_fetches_no_lists"
    status = 403
    remedy = "An administrator can make a key that may fetch lists."


class TooManyPages(ExchangeError):
    """This key asks for more pages of lists than it may."""

    code = "exchange.too_many_pages"
    status = 429
    remedy = "Wait a second; a page has a thousand entries."
    retryable = True


class SpanRefused(ExchangeError):
    """The span of time or the page that was asked for cannot be read."""

    code = "exchange.span_refused"
    status = 422
    remedy = "Give `from` and `to` as in 2026-01-31T00:00:00Z, and take further pages from `next` as it stands."


class FeedbackRefused(ExchangeError):
    """What a partner's machine says of an entry cannot be read, or names a reason that is not on the list of reasons."""

    code = "exchange.feedback_refused"
    status = 422
    remedy = "Send `affirmative`, or `negative` with one of the reasons of /v2/feedback/…/reasons, of an entry as it was given; nothing was recorded."


class LetterRefused(ExchangeError):
    """A letter of another desk that is not taken, in no part; nothing of it is kept and nothing of it stands in a log."""

    code = "exchange.letter_refused"
    status = 422
    remedy = "Ask the desk that sent it."


class LetterTooLong(LetterRefused):
    """More than one letter may hold."""

    code = "exchange.letter_too_long"
    status = 413
    remedy = "A letter has at most 960 KiB. A case that is longer goes as a package that two people hand over."


class LetterUnreadable(LetterRefused):
    """It is no letter of this format, or something in it is missing or does not fit."""

    code = "exchange.letter_unreadable"
    remedy = "Send the letter exactly as the other desk made it; the format is described in docs/referral.md."


class LetterNotOpened(LetterRefused):
    """It is sealed to another key, or was changed on its way."""

    code = "exchange.letter_not_opened"
    remedy = "Ask the desk that sent it to make it again, to the key that stands on the page Partner desks."


class UnknownVersion(LetterRefused):
    """It is of a major version that this desk does not know, and whoever guesses at it could lose what a child needs."""

    code = "exchange.unknown_version"
    remedy = "This desk reads version 1. Bring the older of the two desks up to date."


class ForeignDesk(LetterRefused):
    """No partner desk that two people entered here has these keys and signed this."""

    code = "exchange.foreign_desk"
    status = 403
    remedy = "Two people enter the partner desk with its keys under an agreement; then send the letter again."


class WrongRecipient(LetterRefused):
    """It was written to another desk than the one that was given it."""

    code = "exchange.wrong_recipient"
    status = 403
    remedy = "Give it to the desk that it is written to."


class LetterChanged(LetterRefused):
    """A letter with this id was taken before, and it was another one."""

    code = "exchange.letter_changed"
    status = 409
    remedy = "What was taken first stands. Ask the desk that sent it why there are two."


class LetterOutOfTurn(LetterRefused):
    """What it says does not follow upon where the case stands here."""

    code = "exchange.letter_out_of_turn"
    status = 409
    remedy = "Look where the case stands on both desks; an earlier letter may still be on its way."


class OfferPast(LetterRefused):
    """The day by which the offer should have been answered lies behind us."""

    code = "exchange.offer_past"
    status = 409
    remedy = "The desk that has the case offers it anew."


class PartnerOver(LetterRefused):
    """The agreement with that desk is not in force today."""

    code = "exchange.partner_over"
    status = 403
    remedy = "Look at Partner desks: an agreement is entered by one person, confirmed by another, begun, and not over."


class TakenBefore(LetterRefused):
    """This very letter was taken before."""

    code = "exchange.taken_before"
    status = 409
    remedy = "Nothing is to be done: it had its effect when it came first."


class TooManyLetters(LetterRefused):
    """More letters than can be opened at once."""

    code = "exchange.too_many_letters"
    status = 429
    remedy = "Wait a second, and send the very same letter again."
    retryable = True


class PartnerUnclear(ExchangeError):
    """The partner desk cannot be as it was written, or does not wait for this any more."""

    code = "exchange.partner_unclear"
    status = 422
    remedy = "Give both keys as 64 hex digits, not ours, an address that begins with https or none, a basis, and a last day that is not past."
