"""Failures of the accounts room.

AccountsError
├── NotSignedIn
├── NotPermitted
│   ├── OtherOrganisation
│   ├── SharingRefused
│   └── CredentialOutOfDate
├── SignInFailed
│   └── PasskeyCopied
├── LinkSpent
├── FreshProofNeeded
├── TooManyTries
├── NeedsSecondPerson
├── ChangedMeanwhile
├── PasskeyNeedsName
├── PasswordRefused
└── NotPossible
    ├── AskedAlready
    ├── DutyRefused
    ├── RequestClosed
    ├── NotEnrolled
    ├── LastPasskey
    └── LegalBasisMissing
"""

from cairndesk.lib.errors import DeskError


class AccountsError(DeskError):
    """A failure about who somebody is or what they may do."""

    code = "accounts.failed"
    status = 403


class NotSignedIn(AccountsError):
    """Nobody is signed in, or the time of the sign-in has run out."""

    code = "accounts.not_signed_in"
    status = 401
    remedy = "Sign in with your passkey; a machine sends its key as `Authorization: Bearer`."


class NotPermitted(AccountsError):
    """None of the person's roles may do this at this stage."""

    code = "accounts.not_permitted"
    remedy = "Ask a person whose role allows it; the table of permissions is in the manual."


class OtherOrganisation(NotPermitted):
    """The thing belongs to another organisation; the answer is that of a thing that does not exist."""

    code = "accounts.not_found"
    status = 404
    remedy = "Check the address; only cases of your own organisation can be opened."


class SharingRefused(NotPermitted):
    """The sharing policy of the desk does not let this go to such a recipient; the detail names the rule."""

    code = "accounts.sharing_refused"
    remedy = "Nothing has left the desk. The page Sharing shows the rule; a supervisor or an administrator may enter another, with its basis."


class CredentialOutOfDate(NotPermitted):
    """Screening and review need a training record that is in date, and this person has none."""

    code = "accounts.credential_out_of_date"
    remedy = (
        "Work through the page Training and ask a supervisor to sign it off, or ask an administrator to record a training that you had elsewhere."
    )


class SignInFailed(AccountsError):
    """The proof offered does not hold; the answer is the same whichever part of it was wrong."""

    code = "accounts.sign_in_failed"
    status = 401
    remedy = "Try again with the passkey that was registered for this desk."


class PasskeyCopied(SignInFailed):
    """The counter of a passkey went back: there may be two of it, and it is shut."""

    code = "accounts.passkey_copied"
    remedy = "Tell an administrator at once; the passkey must be replaced."


class LinkSpent(AccountsError):
    """An enrolment link was used, has run out, or never was one; the answer is the same."""

    code = "accounts.link_spent"
    status = 410
    remedy = "Ask an administrator for a new link; each works once and for 24 hours."


class FreshProofNeeded(AccountsError):
    """The act takes a confirmation of exactly what it will do, made just now."""

    code = "accounts.fresh_proof_needed"
    remedy = "Go back, read again what will be done, and confirm it with your passkey."
    retryable = True


class TooManyTries(AccountsError):
    """Too many tries in a short time; nothing was looked at."""

    code = "accounts.too_many_tries"
    status = 429
    remedy = "Wait a few minutes, then try once more."
    retryable = True


class NeedsSecondPerson(AccountsError):
    """The act takes two people and the same one came twice."""

    code = "accounts.needs_second_person"
    remedy = "Ask another person to confirm."


class ChangedMeanwhile(AccountsError):
    """What would happen now is not what was asked for."""

    code = "accounts.changed_meanwhile"
    status = 409
    remedy = "Take the request back, read what would happen now, and ask again."


class PasskeyNeedsName(AccountsError):
    """Passkeys are bound to a name, and the desk is set up under a bare IP address."""

    code = "accounts.passkey_needs_name"
    status = 500
    remedy = "Set desk.public_url to an address with a name, such as http://localhost:8481."


class PasswordRefused(AccountsError):
    """The password is too short, too common or too close to the person's name."""

    code = "accounts.password_refused"
    status = 422
    remedy = "Choose at least twelve characters; four unrelated words are easy to remember."


class NotPossible(AccountsError):
    """The rows do not allow it."""

    code = "accounts.not_possible"
    status = 409
    remedy = "Load the page again; somebody may have changed it."


class DutyRefused(NotPossible):
    """This cannot stand on the roster; the detail says why."""

    code = "accounts.duty_refused"
    status = 422
    remedy = "Look at the times and at the address, and enter the turn again."


class AskedAlready(NotPossible):
    """Somebody has asked for this, and it waits for another person."""

    code = "accounts.asked_already"
    remedy = "Answer the request that is open, or take it back first."


class RequestClosed(NotPossible):
    """The request was answered or taken back, or its time is over."""

    code = "accounts.request_closed"
    remedy = "Ask again if it is still wanted."


class NotEnrolled(NotPossible):
    """Roles are given to somebody who can sign in, so that whoever approves knows whose key it is."""

    code = "accounts.not_enrolled"
    remedy = "First the person sets up their passkey with the link; then talk with them, and approve."


class LastPasskey(NotPossible):
    """Without this passkey the person could not sign in again."""

    code = "accounts.last_passkey"
    remedy = "Add another passkey first."


class LegalBasisMissing(NotPossible):
    """Media may be handled only where the law that allows it is on record."""

    code = "accounts.legal_basis_missing"
    status = 422
    remedy = "Name the law or permission that lets this organisation handle media."
