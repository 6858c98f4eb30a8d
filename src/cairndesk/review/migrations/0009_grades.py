"""Classifications and second looks hold values of schemes beside the severity; those from before hold none.

A table is written anew on SQLite to get a column, and its triggers go with the old one: they are put up again.
"""

from importlib import import_module

from django.db import migrations, models

triggers = import_module("cairndesk.review.migrations.0002_append_only")


class Migration(migrations.Migration):
    dependencies = [("review", "0008_without_wishes")]
    operations = [
        migrations.RunPython(triggers.switch_off, triggers.switch_on),
        migrations.AddField("classification", "grades", models.JSONField(default=list)),
        migrations.AddField("secondlook", "grades", models.JSONField(default=list)),
        migrations.RunPython(triggers.switch_on, triggers.switch_off),
    ]
