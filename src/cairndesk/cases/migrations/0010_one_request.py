"""Who asked to lift a hold goes into the one table of requests; what is still open can be answered for a day from when it was asked."""

from datetime import timedelta

from django.db import migrations

from cairndesk.accounts.rules import digest_of


def move(apps, schema_editor):
    Request = apps.get_model("accounts", "Request")
    for old in apps.get_model("cases", "HoldLift").objects.select_related("case", "hold"):
        Request.objects.create(
            id=old.pk,
            kind="lift_hold",
            organisation_id=old.case.organisation_id,
            case=old.case_id,
            subject=old.hold_id,
            reason_id=old.why_id,
            digest=digest_of("cases.lift_hold", hold=old.hold_id, case=old.case_id, original=old.hold.original_id, reason=old.why_id),
            asked_by=old.asked_by,
            asked_at=old.asked_at,
            until=old.asked_at + timedelta(days=1),
            done_by=old.done_by,
            done_at=old.done_at,
            closed_by=old.withdrawn_by,
            closed_at=old.withdrawn_at,
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_request_kept"), ("cases", "0009_holds")]
    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
