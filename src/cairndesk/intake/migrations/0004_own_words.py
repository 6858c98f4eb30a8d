"""A message may correct what was told; and every mailbox is laid out anew, so that what was told can be read back behind old receipts too."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def lay_out_anew(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("intake", "Receipt").objects.update(published_at=None)


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0003_spool_health"),
    ]

    operations = [
        migrations.AddField(model_name="message", name="corrects", field=models.BooleanField(default=False)),
        migrations.RunPython(lay_out_anew, migrations.RunPython.noop),
    ]
