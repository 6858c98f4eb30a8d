"""From answers to the facts that a case is opened with; the portal, the staff form and the API all come through here."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cairndesk.cases.actions import Named, ReportFacts
from cairndesk.intake import rules
from cairndesk.signals.engine.accounts import platform_in
from cairndesk.signals.engine.identifiers import account
from cairndesk.signals.engine.listings import listed_as
from cairndesk.signals.errors import NotAnIdentifier

# More than a person types; a longer list is a flood, and stays readable in the sealed account.
_MOST = 50
_MAIL = re.compile(r"(?:mailto:)?[^@\s/:]+@[^@\s/:]+")
# Whose report it is, in the codes of the taxonomy, for each path of the portal and of the staff form.
SOURCES = {
    rules.Path.CHILD: "child",
    rules.Path.FRIEND: "friend",
    rules.Path.CARER: "carer",
    rules.Path.PROFESSIONAL: "professional",
    rules.Path.SURVIVOR: "adult_survivor",
    rules.Path.ADVICE: "public",
}


def facts_of(
    *,
    path: str,
    language: str,
    channel: str,
    told: Mapping[str, Any],
    state: str,
    source: str = "",
    named: Sequence[Named] = (),
    is_found: bool = False,
) -> ReportFacts:
    """What `open_case` takes; `source` is needed where `path` is none of the portal's, `named` is what stands beside the answers.

    `is_found`: somebody found it by searching.
    """
    return ReportFacts(
        source=source or SOURCES[rules.Path(path)],
        channel=channel,
        path=path,
        language=language,
        told={"answers": dict(told)},
        state=state,
        is_emergency=rules.is_happening_now(told),
        advice_only=path == rules.Path.ADVICE,
        named=[*named_in(told), *named],
        is_found=is_found,
    )


def named_in(told: Mapping[str, Any]) -> Sequence[Named]:
    """The identifiers in the answers `told`: each address, what is listed there if it is a place that lists, and the account."""
    links = [Named(_kind_of(link), link) for link in rules.reported_links(told)[:_MOST]]
    handle = told.get("handle")
    return [*links, _account(handle, told.get("service"))] if isinstance(handle, str) else links


def _kind_of(link: str) -> str:
    """Many put a number or a mail address where a link is asked for: each is found as what it is."""
    if rules.is_number(link):
        return "phone"
    return "email" if _MAIL.fullmatch(link) else listed_as(link) or "url"


def _account(handle: str, service: object) -> Named:
    """The account, on its service where that is one whose name the engine knows; its profile's address is read as its handle.

    Any other name of a service stays in the sealed account: a column in clear takes no free text.
    """
    platform = platform_in(service) if isinstance(service, str) else None
    try:
        known, _, spelt = account(platform or "", handle).value.partition("/")
    except NotAnIdentifier:
        return Named("account", handle, service=platform or "")
    return Named("account", spelt if "/" in handle else handle, service=known)
