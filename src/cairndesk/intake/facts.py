"""From answers to the facts that a case is opened with; the portal, the staff form and the API all come through here."""

from collections.abc import Mapping
from typing import Any

from cairndesk.cases.actions import ReportFacts
from cairndesk.intake import rules

# Whose report it is, in the codes of the taxonomy, for each path of the portal and of the staff form.
SOURCES = {
    rules.Path.CHILD: "child",
    rules.Path.FRIEND: "friend",
    rules.Path.CARER: "carer",
    rules.Path.PROFESSIONAL: "professional",
    rules.Path.SURVIVOR: "adult_survivor",
    rules.Path.ADVICE: "public",
}


def facts_of(*, path: str, language: str, channel: str, told: Mapping[str, Any], state: str, source: str = "") -> ReportFacts:
    """What `open_case` takes; `source` is needed where `path` is none of the portal's."""
    return ReportFacts(
        source=source or SOURCES[rules.Path(path)],
        channel=channel,
        path=path,
        language=language,
        told={"answers": dict(told)},
        state=state,
        is_emergency=rules.is_happening_now(told),
        advice_only=path == rules.Path.ADVICE,
    )
