"""A list may say that its label is an agreed classification, for which one decision can hold."""

from django.db import migrations, models

MAY_LEAD_TO = ("lead", "priority", "action", "batch")


class Migration(migrations.Migration):
    dependencies = [("signals", "0024_provenance")]
    operations = [
        migrations.AlterField("hashlist", "may_lead_to", models.CharField(max_length=12, choices=[(code, code) for code in MAY_LEAD_TO])),
    ]
