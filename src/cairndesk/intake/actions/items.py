"""The addresses and accounts that a reporter named become items of the case."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from cairndesk.accounts.rules import SYSTEM
from cairndesk.cases.actions import add_item
from cairndesk.cases.errors import UnreadableIdentifier
from cairndesk.cases.models import Case, Report
from cairndesk.custody.queries import unseal_text
from cairndesk.intake import rules

# More than a person types; a longer list is a flood, and stays readable in the sealed account.
MOST = 50
HASHES = frozenset({"md5", "sha1", "sha256", "pdq"})


def add_reported(*, report: Report, told: Mapping[str, Any], now: datetime) -> None:
    """Afterwards each address and the account that `told` names is an item of the case; one named before is not added twice."""
    named = [("url", link) for link in rules.reported_links(told)[:MOST]]
    handle = told.get("handle")
    if isinstance(handle, str):
        # The name of the service stays in the sealed account: a column in clear takes no free text.
        named.append(("account", handle))
    held = {(item.kind, unseal_text(item.identifier)) for item in report.case.items.select_related("identifier")}
    for kind, identifier in named:
        if (kind, identifier) not in held:
            add_named(case=report.case, kind=kind, identifier=identifier, now=now)


def add_named(*, case: Case, kind: str, identifier: str, now: datetime) -> None:
    """Afterwards `identifier` is an item of `case`; what cannot be read as its kind is kept as text, because it was told."""
    facts = {"hash_kind": kind} if kind in HASHES else {}
    try:
        with transaction.atomic():
            add_item(case=case, kind="media" if facts else kind, identifier=identifier, facts=facts, by=SYSTEM, now=now)
    except UnreadableIdentifier:
        add_item(case=case, kind="text", identifier=identifier, by=SYSTEM, now=now)
