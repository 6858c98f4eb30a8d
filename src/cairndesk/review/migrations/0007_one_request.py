"""What was asked for in tables of their own goes into the one table of requests. What was still open is to be asked for again."""

from django.db import migrations


def move(apps, schema_editor):
    Request = apps.get_model("accounts", "Request")
    for kind, model, subject in (("destroy", "Destruction", "original_id"), ("publish", "Publication", "item_id")):
        for old in apps.get_model("review", model).objects.select_related("case"):
            Request.objects.create(
                id=old.pk,
                kind=kind,
                organisation_id=old.case.organisation_id,
                case=old.case_id,
                subject=getattr(old, subject),
                reason_id=getattr(old, "reason_id", None),
                digest=b"",
                asked_by=old.asked_by,
                asked_at=old.asked_at,
                until=old.asked_at,
                done_by=old.done_by,
                done_at=old.done_at,
                closed_by=old.withdrawn_by,
                closed_at=old.withdrawn_at,
            )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_request"), ("review", "0006_publication")]
    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
