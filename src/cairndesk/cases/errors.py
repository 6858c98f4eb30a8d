"""Failures of the cases room.

CasesError
├── IllegalMove
├── AlreadyClaimed
├── NotYourClaim
├── UnknownCode
├── UnknownFact
├── UnreadableIdentifier
├── SwitchedOff
├── NotOfThisCase
├── NotOfThisOrganisation
├── DepictedChildIsVictim
│   └── NoConcernOverOwnImage
├── ChildStaysUnlisted
├── SomethingRestsOnIt
├── TheOnlyRole
├── AlreadyRecorded
├── OnHold
├── HoldUnclear
├── NoGrant
│   └── TakenOff
├── GlassUnclear
├── NoNeedOfGlass
├── ReviewedByAnother
├── LiftNotNow
├── AgainstTheirChoice
├── ChoiceUnclear
├── NotYourPart
├── SeatRefused
├── IdentificationRefused
├── NotDrawn
├── MandateUnclear
├── NoMandate
└── WaitsForCoding
"""

from cairndesk.lib.errors import DeskError


class CasesError(DeskError):
    """A failure about a case."""

    code = "cases.failed"
    status = 409


class IllegalMove(CasesError):
    """The case cannot go from its stage to the one asked for."""

    code = "cases.illegal_move"
    remedy = "Load the case again; somebody may have moved it on."


class AlreadyClaimed(CasesError):
    """Another person holds the case."""

    code = "cases.already_claimed"
    remedy = "Take the next case; this one is in good hands."


class NotYourClaim(CasesError):
    """The act belongs to the person who holds the case."""

    code = "cases.not_your_claim"
    remedy = "Claim the case first, or ask the person who holds it."


class UnknownCode(CasesError):
    """A code is not in the taxonomy that is in force."""

    code = "cases.unknown_code"
    status = 422
    remedy = "Choose a code that the taxonomy defines, or one of the four kinds of unknown."


class DepictedChildIsVictim(CasesError):
    """A child shown in an image can hold only the victim role for that image."""

    code = "cases.depicted_child_is_victim"
    status = 422
    remedy = "Record the child as victim of this image; record what another person did with that person."


class NoConcernOverOwnImage(DepictedChildIsVictim):
    """A child shown in an image cannot become a person of concern over that image."""

    code = "cases.no_concern_over_own_image"
    remedy = (
        "An item of this case shows this child, who is its victim and can hold no other role over it. "
        "If the child did something with another item, record that at that item first."
    )


class SomethingRestsOnIt(CasesError):
    """Other records name the person or the item that is to be taken back."""

    code = "cases.something_rests_on_it"
    remedy = "Take back first what was recorded about it, or change its answers; nothing was changed."


class TheOnlyRole(CasesError):
    """A person without any role would be nobody."""

    code = "cases.the_only_role"
    remedy = "Give the right role first, or take the person back."


class UnknownFact(CasesError):
    """A fact was named that this record does not hold, or that cannot be what it was said to be."""

    code = "cases.unknown_fact"
    status = 422
    remedy = "Use the names of facts that the record defines; the detail says which one is not known."


class UnreadableIdentifier(CasesError):
    """An identifier does not have the form of its kind."""

    code = "cases.unreadable_identifier"
    status = 422
    remedy = "Check the kind of item and the spelling; if it really looks like this, record it as text."


class SwitchedOff(CasesError):
    """The operator has not switched on this optional attribute."""

    code = "cases.attribute_switched_off"
    status = 422
    remedy = "Leave it out, or ask the operator whether law and safety allow it here (desks.sensitive_attributes)."


class NotOfThisCase(CasesError):
    """A person, an item or an incident belongs to another case."""

    code = "cases.not_of_this_case"
    status = 422
    remedy = "Choose one of this case; link the cases if they belong together."


class NotOfThisOrganisation(CasesError):
    """Two cases of different organisations cannot be linked."""

    code = "cases.not_of_this_organisation"
    status = 404
    remedy = "Link cases of your own organisation only; hand a case over to bring them together."


class ChildStaysUnlisted(CasesError):
    """A child who may have harmed another child is never put up for matching or sharing."""

    code = "cases.child_stays_unlisted"
    status = 422
    remedy = "Leave matching off for this person; the way for a child is care and diversion."


class AlreadyRecorded(CasesError):
    """The same thing stands in the record."""

    code = "cases.already_recorded"
    remedy = "Nothing is lost; load the record again and see what is there."


class OnHold(CasesError):
    """Nothing of it may be destroyed while a hold stands."""

    code = "cases.on_hold"
    remedy = "It waits until two people have lifted the hold; the page of the case says why it is there."


class HoldUnclear(CasesError):
    """A hold says why in words, and on which later day somebody looks at it again."""

    code = "cases.hold_unclear"
    status = 422
    remedy = "Say why, and name a day after today within a year."


class LiftNotNow(CasesError):
    """The hold was lifted before."""

    code = "cases.lift_not_now"
    remedy = "Load the page again; somebody was faster."


class NoGrant(CasesError):
    """No grant of this person opens this, and their work at this stage needs none: nothing was opened."""

    code = "cases.no_grant"
    status = 403
    remedy = "Take the case, or ask whoever has it. Where a child cannot wait, the page of the case leads to emergency access."


class TakenOff(NoGrant):
    """A supervisor took this person off the case."""

    code = "cases.taken_off"
    remedy = "Talk with a supervisor, who can let you on again."


class GlassUnclear(CasesError):
    """Emergency access takes a reason out of the list, and what happened in words."""

    code = "cases.glass_unclear"
    status = 422
    remedy = "Choose a reason, and write down what happened."


class NoNeedOfGlass(CasesError):
    """This person's work opens the case anyway."""

    code = "cases.no_need_of_glass"
    remedy = "Open what you need on the page of the case."


class ReviewedByAnother(CasesError):
    """Emergency access, or a choice that was set aside, is looked at once, and by another person than who did it."""

    code = "cases.reviewed_by_another"
    remedy = "Another supervisor looks at it, or one already did."


class AgainstTheirChoice(CasesError):
    """The person who told asked that this be not done."""

    code = "cases.against_their_choice"
    remedy = "Leave it, or ask them. Where danger or a law leaves no choice, set it aside on the page *What they chose*; they are told."


class ChoiceUnclear(CasesError):
    """Setting a choice aside takes one that stands, a ground out of the list, and a reason in words."""

    code = "cases.choice_unclear"
    status = 422
    remedy = "Load the page again, choose the ground, and write down why."


class NotDrawn(CasesError):
    """This case waits for no blind second coding, or not for one by this person."""

    code = "cases.not_drawn"
    remedy = "Look on the page Double coding what waits for you; whoever has worked on a case, or has seen its coding, cannot code it blind."


class WaitsForCoding(CasesError):
    """The coding of this case is kept from this person, who may be the one to code it a second time without knowing it."""

    code = "cases.waits_for_coding"
    remedy = "Open the case by its number, and choose there: code it blind, or see it with its coding."


class MandateUnclear(CasesError):
    """A mandate to search names no law, no source or no days to come, or there is none to end; the detail says which."""

    code = "cases.mandate_unclear"
    status = 422
    remedy = "Name the law or the order, where it can be read, and the days from and until which it holds."


class NoMandate(CasesError):
    """A report says that somebody found it by searching, and no mandate that holds today lets them."""

    code = "cases.no_mandate"
    status = 403
    remedy = "Nothing was taken in. Searching takes a legal mandate: a supervisor enters it on the page Mandates to search, if there is one."


class NotYourPart(CasesError):
    """Somebody of the team of a case asks for what their function does not see, or was taken off that team."""

    code = "cases.not_your_part"
    status = 403
    remedy = "What your function sees of this case stands on the page My teams. For more, or to be let on again, ask a supervisor."


class SeatRefused(CasesError):
    """A person cannot have this function in this case; the detail says why."""

    code = "cases.seat_refused"
    status = 422
    remedy = "Choose another person or another function, or ask another supervisor."


class IdentificationRefused(CasesError):
    """A track of victim identification, or a clue, that may not stand: the detail says why."""

    code = "cases.identification_refused"
    status = 422
    remedy = "Choose somebody to whom it happened and who did not tell us themselves, name the unit, and open the track before clues are recorded."
