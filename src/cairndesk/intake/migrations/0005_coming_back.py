"""A message says what it is about; a milestone may promise a day; how people felt is counted; and every mailbox is laid out anew."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def say_what_about(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("intake", "Message").objects.filter(corrects=True).update(about="told")
    apps.get_model("intake", "Receipt").objects.update(published_at=None)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("intake", "0004_own_words"),
    ]

    operations = [
        migrations.AddField(model_name="message", name="about", field=models.CharField(blank=True, default="", max_length=12), preserve_default=False),
        migrations.AddField(model_name="milestone", name="by", field=models.DateField(blank=True, null=True)),
        migrations.CreateModel(
            name="FeltCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField()),
                ("felt", models.CharField(max_length=8)),
                ("count", models.PositiveIntegerField(default=0)),
                (
                    "organisation",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("organisation", "year", "felt"), name="felt_counted_once")]},
        ),
        migrations.RunPython(say_what_about, migrations.RunPython.noop),
        migrations.RemoveField(model_name="message", name="corrects"),
    ]
