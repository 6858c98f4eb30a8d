"""Each draft is known by a digest of its id: whoever copies the database must not hold what the portal goes on with."""

import hashlib

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def rename(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    draft, fragment, receipt = (apps.get_model("intake", name) for name in ("Draft", "Fragment", "Receipt"))
    for old in list(draft.objects.order_by("pk")):
        named, report = old.pk, old.report_id
        key = hashlib.sha256(f"{named}|{old.organisation_id}".encode()).hexdigest()[:32]
        # A report has one draft at a time.
        draft.objects.filter(pk=named).update(report=None)
        old.pk, old.report_id = key, report
        old.save(force_insert=True)
        for held in (fragment, receipt, draft.earlier.through):
            held.objects.filter(draft_id=named).update(draft_id=key)
        draft.objects.filter(pk=named).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0005_coming_back"),
    ]

    operations = [
        migrations.RunPython(rename, migrations.RunPython.noop, elidable=True),
    ]
