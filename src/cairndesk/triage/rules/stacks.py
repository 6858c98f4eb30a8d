"""Why one case is like another, in codes and in words."""

from collections.abc import Iterable, Mapping

PICTURE, RETOLD, LISTED = "picture", "retold", "listed"
CONTENT = frozenset({"url", "web_page", "media", "listing"})
"""What shows something, or leads to it."""
# What both may hold, in the order in which it is said. A word, an app or a site that many share says nothing.
WORDS: Mapping[str, str] = {
    "sha256": "the same file",
    "sha1": "the same file",
    "md5": "the same file",
    "pdq": "a picture with the same hash",
    PICTURE: "a picture that looks alike",
    "url": "the same address",
    "web_page": "the same address",
    "listing": "the same listing",
    "advert": "the same advert",
    "account": "the same account",
    "group": "the same group",
    "email": "the same e-mail address",
    "phone": "the same phone number",
    "wallet": "the same wallet",
    "payment_account": "the same payment account",
    RETOLD: "words that are nearly the same",
    LISTED: "the same label on a list, and nothing that is not on it",
}
MATERIAL = frozenset({"sha256", "sha1", "md5", "pdq", PICTURE, "url", "web_page"})
"""What shows or leads to the very thing; an account may be behind many."""


def said(because: Iterable[str]) -> tuple[str, ...]:
    """The reasons in words, the plainest first, each once."""
    held = set(because)
    return tuple(dict.fromkeys(words for code, words in WORDS.items() if code in held))
