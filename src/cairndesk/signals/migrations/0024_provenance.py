"""What a file says of how it was made, in values of a closed list; of files from before nothing is known."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("signals", "0023_phone_door")]
    operations = [migrations.AddField("mediasighting", "provenance", models.JSONField(default=dict))]
