"""Who asked for erasing goes into the one table of requests; what is open stays open for a month from then, as a reporter's right."""

from datetime import timedelta

from django.db import migrations

from cairndesk.accounts.rules import digest_of


def move(apps, schema_editor):
    Request = apps.get_model("accounts", "Request")
    for old in apps.get_model("response", "Erasure").objects.select_related("case"):
        Request.objects.create(
            id=old.pk,
            kind="erase",
            organisation_id=old.case.organisation_id,
            case=old.case_id,
            subject=old.case_id,
            plan={"ground": old.ground},
            digest=digest_of("response.erase", case=old.case_id, ground=old.ground),
            asked_by=old.asked_by,
            asked_at=old.asked_at,
            until=old.asked_at + timedelta(days=30),
            done_by=old.done_by,
            done_at=old.done_at,
            closed_by=old.withdrawn_by,
            closed_at=old.withdrawn_at,
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_request"), ("response", "0002_erasing")]
    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
