"""How often a page helped, and did not, is counted by month."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("intake", "0006_draft_digest"),
    ]

    operations = [
        migrations.CreateModel(
            name="HelpedCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("page", models.CharField(max_length=12)),
                ("language", models.CharField(max_length=12)),
                ("voice", models.CharField(max_length=8)),
                ("helped", models.CharField(max_length=3)),
                ("count", models.PositiveIntegerField(default=0)),
                (
                    "organisation",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "month", "page", "language", "voice", "helped"), name="helped_counted_once")
                ]
            },
        ),
    ]
