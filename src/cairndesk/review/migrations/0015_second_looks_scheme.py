"""By which scheme a second look graded severity. The table is written anew on SQLite, and its triggers are put up again."""

from importlib import import_module

from django.db import migrations, models

before = import_module("cairndesk.review.migrations.0012_blind_coding")


class Migration(migrations.Migration):
    dependencies = [("review", "0014_training")]

    operations = [
        migrations.RunPython(before.off("review_secondlook"), before.on("review_secondlook")),
        migrations.AddField("secondlook", "scheme", models.CharField(blank=True, default="", max_length=40)),
        migrations.AddField("secondlook", "scheme_version", models.CharField(blank=True, default="", max_length=20)),
        migrations.RunPython(before.on("review_secondlook"), before.off("review_secondlook")),
    ]
