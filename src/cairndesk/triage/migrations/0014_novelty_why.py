from importlib import import_module

from django.db import migrations, models

_APPEND_ONLY = import_module("cairndesk.triage.migrations.0002_append_only")


def lift(apps, schema_editor):
    for sql in _APPEND_ONLY.off("triage_assessment")[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


def restore(apps, schema_editor):
    # SQLite makes a table anew to add a column, and its triggers would be gone.
    for sql in _APPEND_ONLY.on("triage_assessment")[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


class Migration(migrations.Migration):

    dependencies = [
        ('triage', '0013_retold'),
    ]

    operations = [
        migrations.RunPython(lift, restore),
        migrations.AddField(
            model_name='assessment',
            name='novelty_why',
            field=models.JSONField(default=list),
        ),
        migrations.RunPython(restore, lift),
    ]
