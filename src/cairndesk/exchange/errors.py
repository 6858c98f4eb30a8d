"""Failures of the exchange room: a package is refused whole, nothing leaves half-made.

ExchangeError
├── UnsafePath
├── NotSendable
├── NotConforming
└── BadRecipient
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
