"""The table whose rows have moved."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("response", "0003_one_request")]
    operations = [migrations.DeleteModel("Erasure")]
