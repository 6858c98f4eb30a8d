"""Failures of the accounts room.

AccountsError
├── NotSignedIn
├── NotPermitted
│   └── OtherOrganisation
├── SignInFailed
└── NeedsSecondPerson
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
    remedy = "Sign in with your passkey."


class NotPermitted(AccountsError):
    """None of the person's roles may do this at this stage."""

    code = "accounts.not_permitted"
    remedy = "Ask a person whose role allows it; the table of permissions is in the manual."


class OtherOrganisation(NotPermitted):
    """The thing belongs to another organisation; the answer is that of a thing that does not exist."""

    code = "accounts.not_found"
    status = 404
    remedy = "Check the address; only cases of your own organisation can be opened."


class SignInFailed(AccountsError):
    """The proof offered at sign-in does not hold."""

    code = "accounts.sign_in_failed"
    status = 401
    remedy = "Try again with the passkey that was registered for this desk."


class NeedsSecondPerson(AccountsError):
    """The act takes two people and the same one came twice."""

    code = "accounts.needs_second_person"
    remedy = "Ask another person to confirm."
