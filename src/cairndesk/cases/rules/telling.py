"""Whether help was sought from services, from people near, from both, or from nobody."""

from collections.abc import Iterable
from enum import StrEnum

_FORMAL = frozenset({"teacher", "health", "social_worker", "helpline", "police", "platform"})
_INFORMAL = frozenset({"friend", "parent_or_carer", "sibling_or_relative", "online_community", "faith_leader"})
# Who reports for a child was told, or asked, by somebody; a platform or a passer-by was not.
_FORMAL_SOURCES = frozenset({"professional", "hotline", "helpline", "police"})
_INFORMAL_SOURCES = frozenset({"friend", "carer"})


class HelpSought(StrEnum):
    """How help was sought before the desk was told."""

    NOBODY = "nobody"
    INFORMAL = "informal"
    FORMAL = "formal"
    BOTH = "both"
    NOT_KNOWN = "not_known"


def help_sought(told: Iterable[str], sources: Iterable[str] = ()) -> HelpSought:
    """The measure for the codes of `told_whom` and the sources of the reports; kinds of unknown alone give NOT_KNOWN."""
    given, reported = set(told), set(sources)
    formal = bool(given & _FORMAL or reported & _FORMAL_SOURCES)
    informal = bool(given & _INFORMAL or reported & _INFORMAL_SOURCES)
    if formal or informal:
        return HelpSought.BOTH if formal and informal else HelpSought.FORMAL if formal else HelpSought.INFORMAL
    return HelpSought.NOBODY if "nobody" in given else HelpSought.NOT_KNOWN
