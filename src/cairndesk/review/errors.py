"""Failures of the review room.

ReviewError
├── NothingWaits
├── NotThisFeature
├── NoteMissing
├── SamePerson
├── NotForASecondLook
├── SomebodyAtHome
├── SupervisorDecides
├── NoSuchAccount
├── NotForAdvice
├── NoReasonToReopen
├── NoReasonToDestroy
├── KeptByLaw
├── NothingToPublish
├── NotConfirmed
├── NoOwnList
├── WrittenMeanwhile
├── SentBefore
├── NothingToLookAt
├── LooksSpent
├── NothingToSettle
├── NothingToTakeOver
├── NobodyFollows
├── NotAsShown
├── TooLate
├── StandsByNow
├── PublicationStands
├── EnoughForToday
├── LookFirst
├── SparedThis
├── LaxerThanTheDesk
├── FileBroken
│   ├── SchemeBroken
│   └── CalibrationBroken
├── NotInTraining
├── NotReadyToSign
├── NoSuchTraining
├── SchemeThere
└── NoSuchScheme
"""

from cairndesk.lib.errors import DeskError


class ReviewError(DeskError):
    """A failure while a case is reviewed."""

    code = "review.failed"
    status = 409


class WrittenMeanwhile(ReviewError):
    """Somebody else answered the same questions since the form was opened."""

    code = "review.written_meanwhile"
    remedy = "Somebody else answered these questions meanwhile. What they said stands below; what you typed is still here. Look, and send it again."


class SentBefore(ReviewError):
    """This form was recorded already, and says something else now."""

    code = "review.sent_before"
    remedy = "This form was recorded before with other answers, and they stay. What you typed is still here: send it again to record it as well."


class NothingWaits(ReviewError):
    """No case waits that this person could take."""

    code = "review.nothing_waits"
    remedy = "Nothing waits that you would be handed. New cases appear on the first screen."


class NotThisFeature(ReviewError):
    """A feature, a harm or a severity level that no scheme or taxonomy defines."""

    code = "review.not_this_feature"
    status = 422
    remedy = "Choose one of the codes that the form offers, or say that it is not known."


class NoteMissing(ReviewError):
    """Somebody sees it differently than it was seen before, and did not say why."""

    code = "review.note_missing"
    status = 422
    remedy = "Say in a sentence what you see differently; the words are sealed and stay with the case."


class SamePerson(ReviewError):
    """The person who classified the case cannot be the other person."""

    code = "review.same_person"
    status = 403
    remedy = "Ask another person; where there is none, a supervisor can invite a named person of a partner organisation."


class NotForASecondLook(ReviewError):
    """No classification of this case waits for another person."""

    code = "review.not_for_a_second_look"
    remedy = "Load the case again; somebody may have given the second look."


class SomebodyAtHome(ReviewError):
    """A partner is asked only where nobody else of the own organisation may give the second look."""

    code = "review.somebody_at_home"
    remedy = "Ask the colleague who is named on the case; a case is shown to another organisation only where nobody else may look."


class SupervisorDecides(ReviewError):
    """Two people saw the case differently; a supervisor who did not classify it chooses."""

    code = "review.supervisor_decides"
    status = 403
    remedy = "Ask a supervisor who did not classify this case; both views are on the case."


class NoSuchAccount(ReviewError):
    """This case has no such report, item or match."""

    code = "review.not_found"
    status = 404
    remedy = "Load the case again."


class NotForAdvice(ReviewError):
    """This case does not wait for advice alone: it was reported, there is danger, or no receipt leads back to anybody."""

    code = "review.not_for_advice"
    remedy = "Claim the case and review it; an answer alone ends only what asked for advice, without danger, with a receipt."


class NoReasonToReopen(ReviewError):
    """A finished case is opened again for one of the reasons that the form offers."""

    code = "review.no_reason_to_reopen"
    status = 422
    remedy = "Choose why the case is opened again."


class NothingToPublish(ReviewError):
    """This item has nothing that our own list could hold."""

    code = "review.nothing_to_publish"
    remedy = "Only digests, pictures that were handed over here and have enough detail, and exact addresses can be published."


class NotConfirmed(ReviewError):
    """The newest classification of the case does not say that it shows the abuse or exploitation of a child, or two people disagree."""

    code = "review.not_confirmed"
    remedy = "Classify the case first, and settle what two people see differently."


class NoOwnList(ReviewError):
    """The desk has no list of its own."""

    code = "review.no_own_list"
    remedy = "A supervisor makes it on the page of the known lists."


class NoReasonToDestroy(ReviewError):
    """An original is destroyed for a reason that is written down, and once only."""

    code = "review.no_reason_to_destroy"
    status = 422
    remedy = "Say in a sentence why the original is to be destroyed; the words are sealed and stay, the original does not."


class NothingToLookAt(ReviewError):
    """Of this file no copy can be drawn: it is neither a picture nor a video that could be decoded."""

    code = "review.nothing_to_look_at"
    remedy = "Decide by its hashes and by what was told; there is nothing to look at yet."


class LooksSpent(ReviewError):
    """This person has looked as often as the desk lets anybody look within 24 hours."""

    code = "review.looks_spent"
    status = 429
    remedy = "Decide without looking, or let a colleague go on. It is there to keep it from becoming too much, and says nothing about you."


class EnoughForToday(ReviewError):
    """This person has had as much of pictures and videos within 24 hours as their organisation, or they themselves, let them have."""

    code = "review.enough_for_today"
    status = 429
    remedy = "Do something else today, or let a colleague go on. Everything but pictures and videos stays open, and it says nothing about you."


class LookFirst(ReviewError):
    """Nobody sees a file clearly that they have not looked at small, grey and blurred within the last day."""

    code = "review.look_first"
    remedy = "Look at the small copy first. It is often enough."


class SparedThis(ReviewError):
    """This person, or their organisation, chose that they are not shown such things."""

    code = "review.spared_this"
    remedy = (
        "You or your organisation chose that you are not shown this; the page “Looking after yourself” says which, and what you can choose there."
    )


class LaxerThanTheDesk(ReviewError):
    """Somebody chose more than their organisation shows anybody, or an organisation more than the installation does."""

    code = "review.laxer_than_the_desk"
    status = 422
    remedy = "You may be stricter with yourself than your organisation is, and an organisation than the installation; never laxer."


class FileBroken(ReviewError):
    """A file of rules cannot be used: where it stands, on which line, and what is wrong."""

    code = "review.file_broken"
    remedy = "Mend that line of the file and try again; what is in force stays as it is."


class CalibrationBroken(FileBroken):
    """A file of invented cases cannot be used."""

    code = "review.calibration_broken"
    remedy = "Mend that line on the page Training, under the set; until then the one before it, or the one that came with the desk, counts."


class NotInTraining(ReviewError):
    """Something of a training was sent that is not under way: not begun, of an older set, or of a case that is not in it or is answered."""

    code = "review.not_in_training"
    status = 409
    remedy = "Open the page Training and go on from there; it says where you are."


class NotReadyToSign(ReviewError):
    """A sign-off was asked for or given too early, twice, or for a training that has ended."""

    code = "review.not_ready_to_sign"
    status = 409
    remedy = "Look on the page Training what is still missing, or whether somebody else was faster."


class NoSuchTraining(ReviewError):
    """No training of this id, or no invented case of this code, is there for whoever asked."""

    code = "review.no_such_training"
    status = 404
    remedy = "Go back to the page Training."


class SchemeBroken(FileBroken):
    """A file of a scheme cannot be used."""

    code = "review.scheme_broken"
    status = 500


class SchemeThere(ReviewError):
    """This version of a scheme is there with other contents, and records name it."""

    code = "review.scheme_there"
    remedy = "Give the file a version of its own; several lie side by side."


class NoSuchScheme(ReviewError):
    """No scheme of this name comes along or was loaded."""

    code = "review.no_such_scheme"
    remedy = "`cairndesk scheme list` names them."


class KeptByLaw(ReviewError):
    """The retention schedule says that it must be kept for longer."""

    code = "review.kept_by_law"
    remedy = "Wait until that day; the schedule stands in the directory, under Retention."


class NothingToTakeOver(ReviewError):
    """The leading case has no classification that stands."""

    code = "review.nothing_to_take_over"
    remedy = "Classify the leading case first. Where another person has to look, wait until they have agreed."


class NobodyFollows(ReviewError):
    """No case of the stack may be decided about with the others."""

    code = "review.nobody_follows"
    remedy = "Every case of this stack is held out or was left out. Take them one by one; the reason stands beside each."


class NotAsShown(ReviewError):
    """The case is classified otherwise than the page showed, or the form does not say what it showed."""

    code = "review.not_as_shown"
    remedy = (
        "It is classified otherwise than the page said, or the page did not say when it was from. Look at what stands there now, and answer again."
    )


class TooLate(ReviewError):
    """A decision about a stack was taken back after it had begun to be carried out, or twice."""

    code = "review.too_late"
    remedy = "It is carried out already or was taken back before. Each case can be put right on its own page."


class NothingToSettle(ReviewError):
    """The two codings of this case say the same, or a third person has settled it."""

    code = "review.nothing_to_settle"
    remedy = "Look on the page Double coding which codings differ."


class PublicationStands(ReviewError):
    """What was published cannot be taken back any more: its time is over, or other people published it."""

    code = "review.publication_stands"
    remedy = "It is on our own list, and partners may have it. Where it is wrong, dispute the entry: that takes it off for everybody."


class StandsByNow(ReviewError):
    """A classification cannot be taken back any more: its time is over, somebody has gone on with it, or it decided between two views."""

    code = "review.stands_by_now"
    remedy = "The classification stands. Where it is wrong, bring the case back to review, classify it anew and say why."
