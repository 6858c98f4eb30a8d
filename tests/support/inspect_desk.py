"""Tells as JSON what a stopped desk holds: every report opened with its keys, where receipts lead, and whether the log verifies.

`python inspect_desk.py < words.json`, under the environment of the desk; the words are lists of six.
"""

import json
import sys
from typing import Any


def main(words: list[list[str]]) -> dict[str, Any]:
    import django

    django.setup(set_prefix=False)
    from django.conf import settings

    from cairndesk.custody import access
    from cairndesk.custody.queries import verify_log

    access.unlock(settings.CAIRNDESK)
    log = verify_log()
    return {
        "reports": reports(),
        "objects": objects(),
        "vault": vault(),
        "receipts": [where(six) for six in words],
        "boxes": [opens(six) for six in words],
        "originals": originals(),
        "log": {"ok": log.ok, "size": log.size, "problem": log.first_problem},
        "database": integrity(),
        "spool": sorted(path.name for path in (settings.DATA / "spool").iterdir()),
        "left over": left_over(),
    }


def objects() -> list[str]:
    from cairndesk.custody.models import SealedObject

    return [str(held) for held in SealedObject.objects.filter(destroyed_at=None).values_list("pk", flat=True)]


def vault() -> dict[str, Any]:
    """Whether every object of the vault is there as it was sealed, read byte by byte."""
    from cairndesk.custody.actions import check_vault
    from cairndesk.lib import clock

    report = check_vault(now=clock.now())
    return {"ok": report.ok, "problem": report.first_problem}


def reports() -> list[dict[str, Any]]:
    from cairndesk.cases.models import Report
    from cairndesk.cases.queries import identifier_of
    from cairndesk.custody.queries import entries_about, unseal_fields

    return [
        {
            "id": str(report.pk),
            "case": str(report.case_id),
            "state": report.state,
            "answers": unseal_fields(report.told)["answers"],
            "items": [identifier_of(item) for item in report.case.items.select_related("identifier")],
            "events": [str(line.event) for line in entries_about(report.case_id)],
            "stages": report.case.stage_changes.count(),
        }
        for report in Report.objects.select_related("told", "case")
    ]


def where(six: list[str]) -> str:
    """The case that six words lead to."""
    from cairndesk.intake.models import Receipt

    found = Receipt.objects.filter(pk=stretched(six).index).first()
    return str(found and found.case_id)


def opens(six: list[str]) -> bool:
    """Whether six words open what is laid out for the portal."""
    from django.conf import settings

    from cairndesk.custody.sealing import hpke
    from cairndesk.intake.published import MAILBOXES
    from cairndesk.intake.rules import Mailbox, mailbox_context

    key = stretched(six)
    laid_out = settings.DATA / "published" / MAILBOXES / key.index
    return laid_out.exists() and bool(Mailbox.from_json(hpke.unseal(key.private, laid_out.read_bytes(), mailbox_context(key.index))).milestones)


def stretched(six: list[str]) -> Any:
    from django.conf import settings

    from cairndesk.intake import receipt
    from cairndesk.intake.publish import ensure_salt

    cost = receipt.Cost(settings.CAIRNDESK.receipts.memory_kib, settings.CAIRNDESK.receipts.passes)
    return receipt.stretch(tuple(six), salt=ensure_salt(), cost=cost)


def originals() -> list[str]:
    """The reports of whose files an original is kept."""
    from cairndesk.cases.models import Report
    from cairndesk.signals.models import MediaSighting

    kept = MediaSighting.objects.exclude(original=None).filter(original__destroyed_at=None).values_list("case", flat=True)
    return [str(report) for report in Report.objects.filter(case__in=list(kept)).values_list("pk", flat=True)]


def integrity() -> str:
    """What SQLite says about its own file; PostgreSQL checks its pages and its log itself when it starts."""
    from django.db import connection

    if connection.vendor != "sqlite":
        return "ok"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        return str(cursor.fetchone()[0])


def left_over() -> dict[str, int]:
    from django.conf import settings

    from cairndesk.accounts.models import Organisation
    from cairndesk.cases.models import Case
    from cairndesk.intake.models import Alarm, Draft, Receipt
    from cairndesk.intake.published import MAILBOXES

    laid_out = settings.DATA / "published" / MAILBOXES
    return {
        "drafts that are no report": Draft.objects.filter(report=None).count(),
        "cases without a report": Case.objects.filter(reports=None).count(),
        "receipts that lead nowhere": Receipt.objects.filter(case=None).count(),
        # One of which a day has moved since is to be laid out anew, and lies there meanwhile as it was.
        "receipts that are not laid out": sum(not (laid_out / one.index).exists() for one in Receipt.objects.filter(published_at=None)),
        "alarms that nobody can answer": Alarm.objects.filter(case=None).count(),
        "desks that are gone": 3 - Organisation.objects.count(),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.load(sys.stdin))))
