"""`cairndesk access`: what stands out in who opened what."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table

from cairndesk.cli.common import AsJson, Exit, found_in, out, show, wake
from cairndesk.lib import clock

if TYPE_CHECKING:
    from cairndesk.review.queries.releases import AccessReport


def access(*, as_json: AsJson = False) -> None:
    """Show who opened how much in the last seven days, what stands out, and what waits for another person; exits with 1 when something does.

    Emergency access that nobody looked at, roles to confirm, grants that nobody used. Nothing sealed is shown.

    Example: `cairndesk access --json`
    """
    found_in(wake())
    from cairndesk.accounts.models import Organisation  # noqa: PLC0415 - Django has only now been set up
    from cairndesk.review.queries import access_report  # noqa: PLC0415 - the same

    now = clock.now()
    reports = {one.slug: access_report(one, now=now) for one in Organisation.objects.order_by("slug")}
    if as_json:
        show({"access": [_row(slug, report) for slug, report in reports.items()]}, as_json=True)
    else:
        _say(reports)
    waits = any(report.glass or any(one.stands_out for one in report.weighed) for report in reports.values())
    raise typer.Exit(Exit.PROBLEMS if waits else Exit.OK)


def _row(slug: str, report: "AccessReport") -> dict[str, Any]:
    return {
        "organisation": slug,
        "week": [
            {"person": one.name, "things": one.volume.opened, "cases": one.volume.cases, "stands_out": one.stands_out} for one in report.weighed
        ],
        "emergency": [{"person": name, "case": one.grant.case.number, "at": one.broken_at.isoformat()} for name, one in report.glass],
        "unused": len(report.unused),
        "to_confirm": [person.name for person in report.to_confirm],
    }


def _say(reports: Mapping[str, "AccessReport"]) -> None:
    table = Table("organisation", "person", "things", "cases", "remark")
    for slug, report in reports.items():
        for one in report.weighed:
            table.add_row(slug, one.name, str(one.volume.opened), str(one.volume.cases), "far more than usual" if one.stands_out else "")
    out.print(table)
    for slug, report in reports.items():
        for name, glass in report.glass:
            out.print(f"{slug}: {name} took emergency access to {glass.grant.case.number}, and nobody has looked at it.", markup=False)
        names = ", ".join(person.name for person in report.to_confirm) or "none"
        out.print(f"{slug}: {len(report.unused)} unused grants in four weeks; roles to confirm: {names}.", markup=False)
