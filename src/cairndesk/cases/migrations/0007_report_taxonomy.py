"""Each report carries the version of the taxonomy under which its codes were set; those from before were set under the first."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_recorded_by")]
    operations = [
        migrations.AddField("report", "taxonomy", models.CharField(max_length=16, default="2026.1"), preserve_default=False),
    ]
