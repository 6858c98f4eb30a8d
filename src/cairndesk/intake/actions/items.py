"""The addresses and accounts that a reporter named become items of the case."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import add_item
from cairndesk.cases.models import Report
from cairndesk.intake import rules

# More than a person types; a longer list is a flood, and stays readable in the sealed account.
MOST = 50


def add_reported(*, report: Report, told: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Afterwards each address and the account that `told` names is an item of the case; one named before is not added twice."""
    for link in rules.reported_links(told)[:MOST]:
        add_item(case=report.case, kind="url", identifier=link, by=by, now=now)
    handle = told.get("handle")
    if isinstance(handle, str):
        service = told.get("service")
        add_item(case=report.case, kind="account", identifier=handle, service=service if isinstance(service, str) else "", by=by, now=now)
