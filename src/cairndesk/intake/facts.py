"""From answers to the facts that a case is opened with; the portal, the staff form and the API all come through here."""

from collections.abc import Mapping
from typing import Any

from cairndesk.cases.actions import ReportFacts
from cairndesk.intake import rules


def facts_of(*, path: str, language: str, channel: str, told: Mapping[str, Any], state: str, source: str = "") -> ReportFacts:
    """What `open_case` takes; the source of a report of the portal is its path."""
    return ReportFacts(
        source=source or path,
        channel=channel,
        path=path,
        language=language,
        told={"answers": dict(told)},
        state=state,
        is_emergency=rules.is_happening_now(told),
        advice_only=path == rules.Path.ADVICE,
    )
