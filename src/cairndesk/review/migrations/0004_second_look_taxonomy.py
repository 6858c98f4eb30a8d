"""Each second look carries the version of the taxonomy under which it was given; those from before were given under the first.

A table is written anew on SQLite to get a column, and its triggers go with the old one: they are put up again.
"""

from importlib import import_module

from django.db import migrations, models

TABLE = "review_secondlook"
triggers = import_module("cairndesk.review.migrations.0002_append_only")


def switch_on(apps, schema_editor):
    for sql in triggers.on(TABLE)[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


def switch_off(apps, schema_editor):
    for sql in triggers.off(TABLE)[schema_editor.connection.vendor]:
        schema_editor.execute(sql)


class Migration(migrations.Migration):
    dependencies = [("review", "0003_sent_form")]
    operations = [
        migrations.RunPython(switch_off, switch_on),
        migrations.AddField("secondlook", "taxonomy", models.CharField(max_length=20, default="2026.1"), preserve_default=False),
        migrations.RunPython(switch_on, switch_off),
    ]
